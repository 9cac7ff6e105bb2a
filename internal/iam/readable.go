package iam

import (
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

func (s *Service) readableSummary() []api.Op {
	return []api.Op{api.Read(iamshape.OpGetHumanReadableSummary, s.onSummarized, s.getHumanReadableSummary)}
}

// onSummarized is as for GetDelegationRequest: whoever may get a request may
// read its summary.
func (s *Service) onSummarized(c *api.Call, v *account.View, in *iamshape.GetHumanReadableSummaryInput) (api.Target, error) {
	_, id, err := delegationARN(in.EntityArn)
	if err != nil {
		return api.Target{}, err
	}
	return s.delegationTarget(c, v, readable, id)
}

// delegationARN reads the ARN of a delegation request, the only kind of entity
// that has summaries.
func delegationARN(arn string) (acct, id string, err error) {
	a, err := awsid.ParseARN(arn)
	if err == nil && a.Partition == awsid.Partition && a.Service == "iam" && a.Region == "" && awsid.ValidAccountID(a.Account) {
		if id, ok := strings.CutPrefix(a.Resource, "delegation-request/"); ok && id != "" && !strings.Contains(id, "/") {
			return a.Account, id, nil
		}
	}
	return "", "", awserr.Newf("InvalidInput", "ARN %s is not valid.", arn)
}

// getHumanReadableSummary words the permissions of a request anew at each call,
// from the request's own policy.
func (s *Service) getHumanReadableSummary(c *api.Call, v *account.View, in *iamshape.GetHumanReadableSummaryInput) (*iamshape.GetHumanReadableSummaryOutput, error) {
	acct, id, err := delegationARN(in.EntityArn)
	if err != nil {
		return nil, err
	}
	locale := pathOr(in.Locale, "en")
	words, ok := wordsOf(locale)
	if !ok {
		return nil, awserr.Newf("InvalidInput", "The locale %s is not valid.", locale)
	}
	d, err := s.delegation(c, v, id)
	if err != nil {
		return nil, err
	}
	if d == nil || acct != v.Account() && acct != d.Requestor {
		return nil, errNoDelegation(id)
	}
	state, content := iamshape.SummaryStateTypeNotSupported, ""
	if words != nil {
		doc, err := policy.ParseStored(d.Policy, policy.Session)
		if err != nil {
			return nil, err
		}
		state, content = iamshape.SummaryStateTypeAVAILABLE, words.summary(d, doc)
	}
	return &iamshape.GetHumanReadableSummaryOutput{Locale: &locale, SummaryState: &state, SummaryContent: &content}, nil
}

// wordsOf gives the language of a locale such as "en", "en-US" or "ja_JP"; nil
// for a language that there are no words in. ok is false for what is no locale.
func wordsOf(locale string) (w *words, ok bool) {
	parts := strings.FieldsFunc(locale, func(c rune) bool { return c == '-' || c == '_' })
	for _, p := range parts {
		if strings.ContainsFunc(p, func(c rune) bool { return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') }) {
			return nil, false
		}
	}
	if len(parts) == 0 || len(parts[0]) < 2 || len(parts[0]) > 3 {
		return nil, false
	}
	return languages[strings.ToLower(parts[0])], true
}

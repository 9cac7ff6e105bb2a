package sts

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/managedpolicy"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/policy"
)

// grant mints a session that ends after the given number of seconds.
func (s *Service) grant(c *api.Call, seconds int, sess session.Session) (session.Credentials, *stsshape.Credentials, error) {
	sess.Expires = c.Seconds().Add(time.Duration(seconds) * time.Second)
	cred, err := s.Sessions.Mint(c.Now, c.Rand, sess)
	if err != nil {
		return cred, nil, err
	}
	return cred, &stsshape.Credentials{
		AccessKeyId: &cred.AccessKeyID, SecretAccessKey: &cred.SecretAccessKey,
		SessionToken: &cred.SessionToken, Expiration: &cred.Expiration,
	}, nil
}

// sessionPolicies checks what narrows a session: one inline document and up to
// ten managed policies of the account v or of AWS, which share 2,048 characters.
func sessionPolicies(v *account.View, inline *string, arns []stsshape.PolicyDescriptorType) (text string, managed []string, err error) {
	size := 0
	if inline != nil {
		text = *inline
		if _, err := policy.Parse(text, policy.Session); err != nil {
			return "", nil, malformed(err)
		}
		size = utf8.RuneCountInString(text)
	}
	if len(arns) > account.MaxSessionPolicyARNs {
		return "", nil, awserr.Newf("ValidationError", "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to %d", account.MaxSessionPolicyARNs)
	}
	for _, d := range arns {
		if d.Arn == nil {
			return "", nil, awserr.New("ValidationError", "1 validation error detected: Value null at 'policyArns.member.arn' failed to satisfy constraint: Member must not be null")
		}
		a, err := awsid.ParseARN(*d.Arn)
		if err != nil || a.Service != "iam" || !strings.HasPrefix(a.Resource, "policy/") {
			return "", nil, awserr.Newf("ValidationError", "ARN %s is not valid.", *d.Arn)
		}
		if _, ok := managedpolicy.Get(*d.Arn); !ok && v.PolicyByARN(*d.Arn) == nil {
			return "", nil, awserr.Newf("ValidationError", "Policy ARN %s does not exist or is not in the account of the session.", *d.Arn)
		}
		managed = append(managed, *d.Arn)
		size += utf8.RuneCountInString(*d.Arn)
	}
	if size > account.MaxSessionPolicySize {
		return "", nil, awserr.Newf("PackedPolicyTooLarge", "Packed policy consumes %d%% of allotted space, please use smaller policy.", (size*100+account.MaxSessionPolicySize-1)/account.MaxSessionPolicySize)
	}
	return text, managed, nil
}

func malformed(err error) error {
	if p, ok := err.(*policy.ParseError); ok {
		return awserr.New(p.Code, p.Message)
	}
	return err
}

// inheritedTags returns the transitive tags that a role session hands on to the
// sessions assumed from it.
func inheritedTags(c *api.Call) (tags []session.Tag) {
	if s := c.Caller.Session; s != nil && s.Kind == session.AssumedRole {
		for _, t := range s.Tags {
			if t.Transitive {
				tags = append(tags, t)
			}
		}
	}
	return tags
}

var errDuplicateTags = awserr.New("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")

// sessionTags joins the tags of a request with inherited ones (IAM User Guide,
// "Pass session tags in AWS STS"). Keys are compared without regard to case.
func sessionTags(tags []stsshape.Tag, transitive []string, inherited []session.Tag) ([]session.Tag, error) {
	out := append([]session.Tag(nil), inherited...)
	seen := map[string]int{}
	for _, t := range inherited {
		seen[fold(t.Key)] = -1
	}
	for _, t := range tags {
		key := fold(t.Key)
		if strings.HasPrefix(key, "aws:") {
			return nil, awserr.New("InvalidParameterValue", "Tag keys must not begin with the reserved prefix aws:.")
		}
		if at, ok := seen[key]; ok && at < 0 {
			return nil, awserr.New("InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		} else if ok {
			return nil, errDuplicateTags
		}
		seen[key] = len(out)
		out = append(out, session.Tag{Key: t.Key, Value: t.Value})
	}
	for _, key := range transitive {
		at, ok := seen[fold(key)]
		switch {
		case ok && at < 0:
			return nil, awserr.New("InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		case !ok:
			return nil, awserr.New("InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.")
		}
		out[at].Transitive = true
	}
	if len(out) > account.MaxTags {
		return nil, awserr.Newf("InvalidParameterValue", "A session can have at most %d tags, inherited ones included.", account.MaxTags)
	}
	return out, nil
}

// claimed gives what a token or an assertion asks for as CloudTrail's
// requestParameters show it.
func claimed(sourceIdentity string, tags []stsshape.Tag, transitive []string) map[string]any {
	out := map[string]any{}
	if sourceIdentity != "" {
		out["sourceIdentity"] = sourceIdentity
	}
	if len(tags) > 0 {
		values := map[string]string{}
		for _, t := range tags {
			values[t.Key] = t.Value
		}
		out["principalTags"] = values
	}
	if len(transitive) > 0 {
		out["transitiveTagKeys"] = transitive
	}
	return out
}

// fold is how tag keys of sessions are compared; they may hold any letters.
func fold(key string) string { return policy.FoldKey(key) }

// requestTags gives tags in the form that conditions see.
func requestTags(tags []stsshape.Tag) []account.Tag {
	var out []account.Tag
	for _, t := range tags {
		out = append(out, account.Tag{Key: t.Key, Value: t.Value})
	}
	return out
}

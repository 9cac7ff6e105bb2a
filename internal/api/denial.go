package api

import (
	"bytes"
	"encoding/base64"
	"sort"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/policy"
)

// denialEncoding is the text form of an encoded authorization message.
var denialEncoding = base64.RawURLEncoding

// A denial is what DecodeAuthorizationMessage shows of a refused call. The
// members are those that AWS documents; "explanation" is this server's own.
type denial struct {
	Allowed           bool       `json:"allowed"`
	ExplicitDeny      bool       `json:"explicitDeny"`
	MatchedStatements items[any] `json:"matchedStatements"`
	Failures          items[any] `json:"failures"`
	Context           struct {
		Principal struct {
			ID   string `json:"id"`
			Name string `json:"name,omitempty"`
			ARN  string `json:"arn"`
		} `json:"principal"`
		Action     string                  `json:"action"`
		Resource   string                  `json:"resource"`
		Conditions items[denialConditions] `json:"conditions"`
	} `json:"context"`
	Explanation *policy.Decision `json:"explanation,omitempty"`
}

type items[T any] struct {
	Items []T `json:"items"`
}

type denialConditions struct {
	Key    string              `json:"key"`
	Values items[denialValues] `json:"values"`
}

type denialValues struct {
	Value string `json:"value"`
}

func newDenial(c *Call, req *decide.Request, why *policy.Decision) *denial {
	d := &denial{Explanation: why}
	d.MatchedStatements.Items, d.Failures.Items = []any{}, []any{}
	d.Context.Principal.ID, d.Context.Principal.ARN = c.Caller.UserID(), c.Caller.Principal.ARN
	if c.Caller.User != nil {
		d.Context.Principal.Name = c.Caller.User.Name
	}
	d.Context.Action, d.Context.Resource = req.Action, req.Resource
	d.Context.Conditions.Items = []denialConditions{}
	if why != nil {
		d.ExplicitDeny = why.Effect == policy.ExplicitDeny
		for i := range why.Matched {
			d.MatchedStatements.Items = append(d.MatchedStatements.Items, &why.Matched[i])
		}
	}
	if x, ok := req.Context.(*requestContext); ok {
		for _, key := range x.present() {
			v, ok := x.Lookup(policy.FoldKey(key))
			if !ok {
				continue
			}
			k := denialConditions{Key: key}
			for i := range v.Len() {
				k.Values.Items = append(k.Values.Items, denialValues{v.At(i)})
			}
			d.Context.Conditions.Items = append(d.Context.Conditions.Items, k)
		}
	}
	return d
}

// present lists the keys worth showing; Lookup decides which of them the
// request has. Tags of the resource are left out: with many of them the message
// would be too long to be given, which would tell that they are there.
func (x *requestContext) present() []string {
	keys := []string{
		"aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalType", "aws:userid", "aws:username",
		"aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime", "aws:SourceIdentity",
		"aws:SourceIp", "aws:SecureTransport", "aws:UserAgent", "aws:CurrentTime", "aws:RequestedRegion",
		"aws:ResourceAccount", "aws:TagKeys",
	}
	for _, t := range x.requestTags {
		keys = append(keys, "aws:RequestTag/"+t.Key)
	}
	for k := range x.keys {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// OpenDenial returns the message that a denial's encoded form holds. Only the
// server that sealed it, for the same account, can open it.
func OpenDenial(secrets *seal.Sealer, acct, encoded string) (string, error) {
	invalid := awserr.New("InvalidAuthorizationMessageException", "Message is not valid.")
	sealed, err := denialEncoding.DecodeString(encoded)
	if err != nil {
		return "", invalid
	}
	text, err := secrets.Open(DenialLabel(acct), sealed)
	if err != nil {
		return "", invalid
	}
	return string(bytes.TrimRight(text, " ")), nil
}

package iam

import (
	"testing"

	"github.com/aratame/aratame/policy"
)

// What a statement of a delegated policy is taken to allow is what decisions
// take it to.
func TestAllowsAsDecided(t *testing.T) {
	caller := policy.Principal{Kind: policy.User, ARN: "arn:aws:iam::" + testAccount + ":user/u", Account: testAccount, ID: "AIDA"}
	req := policy.Request{Principal: &caller, Action: "iam:CreateRole", Resource: "arn:aws:iam::" + testAccount + ":role/r", ResourceAccount: testAccount, Context: policy.MapContext{}}
	decided := 0
	for _, element := range []string{"Action", "NotAction"} {
		for _, pattern := range []string{
			"*", "**", "?", "*:*", "iam*", "ia*:CreateRole", "i?m:CreateRole", "*:CreateRole", "iam:*", "iam:?*", "iam:**", "IAM:CREATEROLE",
			"iam:createrole", "iam:Create*?", "iam:c*r*", "iam:*e", "iam:*e?", "iam:CreateRole*", "iam:CreateRole?", "iam:CreateUser", "s3:*", "sts:*Role",
		} {
			doc, err := policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","`+element+`":"`+pattern+`","Resource":"*"}]}`, policy.Session)
			if err != nil {
				continue
			}
			decided++
			want := policy.Evaluate(&req, &policy.Policies{Identity: policy.Compile(policy.Policy{Document: doc})}).Allowed()
			if got := allows(&doc.Statements[0], "CreateRole"); got != want {
				t.Errorf("%s %s: %v, decided %v", element, pattern, got, want)
			}
		}
	}
	if decided < 20 {
		t.Errorf("%d patterns were decided", decided)
	}
}

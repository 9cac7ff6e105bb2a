package iam

import (
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

// A call is authorized on "*" or on the source of the policies: of other
// entities it tells nothing, not even whether they exist.
func TestSimulatedCallersAreNotRead(t *testing.T) {
	x := newTest(t)
	simulatedEntities(x)
	ann, worker := x.view.User("ann"), x.view.Role("worker")
	x.change(func(tx *account.Tx) {
		tx.PutRole(&account.Role{ID: "AROAQ2LINKED0000000AB", Name: "linked", Path: "/aws-service-role/ec2.amazonaws.com/", Created: x.now, MaxSession: 3600,
			Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`})
	})
	allow := func(condition string) string {
		return policyOf(statementOf("Allow", "sqs:Send", "*", when(condition)))
	}
	secrets := map[string]string{ // by key: what the entities' values begin with
		"aws:PrincipalTag/team": allow(`{"StringLike":{"aws:PrincipalTag/team":["r*","b*"]}}`),
		"aws:userid":            allow(`{"StringLike":{"aws:userid":["AIDA*","AROA*"]}}`),
	}
	n := 0
	for _, caller := range []string{inA, workerARN} {
		for key, doc := range secrets {
			in := custom(doc)
			in.CallerArn, in.ActionNames = &caller, []string{"sqs:Send"}
			if r := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in).EvaluationResults[0]; *r.EvalDecision != "implicitDeny" || !slices.Contains(r.MissingContextValues, key) {
				t.Errorf("%s of %s: %s, missing %v", key, caller, *r.EvalDecision, r.MissingContextValues)
			}
			for _, source := range []string{inA, workerARN, groupARN} {
				p := of(source, ofAction("sqs:Send"), withPolicy(doc))
				p.CallerArn = &caller
				want := "implicitDeny"
				if source == caller && (key != "aws:userid" || caller == inA) { // sessions of a role have an id each
					want = "allowed"
				}
				r := do[iamshape.SimulatePrincipalPolicyOutput](x, "SimulatePrincipalPolicy", p).EvaluationResults[0]
				if *r.EvalDecision != want || want != "allowed" && !slices.Contains(r.MissingContextValues, key) {
					t.Errorf("%s of %s by %s: %s, missing %v", key, caller, source, *r.EvalDecision, r.MissingContextValues)
				}
				n++
			}
		}
	}
	if n != 12 {
		t.Error(n)
	}

	// Nor does a principal of a resource policy tell the id.
	for caller, id := range map[string]string{inA: ann.ID, workerARN: worker.ID} {
		named := resourcePolicy("Allow", "arn:aws:s3:::sim/*", `{"AWS":"`+id+`"}`)
		in := custom()
		in.PolicyInputList, in.ResourcePolicy, in.CallerArn, in.ResourceArns = []string{}, &named, &caller, []string{objA}
		if out := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in); *out.EvaluationResults[0].EvalDecision != "implicitDeny" {
			t.Error(shown(out))
		}
	}

	// Who exists and who doesn't, or has another path, get the same answer.
	doc := allow(`{"StringLike":{"aws:PrincipalArn":"*","aws:userid":"arn:*"},"Null":{"aws:PrincipalTag/team":"true"}}`)
	answer := func(caller string) string {
		in := custom(doc)
		in.CallerArn, in.ActionNames = &caller, []string{"sqs:Send", "s3:GetObject"}
		in.OrderedOrganizationPolicyInputList = []iamshape.OrderedOrganizationPolicyType{{ServiceControlPolicyInputList: []string{denying("sqs:*")}}}
		return shown(do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in))
	}
	linked := "arn:aws:iam::" + testAccount + ":role/aws-service-role/ec2.amazonaws.com/linked"
	for _, real := range []string{inA, groupARN, workerARN, linked} {
		if got, want := answer(real), answer(real+"-of-nobody"); got != want {
			t.Errorf("%s: %s, and %s of nobody", real, got, want)
		}
	}
	if got := answer(linked); !strings.HasPrefix(got, "sqs:Send *: allowed") {
		t.Error(got)
	}
}

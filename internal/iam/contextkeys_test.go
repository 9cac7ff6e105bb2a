package iam

import (
	"slices"
	"testing"

	"github.com/aratame/aratame/internal/shape/iamshape"
)

func keyed(key string) string {
	return policyOf(statementOf("Allow", "s3:GetObject", "*", when(`{"StringEquals":{"`+key+`":"x"}}`)))
}

func TestGetContextKeysForCustomPolicy(t *testing.T) {
	x := newTest(t)
	for _, c := range []struct {
		name string
		docs []string
		want []string
	}{
		{"none", []string{allowing("*")}, []string{}},
		{"no policy", []string{}, []string{}},
		{"of AWS's example", []string{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"arn:aws:dynamodb:us-west-2:123456789012:table/${aws:username}",` +
			`"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2015-11-01T15:00:00Z"}}}}`}, []string{"aws:username", "aws:CurrentTime"}},
		{"of several, once, as written first", []string{keyed("sim:One"), keyed("SIM:one"), keyed("sim:two")}, []string{"sim:One", "sim:two"}},
		{"of the older version", []string{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":true}}}}`}, []string{"aws:SecureTransport"}},
	} {
		out := do[iamshape.GetContextKeysForCustomPolicyOutput](x, "GetContextKeysForCustomPolicy", &iamshape.GetContextKeysForCustomPolicyInput{PolicyInputList: c.docs})
		if !slices.Equal(out.ContextKeyNames, c.want) || out.ContextKeyNames == nil {
			t.Errorf("%s: %q", c.name, out.ContextKeyNames)
		}
	}
	x.fails("GetContextKeysForCustomPolicy", &iamshape.GetContextKeysForCustomPolicyInput{PolicyInputList: []string{allowing("*"), "{}"}},
		"InvalidInput", "Policy input list item 2 has invalid content")
}

func TestGetContextKeysForPrincipalPolicy(t *testing.T) {
	x := newTest(t)
	simulatedEntities(x)
	x.must("PutUserPolicy", &iamshape.PutUserPolicyInput{UserName: "ann", PolicyName: "A", PolicyDocument: keyed("sim:user")})
	x.must("PutGroupPolicy", &iamshape.PutGroupPolicyInput{GroupName: "devs", PolicyName: "A", PolicyDocument: keyed("sim:group")})
	x.must("PutRolePolicy", &iamshape.PutRolePolicyInput{RoleName: "worker", PolicyName: "A", PolicyDocument: keyed("sim:role")})
	x.must("CreatePolicyVersion", &iamshape.CreatePolicyVersionInput{PolicyArn: managedARN, PolicyDocument: keyed("sim:managed"), SetAsDefault: ptr(true)})
	x.must("CreatePolicyVersion", &iamshape.CreatePolicyVersionInput{PolicyArn: boundaryARN, PolicyDocument: keyed("sim:boundary"), SetAsDefault: ptr(true)})
	x.must("PutUserPermissionsBoundary", &iamshape.PutUserPermissionsBoundaryInput{UserName: "ann", PermissionsBoundary: boundaryARN})
	for _, c := range []struct {
		arn  string
		more []string
		want []string
	}{
		{inA, nil, []string{"sim:user", "sim:managed", "sim:group", "sim:boundary"}},
		{groupARN, nil, []string{"sim:group", "sim:managed"}},
		{workerARN, nil, []string{"sim:role", "sim:managed"}},
		{workerARN, []string{keyed("sim:more"), keyed("Sim:Role")}, []string{"sim:role", "sim:managed", "sim:more"}},
	} {
		out := do[iamshape.GetContextKeysForPrincipalPolicyOutput](x, "GetContextKeysForPrincipalPolicy",
			&iamshape.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: c.arn, PolicyInputList: c.more})
		if !slices.Equal(out.ContextKeyNames, c.want) {
			t.Errorf("%s: %q, want %q", c.arn, out.ContextKeyNames, c.want)
		}
	}
	x.fails("GetContextKeysForPrincipalPolicy", &iamshape.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: inA, PolicyInputList: []string{"{"}},
		"InvalidInput", "Policy input list item 1 has invalid content")
}

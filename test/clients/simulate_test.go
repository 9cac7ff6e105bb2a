package clients

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// The simulator with the SDK: its paginators, and answers that hold against
// what real requests come to.
func TestSimulate(t *testing.T) {
	g := newStage(t)
	admin := g.s.iam(g.admin)
	may := "arn:aws:iam::" + g.account + ":user/may"
	must(admin.TagUser(ctx, &iam.TagUserInput{UserName: aws.String("may"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("red")}}}))(t)
	must(admin.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("may"), PolicyName: aws.String("iam"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:List*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}},` +
			`{"Effect":"Deny","Action":"iam:ListRoles","Resource":"*"},{"Effect":"Allow","Action":"iam:Get*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`)}))(t)

	// Each action as simulated, and as asked for real.
	as := g.s.iam(g.may)
	real := map[string]func() error{
		"iam:ListUsers": func() error { _, err := as.ListUsers(ctx, nil); return err },
		"iam:ListRoles": func() error { _, err := as.ListRoles(ctx, nil); return err },
		"iam:CreateUser": func() error {
			_, err := as.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("x")})
			return err
		},
		"sts:GetFederationToken": func() error {
			_, err := g.s.sts(g.may).GetFederationToken(ctx, &sts.GetFederationTokenInput{Name: aws.String("fed")})
			return err
		},
		"iam:GetAccountSummary":    func() error { _, err := as.GetAccountSummary(ctx, nil); return err },
		"iam:ListAccountAliases":   func() error { _, err := as.ListAccountAliases(ctx, nil); return err },
		"iam:ListInstanceProfiles": func() error { _, err := as.ListInstanceProfiles(ctx, nil); return err },
	}
	var actions []string
	for a := range real {
		actions = append(actions, a)
	}
	pages, results := 0, map[string]types.EvaluationResult{}
	p := iam.NewSimulatePrincipalPolicyPaginator(admin, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &may, ActionNames: actions, MaxItems: aws.Int32(3),
		ContextEntries: []types.ContextEntry{{ContextKeyName: aws.String("aws:SecureTransport"), ContextKeyType: types.ContextKeyTypeEnumBoolean, ContextKeyValues: []string{"false"}}}})
	for p.HasMorePages() {
		for _, r := range must(p.NextPage(ctx))(t).EvaluationResults {
			results[*r.EvalActionName] = r
		}
		pages++
	}
	if pages != 3 || len(results) != len(actions) {
		t.Errorf("%d pages, %d results of %d", pages, len(results), len(actions))
	}
	for a, ask := range real {
		err := ask()
		if allowed := results[a].EvalDecision == types.PolicyEvaluationDecisionTypeAllowed; allowed != (err == nil) {
			t.Errorf("%s: simulated %s, asked %v", a, results[a].EvalDecision, err)
		}
	}
	deny := results["iam:ListRoles"]
	if len(deny.MatchedStatements) != 1 || *deny.MatchedStatements[0].SourcePolicyId != "user_may_iam" || deny.MatchedStatements[0].StartPosition.Line != 1 ||
		deny.EvalDecision != types.PolicyEvaluationDecisionTypeExplicitDeny {
		t.Errorf("%+v", deny)
	}

	// With a resource policy, a boundary and typed context.
	doc := func(effect, action, more string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":"` + action + `","Resource":"arn:aws:s3:::b/*"` + more + `}]}`
	}
	custom := &iam.SimulateCustomPolicyInput{
		PolicyInputList: []string{doc("Allow", "s3:*", `,"Condition":{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"},"ForAnyValue:StringEquals":{"aws:TagKeys":["b"]}}`)},
		ActionNames:     []string{"s3:GetObject", "s3:PutObject"}, ResourceArns: []string{"arn:aws:s3:::b/1", "arn:aws:s3:::b/2"},
		CallerArn: &may, ResourcePolicy: aws.String(doc("Deny", "s3:Put*", `,"Principal":"*"`)), PermissionsBoundaryPolicyInputList: []string{doc("Allow", "s3:*", "")},
		ContextEntries: []types.ContextEntry{
			{ContextKeyName: aws.String("aws:CurrentTime"), ContextKeyType: types.ContextKeyTypeEnumDate, ContextKeyValues: []string{"2029-12-31T23:59:59Z"}},
			{ContextKeyName: aws.String("aws:TagKeys"), ContextKeyType: types.ContextKeyTypeEnumStringList, ContextKeyValues: []string{"a", "b"}},
		},
	}
	got := must(admin.SimulateCustomPolicy(ctx, custom))(t).EvaluationResults
	if len(got) != 2 || got[0].EvalDecision != "allowed" || got[1].EvalDecision != "explicitDeny" || len(got[0].ResourceSpecificResults) != 2 ||
		!got[0].PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary || *got[1].MatchedStatements[0].SourcePolicyId != "ResourcePolicy" {
		t.Errorf("%+v", got)
	}
	custom.ContextEntries = custom.ContextEntries[:1]
	if got := must(admin.SimulateCustomPolicy(ctx, custom))(t).EvaluationResults; strings.Join(got[0].MissingContextValues, " ") != "aws:TagKeys" {
		t.Errorf("%+v", got[0])
	}
	keys := must(admin.GetContextKeysForPrincipalPolicy(ctx, &iam.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: &may, PolicyInputList: custom.PolicyInputList}))(t)
	if s := strings.Join(keys.ContextKeyNames, " "); s != "aws:PrincipalTag/team aws:SecureTransport aws:CurrentTime aws:TagKeys" {
		t.Error(s)
	}
	if k := must(admin.GetContextKeysForCustomPolicy(ctx, &iam.GetContextKeysForCustomPolicyInput{PolicyInputList: custom.PolicyInputList}))(t); len(k.ContextKeyNames) != 2 {
		t.Error(k.ContextKeyNames)
	}

	// Who may simulate whom is a permission like any other, on the entity itself.
	no := g.s.iam(g.no)
	self := "arn:aws:iam::" + g.account + ":user/no"
	_, err := no.SimulateCustomPolicy(ctx, custom)
	refused(t, err, "AccessDenied", "is not authorized to perform: iam:SimulateCustomPolicy")
	must(admin.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("no"), PolicyName: aws.String("self"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:SimulatePrincipalPolicy","iam:GetContextKeysForPrincipalPolicy"],"Resource":["` + self + `","arn:aws:iam::*:user/elsewhere/*"]}}`)}))(t)
	must(no.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &self, ActionNames: []string{"iam:ListUsers"}}))(t)
	for _, arn := range []string{may, "arn:aws:iam::" + g.account + ":user/elsewhere/may", "arn:aws:iam::" + g.account + ":user/nobody"} {
		_, err = no.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &arn, ActionNames: []string{"iam:ListUsers"}})
		refused(t, err, "AccessDenied", "User: "+self+" is not authorized to perform: iam:SimulatePrincipalPolicy on resource: "+arn+" because no identity-based policy allows the iam:SimulatePrincipalPolicy action")
		_, err = no.GetContextKeysForPrincipalPolicy(ctx, &iam.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: &arn})
		refused(t, err, "AccessDenied", "on resource: "+arn+" because")
	}
	_, err = admin.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String("arn:aws:iam::" + g.account + ":user/nobody"), ActionNames: []string{"iam:ListUsers"}})
	refused(t, err, "NoSuchEntity", "Unable to retrieve specified IAM entity.")
	custom.PolicyInputList = append(custom.PolicyInputList, "{")
	_, err = admin.SimulateCustomPolicy(ctx, custom)
	refused(t, err, "InvalidInput", "Policy input list item 2 has invalid content")
}

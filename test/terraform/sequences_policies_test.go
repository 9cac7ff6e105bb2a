package terraform

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

var policySequences = map[string]func(*steps){
	"resource.aws_iam_policy":                  policyResource,
	"data.aws_iam_policy":                      policyData,
	"data.aws_iam_principal_policy_simulation": policySimulationData,
}

func policyResource(s *steps) {
	made := must(s.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("p"), Path: aws.String("/x/"), Description: aws.String("d"), PolicyDocument: aws.String(allow), Tags: tag("a", "b")}))(s).Policy
	read := func(text string, want map[string]string) {
		s.Helper()
		p := must(s.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: made.Arn}))(s).Policy
		s.same("policy", []any{*p.Arn, *p.PolicyName, *p.Path, *p.Description, *p.PolicyId, *p.AttachmentCount, tags(p.Tags)},
			[]any{s.arn("policy/x/p"), "p", "/x/", "d", *made.PolicyId, int32(0), want})
		v := must(s.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: made.Arn, VersionId: p.DefaultVersionId}))(s).PolicyVersion
		s.same("document", s.document(v.Document), s.json(text))
	}
	read(allow, map[string]string{"a": "b"})
	versions := func() []types.PolicyVersion {
		s.Helper()
		return must(s.iam.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: made.Arn}))(s).Versions
	}
	for i := range 7 {
		// The oldest version is deleted when there are five.
		if all := versions(); len(all) == 5 {
			all = slices.DeleteFunc(all, func(v types.PolicyVersion) bool { return v.IsDefaultVersion })
			oldest := slices.MinFunc(all, func(a, b types.PolicyVersion) int { return a.CreateDate.Compare(*b.CreateDate) })
			must(s.iam.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: made.Arn, VersionId: oldest.VersionId}))(s)
		}
		text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b%d"}]}`, i)
		must(s.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: made.Arn, PolicyDocument: &text, SetAsDefault: true}))(s)
		read(text, map[string]string{"a": "b"})
	}
	must(s.iam.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: made.Arn, TagKeys: []string{"a"}}))(s)
	must(s.iam.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: made.Arn, Tags: tag("c", "d")}))(s)
	s.same("tags", tags(must(s.iam.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: made.Arn}))(s).Tags), map[string]string{"c": "d"})
	_, err := s.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: made.Arn})
	failed[*types.DeleteConflictException](err)(s)
	for _, v := range versions() {
		if !v.IsDefaultVersion {
			must(s.iam.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: made.Arn, VersionId: v.VersionId}))(s)
		}
	}
	must(s.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: made.Arn}))(s)
	gone(s.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: made.Arn}))(s)
	gone(s.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: made.Arn}))(s)
	gone(s.iam.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: made.Arn}))(s)
	gone(s.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: made.Arn, VersionId: aws.String("v1")}))(s)
}

func policyData(s *steps) {
	must(s.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("p"), Path: aws.String("/x/"), PolicyDocument: aws.String(allow), Tags: tag("a", "b")}))(s)
	// By name and path_prefix, among all those there are.
	for name, prefix := range map[string]string{"p": "/x/", "ViewOnlyAccess": "/job-function/"} {
		var found []types.Policy
		pages := iam.NewListPoliciesPaginator(s.iam, &iam.ListPoliciesInput{PathPrefix: &prefix})
		for pages.HasMorePages() {
			for _, p := range must(pages.NextPage(ctx))(s).Policies {
				if *p.PolicyName == name {
					found = append(found, p)
				}
			}
		}
		s.same("policies", len(found), 1)
		p := must(s.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: found[0].Arn}))(s).Policy
		s.same("policy", []any{*p.PolicyName, *p.Path, *p.PolicyId, *p.DefaultVersionId}, []any{name, prefix, *found[0].PolicyId, *found[0].DefaultVersionId})
		s.document(must(s.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: p.Arn, VersionId: p.DefaultVersionId}))(s).PolicyVersion.Document)
	}
}

func policySimulationData(s *steps) {
	u := s.user("u")
	must(s.iam.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &u, PolicyName: aws.String("p"), PolicyDocument: aws.String(allow)}))(s)
	results := map[string]types.PolicyEvaluationDecisionType{}
	pages := iam.NewSimulatePrincipalPolicyPaginator(s.iam, &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String(s.arn("user/u")), ActionNames: []string{"s3:GetObject", "s3:PutObject"}, ResourceArns: []string{"arn:aws:s3:::b/k"},
		ContextEntries: []types.ContextEntry{{ContextKeyName: aws.String("aws:SourceIp"), ContextKeyType: types.ContextKeyTypeEnumIp, ContextKeyValues: []string{"10.0.0.1"}}},
	})
	for pages.HasMorePages() {
		for _, r := range must(pages.NextPage(ctx))(s).EvaluationResults {
			results[*r.EvalActionName+" "+*r.EvalResourceName] = r.EvalDecision
		}
	}
	s.same("results", results, map[string]types.PolicyEvaluationDecisionType{
		"s3:GetObject arn:aws:s3:::b/k": types.PolicyEvaluationDecisionTypeAllowed, "s3:PutObject arn:aws:s3:::b/k": types.PolicyEvaluationDecisionTypeImplicitDeny})
}

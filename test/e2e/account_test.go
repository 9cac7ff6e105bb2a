package e2e

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	it "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	st "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	member   = "222222222222"
	template = "arn:aws:iam::aws:role-template/iam.amazonaws.com/PowerUserRoleTemplate:1"
)

// organize makes the account of a server's data the management account of an
// organization; the server is not to be running. It returns the path of its root.
func organize(t *testing.T, data string) string {
	t.Helper()
	path := ""
	for _, args := range [][]string{{"create"}, {"add-account", "--number", member}, {"enable-service-access", "iam.amazonaws.com"}, {"show"}} {
		out, err := run([]string{"HOME=" + t.TempDir()}, append(append([]string{"organization"}, args...), "--data", data)...)
		if err != nil {
			t.Fatalf("organization %v: %v %s", args, err, out)
		}
		path = after(out, "\npath")
	}
	return path
}

// buildAccount changes what the account has once, asks for each report, and
// leaves two requests for access, one granted and one rejected.
func buildAccount(t *testing.T, w *world, c *iam.Client) {
	t.Helper()
	linked := must(c.CreateServiceLinkedRole(ctx, &iam.CreateServiceLinkedRoleInput{AWSServiceName: name("autoscaling.amazonaws.com")}))(t).Role.RoleName
	w.task = must(c.DeleteServiceLinkedRole(ctx, &iam.DeleteServiceLinkedRoleInput{RoleName: linked}))(t).DeletionTaskId
	must(c.AcquireRole(ctx, &iam.AcquireRoleInput{TemplateArn: name(template), ReplacementValues: map[string]it.ReplacementValueEntry{
		"AWSServiceName": {Values: []string{"lambda.amazonaws.com"}}, "RoleName": {Values: []string{"power"}},
	}}))(t)
	must(c.PutAccountProperties(ctx, &iam.PutAccountPropertiesInput{Properties: map[string]string{"RoleManager/Enabled": "false"}}))(t)

	must(c.EnableOrganizationsRootCredentialsManagement(ctx, nil))(t)
	must(c.EnableOrganizationsRootSessions(ctx, nil))(t)
	root := must(w.sts(w.admin).AssumeRoot(ctx, &sts.AssumeRootInput{TargetPrincipal: name(member),
		TaskPolicyArn: &st.PolicyDescriptorType{Arn: name("arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials")}}))(t)
	must(w.iam(w.session("the member's root", root.Credentials)).ListAccessKeys(ctx, nil))(t)

	must(c.GenerateCredentialReport(ctx, nil))(t)
	w.services = must(c.GenerateServiceLastAccessedDetails(ctx, &iam.GenerateServiceLastAccessedDetailsInput{Arn: name("arn:aws:iam::" + w.account + ":policy/p")}))(t).JobId
	w.organization = must(c.GenerateOrganizationsAccessReport(ctx, &iam.GenerateOrganizationsAccessReportInput{EntityPath: &w.path}))(t).JobId

	ask := func(workflow string) *string {
		return must(c.CreateDelegationRequest(ctx, &iam.CreateDelegationRequestInput{Description: name("sets things up"), RequestorWorkflowId: &workflow,
			NotificationChannel: name("arn:aws:sns:us-east-1:" + w.account + ":delegations"), SessionDuration: aws.Int32(3600),
			Permissions: &it.DelegationPermission{PolicyTemplateArn: name("arn:aws:iam::" + w.account + ":policy/p")}}))(t).DelegationRequestId
	}
	w.granted, w.rejected = ask("workflow-1"), ask("workflow-2")
	for _, id := range []*string{w.granted, w.rejected} {
		must(c.AssociateDelegationRequest(ctx, &iam.AssociateDelegationRequestInput{DelegationRequestId: id}))(t)
	}
	must(c.UpdateDelegationRequest(ctx, &iam.UpdateDelegationRequestInput{DelegationRequestId: w.rejected, Notes: name("look at this")}))(t)
	must(c.RejectDelegationRequest(ctx, &iam.RejectDelegationRequestInput{DelegationRequestId: w.rejected}))(t)
	must(c.AcceptDelegationRequest(ctx, &iam.AcceptDelegationRequestInput{DelegationRequestId: w.granted}))(t)
	must(c.SendDelegationToken(ctx, &iam.SendDelegationTokenInput{DelegationRequestId: w.granted}))(t)
	// The trade-in token comes to the requestor in a header, which clients that
	// know the API keep.
	asked := must(c.GetDelegationRequest(ctx, &iam.GetDelegationRequestInput{DelegationRequestId: w.granted}))(t)
	token := w.keep("the trade-in token", header(asked.ResultMetadata).Get("X-Aratame-Trade-In-Token"))
	delegated := must(w.sts(w.admin).GetDelegatedAccessToken(ctx, &sts.GetDelegatedAccessTokenInput{TradeInToken: &token}))(t)
	must(w.iam(w.session("the delegate", delegated.Credentials)).ListUsers(ctx, nil))(t)
}

// header is that of the answer.
func header(m middleware.Metadata) http.Header {
	if r, ok := awsmiddleware.GetRawResponse(m).(*smithyhttp.Response); ok {
		return r.Header
	}
	return nil
}

func stateOfAccount(t *testing.T, w *world, c *iam.Client, note func(any)) {
	t.Helper()
	note(must(c.GetServiceLinkedRoleDeletionStatus(ctx, &iam.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: w.task}))(t))
	note(must(c.GetRoleTemplateVersion(ctx, &iam.GetRoleTemplateVersionInput{TemplateArn: name(template)}))(t))
	note(must(c.GetAccountProperties(ctx, nil))(t))
	note(must(c.ListOrganizationsFeatures(ctx, nil))(t))
	note(must(c.GetAccountAuthorizationDetails(ctx, nil))(t))
	note(must(c.GetCredentialReport(ctx, nil))(t))
	note(must(c.GetServiceLastAccessedDetails(ctx, &iam.GetServiceLastAccessedDetailsInput{JobId: w.services}))(t))
	note(must(c.GetServiceLastAccessedDetailsWithEntities(ctx, &iam.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: w.services, ServiceNamespace: name("iam")}))(t))
	note(must(c.GetOrganizationsAccessReport(ctx, &iam.GetOrganizationsAccessReportInput{JobId: w.organization}))(t))
	note(must(c.ListPoliciesGrantingServiceAccess(ctx, &iam.ListPoliciesGrantingServiceAccessInput{
		Arn: name("arn:aws:iam::" + w.account + ":role/r"), ServiceNamespaces: []string{"iam"}}))(t))
	note(must(c.ListDelegationRequests(ctx, nil))(t))
	for _, id := range []*string{w.granted, w.rejected} {
		note(must(c.GetDelegationRequest(ctx, &iam.GetDelegationRequestInput{DelegationRequestId: id}))(t))
	}
	note(must(c.GetHumanReadableSummary(ctx, &iam.GetHumanReadableSummaryInput{EntityArn: name("arn:aws:iam::" + w.account + ":delegation-request/" + *w.granted)}))(t))
}

func takeDownAccount(t *testing.T, c *iam.Client) {
	t.Helper()
	must(c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name("power"), PolicyArn: name("arn:aws:iam::aws:policy/PowerUserAccess")}))(t)
	must(c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name("power")}))(t)
	must(c.DisableOrganizationsRootSessions(ctx, nil))(t)
	must(c.DisableOrganizationsRootCredentialsManagement(ctx, nil))(t)
}

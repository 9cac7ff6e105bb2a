package iam

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/iamtemplate"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

// onNewDelegation is authorized in the account that asks, where the request is
// kept: its id is not known yet.
func onNewDelegation(_ *api.Call, v *account.View, in *iamshape.CreateDelegationRequestInput) (api.Target, error) {
	seconds := strconv.Itoa(int(in.SessionDuration))
	t := withKey(api.Target{Resource: account.DelegationARN(v.Account(), "*")}, keyDelegationDuration, &seconds)
	t = withKey(t, keyNotificationChannel, &in.NotificationChannel)
	if in.Permissions != nil {
		t = withKey(t, keyTemplate, in.Permissions.PolicyTemplateArn)
	}
	return t, nil
}

func (s *Service) createDelegationRequest(c *api.Call, tx *account.Tx, in *iamshape.CreateDelegationRequestInput) (*iamshape.CreateDelegationRequestOutput, error) {
	v := tx.View()
	if a, err := awsid.ParseARN(in.NotificationChannel); err != nil || a.Service != "sns" || a.Region == "" || a.Account != v.Account() || a.Resource == "" {
		return nil, awserr.New("InvalidInput", "The notification channel must be the ARN of an SNS topic of the requestor's account.")
	}
	text, name, err := s.policyTemplate(v, in.Permissions)
	if err != nil {
		return nil, err
	}
	rendered, parameters, err := renderDelegation(text, in.Permissions.Parameters)
	if err != nil {
		return nil, err
	}
	open := 0
	for d := range v.DelegationRequests("") {
		if d.Requestor != v.Account() || d.GoneAt(c.Now) {
			continue
		}
		if d.Workflow == in.RequestorWorkflowId {
			return nil, awserr.Newf("EntityAlreadyExists", "A delegation request with the workflow id %s already exists.", in.RequestorWorkflowId)
		}
		if d.StateAt(c.Now) != account.DelegationExpired {
			open++
		}
	}
	if open >= account.MaxDelegations {
		return nil, errQuota("DelegationRequestsPerAccount", account.MaxDelegations)
	}
	if name == "" && utf8.RuneCountInString(v.Settings().Alias) <= 30 {
		name = v.Settings().Alias
	}
	pruneDelegations(c, tx)
	d := &account.DelegationRequest{
		ID: newDelegationID(c.Rand, v.Account()), Created: c.Seconds(), Updated: c.Seconds(), Expires: c.Seconds().Add(account.UnassignedDelegationLife),
		State: account.DelegationUnassigned, Requestor: v.Account(), Name: name, OwnerAccount: shape.Value(in.OwnerAccountId),
		Description: in.Description, Message: shape.Value(in.RequestMessage), RedirectURL: shape.Value(in.RedirectUrl),
		Channel: in.NotificationChannel, Workflow: in.RequestorWorkflowId, OnlySendByOwner: shape.Value(in.OnlySendByOwner),
		Seconds: int(in.SessionDuration), Policy: rendered, Template: *in.Permissions.PolicyTemplateArn, Parameters: parameters,
	}
	tx.PutDelegationRequest(d)
	return &iamshape.CreateDelegationRequestOutput{DelegationRequestId: &d.ID, ConsoleDeepLink: deepLink(c, d.ID)}, nil
}

// deepLink is where the console shows a request; nil when the host that the
// client has called is too long for the model.
func deepLink(c *api.Call, id string) *string {
	scheme := "http://"
	if c.Secure {
		scheme = "https://"
	}
	link := scheme + c.Host + "/-/console/#/delegation-requests/" + id
	if len(link) > 255 {
		return nil
	}
	return &link
}

// policyTemplate finds a template: one that the operator has registered for the
// account, or the default version of a managed policy of the account or of AWS.
func (s *Service) policyTemplate(v *account.View, p *iamshape.DelegationPermission) (text, name string, err error) {
	arn := shape.Value(p.PolicyTemplateArn)
	if t := s.templates().Policy(arn, v.Account()); t != nil {
		return string(t.PolicyDocument), t.RequestorName, nil
	}
	if m, ok := managedPolicy(v, arn); ok {
		for _, pv := range m.versions() {
			if pv.current {
				text, ok = m.document(pv.id)
				if ok {
					return text, "", nil
				}
			}
		}
	}
	return "", "", awserr.Newf("InvalidInput", "The policy template %s does not exist.", arn)
}

// renderDelegation fills a policy template in and holds the result against what
// can be delegated.
func renderDelegation(template string, given []iamshape.PolicyParameter) (text string, kept []account.DelegationParameter, err error) {
	bad := func(format string, args ...any) (string, []account.DelegationParameter, error) {
		return "", nil, awserr.Newf("InvalidInput", format, args...)
	}
	values := iamtemplate.Values{}
	used := iamtemplate.Names(template)
	for _, p := range given {
		name, kind := shape.Value(p.Name), shape.Value(p.Type)
		switch _, twice := values[name]; {
		case name == "" || kind == "":
			return bad("A policy parameter must have a name and a type.")
		case twice:
			return bad("The policy parameter %s is there twice.", name)
		case !slices.Contains(used, name):
			return bad("The policy template has no parameter %s.", name)
		case kind == "string" && len(p.Values) != 1:
			return bad("The policy parameter %s must have exactly one value, got %d.", name, len(p.Values))
		case len(p.Values) == 0:
			return bad("The policy parameter %s has no values.", name)
		}
		values[name] = p.Values
		kept = append(kept, account.DelegationParameter{Name: name, Values: slices.Clone(p.Values), Type: kind})
	}
	text, err = iamtemplate.Document(template, values)
	switch {
	case err != nil:
		return bad("Failed to render template: %s", err)
	case text == "":
		return bad("The policy template with these parameters delegates nothing.")
	case utf8.RuneCountInString(text) > account.MaxDelegatedPolicySize:
		return bad("The permission policy has %d characters, more than %d.", utf8.RuneCountInString(text), account.MaxDelegatedPolicySize)
	}
	doc, err := policy.Parse(text, policy.Session)
	if err != nil {
		var p *policy.ParseError
		if errors.As(err, &p) {
			return bad("The permission policy is malformed: %s", p.Message)
		}
		return "", nil, err
	}
	if err := keepsBoundaries(doc); err != nil {
		return "", nil, err
	}
	return text, kept, nil
}

// keepsBoundaries refuses what would leave a role behind that has more
// permissions than the boundary that the approver was shown.
func keepsBoundaries(doc *policy.Document) error {
	for i := range doc.Statements {
		switch st := &doc.Statements[i]; {
		case st.Deny:
		case makesRoles(st) && len(boundariesOf(st)) == 0:
			return awserr.New("InvalidInput", "A policy that allows iam:CreateRole must require a permissions boundary by the condition iam:PermissionsBoundary.")
		case allows(st, boundaryDeletion) && !slices.ContainsFunc(doc.Statements, deniesDeletion):
			// A condition on the boundary that a role has doesn't keep it.
			return awserr.New("InvalidInput", "A policy cannot allow iam:DeleteRolePermissionsBoundary.")
		}
	}
	return nil
}

const boundaryDeletion = "DeleteRolePermissionsBoundary"

// deniesDeletion reports whether a statement denies the deletion of boundaries
// always.
func deniesDeletion(st policy.Statement) bool {
	if !st.Deny || st.NotResource || len(st.Conditions) > 0 || !slices.Contains(st.Resources, "*") {
		return false
	}
	st.Deny = false
	return allows(&st, boundaryDeletion)
}

// makesRoles reports whether a statement allows roles to be made, or to be given
// another boundary.
func makesRoles(st *policy.Statement) bool {
	return allows(st, "CreateRole") || allows(st, "PutRolePermissionsBoundary")
}

// allows reports whether a statement allows an action of IAM on anything. It
// can't run out of budget: a delegated policy is too short.
func allows(st *policy.Statement, action string) bool {
	return catalog.NewGrants(&policy.Document{Statements: []policy.Statement{*st}}).Action("iam", action)
}

// boundariesOf lists the boundaries that a statement requires. An operator that
// an absent key satisfies requires none, and neither does one whose values have
// wildcards.
func boundariesOf(st *policy.Statement) (arns []string) {
	for _, k := range st.Conditions {
		switch strings.ToLower(k.Operator) {
		case "stringequals", "stringlike", "arnequals", "arnlike":
			if policy.FoldKey(k.Key) == keyBoundary && !strings.ContainsAny(strings.Join(k.Values, ""), "*?$") {
				arns = append(arns, k.Values...)
			}
		}
	}
	return arns
}

// roleBoundaries lists the boundaries that a delegated policy requires of roles
// that are made with it.
func roleBoundaries(text string) []string {
	doc, err := policy.ParseStored(text, policy.Session)
	if err != nil {
		return nil
	}
	var arns []string
	for i := range doc.Statements {
		if st := &doc.Statements[i]; makesRoles(st) {
			arns = append(arns, boundariesOf(st)...)
		}
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

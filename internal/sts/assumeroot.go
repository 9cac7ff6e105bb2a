package sts

import (
	"errors"
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/policy"
)

func (s *Service) assumeRoot() []api.Op {
	return []api.Op{api.Issue(stsshape.OpAssumeRoot, assumeRootTarget, s.assumeRootOf)}
}

// rootTasks is where AWS's task policies are.
const rootTasks = "arn:" + awsid.Partition + ":iam::aws:policy/root-task/"

// The task policies that a session of root can be made for (IAM User Guide,
// "Perform a privileged task on an AWS Organizations member account").
var taskPolicies = []string{
	"IAMAuditRootUserCredentials", "IAMCreateRootUserPassword", "IAMDeleteRootUserCredentials", "S3UnlockBucketPolicy", "SQSUnlockQueuePolicy",
}

// rootSeconds is how long such a session lasts at most, and when the request
// doesn't say.
const rootSeconds = 900

// rootTarget reads the account that a request names, by its number or by the
// ARN of its root user.
func rootTarget(text string) (acct string, err error) {
	if awsid.ValidAccountID(text) {
		return text, nil
	}
	if a, err := awsid.ParseARN(text); err == nil && awsid.ValidAccountID(a.Account) && text == awsid.Root(a.Account) {
		return a.Account, nil
	}
	return "", awserr.New("ValidationError", "Request must contain a valid target principal")
}

func taskPolicy(in *stsshape.AssumeRootInput) (string, error) {
	if in.TaskPolicyArn.Arn == nil {
		return "", awserr.New("ValidationError", "1 validation error detected: Value null at 'taskPolicyArn.arn' failed to satisfy constraint: Member must not be null")
	}
	if name, ok := strings.CutPrefix(*in.TaskPolicyArn.Arn, rootTasks); ok && slices.Contains(taskPolicies, name) {
		return *in.TaskPolicyArn.Arn, nil
	}
	return "", awserr.New("ValidationError", "Request must contain valid AWS managed task policy ARN")
}

// assumeRootTarget is the root user of the member account. No policy of that
// account has a say, so that for the decision it counts as the caller's.
func assumeRootTarget(c *api.Call, _ *account.View, in *stsshape.AssumeRootInput) (api.Target, error) {
	if c.Caller.Principal.Kind == policy.Root {
		return api.Target{}, awserr.New("AccessDenied", "AssumeRoot may not be called by root accounts.")
	}
	acct, err := rootTarget(in.TargetPrincipal)
	if err != nil {
		return api.Target{}, err
	}
	task, err := taskPolicy(in)
	if err != nil {
		return api.Target{}, err
	}
	return api.Target{Resource: awsid.Root(acct), Keys: map[string][]string{
		"sts:taskpolicyarn": {task}, "aws:resourceaccount": {acct},
	}}, nil
}

// assumeRootOf gives a session of a member's root user that can do one task.
func (s *Service) assumeRootOf(c *api.Call, v *account.View, in *stsshape.AssumeRootInput) (*stsshape.AssumeRootOutput, error) {
	acct, err := rootTarget(in.TargetPrincipal)
	if err != nil {
		return nil, err
	}
	task, err := taskPolicy(in)
	if err != nil {
		return nil, err
	}
	if err := s.mayBeRoot(c, v, acct); err != nil {
		return nil, err
	}
	seconds := rootSeconds
	if in.DurationSeconds != nil {
		seconds = max(1, int(*in.DurationSeconds)) // no session ends before it begins
	}
	sess := session.Session{
		Kind: session.AssumedRoot, Account: acct, PrincipalARN: awsid.Root(acct), PrincipalID: acct, PolicyARNs: []string{task},
	}
	if from := c.Caller.Session; from != nil {
		sess.SourceIdentity = from.SourceIdentity
	}
	_, shown, err := s.grant(c, seconds, sess)
	if err != nil {
		return nil, err
	}
	c.Resources = append(c.Resources, awsid.Root(acct))
	out := &stsshape.AssumeRootOutput{Credentials: shown}
	if sess.SourceIdentity != "" {
		out.SourceIdentity = &sess.SourceIdentity
	}
	return out, nil
}

// mayBeRoot holds that the caller's account administers IAM in an organization
// with root sessions, and that the other is one of its members. What is missing
// is told only to the accounts of the organization itself.
func (s *Service) mayBeRoot(c *api.Call, v *account.View, acct string) error {
	o := v.Settings().Organization
	if o == nil {
		return awserr.New("AccessDenied", "AssumeRoot needs an organization, and this account is in none.")
	}
	if o.Management != v.Account() {
		management, err := s.Accounts.View(c.Context, o.Management)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err != nil || management.Settings().Organization == nil {
			return awserr.New("AccessDenied", "AssumeRoot needs an organization, and this account is in none.")
		}
		o = management.Settings().Organization
	}
	switch {
	case !o.Administers(v.Account()):
		return awserr.New("AccessDenied", "AssumeRoot can be called from the management account or a delegated administrator of IAM alone.")
	case o.BillingOnly || !o.Trusts(account.IAMPrincipal) || !o.RootSessions:
		return awserr.New("AccessDenied", "AssumeRoot needs root sessions, which are not enabled in the organization.")
	case !slices.Contains(o.Members, acct):
		return awserr.Newf("AccessDenied", "The account %s is not a member of the organization.", acct)
	}
	return nil
}

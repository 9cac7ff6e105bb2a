package iam

import (
	"strconv"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/managedpolicy"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

// A managed is a managed policy: one of the account's or one of AWS's. Exactly
// one of the two is set.
type managed struct {
	arn string
	own *account.Policy
	aws *managedpolicy.Policy
}

// awsAccount stands in the account field of the ARNs of AWS's own policies.
const awsAccount = "aws"

var ()

// managedPolicy gives the policy of exactly this ARN.
func managedPolicy(v *account.View, arn string) (managed, bool) {
	if p := v.PolicyByARN(arn); p != nil {
		return managed{arn: arn, own: p}, true
	}
	if p, ok := managedpolicy.Get(arn); ok {
		return managed{arn: arn, aws: p}, true
	}
	return managed{}, false
}

// policyARN reads the ARN of a managed policy, which need not exist.
func policyARN(arn string) (a awsid.ARN, ok bool) {
	a, err := awsid.ParseARN(arn)
	if err != nil || a.Partition != awsid.Partition || a.Service != "iam" || a.Region != "" ||
		a.Account != awsAccount && !awsid.ValidAccountID(a.Account) {
		return awsid.ARN{}, false
	}
	kind, _, _, ok := awsid.SplitPath(a.Resource)
	return a, ok && kind == "policy"
}

// checkPolicyARN refuses what isn't the ARN of a managed policy, with AWS's
// sentence. AWS's code for it is ValidationError, for boundaries InvalidInput.
func checkPolicyARN(code, arn string) error {
	if _, ok := policyARN(arn); !ok {
		return awserr.Newf(code, "ARN %s is not valid.", arn)
	}
	return nil
}

// onPolicy is the target of operations on the policy that the request names. A
// policy of another account belongs to that account, so that the caller's own
// policies can't allow it.
func onPolicy(v *account.View, arn string) (api.Target, error) {
	a, ok := policyARN(arn)
	if !ok {
		return api.Target{}, checkPolicyARN("ValidationError", arn)
	}
	t := policyTarget(v, arn)
	if a.Account != awsAccount {
		t.Account = a.Account
	}
	return t, nil
}

func errPolicyNotFound(arn string) error {
	return awserr.Newf("NoSuchEntity", "Policy %s was not found.", arn)
}

func errNoSuchAttachable(arn string) error {
	return awserr.Newf("NoSuchEntity", "Policy %s does not exist or is not attachable.", arn)
}

// policyTargetOf makes a target function of onPolicy.
func policyTargetOf[I any](arn func(in *I) string) api.TargetFunc[I] {
	return func(_ *api.Call, v *account.View, in *I) (api.Target, error) { return onPolicy(v, arn(in)) }
}

// ownPolicy gives a copy of the account's policy of this ARN, to be changed.
// Policies of AWS are refused as AWS does: cannot is what the operation wanted.
func ownPolicy(v *account.View, arn, cannot string) (*account.Policy, error) {
	if a, ok := policyARN(arn); ok && a.Account == awsAccount {
		return nil, awserr.New("AccessDenied", "Cannot "+cannot+" outside your own account.")
	}
	p := v.PolicyByARN(arn)
	if p == nil {
		return nil, errPolicyNotFound(arn)
	}
	return p.Clone(), nil
}

func (m managed) name() string {
	if m.own != nil {
		return m.own.Name
	}
	return m.aws.Name
}

func (m managed) path() string {
	if m.own != nil {
		return m.own.Path
	}
	return m.aws.Path
}

func (m managed) attachable() bool { return m.own != nil || m.aws.IsAttachable }

func (m managed) tags() []account.Tag {
	if m.own != nil {
		return m.own.Tags
	}
	return nil
}

// out is the policy as all answers show it; the members that only some
// operations return are left to them.
func (m managed) out(v *account.View) iamshape.Policy {
	attached, boundary := v.UseCount(m.arn)
	o := iamshape.Policy{
		Arn: &m.arn, PolicyName: shape.Ptr(m.name()), Path: shape.Ptr(m.path()),
		AttachmentCount: shape.Ptr(int32(attached)), PermissionsBoundaryUsageCount: shape.Ptr(int32(boundary)),
		IsAttachable: shape.Ptr(m.attachable()),
	}
	if p := m.own; p != nil {
		o.PolicyId, o.DefaultVersionId = &p.ID, shape.Ptr(versionID(p.Default))
		o.CreateDate, o.UpdateDate = &p.Created, &p.Updated
		return o
	}
	o.PolicyId, o.DefaultVersionId = &m.aws.ID, &m.aws.DefaultVersionID
	o.CreateDate, o.UpdateDate = &m.aws.CreateDate, &m.aws.UpdateDate
	return o
}

// A policyVersion is a version of either kind of managed policy.
type policyVersion struct {
	id      string
	created time.Time
	current bool // the default version
}

func (pv policyVersion) out() iamshape.PolicyVersion {
	return iamshape.PolicyVersion{CreateDate: &pv.created, IsDefaultVersion: &pv.current, VersionId: &pv.id}
}

// versions are the policy's versions, newest first.
func (m managed) versions() []policyVersion {
	var out []policyVersion
	if m.aws != nil {
		for _, w := range m.aws.Versions {
			out = append(out, policyVersion{w.ID, w.CreateDate, w.IsDefault})
		}
		return out
	}
	for i := len(m.own.Versions) - 1; i >= 0; i-- {
		w := &m.own.Versions[i]
		out = append(out, policyVersion{versionID(w.N), w.Created, w.N == m.own.Default})
	}
	return out
}

// document is the text of a version.
func (m managed) document(id string) (text string, ok bool) {
	if m.aws != nil {
		return m.aws.Document(id)
	}
	if w := m.own.Version(versionNumber(id)); w != nil {
		return w.Document, true
	}
	return "", false
}

func versionID(n int) string { return "v" + strconv.Itoa(n) }

// versionNumber is the number of "v3", or 0 for what names no version: the form
// with a suffix, which the model allows, has none.
func versionNumber(id string) int {
	if len(id) < 2 || id[0] != 'v' || id[1] < '1' || id[1] > '9' {
		return 0
	}
	n, err := strconv.Atoi(id[1:])
	if err != nil {
		return 0
	}
	return n
}

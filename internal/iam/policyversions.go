package iam

import (
	"fmt"
	"math"
	"slices"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) policyVersions() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpCreatePolicyVersion,
			policyTargetOf(func(in *iamshape.CreatePolicyVersionInput) string { return in.PolicyArn }), createPolicyVersion),
		api.Read(iamshape.OpGetPolicyVersion,
			policyTargetOf(func(in *iamshape.GetPolicyVersionInput) string { return in.PolicyArn }), getPolicyVersion),
		api.Read(iamshape.OpListPolicyVersions,
			policyTargetOf(func(in *iamshape.ListPolicyVersionsInput) string { return in.PolicyArn }), s.listPolicyVersions),
		api.Do(iamshape.OpDeletePolicyVersion,
			policyTargetOf(func(in *iamshape.DeletePolicyVersionInput) string { return in.PolicyArn }), deletePolicyVersion),
		api.Do(iamshape.OpSetDefaultPolicyVersion,
			policyTargetOf(func(in *iamshape.SetDefaultPolicyVersionInput) string { return in.PolicyArn }), setDefaultPolicyVersion),
	}
}

// errNoVersion is also the answer where the policy itself isn't there.
func errNoVersion(arn, id string) error {
	return awserr.Newf("NoSuchEntity", "Policy %s version %s does not exist or is not attachable.", arn, id)
}

// checkVersionsInUse holds the account's quota of versions of all its policies.
func checkVersionsInUse(v *account.View) error {
	n := 0
	for p := range v.Policies("") {
		n += len(p.Versions)
	}
	if n >= account.MaxPolicyVersionsInUse {
		return errQuota("PolicyVersionsInUse", account.MaxPolicyVersionsInUse)
	}
	return nil
}

func createPolicyVersion(c *api.Call, tx *account.Tx, in *iamshape.CreatePolicyVersionInput) (*iamshape.CreatePolicyVersionOutput, error) {
	p, err := ownPolicy(tx.View(), in.PolicyArn, "create policy versions for policies")
	if err != nil {
		return nil, err
	}
	if err := checkManagedDocument(in.PolicyDocument); err != nil {
		return nil, err
	}
	if len(p.Versions) >= account.MaxVersionsPerPolicy {
		return nil, awserr.Newf("LimitExceeded", "A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", account.MaxVersionsPerPolicy)
	}
	if err := checkVersionsInUse(tx.View()); err != nil {
		return nil, err
	}
	p.Last++
	p.Updated = c.Seconds()
	p.Versions = append(p.Versions, account.Version{N: p.Last, Document: in.PolicyDocument, Created: c.Seconds()})
	if shape.Value(in.SetAsDefault) {
		p.Default = p.Last
	}
	tx.PutPolicy(p)
	out := managed{arn: in.PolicyArn, own: p}.versions()[0].out()
	return &iamshape.CreatePolicyVersionOutput{PolicyVersion: &out}, nil
}

func getPolicyVersion(_ *api.Call, v *account.View, in *iamshape.GetPolicyVersionInput) (*iamshape.GetPolicyVersionOutput, error) {
	m, ok := managedPolicy(v, in.PolicyArn)
	if !ok {
		return nil, errNoVersion(in.PolicyArn, in.VersionId)
	}
	for _, w := range m.versions() {
		if w.id != in.VersionId {
			continue
		}
		text, _ := m.document(w.id)
		out := w.out()
		out.Document = encodeDocument(text)
		return &iamshape.GetPolicyVersionOutput{PolicyVersion: &out}, nil
	}
	return nil, errNoVersion(in.PolicyArn, in.VersionId)
}

func (s *Service) listPolicyVersions(c *api.Call, v *account.View, in *iamshape.ListPolicyVersionsInput) (*iamshape.ListPolicyVersionsOutput, error) {
	m, ok := managedPolicy(v, in.PolicyArn)
	if !ok {
		return nil, errPolicyNotFound(in.PolicyArn)
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &in.PolicyArn)
	if err != nil {
		return nil, err
	}
	out := &iamshape.ListPolicyVersionsOutput{Versions: []iamshape.PolicyVersion{}}
	for _, w := range take(p, slices.Values(m.versions()), newestFirst) {
		out.Versions = append(out.Versions, w.out())
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

func deletePolicyVersion(_ *api.Call, tx *account.Tx, in *iamshape.DeletePolicyVersionInput) error {
	p, i, err := ownVersion(tx.View(), in.PolicyArn, in.VersionId, "delete policy versions for policies")
	if err != nil {
		return err
	}
	if p.Versions[i].N == p.Default {
		return awserr.New("DeleteConflict", "Cannot delete the default version of a policy.")
	}
	p.Versions = slices.Delete(p.Versions, i, i+1)
	tx.PutPolicy(p)
	return nil
}

func setDefaultPolicyVersion(_ *api.Call, tx *account.Tx, in *iamshape.SetDefaultPolicyVersionInput) error {
	p, i, err := ownVersion(tx.View(), in.PolicyArn, in.VersionId, "update policies")
	if err != nil {
		return err
	}
	p.Default = p.Versions[i].N
	tx.PutPolicy(p)
	return nil
}

// ownVersion is ownPolicy with the index of a version of it.
func ownVersion(v *account.View, arn, id, cannot string) (*account.Policy, int, error) {
	p, err := ownPolicy(v, arn, cannot)
	switch {
	case err != nil && awserr.From(err).Code == "NoSuchEntity":
		return nil, 0, errNoVersion(arn, id)
	case err != nil:
		return nil, 0, err
	}
	n := versionNumber(id)
	i := slices.IndexFunc(p.Versions, func(w account.Version) bool { return w.N == n })
	if i < 0 {
		return nil, 0, errNoVersion(arn, id)
	}
	return p, i, nil
}

// newestFirst is a key in the order of managed.versions: numbers only rise.
func newestFirst(w policyVersion) string {
	return fmt.Sprintf("%019d", math.MaxInt64-int64(versionNumber(w.id)))
}

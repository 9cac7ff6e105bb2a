package iam

import (
	"fmt"
	"slices"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/usage"
)

func (s *Service) accessKeys() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpCreateAccessKey,
			func(c *api.Call, v *account.View, in *iamshape.CreateAccessKeyInput) (api.Target, error) {
				return selfTarget(c, v, in.UserName)
			}, s.createAccessKey),
		api.Read(iamshape.OpListAccessKeys,
			func(c *api.Call, v *account.View, in *iamshape.ListAccessKeysInput) (api.Target, error) {
				return selfTarget(c, v, in.UserName)
			}, s.listAccessKeys),
		api.Do(iamshape.OpUpdateAccessKey,
			func(c *api.Call, v *account.View, in *iamshape.UpdateAccessKeyInput) (api.Target, error) {
				return selfTarget(c, v, in.UserName)
			}, updateAccessKey),
		api.Do(iamshape.OpDeleteAccessKey,
			func(c *api.Call, v *account.View, in *iamshape.DeleteAccessKeyInput) (api.Target, error) {
				return selfTarget(c, v, in.UserName)
			}, deleteAccessKey),
		api.Read(iamshape.OpGetAccessKeyLastUsed, keyTarget, s.getAccessKeyLastUsed),
	}
}

type keyHolder = holder[account.AccessKey]

func keyHolderOf(c *api.Call, v *account.View, name *string) (*keyHolder, error) {
	return holderOf(c, v, name,
		func(r *account.Root) *[]account.AccessKey { return &r.Keys },
		func(u *account.User) *[]account.AccessKey { return &u.Keys })
}

// findKey gives the index of the holder's key.
func findKey(h *keyHolder, id string) (int, error) {
	return h.find("Access Key", id, func(k *account.AccessKey) string { return k.ID })
}

// createAccessKey shows the secret this once; it is kept sealed for the key.
func (s *Service) createAccessKey(c *api.Call, tx *account.Tx, in *iamshape.CreateAccessKeyInput) (*iamshape.CreateAccessKeyOutput, error) {
	v := tx.View()
	o, err := keyHolderOf(c, v, in.UserName)
	if err != nil {
		return nil, err
	}
	if len(o.list) >= account.MaxKeysPerUser {
		return nil, errQuota("AccessKeysPerUser", account.MaxKeysPerUser)
	}
	id := awsid.NewAccessKeyID(c.Rand, awsid.AccessKeyPrefix, v.Account())
	for _, taken := v.KeyOwner(id); taken; _, taken = v.KeyOwner(id) {
		id = awsid.NewAccessKeyID(c.Rand, awsid.AccessKeyPrefix, v.Account())
	}
	secret := awsid.NewSecretAccessKey(c.Rand)
	sealed, err := s.Secrets.Seal(api.AccessKeyLabel(v.Account(), id), []byte(secret))
	if err != nil {
		return nil, fmt.Errorf("iam: sealing a new access key: %w", err)
	}
	k := account.AccessKey{ID: id, Secret: sealed, Status: account.Active, Created: c.Seconds()}
	o.save(tx, append(o.list, k))
	return &iamshape.CreateAccessKeyOutput{AccessKey: &iamshape.AccessKey{
		AccessKeyId: &k.ID, SecretAccessKey: &secret, Status: &k.Status, CreateDate: &k.Created, UserName: o.name,
	}}, nil
}

// listAccessKeys lists the oldest key first.
func (s *Service) listAccessKeys(c *api.Call, v *account.View, in *iamshape.ListAccessKeysInput) (*iamshape.ListAccessKeysOutput, error) {
	o, err := keyHolderOf(c, v, in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &o.id)
	if err != nil {
		return nil, err
	}
	out := &iamshape.ListAccessKeysOutput{AccessKeyMetadata: []iamshape.AccessKeyMetadata{}}
	for _, k := range takeSorted(p, o.list, keyAge) {
		out.AccessKeyMetadata = append(out.AccessKeyMetadata, iamshape.AccessKeyMetadata{
			AccessKeyId: &k.ID, CreateDate: &k.Created, Status: &k.Status, UserName: o.name,
		})
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

func keyAge(k account.AccessKey) string { return fmt.Sprintf("%020d%s", k.Created.Unix(), k.ID) }

// updateAccessKey sets Active or Inactive. Expired is a status that the model
// knows and that nobody can set.
func updateAccessKey(c *api.Call, tx *account.Tx, in *iamshape.UpdateAccessKeyInput) error {
	o, err := keyHolderOf(c, tx.View(), in.UserName)
	if err != nil {
		return err
	}
	i, err := findKey(o, in.AccessKeyId)
	if err != nil {
		return err
	}
	if in.Status != account.Active && in.Status != account.Inactive {
		return errStatusExpired
	}
	o.list[i].Status = in.Status
	o.save(tx, o.list)
	return nil
}

func deleteAccessKey(c *api.Call, tx *account.Tx, in *iamshape.DeleteAccessKeyInput) error {
	v := tx.View()
	o, err := keyHolderOf(c, v, in.UserName)
	if err != nil {
		return err
	}
	i, err := findKey(o, in.AccessKeyId)
	if err != nil {
		return err
	}
	o.save(tx, slices.Delete(o.list, i, i+1))
	if acct, ok := awsid.AccountOfKeyID(in.AccessKeyId); !ok || acct != v.Account() {
		c.Drop(api.KeyClaim(in.AccessKeyId)) // by which the key was found
	}
	return nil
}

// keyTarget is the user that has the key. The key of nobody is everything, so
// that only who may ask about every key learns that there is none.
func keyTarget(_ *api.Call, v *account.View, in *iamshape.GetAccessKeyLastUsedInput) (api.Target, error) {
	t := api.Target{Resource: "*"}
	switch k, u := v.AccessKey(in.AccessKeyId); {
	case u != nil:
		t = userTarget(v, u.Name)
	case k != nil:
		t.Resource = awsid.Root(v.Account())
	}
	t.Shown = "access key " + in.AccessKeyId
	return t, nil
}

// getAccessKeyLastUsed answers AccessDenied for an unknown key, in the words of
// AWS (an older form, without a colon behind "perform").
func (s *Service) getAccessKeyLastUsed(c *api.Call, v *account.View, in *iamshape.GetAccessKeyLastUsedInput) (*iamshape.GetAccessKeyLastUsedOutput, error) {
	k, u := v.AccessKey(in.AccessKeyId)
	if k == nil {
		return nil, awserr.Newf("AccessDenied", "User: %s is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key %s",
			c.Caller.Principal.ARN, in.AccessKeyId)
	}
	out := &iamshape.GetAccessKeyLastUsedOutput{
		AccessKeyLastUsed: &iamshape.AccessKeyLastUsed{Region: shape.Ptr("N/A"), ServiceName: shape.Ptr("N/A")},
	}
	if u != nil {
		out.UserName = &u.Name
	}
	if last, ok := s.Usage.Last(usage.AccessKey, k.ID); ok {
		out.AccessKeyLastUsed = &iamshape.AccessKeyLastUsed{LastUsedDate: &last.Time, Region: &last.Region, ServiceName: &last.Service}
	}
	return out, nil
}

package iam

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) boundaries() []api.Op {
	return []api.Op{
		api.Do(iamshape.OpPutUserPermissionsBoundary,
			func(_ *api.Call, v *account.View, in *iamshape.PutUserPermissionsBoundaryInput) (api.Target, error) {
				return withKey(userTarget(v, in.UserName), keyBoundary, &in.PermissionsBoundary), nil
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.PutUserPermissionsBoundaryInput) error {
				return putBoundary(tx, userOwner, in.UserName, in.PermissionsBoundary)
			}),
		api.Do(iamshape.OpDeleteUserPermissionsBoundary,
			func(_ *api.Call, v *account.View, in *iamshape.DeleteUserPermissionsBoundaryInput) (api.Target, error) {
				return userOwner.changing(v, in.UserName)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.DeleteUserPermissionsBoundaryInput) error {
				return deleteBoundary(tx, userOwner, in.UserName)
			}),
		api.Do(iamshape.OpPutRolePermissionsBoundary,
			func(_ *api.Call, v *account.View, in *iamshape.PutRolePermissionsBoundaryInput) (api.Target, error) {
				return withKey(roleTarget(v, in.RoleName), keyBoundary, &in.PermissionsBoundary), nil
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.PutRolePermissionsBoundaryInput) error {
				return putBoundary(tx, roleOwner, in.RoleName, in.PermissionsBoundary)
			}),
		api.Do(iamshape.OpDeleteRolePermissionsBoundary,
			func(_ *api.Call, v *account.View, in *iamshape.DeleteRolePermissionsBoundaryInput) (api.Target, error) {
				return roleOwner.changing(v, in.RoleName)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.DeleteRolePermissionsBoundaryInput) error {
				return deleteBoundary(tx, roleOwner, in.RoleName)
			}),
	}
}

func putBoundary(tx *account.Tx, k *ownerKind, name, arn string) error {
	o, err := k.change(tx.View(), name)
	if err != nil {
		return err
	}
	if err := checkBoundary(tx.View(), &arn); err != nil {
		return err
	}
	*o.boundary = arn
	o.save(tx)
	return nil
}

func deleteBoundary(tx *account.Tx, k *ownerKind, name string) error {
	o, err := k.change(tx.View(), name)
	if err != nil {
		return err
	}
	if *o.boundary == "" {
		return awserr.Newf("NoSuchEntity", "The %s %s does not have a permissions boundary.", k.word, o.name)
	}
	*o.boundary = ""
	o.save(tx)
	return nil
}

// checkBoundary refuses an ARN that can't be a permissions boundary; nil is
// none and right.
func checkBoundary(v *account.View, arn *string) error {
	if arn == nil {
		return nil
	}
	if err := checkPolicyARN("InvalidInput", *arn); err != nil {
		return err
	}
	m, ok := managedPolicy(v, *arn)
	if !ok {
		return awserr.Newf("NoSuchEntity", "Scope ARN: %s does not exist or is not attachable.", *arn)
	}
	if !m.attachable() {
		return errNotAttachable
	}
	return nil
}

// boundaryOut shows a boundary; nil for none. IAM's answers call the type
// "Policy", where its model has another word.
func boundaryOut(arn string) *iamshape.AttachedPermissionsBoundary {
	if arn == "" {
		return nil
	}
	return &iamshape.AttachedPermissionsBoundary{PermissionsBoundaryArn: &arn, PermissionsBoundaryType: shape.Ptr("Policy")}
}

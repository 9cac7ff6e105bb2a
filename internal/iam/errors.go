package iam

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
)

// What has to go before an entity can be deleted.
var (
	errDetachFirst             = awserr.New("DeleteConflict", "Cannot delete entity, must detach all policies first.")
	errDeletePoliciesFirst     = awserr.New("DeleteConflict", "Cannot delete entity, must delete policies first.")
	errRemoveUsersFirst        = awserr.New("DeleteConflict", "Cannot delete entity, must remove users from group first.")
	errDeleteLoginFirst        = awserr.New("DeleteConflict", "Cannot delete entity, must delete login profile first.")
	errDeleteCertificatesFirst = awserr.New("DeleteConflict", "Cannot delete entity, must delete certificates first.")
	errRemoveObjectsFirst      = awserr.New("DeleteConflict", "Cannot delete entity, must remove referenced objects first.")
	errDeleteKeysFirst         = awserr.New("DeleteConflict", "Cannot delete entity, must delete access keys first.")
	errDeleteMFAFirst          = awserr.New("DeleteConflict", "Cannot delete entity, must remove tokens from principal first.")
)

// errQuota says that a quota is used up; name is AWS's for it.
func errQuota(name string, limit int) error {
	return awserr.Newf("LimitExceeded", "Cannot exceed quota for %s: %d", name, limit)
}

// newID makes the unique id of a new entity. Ids are random, so that taken
// holds for none; asking makes that certain.
func newID(c *api.Call, v *account.View, prefix string, taken func(id string) bool) string {
	for {
		if id := awsid.NewEntityID(c.Rand, prefix, v.Account()); !taken(id) {
			return id
		}
	}
}

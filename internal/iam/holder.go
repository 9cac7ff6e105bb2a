package iam

import (
	"slices"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
)

// A holder is a user or root, with credentials of one kind that may be changed
// and then saved.
type holder[C any] struct {
	id   string  // account.RootID for root
	name *string // nil for root
	list []C
	save func(tx *account.Tx, list []C)
}

// holderOf is the user named, else who has signed the request: a user, or root.
// ofRoot and ofUser say where their credentials of this kind are.
func holderOf[C any](c *api.Call, v *account.View, name *string, ofRoot func(*account.Root) *[]C, ofUser func(*account.User) *[]C) (*holder[C], error) {
	if name == nil && isRoot(c) {
		return &holder[C]{
			id: account.RootID, list: slices.Clone(*ofRoot(&v.Settings().Root)),
			save: func(tx *account.Tx, list []C) {
				settings := tx.View().Settings().Clone()
				*ofRoot(&settings.Root) = list
				tx.PutSettings(settings)
			},
		}, nil
	}
	n, err := c.UserName(name)
	if err != nil {
		return nil, err
	}
	u, err := findUser(v, n)
	if err != nil {
		return nil, err
	}
	u = u.Clone()
	return &holder[C]{
		id: u.ID, name: &u.Name, list: *ofUser(u),
		save: func(tx *account.Tx, list []C) {
			*ofUser(u) = list
			tx.PutUser(u)
		},
	}, nil
}

// find gives the index of the credential with this id; what is AWS's word for
// its kind.
func (h *holder[C]) find(what, id string, idOf func(*C) string) (int, error) {
	for i := range h.list {
		if idOf(&h.list[i]) == id {
			return i, nil
		}
	}
	return 0, awserr.Newf("NoSuchEntity", "The %s with id %s cannot be found.", what, id)
}

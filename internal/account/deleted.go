package account

import "strings"

// Deleted returns the unique ids of the users and roles, and the access keys,
// that v has and the Tx has deleted.
func (tx *Tx) Deleted(v *View) (principals, keys []string) {
	lost := func(had []AccessKey) {
		for _, k := range had {
			if _, ok := tx.v.KeyOwner(k.ID); !ok {
				keys = append(keys, k.ID)
			}
		}
	}
	for _, record := range tx.order {
		kind, id, _ := strings.Cut(record, "/")
		switch kind {
		case kindUser:
			if u := v.UserByID(id); u != nil {
				lost(u.Keys)
				if tx.v.UserByID(id) == nil {
					principals = append(principals, id)
				}
			}
		case kindRole:
			if v.RoleByID(id) != nil && tx.v.RoleByID(id) == nil {
				principals = append(principals, id)
			}
		case kindSettings:
			lost(v.settings.Root.Keys)
		}
	}
	return principals, keys
}

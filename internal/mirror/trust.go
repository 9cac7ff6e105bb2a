package mirror

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/policy"
)

// trustIDs binds the users and roles that a trust policy names to the unique ids
// that they have, in the file or here. Those of accounts that aren't served here
// stay names: whether they are there can't be told.
func (p *Plan) trustIDs(v *account.View, what, text string) (ids map[string]string, err error) {
	doc, err := policy.ParseStored(text, policy.Trust)
	if err != nil {
		return nil, err
	}
	for _, principal := range doc.Principals() {
		a, err := awsid.ParseARN(principal.Value)
		if principal.Kind != "AWS" || err != nil || a.Service != "iam" || a.Resource == "root" {
			continue
		}
		owner := v
		if a.Account != v.Account() {
			if owner = p.others[a.Account]; owner == nil {
				continue
			}
		}
		id := p.ids[principal.Value]
		if id == "" {
			id = idHere(owner, principal.Value, a.Resource)
		}
		if id == "" {
			p.note("%s: its trust policy names %s, which is neither in the file nor here", what, principal.Value)
			continue
		}
		if ids == nil {
			ids = map[string]string{}
		}
		ids[principal.Value] = id
	}
	return ids, nil
}

func idHere(v *account.View, arn, resource string) string {
	_, _, name, _ := awsid.SplitPath(resource)
	if u := v.User(name); u != nil && u.ARN(v.Account()) == arn {
		return u.ID
	}
	if r := v.Role(name); r != nil && r.ARN(v.Account()) == arn {
		return r.ID
	}
	return ""
}

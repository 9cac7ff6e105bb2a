package decide_test

import (
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/policy"
)

// What a simulation is given of an entity is what decisions are made of: a set
// compiled of it answers as Decide does.
func TestAttachedPolicies(t *testing.T) {
	d, tx := decide.New(), begin()
	tx.PutPolicy(managed("m", "s3:List"))
	tx.PutPolicy(managed("b", "s3:*"))
	tx.PutGroup(&account.Group{ID: "AGPA1", Name: "g", Path: "/", Created: day, Inline: inline("Deny", "s3:Drop"), Attached: []string{arnOf("m")}})
	tx.PutUser(&account.User{ID: "AIDA1", Name: "ann", Path: "/", Created: day, Inline: inline("Allow", "*"), Groups: []string{"AGPA1"}, Boundary: arnOf("b")})
	tx.PutRole(&account.Role{ID: "AROA1", Name: "r", Path: "/", Created: day, MaxSession: 3600, Trust: doc("Allow", "sts:AssumeRole"),
		Attached: []string{arnOf("m")}, Boundary: "arn:aws:iam::" + acct + ":policy/gone"})
	v := tx.Freeze()

	names := func(list []policy.Policy) string {
		var s []string
		for _, p := range list {
			s = append(s, p.Source.Type.String()+":"+p.Source.Name)
		}
		return strings.Join(s, " ")
	}
	u, err := d.UserPolicies(v, v.User("ann"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.RolePolicies(v, v.Role("r"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := d.GroupPolicies(v, v.Group("g"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ got, want string }{
		{names(u.Identity), "user-inline:p group-inline:p group-managed:m"},
		{names(u.Boundary), "boundary:b"},
		{names(r.Identity), "role-managed:m"},
		{names(r.Boundary), ""},
		{names(g.Identity), "group-inline:p group-managed:m"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	if !u.Bounded || !r.Bounded || g.Bounded {
		t.Error("bounded:", u.Bounded, r.Bounded, g.Bounded)
	}
	for _, action := range []string{"s3:List", "s3:Drop", "s3:Get", "sqs:Send"} {
		for name, c := range map[string]struct {
			s *decide.Subject
			a decide.Attached
		}{"user": {user(v), u}, "role": {role(v, nil), r}} {
			want, err := decideOn(d, c.s, action)
			if err != nil {
				t.Fatal(err)
			}
			p := policy.Policies{Identity: policy.Compile(c.a.Identity...), Boundary: policy.Compile(c.a.Boundary...)}
			got := policy.Evaluate(&policy.Request{Principal: &c.s.Principal, Action: action, Resource: "*"}, &p).Allowed()
			if got != want {
				t.Errorf("%s %s: %v, want %v", name, action, got, want)
			}
		}
	}
}

// A document that can't be read is an error for a group as for the others, not
// a policy less.
func TestAttachedDamage(t *testing.T) {
	d, tx := decide.New(), begin()
	bad := []account.Inline{{Name: "p", Document: "{"}}
	tx.PutGroup(&account.Group{ID: "AGPA1", Name: "g", Path: "/", Created: day, Inline: bad})
	tx.PutUser(&account.User{ID: "AIDA1", Name: "ann", Path: "/", Created: day, Inline: bad})
	v := tx.Freeze()
	if _, err := d.GroupPolicies(v, v.Group("g")); err == nil {
		t.Error("group: no error")
	}
	if _, err := d.UserPolicies(v, v.User("ann")); err == nil {
		t.Error("user: no error")
	}
}

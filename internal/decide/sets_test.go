package decide_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/policy"
)

const acct = "123456789012"

var day = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func doc(effect, action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":"` + action + `","Resource":"*"}]}`
}

func inline(effect, action string) []account.Inline {
	return []account.Inline{{Name: "p", Document: doc(effect, action)}}
}

func managed(name, action string) *account.Policy {
	return &account.Policy{ID: "ANPA" + name, Name: name, Path: "/", Created: day, Updated: day, Default: 1, Last: 1,
		Versions: []account.Version{{N: 1, Document: doc("Allow", action), Created: day}}}
}

func arnOf(name string) string { return "arn:aws:iam::" + acct + ":policy/" + name }

func begin() *account.Tx {
	settings := &account.Settings{Account: acct, Created: day}
	tx := account.New(settings).Begin()
	tx.PutSettings(settings)
	return tx
}

// user and role ask for an action as the principal of the View.
func user(v *account.View) *decide.Subject {
	u := v.User("ann")
	return &decide.Subject{View: v, User: u, Principal: policy.Principal{Kind: policy.User, ID: u.ID, ARN: u.ARN(acct), Account: acct}}
}

func role(v *account.View, s *session.Session) *decide.Subject {
	r := v.Role("r")
	return &decide.Subject{View: v, Role: r, Session: s, Principal: policy.Principal{Kind: policy.AssumedRole, ID: r.ID,
		ARN: "arn:aws:sts::" + acct + ":assumed-role/r/s", RoleARN: r.ARN(acct), Account: acct, SessionName: "s"}}
}

func decideOn(d *decide.Decider, s *decide.Subject, action string) (bool, error) {
	r := &decide.Request{Subject: s, Action: action, Resource: "*", ResourceAccount: acct, Context: policy.MapContext{}}
	out, err := d.Decide(r)
	if err != nil {
		return false, err
	}
	why, err := d.Explain(r)
	if err == nil && why.Allowed() != out.Allowed() {
		err = fmt.Errorf("Explain says %v, Decide %v", why.Effect, out.Effect)
	}
	return out.Allowed(), err
}

// A decision follows the View that it is made on, whatever was decided before:
// each step changes one thing that the answer depends on.
func TestDecisionsFollowTheView(t *testing.T) {
	d := decide.New()
	tx := begin()
	tx.PutPolicy(managed("m", "s3:List"))
	tx.PutPolicy(managed("b", "*"))
	tx.PutGroup(&account.Group{ID: "AGPA1", Name: "g", Path: "/", Created: day})
	tx.PutUser(&account.User{ID: "AIDA1", Name: "ann", Path: "/", Created: day})
	tx.PutRole(&account.Role{ID: "AROA1", Name: "r", Path: "/", Created: day, MaxSession: 3600, Trust: doc("Allow", "sts:AssumeRole")})
	edit := func(f func(u *account.User)) func() {
		return func() {
			u := tx.View().User("ann").Clone()
			f(u)
			tx.PutUser(u)
		}
	}
	s := &session.Session{Kind: session.AssumedRole, AccessKeyID: "ASIA1", SecretAccessKey: "secret", PolicyARNs: []string{arnOf("m")}}
	asUser := user
	asRole := func(v *account.View) *decide.Subject { return role(v, s) }
	type past struct {
		v    *account.View
		who  func(*account.View) *decide.Subject
		want bool
		name string
	}
	var before []past
	for _, c := range []struct {
		name   string
		change func()
		who    func(*account.View) *decide.Subject
		want   bool
	}{
		{"nothing", func() {}, asUser, false},
		{"inline policy", edit(func(u *account.User) { u.Inline = inline("Allow", "s3:*") }), asUser, true},
		{"inline policy changed", edit(func(u *account.User) { u.Inline = inline("Allow", "s3:Get") }), asUser, false},
		{"joins a group", edit(func(u *account.User) { u.Groups = []string{"AGPA1"} }), asUser, false},
		{"the group may", func() {
			tx.PutGroup(&account.Group{ID: "AGPA1", Name: "g", Path: "/", Created: day, Inline: inline("Allow", "s3:List")})
		}, asUser, true},
		{"the group may not", func() {
			tx.PutGroup(&account.Group{ID: "AGPA1", Name: "g", Path: "/", Created: day, Inline: inline("Deny", "s3:List")})
		}, asUser, false},
		{"leaves", edit(func(u *account.User) { u.Groups = nil }), asUser, false},
		{"managed policy", edit(func(u *account.User) { u.Attached = []string{arnOf("m")} }), asUser, true},
		{"another default version", func() {
			p := managed("m", "s3:List")
			p.Versions = append(p.Versions, account.Version{N: 2, Document: doc("Allow", "s3:Put"), Created: day})
			p.Default, p.Last = 2, 2
			tx.PutPolicy(p)
		}, asUser, false},
		{"policy back", func() { tx.PutPolicy(managed("m", "s3:List")) }, asUser, true},
		{"boundary", edit(func(u *account.User) { u.Boundary = arnOf("b") }), asUser, true},
		{"boundary changed", func() { tx.PutPolicy(managed("b", "s3:Put")) }, asUser, false},
		{"boundary off", edit(func(u *account.User) { u.Boundary = "" }), asUser, true},
		{"of AWS", edit(func(u *account.User) { u.Attached = []string{"arn:aws:iam::aws:policy/AdministratorAccess"} }), asUser, true},
		{"detached", edit(func(u *account.User) { u.Attached = nil }), asUser, false},

		{"role without", func() {}, asRole, false},
		{"role may", func() {
			r := tx.View().Role("r").Clone()
			r.Inline = inline("Allow", "*")
			tx.PutRole(r)
		}, asRole, true},
		{"session policy changed", func() { tx.PutPolicy(managed("m", "s3:Put")) }, asRole, false},
		{"session policy back", func() { tx.PutPolicy(managed("m", "s3:List")) }, asRole, true},
		{"session policy gone", func() { tx.DeletePolicy(tx.View().PolicyByARN(arnOf("m"))) }, asRole, false},
		{"session policy made again", func() { tx.PutPolicy(managed("m", "s3:List")) }, asRole, true},
		{"role made again", func() {
			tx.DeleteRole(tx.View().Role("r"))
			tx.PutRole(&account.Role{ID: "AROA2", Name: "r", Path: "/", Created: day, MaxSession: 3600, Trust: doc("Allow", "sts:AssumeRole")})
		}, asRole, false},
	} {
		c.change()
		v := tx.Freeze()
		before = append(before, past{v, c.who, c.want, c.name})
		// All that was decided is decided again, in both orders: no answer may
		// come from another state.
		for i := range before {
			for _, b := range []past{before[i], before[len(before)-1-i]} {
				if got, err := decideOn(d, b.who(b.v), "s3:List"); err != nil || got != b.want {
					t.Fatalf("after %q: %q gives %v, %v; want %v", c.name, b.name, got, err, b.want)
				}
			}
		}
	}
}

// What a change would have allowed that was undone allows nothing.
func TestUndoneChange(t *testing.T) {
	d := decide.New()
	tx := begin()
	tx.PutUser(&account.User{ID: "AIDA1", Name: "ann", Path: "/", Created: day})
	mark := tx.Mark()
	tx.PutUser(&account.User{ID: "AIDA1", Name: "ann", Path: "/", Created: day, Inline: inline("Allow", "*")})
	if got, err := decideOn(d, user(tx.Freeze()), "s3:List"); err != nil || !got {
		t.Fatal(got, err)
	}
	tx.Reset(mark)
	if got, err := decideOn(d, user(tx.Freeze()), "s3:List"); err != nil || got {
		t.Fatal(got, err)
	}
}

// Where policies can't be read nothing is decided, also not the second time.
func TestDamagedPoliciesDecideNothing(t *testing.T) {
	d := decide.New()
	tx := begin()
	damagedPolicy := managed("m", "*")
	damagedPolicy.Versions[0].Document = "{"
	tx.PutPolicy(damagedPolicy)
	good, bad := inline("Allow", "*"), []account.Inline{{Name: "p", Document: "{"}}
	ann := func(u account.User) func() *decide.Subject {
		return func() *decide.Subject {
			u.ID, u.Name, u.Path, u.Created = "AIDA1", "ann", "/", day
			tx.PutUser(&u)
			return user(tx.Freeze())
		}
	}
	assumed := func(r account.Role, s session.Session) func() *decide.Subject {
		return func() *decide.Subject {
			r.ID, r.Name, r.Path, r.Created, r.MaxSession, r.Trust = "AROA1", "r", "/", day, 3600, doc("Allow", "sts:AssumeRole")
			tx.PutRole(&r)
			s.Kind, s.AccessKeyID, s.SecretAccessKey = session.AssumedRole, "ASIA1", "secret"
			return role(tx.Freeze(), &s)
		}
	}
	for _, c := range []struct {
		name string
		who  func() *decide.Subject
	}{
		{"inline", ann(account.User{Inline: append(bad, account.Inline{Name: "q", Document: good[0].Document})})},
		{"managed", ann(account.User{Inline: good, Attached: []string{arnOf("m")}})},
		{"boundary", ann(account.User{Inline: good, Boundary: arnOf("m")})},
		{"of a role", assumed(account.Role{Inline: bad}, session.Session{})},
		{"session policy", assumed(account.Role{Inline: good}, session.Session{Policy: "{"})},
		{"managed session policy", assumed(account.Role{Inline: good}, session.Session{PolicyARNs: []string{arnOf("m")}})},
		{"neither user nor role", func() *decide.Subject {
			return &decide.Subject{View: tx.Freeze(), Principal: policy.Principal{Kind: policy.FederatedUser, Account: acct}}
		}},
	} {
		s := c.who()
		for range 2 {
			if got, err := decideOn(d, s, "s3:List"); err == nil || got {
				t.Errorf("%s: %v, %v", c.name, got, err)
			}
		}
	}
}

// A federated user without session policies may do nothing; a boundary that is
// gone allows nothing.
func TestNothingAllows(t *testing.T) {
	d := decide.New()
	tx := begin()
	tx.PutUser(&account.User{ID: "AIDA1", Name: "ann", Path: "/", Created: day, Inline: inline("Allow", "*")})
	v := tx.Freeze()
	federated := func(s session.Session) *decide.Subject {
		s.Kind, s.AccessKeyID, s.SecretAccessKey = session.FederatedUser, "ASIA"+s.Policy, "secret"
		u := v.User("ann")
		return &decide.Subject{View: v, User: u, Session: &s, Principal: policy.Principal{Kind: policy.FederatedUser,
			ID: u.ID, ARN: "arn:aws:sts::" + acct + ":federated-user/fred", UserARN: u.ARN(acct), Account: acct}}
	}
	for _, c := range []struct {
		name string
		who  *decide.Subject
		want bool
	}{
		{"user", user(v), true},
		{"federated", federated(session.Session{}), false},
		{"federated with a policy", federated(session.Session{Policy: doc("Allow", "s3:*")}), true},
		{"federated with another", federated(session.Session{Policy: doc("Allow", "iam:*")}), false},
		{"federated with one that is gone", federated(session.Session{PolicyARNs: []string{arnOf("gone")}}), false},
	} {
		if got, err := decideOn(d, c.who, "s3:List"); err != nil || got != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}

// The trust policy of a role is compiled anew when it changes, and names in it
// stand for the ids they had when it was saved.
func TestTrustFollowsTheRole(t *testing.T) {
	d := decide.New()
	tx := begin()
	tx.PutUser(&account.User{ID: "AIDA1", Name: "ann", Path: "/", Created: day})
	v := tx.Freeze()
	trust := func(arn, id string) *account.Role {
		r := &account.Role{ID: "AROA1", Name: "r", Path: "/", Created: day, MaxSession: 3600,
			Trust: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + arn + `"},"Action":"sts:AssumeRole"}}`}
		if id != "" {
			r.TrustIDs = map[string]string{arn: id}
		}
		return r
	}
	ann := v.User("ann").ARN(acct)
	for _, c := range []struct {
		name string
		role *account.Role
		want bool
	}{
		{"ann", trust(ann, "AIDA1"), true},
		{"ann before", trust(ann, "AIDA0"), false},
		{"everybody", trust("*", ""), true},
		{"bob", trust("arn:aws:iam::"+acct+":user/bob", "AIDA2"), false},
		{"the account, which leaves it to identity policies", trust(acct, ""), false},
		{"ann again", trust(ann, "AIDA1"), true},
	} {
		out, err := d.Decide(&decide.Request{Subject: user(v), Action: "sts:AssumeRole", Resource: c.role.ARN(acct), ResourceAccount: acct, Context: policy.MapContext{}, Trust: c.role})
		if err != nil || out.Allowed() != c.want {
			t.Errorf("%s: %v, %v", c.name, out, err)
		}
	}
	damaged := trust(ann, "AIDA1")
	damaged.Trust = "{"
	if out, err := d.Decide(&decide.Request{Subject: user(v), Action: "sts:AssumeRole", Resource: "*", ResourceAccount: acct, Context: policy.MapContext{}, Trust: damaged}); err == nil || out.Allowed() {
		t.Error(out, err)
	}
}

package sts_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/audit"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/store"
)

const channel = "arn:aws:sns:us-east-1:" + away + ":delegations"

// A partner is the account away, which asks; the owner is home.
type partner struct {
	*world
	key     key
	request string
}

// newPartner makes a template in away and a partner that may use it.
func newPartner(t *testing.T, template string) *partner {
	w := newWorld(t)
	p := &partner{world: w, key: w.user(away, "partner", doc(`{"Effect":"Allow","Action":["iam:CreateDelegationRequest","iam:GetDelegationRequest","sts:*"],"Resource":"*"}`))}
	w.must(w.root[away], "iam", "CreatePolicy", "PolicyName", "Template", "PolicyDocument", template)
	return p
}

func (p *partner) create(pairs ...string) string {
	p.Helper()
	a := p.must(p.key, "iam", "CreateDelegationRequest", append([]string{
		"Description", "sets things up", "NotificationChannel", channel, "RequestorWorkflowId", fmt.Sprintf("workflow-%d", p.now.UnixNano()),
		"SessionDuration", "7200", "Permissions.PolicyTemplateArn", "arn:aws:iam::" + away + ":policy/Template",
		"Permissions.Parameters.member.1.Name", "userName", "Permissions.Parameters.member.1.Type", "string", "Permissions.Parameters.member.1.Values.member.1", "bob",
	}, pairs...)...)
	p.request = a.field("DelegationRequestId")
	return p.request
}

func (p *partner) do(k key, action string, pairs ...string) *answer {
	p.Helper()
	return p.call(k, "iam", action, append([]string{"DelegationRequestId", p.request}, pairs...)...)
}

// token is what the requestor gets with the request.
func (p *partner) token() string {
	p.Helper()
	a := p.do(p.key, "GetDelegationRequest")
	if !a.ok() {
		p.Fatal(a)
	}
	return a.header.Get("X-Aratame-Trade-In-Token")
}

func (p *partner) trade(token string) *answer {
	return p.call(p.key, "sts", "GetDelegatedAccessToken", "TradeInToken", token)
}

const bobTemplate = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetUser","iam:TagUser"],"Resource":"arn:aws:iam::` + home + `:user/@{userName}"},
	{"Effect":"Allow","Action":["iam:AcceptDelegationRequest","iam:ListUsers"],"Resource":"*"}]}`

// steps takes a request through, as two people of home.
func (p *partner) accepted(owner, approver key) {
	p.Helper()
	for _, step := range []struct {
		key    key
		action string
	}{{owner, "AssociateDelegationRequest"}, {owner, "UpdateDelegationRequest"}, {approver, "AcceptDelegationRequest"}, {owner, "SendDelegationToken"}} {
		if a := p.do(step.key, step.action); !a.ok() {
			p.Fatalf("%s: %v", step.action, a)
		}
	}
}

func TestDelegatedAccess(t *testing.T) {
	p := newPartner(t, bobTemplate)
	owner := p.user(home, "owner", "") // may do nothing but what the request itself grants
	approver := p.user(home, "approver", doc(`{"Effect":"Allow","Action":["iam:*"],"Resource":"*"},{"Effect":"Deny","Action":"iam:TagUser","Resource":"*"}`))
	p.user(home, "bob", "")
	p.create()
	if p.token() != "" {
		t.Error("a token before anybody has agreed")
	}
	if a := p.do(owner, "GetDelegationRequest"); a.field("State") != "UNASSIGNED" || a.field("OwnerId") != "" {
		t.Errorf("%v %s", a, a.body)
	}
	p.accepted(owner, approver)
	if a := p.do(p.key, "GetDelegationRequest"); a.field("State") != "FINALIZED" || a.field("ApproverId") != "arn:aws:iam::"+home+":user/approver" || a.field("OwnerAccountId") != home {
		t.Errorf("the requestor sees %s", a.body)
	}
	token := p.token()
	for name, k := range map[string]key{"owner": owner, "approver": approver, "root": p.root[home]} {
		if h := p.do(k, "GetDelegationRequest").header.Get("X-Aratame-Trade-In-Token"); h != "" {
			t.Errorf("%s has the token", name)
		}
		if a := p.call(k, "sts", "GetDelegatedAccessToken", "TradeInToken", token); a.ok() {
			t.Errorf("%s trades the token in", name)
		}
	}
	first := p.trade(token)
	if !first.ok() || first.field("AssumedPrincipal") != "arn:aws:iam::"+home+":user/approver" || first.field("Expiration") != "2026-03-01T14:00:00Z" {
		t.Fatalf("%v %s", first, first.body)
	}
	k := first.key()
	if a := p.call(k, "sts", "GetCallerIdentity"); a.field("Arn") != "arn:aws:iam::"+home+":user/approver" || a.field("Account") != home {
		t.Errorf("%s", a.body)
	}
	for _, c := range []struct {
		action, user string
		ok           bool
	}{
		{"GetUser", "bob", true},
		{"GetUser", "owner", false},  // not in the request
		{"TagUser", "bob", false},    // the approver may not
		{"DeleteUser", "bob", false}, // neither
	} {
		pairs := []string{"UserName", c.user}
		if c.action == "TagUser" {
			pairs = append(pairs, "Tags.member.1.Key", "a", "Tags.member.1.Value", "b")
		}
		if a := p.call(k, "iam", c.action, pairs...); a.ok() != c.ok {
			t.Errorf("%s %s: %v", c.action, c.user, a)
		}
	}
	// All sessions end when the first does.
	p.now = p.now.Add(119 * time.Minute)
	second := p.trade(p.token())
	if !second.ok() || second.field("Expiration") != "2026-03-01T14:00:00Z" {
		t.Errorf("%v %s", second, second.body)
	}
	p.must(second.key(), "iam", "GetUser", "UserName", "bob")
	p.now = p.now.Add(time.Minute)
	if a := p.trade(token); a.code != "ExpiredTradeInTokenException" || a.status != 400 {
		t.Errorf("%v", a)
	}
	if a := p.call(second.key(), "iam", "GetUser", "UserName", "bob"); a.code != "ExpiredToken" {
		t.Errorf("%v", a)
	}
	if p.token() != "" {
		t.Error("a token after the end")
	}
	if strings.Contains(p.log.String(), token) {
		t.Error("the log has the token")
	}
	traded := 0
	for _, acct := range []string{home, away} {
		for r, err := range p.gate.Audit.Scan(context.Background(), audit.Query{Account: acct}) {
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{token, k.secret, k.token, second.key().secret} {
				if strings.Contains(string(r.JSON), secret) {
					t.Errorf("an event has a secret: %s", r.JSON)
				}
			}
			if strings.Contains(string(r.JSON), "GetDelegatedAccessToken") && strings.Contains(string(r.JSON), p.request) {
				traded++
			}
		}
	}
	if traded != 2 {
		t.Errorf("%d events tell of tokens traded in, want 2", traded)
	}
}

// The state of the approver counts when the credentials are used.
func TestDelegatedApproverChanges(t *testing.T) {
	p := newPartner(t, bobTemplate)
	owner := p.user(home, "owner", "")
	approver := p.user(home, "approver", doc(`{"Effect":"Allow","Action":"iam:*","Resource":"*"}`))
	p.create()
	p.accepted(owner, approver)
	k := p.trade(p.token()).key()
	p.must(k, "iam", "ListUsers")
	p.must(p.root[home], "iam", "DeleteUserPolicy", "UserName", "approver", "PolicyName", "p")
	if a := p.call(k, "iam", "ListUsers"); a.code != "AccessDenied" {
		t.Errorf("%v", a)
	}
	p.must(p.root[home], "iam", "DeleteAccessKey", "UserName", "approver", "AccessKeyId", approver.id)
	p.must(p.root[home], "iam", "DeleteUser", "UserName", "approver")
	if a := p.call(k, "iam", "ListUsers"); a.ok() {
		t.Error("a session of nobody")
	}
	if a := p.trade(p.token()); a.code != "ValidationError" {
		t.Errorf("%v", a)
	}
}

func TestDelegatedRole(t *testing.T) {
	p := newPartner(t, bobTemplate)
	p.user(home, "bob", "")
	admin := p.user(home, "admin", allActions)
	arn := p.role("Approver", trusting("arn:aws:iam::"+home+":root"), allActions)
	role := p.session(admin, arn, "night", "Tags.member.1.Key", "team", "Tags.member.1.Value", "red", "SourceIdentity", "alice")
	p.create("OwnerAccountId", home)
	p.accepted(role, role)
	a := p.trade(p.token())
	if a.field("AssumedPrincipal") != "arn:aws:sts::"+home+":assumed-role/Approver/night" {
		t.Fatalf("%v %s", a, a.body)
	}
	k := a.key()
	p.must(k, "iam", "GetUser", "UserName", "bob")
	if a := p.call(k, "iam", "GetUser", "UserName", "admin"); a.code != "AccessDenied" {
		t.Errorf("%v", a)
	}
	p.must(p.root[home], "iam", "PutRolePolicy", "RoleName", "Approver", "PolicyName", "p",
		"PolicyDocument", doc(`{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"`+condition("StringEquals", "aws:PrincipalTag/team", "red")+`}`))
	p.must(k, "iam", "GetUser", "UserName", "bob")
	p.must(p.root[home], "iam", "DeleteRolePolicy", "RoleName", "Approver", "PolicyName", "p")
	p.must(p.root[home], "iam", "DeleteRole", "RoleName", "Approver")
	if a := p.call(k, "iam", "GetUser", "UserName", "bob"); a.ok() {
		t.Error("a session of no role")
	}
	if a := p.trade(p.token()); a.code != "ValidationError" {
		t.Errorf("%v", a)
	}
}

// Events tell the delegate's calls from those of the approver.
func TestDelegatedEvents(t *testing.T) {
	p := newPartner(t, bobTemplate)
	p.user(home, "bob", "")
	admin := p.user(home, "admin", allActions)
	role := p.session(admin, p.role("Approver", trusting("arn:aws:iam::"+home+":root"), allActions), "night")
	for _, approver := range []key{role, admin} {
		p.create()
		p.accepted(approver, approver)
		p.now = p.now.Add(time.Second)
		p.must(p.trade(p.token()).key(), "iam", "GetUser", "UserName", "bob")
		p.must(approver, "iam", "GetUser", "UserName", "bob")
	}
	var got []any
	for _, e := range p.events(home) {
		if e["eventName"] == "GetUser" {
			got = append(got, e["userIdentity"].(map[string]any)["invokedByDelegate"])
		}
	}
	by := map[string]any{"accountId": away}
	want := []any{nil, by, nil, by} // the newest first
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// A person was there when the request was accepted, but isn't at the calls.
func TestDelegatedAccessHasNoMFA(t *testing.T) {
	p := newPartner(t, bobTemplate)
	p.user(home, "bob", "")
	owner := p.user(home, "owner", "")
	approver := p.user(home, "approver", doc(`{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:GetUser","Resource":"*"`+condition("Bool", "aws:MultiFactorAuthPresent", "false")+`}`))
	p.must(approver, "iam", "GetUser", "UserName", "bob") // its own keys don't have the condition key
	p.create()
	p.accepted(owner, approver)
	if a := p.call(p.trade(p.token()).key(), "iam", "GetUser", "UserName", "bob"); a.code != "AccessDenied" || !strings.Contains(a.message, "explicit deny") {
		t.Errorf("%v", a)
	}
}

// Who denies older sessions of the approver ends the delegated access, however
// often the token is traded in afterwards.
func TestDelegatedAccessIsRevoked(t *testing.T) {
	p := newPartner(t, bobTemplate)
	owner, approver := p.user(home, "owner", ""), p.user(home, "approver", allActions)
	p.user(home, "bob", "")
	p.create()
	p.accepted(owner, approver)
	token := p.token()
	p.now = p.now.Add(time.Minute)
	old := p.trade(token).key()
	p.must(old, "iam", "GetUser", "UserName", "bob")
	p.now = p.now.Add(time.Minute)
	p.must(p.root[home], "iam", "PutUserPolicy", "UserName", "approver", "PolicyName", "RevokeOlderSessions",
		"PolicyDocument", doc(`{"Effect":"Deny","Action":"*","Resource":"*"`+condition("DateLessThan", "aws:TokenIssueTime", "2026-03-01T12:02:00Z")+`}`))
	p.now = p.now.Add(time.Minute)
	for name, k := range map[string]key{"old": old, "new": p.trade(token).key()} {
		if a := p.call(k, "iam", "GetUser", "UserName", "bob"); a.code != "AccessDenied" {
			t.Errorf("the %s session: %v", name, a)
		}
	}
	p.must(approver, "iam", "ListUsers")
}

// Transitive tags stay with what is assumed from a delegated session, as they do
// with what the approver assumes.
func TestDelegatedTransitiveTags(t *testing.T) {
	p := newPartner(t, doc(`{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession","iam:GetUser"],"Resource":"*"}`))
	p.user(home, "bob", "")
	admin := p.user(home, "admin", allActions)
	trust := trusting("arn:aws:iam::" + home + ":root")
	next := p.role("Next", trust, doc(`{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"`+condition("StringEquals", "aws:PrincipalTag/team", "red")+`}`))
	role := p.session(admin, p.role("Approver", trust, allActions), "night", "Tags.member.1.Key", "Team", "Tags.member.1.Value", "red",
		"Tags.member.2.Key", "floor", "Tags.member.2.Value", "1", "TransitiveTagKeys.member.1", "team")
	p.must(p.root[away], "iam", "CreatePolicy", "PolicyName", "Assume", "PolicyDocument", doc(`{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Resource":"*"}`))
	p.request = p.must(p.key, "iam", "CreateDelegationRequest", "Description", "d", "NotificationChannel", channel, "RequestorWorkflowId", "workflow-1",
		"SessionDuration", "7200", "Permissions.PolicyTemplateArn", "arn:aws:iam::"+away+":policy/Assume").field("DelegationRequestId")
	p.accepted(role, role)
	k := p.trade(p.token()).key()
	if a := p.assume(k, next, "late", "Tags.member.1.Key", "team", "Tags.member.1.Value", "blue"); a.code != "InvalidParameterValue" {
		t.Errorf("a transitive tag is set anew: %v", a)
	}
	p.must(p.session(k, next, "late", "Tags.member.1.Key", "floor", "Tags.member.1.Value", "2"), "iam", "GetUser", "UserName", "bob")
}

func TestDelegatedRoot(t *testing.T) {
	p := newPartner(t, bobTemplate)
	p.create("SessionDuration", "14401")
	p.do(p.root[home], "AssociateDelegationRequest")
	if a := p.do(p.root[home], "AcceptDelegationRequest"); a.code != "InvalidInput" {
		t.Errorf("%v", a)
	}
	p.now = p.now.Add(time.Second)
	p.create("SessionDuration", "14400")
	p.accepted(p.root[home], p.root[home])
	a := p.trade(p.token())
	if a.field("AssumedPrincipal") != "arn:aws:iam::"+home+":root" {
		t.Fatalf("%v %s", a, a.body)
	}
	p.must(a.key(), "iam", "ListUsers")
	if a := p.call(a.key(), "iam", "ListRoles"); a.code != "AccessDenied" || !strings.Contains(a.message, "session policy") {
		t.Errorf("root past the request: %v", a)
	}
}

// A session that is narrowed already can't lend what it has.
func TestNarrowedApprovers(t *testing.T) {
	p := newPartner(t, bobTemplate)
	owner := p.user(home, "owner", "")
	approver := p.user(home, "approver", allActions)
	p.create()
	p.accepted(owner, approver)
	delegated := p.trade(p.token()).key()
	p.now = p.now.Add(time.Second)
	p.create()
	if a := p.do(owner, "AssociateDelegationRequest"); !a.ok() {
		t.Fatal(a)
	}
	arn := p.role("Approver", trusting("arn:aws:iam::"+home+":root"), allActions)
	narrowed := p.session(approver, arn, "narrow", "Policy", allActions)
	for _, k := range []key{delegated, narrowed} {
		if a := p.do(k, "AcceptDelegationRequest"); a.code != "AccessDenied" || a.message != "A session with session policies cannot accept a delegation request." {
			t.Errorf("%v", a)
		}
	}
}

func TestPackedDelegation(t *testing.T) {
	p := newPartner(t, bobTemplate)
	admin := p.user(home, "admin", allActions)
	arn := p.role("Approver", trusting("arn:aws:iam::"+home+":root"), allActions)
	var tags []string
	for i := range 25 {
		tags = append(tags, fmt.Sprintf("Tags.member.%d.Key", i+1), fmt.Sprintf("k%d", i), fmt.Sprintf("Tags.member.%d.Value", i+1), noise(i, 60))
	}
	role := p.session(admin, arn, "night", tags...)
	p.must(p.root[away], "iam", "CreatePolicy", "PolicyName", "Noisy", "PolicyDocument", doc(`{"Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam::`+home+`:user/@{userName}`+noise(99, 900)+`"}`))
	p.create("Permissions.PolicyTemplateArn", "arn:aws:iam::"+away+":policy/Noisy")
	p.accepted(role, role)
	if a := p.trade(p.token()); a.code != "PackedPolicyTooLarge" {
		t.Errorf("%v", a)
	}
}

// noise can't be made much shorter.
func noise(seed, n int) string {
	const chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	var b strings.Builder
	x := uint64(seed)*2654435761 + 1
	for range n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b.WriteByte(chars[x%uint64(len(chars))])
	}
	return b.String()
}

func TestTradeInTokens(t *testing.T) {
	p := newPartner(t, bobTemplate)
	owner, approver := p.user(home, "owner", ""), p.user(home, "approver", allActions)
	p.create()
	p.accepted(owner, approver)
	token := p.token()
	for _, bad := range []string{"x", "", token[:len(token)-2], token + "A", "\n" + token, strings.Repeat("A", 3000)} {
		if a := p.trade(bad); a.code != "ValidationError" {
			t.Errorf("%.20q: %v", bad, a)
		}
	}
	// Tokens of other requests, of another account or of another time.
	d := p.view(home).DelegationRequest(p.request)
	for name, in := range map[string]session.TradeIn{
		"another request":   {Request: "dr-x", Requestor: away, Owner: home, Sent: d.Sent},
		"another owner":     {Request: d.ID, Requestor: away, Owner: away, Sent: d.Sent},
		"no account":        {Request: d.ID, Requestor: away, Owner: "333333333333", Sent: d.Sent},
		"another requestor": {Request: d.ID, Requestor: home, Owner: home, Sent: d.Sent},
		"another time":      {Request: d.ID, Requestor: away, Owner: home, Sent: d.Sent.Add(time.Second)},
	} {
		made, err := session.SealTradeIn(p.secrets, in)
		if err != nil {
			t.Fatal(err)
		}
		if a := p.trade(made); a.code != "ValidationError" {
			t.Errorf("%s: %v", name, a)
		}
	}
	for name, change := range map[string]func(*account.DelegationRequest){
		"another's request": func(d *account.DelegationRequest) { d.Requestor = "333333333333" },
		"rejected":          func(d *account.DelegationRequest) { d.State, d.Sent = account.DelegationRejected, time.Time{} },
	} {
		p.change(home, func(tx *account.Tx) {
			d := d.Clone()
			change(d)
			tx.PutDelegationRequest(d)
		})
		if a := p.trade(token); a.code != "ValidationError" {
			t.Errorf("%s: %v", name, a)
		}
	}
	stranger := p.user(away, "stranger", doc(`{"Effect":"Allow","Action":"iam:*","Resource":"*"}`))
	if a := p.call(stranger, "sts", "GetDelegatedAccessToken", "TradeInToken", token); a.code != "AccessDenied" {
		t.Errorf("%v", a)
	}
}

// Two accounts want one request that is for nobody in particular.
func TestDelegationBelongsToOne(t *testing.T) {
	p := newPartner(t, bobTemplate)
	h, a := p.user(home, "h", ""), p.user(away, "a", "")
	p.create()
	if got := p.do(h, "AssociateDelegationRequest"); !got.ok() {
		t.Fatal(got)
	}
	if got := p.do(h, "AssociateDelegationRequest"); !got.ok() {
		t.Errorf("again: %v", got)
	}
	for _, k := range []key{a, p.root[away]} {
		if got := p.do(k, "AssociateDelegationRequest"); got.ok() {
			t.Errorf("a second owner: %v", got)
		}
	}
	p.now = p.now.Add(time.Second)
	p.create("OwnerAccountId", away)
	if got := p.do(h, "GetDelegationRequest"); got.code != "AccessDenied" {
		t.Errorf("another account's: %v", got)
	}
	if got := p.do(p.root[home], "AssociateDelegationRequest"); got.code != "NoSuchEntity" {
		t.Errorf("another account's: %v", got)
	}
	if got := p.do(a, "AssociateDelegationRequest"); !got.ok() {
		t.Errorf("%v", got)
	}
	if got := p.do(p.root[away], "GetDelegationRequest"); got.field("OwnerId") != "arn:aws:iam::"+away+":user/a" {
		t.Errorf("%v", got.body)
	}
}

// What the request grants by itself reaches no further than a boundary or a
// session policy.
func TestGrantsAreBounded(t *testing.T) {
	p := newPartner(t, bobTemplate)
	plain, bounded, wide := p.user(home, "plain", ""), p.user(home, "bounded", ""), p.user(home, "wide", allActions)
	p.must(p.root[home], "iam", "PutUserPermissionsBoundary", "UserName", "bounded", "PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess")
	arn := p.role("R", trusting("arn:aws:iam::"+home+":root"), "")
	p.create()
	for name, c := range map[string]struct {
		key key
		ok  bool
	}{
		"a user": {plain, true}, "a role": {p.session(wide, arn, "open"), true},
		"a user with a boundary": {bounded, false}, "a session with a policy": {p.session(wide, arn, "narrow", "Policy", allActions), false},
	} {
		if a := p.do(c.key, "GetDelegationRequest"); a.ok() != c.ok {
			t.Errorf("%s: %v", name, a)
		}
	}
}

// Where owner and requestor are one account, the owner's own permission isn't
// that to fetch the token.
func TestTokenNeedsPermission(t *testing.T) {
	p := newPartner(t, bobTemplate)
	owner := p.user(away, "owner", "")
	p.create("OwnerAccountId", away)
	p.accepted(owner, p.root[away])
	if a := p.do(owner, "GetDelegationRequest"); !a.ok() || a.header.Get("X-Aratame-Trade-In-Token") != "" {
		t.Errorf("%v %v", a, a.header)
	}
	if p.token() == "" {
		t.Error("no token for who may")
	}
	p.must(p.root[away], "iam", "PutUserPolicy", "UserName", "owner", "PolicyName", "p", "PolicyDocument", doc(`{"Effect":"Allow","Action":"iam:GetDelegationRequest","Resource":"*"}`))
	if a := p.do(owner, "GetDelegationRequest"); a.header.Get("X-Aratame-Trade-In-Token") == "" {
		t.Errorf("%v %v", a, a.header)
	}
}

// An account that has nothing to do with a request learns nothing of it, once
// another has associated it.
func TestDelegationIsNobodyElses(t *testing.T) {
	p := newPartner(t, bobTemplate)
	const third = "333333333333"
	k := key{id: awsid.NewAccessKeyID(rand.Reader, awsid.AccessKeyPrefix, third), secret: awsid.NewSecretAccessKey(rand.Reader)}
	sealed, err := p.secrets.Seal(api.AccessKeyLabel(third, k.id), []byte(k.secret))
	if err != nil {
		t.Fatal(err)
	}
	settings := &account.Settings{Account: third, Created: p.now}
	settings.Root.Keys = []account.AccessKey{{ID: k.id, Secret: sealed, Status: account.Active, Created: p.now}}
	err = p.gate.Accounts.Create(context.Background(), settings, func(*account.Tx) (store.Effects, error) { return store.Effects{}, nil })
	if err != nil {
		t.Fatal(err)
	}
	p.create()
	if a := p.do(k, "GetDelegationRequest"); !a.ok() {
		t.Errorf("a request that nobody owns: %v", a)
	}
	p.accepted(p.root[home], p.root[home])
	for _, action := range []string{"GetDelegationRequest", "AssociateDelegationRequest", "UpdateDelegationRequest", "AcceptDelegationRequest", "RejectDelegationRequest", "SendDelegationToken"} {
		if a := p.do(k, action); a.code != "NoSuchEntity" {
			t.Errorf("%s: %v", action, a)
		}
	}
}

// A new user of an owner's name may list, and finds nothing.
func TestDelegationsOfNamesake(t *testing.T) {
	p := newPartner(t, bobTemplate)
	list := func(k key) int {
		t.Helper()
		a := p.must(k, "iam", "ListDelegationRequests", "OwnerId", "arn:aws:iam::"+home+":user/owner")
		return strings.Count(a.body, "<DelegationRequestId>")
	}
	owner := p.user(home, "owner", "")
	p.create()
	if a := p.do(owner, "AssociateDelegationRequest"); !a.ok() || list(owner) != 1 {
		t.Fatal(a)
	}
	p.must(p.root[home], "iam", "DeleteAccessKey", "UserName", "owner", "AccessKeyId", owner.id)
	p.must(p.root[home], "iam", "DeleteUser", "UserName", "owner")
	if n := list(p.user(home, "owner", "")); n != 0 {
		t.Errorf("%d requests of somebody else", n)
	}
}

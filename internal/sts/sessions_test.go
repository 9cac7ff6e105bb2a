package sts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/audit"
)

// tags are the parameters of session tags; "key=value", and "key=value+" for a
// transitive one.
func tags(list ...string) (pairs []string) {
	transitive := 0
	for i, tag := range list {
		name, value, _ := strings.Cut(tag, "=")
		if strings.HasSuffix(value, "+") {
			transitive++
			pairs = append(pairs, fmt.Sprintf("TransitiveTagKeys.member.%d", transitive), name)
		}
		at := fmt.Sprintf("Tags.member.%d.", i+1)
		pairs = append(pairs, at+"Key", name, at+"Value", strings.TrimSuffix(value, "+"))
	}
	return pairs
}

func many(n int, f func(i int) string) (out []string) {
	for i := range n {
		out = append(out, f(i))
	}
	return out
}

// What AssumeRole answers to its parameters (sts.md, §2 to §4). The first
// caller is a user, the second a session with a transitive tag and a source
// identity.
func TestAssumeRoleParameters(t *testing.T) {
	w := newWorld(t)
	may := w.user(home, "may", allSTS)
	hop := w.role("hop", trustAll, allSTS, "MaxSessionDuration", "43200")
	short := w.role("short", trustAll, "")
	chain := w.session(may, hop, "s1", append(tags("Team=red+", "Own=x"), "SourceIdentity", "me")...)
	token := w.must(may, "sts", "GetSessionToken").key()
	policyOf := func(n int) string {
		return doc(`{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::` + strings.Repeat("x", n) + `"}`)
	}
	frame := len(policyOf(0))
	arns := func(n int) []string {
		return many(2*n, func(i int) string {
			if i%2 == 0 {
				return fmt.Sprintf("PolicyArns.member.%d.arn", i/2+1)
			}
			return "arn:aws:iam::aws:policy/ReadOnlyAccess"
		})
	}
	const validation, denied, param = "400 ValidationError ", "403 AccessDenied ", "400 InvalidParameterValue "
	const conflict = "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
	for _, c := range []struct {
		name  string
		k     key
		arn   string
		pairs []string
		want  string // begin of the answer; for success the seconds it lasts
	}{
		{"default", may, hop, nil, "3600"},
		{"default of a chain", chain, hop, nil, "3600"},
		{"shortest", may, hop, []string{"DurationSeconds", "900"}, "900"},
		{"too short", may, hop, []string{"DurationSeconds", "899"}, validation + `"1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"`},
		{"longest", may, hop, []string{"DurationSeconds", "43200"}, "43200"},
		{"too long", may, hop, []string{"DurationSeconds", "43201"}, validation + `"1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200"`},
		{"the role's longest", may, short, []string{"DurationSeconds", "3600"}, "3600"},
		{"longer than the role's", may, short, []string{"DurationSeconds", "3601"}, validation + `"The requested DurationSeconds exceeds the MaxSessionDuration set for this role."`},
		{"longest of a chain", chain, hop, []string{"DurationSeconds", "3600"}, "3600"},
		{"too long for a chain", chain, hop, []string{"DurationSeconds", "3601"}, validation + `"The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."`},
		{"GetSessionToken is no chain", token, hop, []string{"DurationSeconds", "43200"}, "43200"},

		{"session name", may, hop, []string{"RoleSessionName", "Session1:2"}, validation + `"1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"`},
		{"user's ARN", may, "arn:aws:iam::" + home + ":user/may", nil, validation + `"arn:aws:iam::` + home + `:user/may is invalid"`},
		{"no ARN", may, "twenty characters at least", nil, validation + `"twenty characters at least is invalid"`},
		{"role without name", may, "arn:aws:iam::" + home + ":role/a/", nil, validation + `"arn:aws:iam::` + home + `:role/a/ is invalid"`},
		{"session's ARN", may, "arn:aws:sts::" + home + ":assumed-role/hop/s1", nil, validation},
		{"context", may, hop, []string{"ProvidedContexts.member.1.ProviderArn", "arn:aws:iam::aws:contextProvider/IdentityCenter", "ProvidedContexts.member.1.ContextAssertion", "assertion"}, validation},

		{"tags", may, hop, tags("a=1", "b=2+"), "3600"},
		{"same key", may, hop, tags("a=1", "A=2"), param + `"Duplicate tag keys found. Please note that Tag keys are case insensitive."`},
		{"same key, other letters", may, hop, tags("é=1", "É=2"), param + `"Duplicate tag keys found.`},
		{"reserved key", may, hop, tags("AWS:x=1"), ""},
		{"transitive without tag", may, hop, append(tags("a=1"), "TransitiveTagKeys.member.1", "b"), param + `"The specified transitive tag key must be included in the requested tags."`},
		{"transitive in other case", may, hop, append(tags("a=1"), "TransitiveTagKeys.member.1", "A"), "3600"},
		{"inherited key", chain, hop, tags("TEAM=blue"), param + `"` + conflict},
		{"inherited key, transitive", chain, hop, []string{"TransitiveTagKeys.member.1", "team"}, param + `"` + conflict},
		{"key that was not inherited", chain, hop, tags("Own=y"), "3600"},
		{"50 tags", may, hop, tags(many(50, func(i int) string { return fmt.Sprintf("k%d=v", i) })...), "3600"},
		{"51 tags", may, hop, tags(many(51, func(i int) string { return fmt.Sprintf("k%d=v", i) })...), validation + `"1 validation error detected: Value`},
		{"50 tags and an inherited one", chain, hop, tags(many(50, func(i int) string { return fmt.Sprintf("k%d=v", i) })...), param},

		{"same source identity", chain, hop, []string{"SourceIdentity", "me"}, "3600"},
		{"other source identity", chain, hop, []string{"SourceIdentity", "you"}, denied},
		{"source identity in other case", chain, hop, []string{"SourceIdentity", "Me"}, denied},
		{"reserved source identity", may, hop, []string{"SourceIdentity", "aws:me"}, validation},

		{"policy", may, hop, []string{"Policy", policyOf(1)}, "3600"},
		{"2,048 characters", may, hop, []string{"Policy", policyOf(2048 - frame)}, "3600"},
		{"2,049 characters", may, hop, []string{"Policy", policyOf(2049 - frame)}, `400 PackedPolicyTooLarge "Packed policy consumes 101% of allotted space, please use smaller policy."`},
		{"policies share the limit", may, hop, append(arns(1), "Policy", policyOf(2048-frame)), "400 PackedPolicyTooLarge "},
		{"ten policies", may, hop, arns(10), "3600"},
		{"eleven policies", may, hop, arns(11), validation},
		{"no JSON", may, hop, []string{"Policy", "{"}, "400 MalformedPolicyDocument "},
		{"policy with a principal", may, hop, []string{"Policy", doc(trustAll)}, "400 MalformedPolicyDocument "},
		{"no such policy", may, hop, []string{"PolicyArns.member.1.arn", "arn:aws:iam::" + home + ":policy/none"}, validation},
		{"no ARN of a policy", may, hop, []string{"PolicyArns.member.1.arn", "arn:aws:iam::" + home + ":role/hop"}, validation},
	} {
		a := w.assume(c.k, c.arn, "s1", c.pairs...)
		if !a.ok() || strings.Trim(c.want, "0123456789") != "" {
			if a.ok() || !strings.HasPrefix(a.String(), c.want) || a.status >= 500 {
				t.Errorf("%s: %v, want %s", c.name, a, c.want)
			}
			continue
		}
		expires, err := time.Parse(time.RFC3339, a.field("Expiration"))
		if got := fmt.Sprint(int(expires.Sub(w.now).Seconds())); err != nil || got != c.want {
			t.Errorf("%s: %s s, %v; want %s", c.name, got, err, c.want)
		}
		packed := strings.Contains(a.body, "<PackedPolicySize>")
		if has := c.k == chain || strings.Contains(strings.Join(c.pairs, " "), "Policy") || strings.Contains(strings.Join(c.pairs, " "), "Tags."); packed != has {
			t.Errorf("%s: packed size shown: %v", c.name, packed)
		}
	}
}

// sts:TagSession and sts:SetSourceIdentity are needed on both sides, also for
// what a chain hands on.
func TestTagsAndSourceIdentityNeedLeave(t *testing.T) {
	w := newWorld(t)
	allow := func(actions string) string {
		return doc(`{"Effect":"Allow","Action":[` + actions + `],"Resource":"*"}`)
	}
	const assume, tag, source = `"sts:AssumeRole"`, `,"sts:TagSession"`, `,"sts:SetSourceIdentity"`
	trust := func(actions string) string {
		return `{"Effect":"Allow","Principal":{"AWS":"` + home + `"},"Action":[` + actions + `]}`
	}
	hop := w.role("hop", trustAll, "")
	target := w.role("target", trustAll, "")
	boss := w.user(home, "boss", allSTS)
	user := w.user(home, "user", "")
	plain, tagged, named := w.session(boss, hop, "s1"), w.session(boss, hop, "s1", tags("a=1+")...), w.session(boss, hop, "s1", "SourceIdentity", "me")
	own := w.session(boss, hop, "s1", tags("a=1")...)
	for i, c := range []struct {
		k               key
		identity, trust string
		pairs           []string
		refused         string // the action; "" is allowed
	}{
		{user, assume, assume, nil, ""},
		{user, assume + tag, assume + tag, tags("a=1"), ""},
		{user, assume, assume + tag, tags("a=1"), "sts:TagSession"},
		{user, assume + tag, assume, tags("a=1"), "sts:TagSession"},
		{user, assume + source, assume + source, []string{"SourceIdentity", "me"}, ""},
		{user, assume, assume + source, []string{"SourceIdentity", "me"}, "sts:SetSourceIdentity"},
		{user, assume + source, assume, []string{"SourceIdentity", "me"}, "sts:SetSourceIdentity"},
		{user, assume + tag, assume + tag, append(tags("a=1"), "SourceIdentity", "me"), "sts:SetSourceIdentity"},
		{plain, assume, assume, nil, ""},
		{own, assume, assume, nil, ""},
		{tagged, assume + tag, assume + tag, nil, ""},
		{tagged, assume, assume + tag, nil, "sts:TagSession"},
		{tagged, assume + tag, assume, nil, "sts:TagSession"},
		{named, assume + source, assume + source, nil, ""},
		{named, assume, assume + source, nil, "sts:SetSourceIdentity"},
		{named, assume + source, assume, nil, "sts:SetSourceIdentity"},
	} {
		w.must(w.root[home], "iam", "PutUserPolicy", "UserName", "user", "PolicyName", "p", "PolicyDocument", allow(c.identity))
		w.must(w.root[home], "iam", "PutRolePolicy", "RoleName", "hop", "PolicyName", "p", "PolicyDocument", allow(c.identity))
		w.must(w.root[home], "iam", "UpdateAssumeRolePolicy", "RoleName", "target", "PolicyDocument", doc(trust(c.trust)))
		a := w.assume(c.k, target, "s2", c.pairs...)
		if a.ok() != (c.refused == "") || !a.ok() && !strings.Contains(a.message, "not authorized to perform: "+c.refused+" on resource: ") {
			t.Errorf("case %d: %v, want %s", i, a, c.refused)
		}
		if a.ok() && (c.k == named || len(c.pairs) == 2) && a.field("SourceIdentity") != "me" {
			t.Errorf("case %d: source identity %q", i, a.field("SourceIdentity"))
		}
	}
}

// Transitive tags go on for the whole chain and win over the role's; others end
// with their session.
func TestTagsOfAChain(t *testing.T) {
	w := newWorld(t)
	probe := doc(`{"Effect":"Allow","Action":"sts:*","Resource":"*"},` +
		`{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"` + condition("StringEquals", "aws:PrincipalTag/team", "red") + `},` +
		`{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*"` + condition("StringEquals", "aws:PrincipalTag/own", "x") + `},` +
		`{"Effect":"Allow","Action":"iam:ListGroups","Resource":"*"` + condition("StringEquals", "aws:PrincipalTag/team", "role") + `}`)
	hop := w.role("hop", trustAll, probe, tags("TEAM=role")...)
	may := w.user(home, "may", allSTS)
	sessions := []key{w.session(may, hop, "s1"), w.session(may, hop, "s1", tags("Team=red+", "Own=x")...)}
	for range 3 {
		sessions = append(sessions, w.session(sessions[len(sessions)-1], hop, "s1"))
	}
	for i, want := range []string{"ListGroups", "ListUsers ListRoles", "ListUsers", "ListUsers", "ListUsers"} {
		var got []string
		for _, action := range []string{"ListUsers", "ListRoles", "ListGroups"} {
			if w.call(sessions[i], "iam", action).ok() {
				got = append(got, action)
			}
		}
		if !sameNames(got, want) {
			t.Errorf("session %d: %v, want %s", i, got, want)
		}
	}
}

// A session may do what its role and its session policies both allow, and a
// managed one counts as it is now.
func TestSessionPolicies(t *testing.T) {
	w := newWorld(t)
	root := w.root[home]
	allow := func(action string) string {
		return doc(`{"Effect":"Allow","Action":"` + action + `","Resource":"*"}`)
	}
	users := w.must(root, "iam", "CreatePolicy", "PolicyName", "users", "PolicyDocument", allow("iam:ListUsers")).field("Arn")
	hop := w.role("hop", trustAll, doc(`{"Effect":"Allow","Action":["iam:ListUsers","iam:ListRoles"],"Resource":"*"}`))
	may := w.user(home, "may", allSTS)
	const managed = "PolicyArns.member.1.arn"
	sessions := map[string]key{}
	check := func(name, want string) {
		t.Helper()
		var got []string
		for _, action := range []string{"ListUsers", "ListRoles", "ListGroups"} {
			a := w.call(sessions[name], "iam", action)
			if a.ok() {
				got = append(got, action)
			} else if a.code != "AccessDenied" {
				t.Errorf("%s: %v", name, a)
			}
		}
		if !sameNames(got, want) {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
	for _, c := range []struct {
		name  string
		pairs []string
		want  string
	}{
		{"none", nil, "ListUsers ListRoles"},
		{"inline", []string{"Policy", allow("iam:ListRoles")}, "ListRoles"},
		{"more than the role", []string{"Policy", allow("*")}, "ListUsers ListRoles"},
		{"something else", []string{"Policy", allow("iam:ListGroups")}, ""},
		{"a denial", []string{"Policy", doc(`{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}`)}, "ListRoles"},
		{"managed", []string{managed, users}, "ListUsers"},
		{"both", []string{managed, users, "Policy", allow("iam:ListRoles")}, "ListUsers ListRoles"},
		{"of AWS", []string{managed, "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}, "ListUsers ListRoles"},
	} {
		sessions[c.name] = w.session(may, hop, "s1", c.pairs...)
		check(c.name, c.want)
	}
	w.must(root, "iam", "CreatePolicyVersion", "PolicyArn", users, "PolicyDocument", allow("iam:ListRoles"), "SetAsDefault", "true")
	check("managed", "ListRoles")
	w.must(root, "iam", "PutRolePolicy", "RoleName", "hop", "PolicyName", "p", "PolicyDocument", allow("iam:ListUsers"))
	check("both", "")
	check("none", "ListUsers")
	w.must(root, "iam", "DeletePolicyVersion", "PolicyArn", users, "VersionId", "v1")
	w.must(root, "iam", "DeletePolicy", "PolicyArn", users)
	w.must(root, "iam", "PutRolePolicy", "RoleName", "hop", "PolicyName", "p", "PolicyDocument", allActions)
	check("managed", "")
	check("both", "ListRoles")
	// Made again under its name it is another policy, but the session names it
	// by its ARN, as AWS does.
	w.must(root, "iam", "CreatePolicy", "PolicyName", "users", "PolicyDocument", allow("iam:ListGroups"))
	check("managed", "ListGroups")
}

// What temporary credentials may call at all (sts.md, §1).
func TestWhatSessionsMayCall(t *testing.T) {
	w := newWorld(t)
	all := w.user(home, "all", allActions)
	w.device("all", "phone")
	hop := w.role("hop", trustAll, allActions)
	kinds := map[string]key{
		"user": all, "root": w.root[home], "role": w.session(all, hop, "s1"),
		"token": w.must(all, "sts", "GetSessionToken").key(),
		"mfa":   w.must(all, "sts", "GetSessionToken", "SerialNumber", serialOf("phone"), "TokenCode", w.code("phone", 0)).key(),
		"fed":   w.must(all, "sts", "GetFederationToken", "Name", "fred", "Policy", allActions).key(),
		"froot": w.must(w.root[home], "sts", "GetFederationToken", "Name", "fred", "Policy", allActions).key(),
		"troot": w.must(w.root[home], "sts", "GetSessionToken").key(),
	}
	for _, c := range []struct {
		service, action string
		pairs           []string
		want            string
	}{
		{"sts", "GetCallerIdentity", nil, "user root role token mfa fed froot troot"},
		{"sts", "AssumeRole", []string{"RoleArn", hop, "RoleSessionName", "s2"}, "user role token mfa"},
		{"sts", "GetSessionToken", nil, "user root"},
		{"sts", "GetFederationToken", []string{"Name", "fred"}, "user root"},
		{"sts", "GetAccessKeyInfo", []string{"AccessKeyId", all.id}, "user root role"},
		{"sts", "DecodeAuthorizationMessage", []string{"EncodedMessage", "x"}, ""},
		{"iam", "ListUsers", nil, "user root role mfa"},
		{"iam", "GetUser", []string{"UserName", "all"}, "user root role mfa"},
		{"iam", "CreateGroup", nil, "user root role mfa"},
	} {
		var got []string
		for name, k := range kinds {
			pairs := c.pairs
			if c.action == "CreateGroup" {
				pairs = []string{"GroupName", "by-" + name}
			}
			a := w.call(k, c.service, c.action, pairs...)
			switch {
			case a.ok():
				got = append(got, name)
			case c.action == "DecodeAuthorizationMessage" && a.code == "InvalidAuthorizationMessageException":
			case a.code != "AccessDenied" && !(c.service == "iam" && a.code == "InvalidClientTokenId"):
				t.Errorf("%s as %s: %v", c.action, name, a)
			}
			if strings.HasSuffix(c.action, "Token") && k.token != "" && a.message != "Cannot call "+c.action+" with session credentials" {
				t.Errorf("%s as %s: %v", c.action, name, a)
			}
		}
		if !sameNames(got, c.want) {
			t.Errorf("%s: %v, want %s", c.action, got, c.want)
		}
	}
	for name, want := range map[string]string{
		"user": "arn:aws:iam::" + home + ":user/all", "root": "arn:aws:iam::" + home + ":root", "role": "arn:aws:sts::" + home + ":assumed-role/hop/s1",
		"token": "arn:aws:iam::" + home + ":user/all", "fed": "arn:aws:sts::" + home + ":federated-user/fred", "troot": "arn:aws:iam::" + home + ":root",
	} {
		if a := w.must(kinds[name], "sts", "GetCallerIdentity"); a.field("Arn") != want || a.field("Account") != home {
			t.Errorf("%s: %s", name, a.body)
		}
	}
}

// GetSessionToken needs no leave and minds no denial; GetFederationToken does.
func TestUserSessions(t *testing.T) {
	w := newWorld(t)
	no := w.user(home, "no", doc(`{"Effect":"Deny","Action":"*","Resource":"*"}`))
	bare, may := w.user(home, "bare", ""), w.user(home, "may", allActions)
	federated := "arn:aws:sts::" + home + ":federated-user/fred"
	deny := func(who, reason string) string {
		return `403 AccessDenied "User: arn:aws:iam::` + home + `:user/` + who + ` is not authorized to perform: sts:GetFederationToken on resource: ` + federated + ` ` + reason
	}
	for _, c := range []struct {
		name   string
		k      key
		action string
		pairs  []string
		want   string
	}{
		{"no leave", bare, "GetSessionToken", nil, "43200"},
		{"denied", no, "GetSessionToken", nil, "43200"},
		{"denied identity", no, "GetCallerIdentity", nil, ""},
		{"longest", bare, "GetSessionToken", []string{"DurationSeconds", "129600"}, "129600"},
		{"too long", bare, "GetSessionToken", []string{"DurationSeconds", "129601"}, "400 ValidationError "},
		{"too short", bare, "GetSessionToken", []string{"DurationSeconds", "899"}, "400 ValidationError "},
		{"root", w.root[home], "GetSessionToken", nil, "3600"},
		{"root wishes", w.root[home], "GetSessionToken", []string{"DurationSeconds", "129600"}, "3600"},
		{"federated", may, "GetFederationToken", []string{"Name", "fred"}, "43200"},
		{"federated by root", w.root[home], "GetFederationToken", []string{"Name", "fred", "DurationSeconds", "7200"}, "3600"},
		{"federated without leave", bare, "GetFederationToken", []string{"Name", "fred"}, deny("bare", `because no identity-based policy allows the sts:GetFederationToken action"`)},
		{"federated and denied", no, "GetFederationToken", []string{"Name", "fred"}, deny("no", `with an explicit deny in an identity-based policy"`)},
		{"federated with tags", may, "GetFederationToken", append(tags("a=1"), "Name", "fred"), "43200"},
		{"federated with a tag twice", may, "GetFederationToken", append(tags("a=1", "A=1"), "Name", "fred"), `400 InvalidParameterValue "Duplicate tag keys found.`},
		{"federated with a bad policy", may, "GetFederationToken", []string{"Name", "fred", "Policy", "{}"}, "400 MalformedPolicyDocument "},
		{"federated, no name", may, "GetFederationToken", nil, "400 ValidationError "},
	} {
		a := w.call(c.k, "sts", c.action, c.pairs...)
		if !a.ok() || c.want == "" || c.want[0] > '9' {
			if a.ok() != (c.want == "") || !a.ok() && !strings.HasPrefix(a.String(), c.want) {
				t.Errorf("%s: %v, want %s", c.name, a, c.want)
			}
			continue
		}
		expires, _ := time.Parse(time.RFC3339, a.field("Expiration"))
		if got := fmt.Sprint(int(expires.Sub(w.now).Seconds())); got != c.want {
			t.Errorf("%s: %s s, want %s", c.name, got, c.want)
		}
		if c.action == "GetFederationToken" && (a.field("Arn") != federated || a.field("FederatedUserId") != home+":fred" || a.field("PackedPolicySize") == "") {
			t.Errorf("%s: %s", c.name, a.body)
		}
	}
	// A session ends at the second of its expiry.
	k := w.must(bare, "sts", "GetSessionToken", "DurationSeconds", "900").key()
	w.now = w.now.Add(899 * time.Second)
	w.must(k, "sts", "GetCallerIdentity")
	w.now = w.now.Add(time.Second)
	if a := w.call(k, "sts", "GetCallerIdentity"); a.String() != `403 ExpiredToken "The security token included in the request is expired"` {
		t.Error(a)
	}
}

func TestGetAccessKeyInfo(t *testing.T) {
	w := newWorld(t)
	may, gone, far := w.user(home, "may", allSTS), w.user(home, "gone", ""), w.user(away, "far", "")
	w.must(w.root[home], "iam", "DeleteAccessKey", "UserName", "gone", "AccessKeyId", gone.id)
	token := w.must(may, "sts", "GetSessionToken").key()
	for _, c := range []struct{ name, id, want string }{
		{"own", may.id, home}, {"deleted", gone.id, home}, {"another account's", far.id, away},
		{"root's", w.root[away].id, away}, {"temporary", token.id, home},
		{"no form of a key", "not-a-key-at-all-", "400 ValidationError "}, {"short", "AKIA", "400 ValidationError "},
	} {
		a := w.call(may, "sts", "GetAccessKeyInfo", "AccessKeyId", c.id)
		if a.field("Account") != c.want && (a.ok() || !strings.HasPrefix(a.String(), c.want)) {
			t.Errorf("%s: %v %s", c.name, a, a.body)
		}
	}
}

// The sentence of a denial names the type of the policy that decided.
func TestDenialSentences(t *testing.T) {
	w := newWorld(t)
	root := w.root[home]
	const allow, deny = `{"Effect":"Allow","Action":"*","Resource":"*"}`, `{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}`
	const other = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	managed := func(name, statements string) string {
		return w.must(root, "iam", "CreatePolicy", "PolicyName", name, "PolicyDocument", doc(statements)).field("Arn")
	}
	denies, others := managed("denies", allow+","+deny), managed("others", other)
	may := w.user(home, "may", allSTS)
	for i, c := range []struct{ identity, boundary, session, want string }{
		{allow, "", "", ""},
		{"", "", "", "because no identity-based policy allows the iam:ListUsers action"},
		{other, "", "", "because no identity-based policy allows the iam:ListUsers action"},
		{allow + "," + deny, "", "", "with an explicit deny in an identity-based policy"},
		{deny, others, other, "with an explicit deny in an identity-based policy"},
		{allow, others, "", "because no permissions boundary allows the iam:ListUsers action"},
		{allow, denies, "", "with an explicit deny in a permissions boundary: " + denies},
		{allow, "", other, "because no session policy allows the iam:ListUsers action"},
		{allow, "", allow + "," + deny, "with an explicit deny in a session policy"},
		{allow, denies, other, "with an explicit deny in a permissions boundary: " + denies},
	} {
		name := fmt.Sprintf("r%d", i)
		arn := w.role(name, trustAll, "")
		if c.identity != "" {
			w.must(root, "iam", "PutRolePolicy", "RoleName", name, "PolicyName", "p", "PolicyDocument", doc(c.identity))
		}
		if c.boundary != "" {
			w.must(root, "iam", "PutRolePermissionsBoundary", "RoleName", name, "PermissionsBoundary", c.boundary)
		}
		var pairs []string
		if c.session != "" {
			pairs = []string{"Policy", doc(c.session)}
		}
		a := w.call(w.session(may, arn, "s1", pairs...), "iam", "ListUsers")
		want := "User: arn:aws:sts::" + home + ":assumed-role/" + name + "/s1 is not authorized to perform: iam:ListUsers " + c.want
		if c.want == "" && !a.ok() || c.want != "" && (a.status != 403 || a.message != want) {
			t.Errorf("case %d: %v, want %s", i, a, want)
		}
	}
}

// A denial is read by whoever may, in the account that it belongs to.
func TestDecodeAuthorizationMessage(t *testing.T) {
	w := newWorld(t)
	may, no, far := w.user(home, "may", allSTS), w.user(home, "no", ""), w.user(away, "far", allSTS)
	a := w.call(no, "iam", "GetUser", "UserName", "may")
	message := a.header.Get("X-Aratame-Encoded-Message")
	decode := func(k key, m string) *answer {
		return w.call(k, "sts", "DecodeAuthorizationMessage", "EncodedMessage", m)
	}
	var got struct {
		Allowed, ExplicitDeny *bool
		Context               struct {
			Principal        struct{ ID, Name, ARN string }
			Action, Resource string
		}
	}
	if err := json.Unmarshal([]byte(decode(may, message).field("DecodedMessage")), &got); err != nil || got.Allowed == nil || *got.Allowed || *got.ExplicitDeny ||
		got.Context.Action != "iam:GetUser" || got.Context.Resource != "arn:aws:iam::"+home+":user/may" || got.Context.Principal.Name != "no" {
		t.Errorf("%+v, %v", got, err)
	}
	const invalid = "400 InvalidAuthorizationMessageException "
	for _, c := range []struct {
		name string
		k    key
		m    string
		want string
	}{
		{"no leave", no, message, "403 AccessDenied "},
		{"another account's", far, message, invalid},
		{"one letter changed", may, message[:40] + swap(message[40:41]) + message[41:], invalid},
		{"cut", may, message[:len(message)-1], invalid},
		{"nothing sealed", may, "AAAA", invalid},
		{"no base64", may, "§", invalid},
		{"empty", may, "", "400 ValidationError "},
		{"too long", may, strings.Repeat("A", 10241), "400 ValidationError "},
		{"a session token", may, w.must(may, "sts", "GetSessionToken").key().token, invalid},
	} {
		if a := decode(c.k, c.m); !strings.HasPrefix(a.String(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, a, c.want)
		}
	}
}

func swap(letter string) string {
	if letter == "A" {
		return "B"
	}
	return "A"
}

// Every call has its event, and no event and no log line a secret.
func TestEventsHoldNoSecret(t *testing.T) {
	w := newWorld(t)
	may, no := w.user(home, "may", allSTS), w.user(home, "no", "")
	w.device("may", "phone")
	hop := w.role("hop", trustAll, "")
	code := w.code("phone", 0)
	session := w.session(may, hop, "s1", "SourceIdentity", "me", "SerialNumber", serialOf("phone"), "TokenCode", code)
	wrong := w.code("phone", 1)
	w.assume(no, hop, "s1", "SerialNumber", serialOf("phone"), "TokenCode", wrong)
	w.call(session, "iam", "ListUsers")
	token := w.must(may, "sts", "GetSessionToken").key()
	secrets := []string{may.secret, no.secret, session.secret, session.token, token.secret, token.token, seedOf("phone"), `"` + code + `"`, `"` + wrong + `"`}
	seen := map[string]int{}
	for r, err := range w.gate.Audit.Scan(context.Background(), audit.Query{Account: home}) {
		if err != nil {
			t.Fatal(err)
		}
		var e struct {
			EventName, ErrorCode string
			UserIdentity         struct{ Type, ARN string }
		}
		if err := json.Unmarshal(r.JSON, &e); err != nil {
			t.Fatal(err)
		}
		seen[e.EventName+" "+e.ErrorCode+" "+e.UserIdentity.Type]++
		for _, s := range secrets {
			if strings.Contains(string(r.JSON), s) {
				t.Errorf("%s holds %s", r.JSON, s)
			}
		}
	}
	for _, want := range []string{"AssumeRole  IAMUser", "AssumeRole AccessDenied IAMUser", "ListUsers AccessDenied AssumedRole", "GetSessionToken  IAMUser"} {
		if seen[want] == 0 {
			t.Errorf("no event %q among %v", want, seen)
		}
	}
	for _, s := range secrets {
		if strings.Contains(w.log.String(), s) {
			t.Errorf("the log holds %s", s)
		}
	}
}

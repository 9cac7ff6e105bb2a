package sts_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A cast is one caller of each kind. may, hop and fmay are allowed all of sts
// by their own policies; no, bare and fno nothing. token and mfa are
// GetSessionToken sessions of may; fmay and fno are users of the other account.
func (w *world) cast() map[string]key {
	w.Helper()
	k := map[string]key{
		"may": w.user(home, "may", allSTS), "no": w.user(home, "no", ""),
		"fmay": w.user(away, "fmay", allSTS), "fno": w.user(away, "fno", ""),
	}
	w.must(w.root[home], "iam", "TagUser", "UserName", "may", "Tags.member.1.Key", "Dept", "Tags.member.1.Value", "x")
	w.device("may", "phone")
	k["token"] = w.must(k["may"], "sts", "GetSessionToken").key()
	k["mfa"] = w.must(k["may"], "sts", "GetSessionToken", "SerialNumber", serialOf("phone"), "TokenCode", w.code("phone", 0)).key()
	k["hop"] = w.session(k["may"], w.role("hop", trustAll, allSTS), "s1",
		"Tags.member.1.Key", "Team", "Tags.member.1.Value", "red", "SourceIdentity", "me")
	k["bare"] = w.session(k["may"], w.role("bare", trustAll, ""), "s1")
	return k
}

// allowed names the callers who may assume the role.
func (w *world) allowed(cast map[string]key, arn string, pairs ...string) (names []string) {
	w.Helper()
	for name, k := range cast {
		a := w.assume(k, arn, "s9", pairs...)
		if a.ok() {
			names = append(names, name)
		} else if a.code != "AccessDenied" || a.status != 403 || !strings.Contains(a.message, " is not authorized to perform: sts:") {
			w.Errorf("%s: %v\n%s", name, a, w.log.String())
		} else if a.header.Get("X-Aratame-Encoded-Message") != "" || strings.Contains(a.message, "because") {
			w.Errorf("%s: a refusal by trust gives reasons: %v", name, a)
		}
	}
	return names
}

// Who may assume a role that has this trust policy (evaluation.md, §4 and §6).
func TestTrust(t *testing.T) {
	w := newWorld(t)
	cast := w.cast()
	arn := w.role("target", trustAll, "", "Tags.member.1.Key", "Level", "Tags.member.1.Value", "gold")
	const iamHome, iamAway, session = "arn:aws:iam::" + home, "arn:aws:iam::" + away, "arn:aws:sts::" + home + ":assumed-role/"
	const homeMay, everybody = "may token mfa hop", "may token mfa hop no bare fmay"
	ec2 := `{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`
	deny := `{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"`
	for _, c := range []struct{ name, trust, want string }{
		{"everybody; of another account with its leave", trusting("*"), everybody},
		{"account by its root: identity policies decide", trusting(iamHome + ":root"), homeMay},
		{"account by its number", trusting(home), homeMay},
		{"user: needs no identity policy", trusting(iamHome + ":user/no"), "no"},
		{"user, with its GetSessionToken sessions", trusting(iamHome + ":user/may"), "may token mfa"},
		{"role: needs no identity policy", trusting(iamHome + ":role/bare"), "bare"},
		{"session of a role", trusting(session + "bare/s1"), "bare"},
		{"other session of it", trusting(session + "bare/s2"), ""},
		{"other account by its root", trusting(iamAway + ":root"), "fmay"},
		{"user of another account who may", trusting(iamAway + ":user/fmay"), "fmay"},
		{"user of another account who may not", trusting(iamAway + ":user/fno"), ""},
		{"account that isn't here", trusting("999999999999"), ""},
		{"service", ec2, ""},
		{"allowed and denied", trusting("*") + "," + deny + "}", ""},
		{"denied to one", trusting("*") + "," + deny + condition("ArnEquals", "aws:PrincipalArn", iamHome+":role/bare") + "}", "may token mfa hop no fmay"},
		{"another action alone", `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:TagSession"}`, ""},
		{"AssumeRole alone: a source identity is not let on", `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}`, "may token mfa no bare fmay"},

		{"aws:username", trusting("*", condition("StringEquals", "aws:username", "may")), "may token mfa"},
		{"variable", trusting("*", condition("StringEquals", "aws:username", "m${aws:Nothing, 'ay'}")), "may token mfa"},
		{"aws:PrincipalType user", trusting("*", condition("StringEquals", "aws:PrincipalType", "User")), "may token mfa no fmay"},
		{"aws:PrincipalType role", trusting("*", condition("StringEquals", "aws:PrincipalType", "AssumedRole")), "hop bare"},
		{"aws:PrincipalArn is the role's", trusting("*", condition("ArnEquals", "aws:PrincipalArn", iamHome+":role/hop")), "hop"},
		{"aws:PrincipalArn is not the session's", trusting("*", condition("ArnEquals", "aws:PrincipalArn", session+"hop/s1")), ""},
		{"aws:PrincipalAccount", trusting("*", condition("StringEquals", "aws:PrincipalAccount", away)), "fmay"},
		{"aws:userid", trusting("*", condition("StringLike", "aws:userid", "AROA*:s1")), "hop bare"},
		{"MFA", trusting("*", condition("Bool", "aws:MultiFactorAuthPresent", "true")), "mfa"},
		{"MFA known and absent", trusting("*", condition("Bool", "aws:MultiFactorAuthPresent", "false")), "token"},
		{"MFA unknown or absent", trusting("*", condition("BoolIfExists", "aws:MultiFactorAuthPresent", "false")), "may token hop no bare fmay"},
		{"MFA age", trusting("*", condition("NumericLessThan", "aws:MultiFactorAuthAge", "3600")), "mfa"},
		{"temporary keys", trusting("*", condition("Null", "aws:TokenIssueTime", "false")), "token mfa hop bare"},
		{"issued before", trusting("*", condition("DateLessThan", "aws:TokenIssueTime", "2026-03-01T12:00:00Z")), ""},
		{"issued up to", trusting("*", condition("DateLessThanEquals", "aws:TokenIssueTime", "2026-03-01T12:00:00Z")), "token mfa hop bare"},
		{"aws:SourceIdentity", trusting("*", condition("StringEquals", "aws:SourceIdentity", "me")), "hop"},
		{"aws:PrincipalTag of a session", trusting("*", condition("StringEquals", "aws:PrincipalTag/TEAM", "red")), "hop"},
		{"aws:PrincipalTag of a user", trusting("*", condition("StringEquals", "aws:PrincipalTag/dept", "x")), "may token mfa"},
		{"aws:ResourceTag", trusting("*", condition("StringEquals", "aws:ResourceTag/level", "gold")), everybody},
		{"iam:ResourceTag", trusting("*", condition("StringEquals", "iam:ResourceTag/Level", "gold")), everybody},
		{"aws:ResourceTag of another value", trusting("*", condition("StringEquals", "aws:ResourceTag/Level", "tin")), ""},
		{"aws:ResourceAccount", trusting("*", condition("StringEquals", "aws:ResourceAccount", home)), everybody},
		{"aws:SourceIp", trusting("*", condition("IpAddress", "aws:SourceIp", "192.0.2.0/24")), everybody},
		{"aws:SourceIp elsewhere", trusting("*", condition("IpAddress", "aws:SourceIp", "198.51.100.0/24")), ""},
		{"aws:SecureTransport", trusting("*", condition("Bool", "aws:SecureTransport", "true")), ""},
		{"aws:RequestedRegion", trusting("*", condition("StringEquals", "aws:RequestedRegion", "us-east-1")), everybody},
		{"aws:UserAgent", trusting("*", condition("StringLike", "aws:UserAgent", "agent/*")), everybody},
		{"aws:CurrentTime", trusting("*", condition("DateEquals", "aws:CurrentTime", "2026-03-01T12:00:00Z")), everybody},
		{"aws:EpochTime", trusting("*", condition("NumericEquals", "aws:EpochTime", "1772366400")), everybody},
		{"aws:ViaAWSService", trusting("*", condition("Bool", "aws:ViaAWSService", "false")), everybody},
		{"aws:PrincipalIsAWSService", trusting("*", condition("Bool", "aws:PrincipalIsAWSService", "false")), everybody},
		{"no organisation", trusting("*", condition("Null", "aws:PrincipalOrgID", "true")), everybody},
		{"no federated provider", trusting("*", condition("Null", "aws:FederatedProvider", "true")), everybody},
		{"no external id", trusting("*", condition("Null", "sts:ExternalId", "true")), everybody},
		{"external id asked for", trusting("*", condition("StringEquals", "sts:ExternalId", "42")), ""},
		{"sts:RoleSessionName", trusting("*", condition("StringEquals", "sts:RoleSessionName", "s9")), everybody},
		{"sts:SourceIdentity is the chain's", trusting("*", condition("StringEquals", "sts:SourceIdentity", "me")), "hop"},
	} {
		w.must(w.root[home], "iam", "UpdateAssumeRolePolicy", "RoleName", "target", "PolicyDocument", doc(c.trust))
		if got := w.allowed(cast, arn); !sameNames(got, c.want) {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

// A role that isn't there, one at another path and one that doesn't trust the
// caller can't be told apart, in no account.
func TestRefusedAlike(t *testing.T) {
	w := newWorld(t)
	cast := w.cast()
	w.role("shut", `{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}`, allActions, "Path", "/team/",
		"Tags.member.1.Key", "Level", "Tags.member.1.Value", strings.Repeat("gold", 60))
	const header = "X-Amzn-Requestid"
	var all map[string]*answer
	for who, k := range cast {
		for _, path := range []string{"/team/shut", "/shut", "/team/SHUT", "/team/none", "/none"} {
			for _, acct := range []string{home, away, "999999999999"} {
				for _, extra := range [][]string{nil, {"ExternalId", "42"}, {"Tags.member.1.Key", "k", "Tags.member.1.Value", "v"}} {
					arn := "arn:aws:iam::" + acct + ":role" + path
					a := w.assume(k, arn, "s9", extra...)
					a.header.Del(header)
					_, message, _ := strings.Cut(strings.ReplaceAll(a.message, arn, "ROLE"), " is not")
					a.message, a.body = message, ""
					a.header.Del("Content-Length")
					if all == nil {
						all = map[string]*answer{"first": a}
					}
					if f := all["first"]; a.String() != f.String() || !maps.EqualFunc(http.Header(f.header), a.header, slices.Equal) ||
						message != " authorized to perform: sts:AssumeRole on resource: ROLE" {
						t.Errorf("%s on %s: %v %v, want %v %v", who, arn, a, a.header, f, f.header)
					}
				}
			}
		}
	}
}

func TestRootAssumesNothing(t *testing.T) {
	w := newWorld(t)
	arn := w.role("r", trusting("arn:aws:iam::"+home+":root"), "")
	token := w.must(w.root[home], "sts", "GetSessionToken").key()
	for _, k := range []key{w.root[home], w.root[away], token} {
		if a := w.assume(k, arn, "s1"); a.String() != `403 AccessDenied "Roles may not be assumed by root accounts."` {
			t.Error(a)
		}
	}
}

// What a session needs is gone: the session is gone, also when something of the
// same name comes back; and trust follows the unique id.
func TestDeletedPrincipals(t *testing.T) {
	w := newWorld(t)
	root := w.root[home]
	may, eve := w.user(home, "may", allSTS), w.user(home, "eve", allSTS)
	arn := w.role("r", trustAll, "")
	byRole, byUser := w.role("byrole", trusting(arn), ""), w.role("byuser", trusting("arn:aws:iam::"+home+":user/eve"), "")
	old, token := w.session(may, arn, "s1"), w.must(eve, "sts", "GetSessionToken").key()
	federated := w.must(eve, "sts", "GetFederationToken", "Name", "fred").key()
	for _, k := range []key{old, token, federated} {
		w.must(k, "sts", "GetCallerIdentity")
	}
	w.session(old, byRole, "s1")
	w.session(eve, byUser, "s1")

	w.must(root, "iam", "DeleteRole", "RoleName", "r")
	w.must(root, "iam", "DeleteUserPolicy", "UserName", "eve", "PolicyName", "p")
	w.must(root, "iam", "DeleteAccessKey", "UserName", "eve", "AccessKeyId", eve.id)
	w.must(root, "iam", "DeleteUser", "UserName", "eve")
	gone := func(when string) {
		for _, k := range []key{old, token, federated, eve} {
			if a := w.call(k, "sts", "GetCallerIdentity"); a.code != "InvalidClientTokenId" {
				t.Errorf("%s: %v", when, a)
			}
		}
	}
	gone("deleted")
	eve2 := w.user(home, "eve", allSTS)
	w.role("r", trustAll, allSTS)
	gone("made again")
	fresh := w.session(may, arn, "s1")
	for arn, k := range map[string]key{byRole: fresh, byUser: eve2} {
		if a := w.assume(k, arn, "s1"); a.code != "AccessDenied" {
			t.Errorf("%s trusts whoever bears the name: %v", arn, a)
		}
	}
	// Keys that are switched off no longer sign.
	w.must(root, "iam", "UpdateAccessKey", "UserName", "may", "AccessKeyId", may.id, "Status", "Inactive")
	if a := w.call(may, "sts", "GetCallerIdentity"); a.code != "InvalidClientTokenId" {
		t.Error(a)
	}
	// A session belongs to its key, its secret and its server.
	other := newWorld(t)
	for name, k := range map[string]key{
		"other key": {may.id, may.secret, fresh.token}, "other secret": {fresh.id, may.secret, fresh.token},
		"no token": {fresh.id, fresh.secret, ""}, "another's token": {fresh.id, fresh.secret, w.must(w.user(home, "x", ""), "sts", "GetSessionToken").key().token},
		"other server": other.must(other.user(home, "x", ""), "sts", "GetSessionToken").key(),
	} {
		if a := w.call(k, "sts", "GetCallerIdentity"); a.status != 403 || a.code != "InvalidClientTokenId" && a.code != "SignatureDoesNotMatch" {
			t.Errorf("%s: %v", name, a)
		}
	}
}

// A role of another account that is replaced between the decision and the
// session gives no session.
func TestRoleReplacedMeanwhile(t *testing.T) {
	w := newWorld(t)
	far := w.user(away, "far", allSTS)
	arn := w.role("r", trusting("*"), "")
	w.session(far, arn, "s1")
	looks := 0
	w.onView = func(string) {
		if looks++; looks == 2 {
			w.must(w.root[home], "iam", "DeleteRole", "RoleName", "r")
			w.role("r", trusting(home), "")
		}
	}
	if a := w.assume(far, arn, "s1"); a.status != 503 || looks != 2 {
		t.Errorf("after %d looks: %v", looks, a)
	}
	w.onView = nil
	if a := w.assume(far, arn, "s1"); a.code != "AccessDenied" {
		t.Error(a)
	}
}

// A role is named by its whole ARN: path, letters and account.
func TestRoleOfExactlyThisARN(t *testing.T) {
	w := newWorld(t)
	may := w.user(home, "may", allSTS)
	arn := w.role("Deep", trustAll, "", "Path", "/a/b/")
	for _, c := range []struct {
		arn string
		ok  bool
	}{
		{arn, true},
		{"arn:aws:iam::" + home + ":role/Deep", false},
		{"arn:aws:iam::" + home + ":role/a/Deep", false},
		{"arn:aws:iam::" + home + ":role/A/b/Deep", false},
		{"arn:aws:iam::" + home + ":role/a/b/deep", false},
		{"arn:aws:iam::" + away + ":role/a/b/Deep", false},
	} {
		if a := w.assume(may, c.arn, "s1"); a.ok() != c.ok || !c.ok && a.code != "AccessDenied" {
			t.Errorf("%s: %v", c.arn, a)
		}
	}
}

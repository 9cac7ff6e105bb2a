package sts_test

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// claims are those of a token that is asked for with the key.
func (w *world) claims(k key, pairs ...string) (all, own map[string]any) {
	w.Helper()
	a := w.must(k, "sts", "GetWebIdentityToken", append([]string{"Audience.member.1", "api", "SigningAlgorithm", "ES384"}, pairs...)...)
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(a.field("WebIdentityToken"), ".")[1])
	if err == nil {
		err = json.Unmarshal(payload, &all)
	}
	if err != nil {
		w.Fatal(err)
	}
	own, _ = all["https://sts.amazonaws.com/"].(map[string]any)
	delete(all, "https://sts.amazonaws.com/")
	delete(all, "jti")
	delete(all, "iss")
	return all, own
}

// What a token says of its bearer: others decide by it. A session is its role,
// whatever its name; tags of the session go before those of the role, and none
// of the request's passes for one of the bearer's.
func TestWebIdentityTokenClaims(t *testing.T) {
	w := newWorld(t)
	w.must(w.root[home], "iam", "EnableOutboundWebIdentityFederation")
	now := float64(w.now.Unix())
	check := func(name string, k key, pairs []string, subject string, want map[string]any) {
		t.Helper()
		all, own := w.claims(k, pairs...)
		if !reflect.DeepEqual(all, map[string]any{"sub": subject, "aud": "api", "iat": now, "exp": now + 300}) {
			t.Errorf("%s: %v", name, all)
		}
		want["aws_account"], want["source_region"], want["principal_id"] = home, "us-east-1", subject
		if !reflect.DeepEqual(own, want) {
			t.Errorf("%s:\n got %v\nwant %v", name, own, want)
		}
	}
	check("root", w.root[home], nil, "arn:aws:iam::"+home+":root", map[string]any{})

	alice := w.user(home, "alice", allActions)
	w.must(w.root[home], "iam", "TagUser", "UserName", "alice", "Tags.member.1.Key", "Team", "Tags.member.1.Value", "red")
	check("user", alice, []string{"Tags.member.1.Key", "Team", "Tags.member.1.Value", "forged", "Tags.member.2.Key", "aws:test", "Tags.member.2.Value", "reserved"}, "arn:aws:iam::"+home+":user/alice", map[string]any{
		"principal_tags": map[string]any{"Team": "red"}, "request_tags": map[string]any{"Team": "forged", "aws:test": "reserved"},
	})

	organize(w)
	arn := w.role("app", trusting("arn:aws:iam::"+home+":user/alice"), allActions, "Path", "/p/",
		"Tags.member.1.Key", "TEAM", "Tags.member.1.Value", "role", "Tags.member.2.Key", "unit", "Tags.member.2.Value", "u")
	session := w.session(alice, arn, "admin", "SourceIdentity", "alice", "Tags.member.1.Key", "team", "Tags.member.1.Value", "session")
	check("role", session, nil, arn, map[string]any{
		"principal_tags": map[string]any{"team": "session", "unit": "u"}, "source_identity": "alice",
		"org_id": "o-0123456789", "ou_path": []any{"o-0123456789/r-0123/"}, "original_session_exp": "2026-03-01T13:00:00Z",
	})

	// Federated users get none, and no account gives tokens for another's switch.
	federated := w.must(alice, "sts", "GetFederationToken", "Name", "fred", "Policy", allActions).key()
	for name, k := range map[string]key{"federated user": federated, "session of a user": w.must(alice, "sts", "GetSessionToken").key()} {
		if a := w.call(k, "sts", "GetWebIdentityToken", "Audience.member.1", "api", "SigningAlgorithm", "ES384"); a.code != "AccessDenied" {
			t.Errorf("%s: %v", name, a)
		}
	}
	if a := w.call(w.root[away], "sts", "GetWebIdentityToken", "Audience.member.1", "api", "SigningAlgorithm", "ES384"); a.code != "OutboundWebIdentityFederationDisabledException" {
		t.Errorf("another account: %v", a)
	}
	w.must(w.root[home], "iam", "DisableOutboundWebIdentityFederation")
	if a := w.call(session, "sts", "GetWebIdentityToken", "Audience.member.1", "api", "SigningAlgorithm", "ES384"); a.code != "OutboundWebIdentityFederationDisabledException" {
		t.Errorf("disabled: %v", a)
	}
}

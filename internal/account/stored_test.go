package account

import (
	"bytes"
	"flag"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update-golden", false, "write the golden records of the newest format")

const acct = "123456789012"

var day = time.Date(2026, 11, 24, 1, 2, 3, 0, time.UTC)

// sample holds one entity of each kind with every member set.
func sample() map[string]record {
	words := "an administrator's words"
	key := AccessKey{ID: "AKIA4ADXTA7ITLVFGIEK", Secret: []byte("sealed"), Status: Active, Created: day}
	tags := []Tag{{"team", "red"}, {"empty", ""}}
	inline := []Inline{{"a", `{"Version":"2012-10-17"}`}, {"b", "{ }"}}
	return map[string]record{
		"settings/account": &Settings{Account: acct, Created: day, Alias: "example", Root: Root{PasswordHash: "$argon2id$x", PasswordChanged: day, MayRecover: true, Keys: []AccessKey{{ID: "ROOTROOTROOTROOT", Secret: []byte("s"), Status: Inactive, Created: day}},
			SigningCertificates: []SigningCertificate{{ID: "C0", Body: "PEM", Status: Inactive, Uploaded: day}}},
			PasswordPolicy: &PasswordPolicy{MinLength: 8, Symbols: true, Numbers: true, Uppercase: true, Lowercase: true, AllowChange: true, MaxAge: 90, ReusePrevention: 3, HardExpiry: true, HardExpirySet: true},
			TokenVersion:   2, Outbound: &Outbound{ID: "u", Enabled: true, Keys: []OutboundKey{{ID: "k", Algorithm: "RS256", Created: day, Public: []byte("{}"), Private: []byte("sealed")}}}, Properties: map[string]string{"k": "v"},
			Organization: &Organization{ID: "o-1", Root: "r-1", Management: acct, BillingOnly: true, Members: []string{"1"}, Trusted: []string{"iam.amazonaws.com"}, Administrators: []string{"1"}, RootCredentials: true, RootSessions: true}},
		"user/AIDA1":  &User{ID: "AIDA1", Name: "Alice", Path: "/a/", Created: day, Boundary: "arn:aws:iam::" + acct + ":policy/P", Tags: tags, Attached: []string{"arn:aws:iam::aws:policy/AdministratorAccess"}, Inline: inline, Groups: []string{"AGPA1"}, Keys: []AccessKey{key}},
		"group/AGPA1": &Group{ID: "AGPA1", Name: "Devs", Path: "/", Created: day, Attached: []string{"arn:aws:iam::" + acct + ":policy/P"}, Inline: inline},
		"role/AROA1":  &Role{ID: "AROA1", Name: "R", Path: "/x/", Created: day, Description: &words, MaxSession: 7200, Trust: "{}", TrustIDs: map[string]string{"arn:aws:iam::" + acct + ":user/a/Alice": "AIDA1"}, Boundary: "arn:aws:iam::aws:policy/ReadOnlyAccess", Tags: tags, Attached: []string{"arn:aws:iam::" + acct + ":policy/P"}, Inline: inline},
		"role/AROA2": &Role{ID: "AROA2", Name: "Acquired", Path: "/", Created: day, MaxSession: 3600, Trust: "{}",
			Source: &RoleSource{Template: "arn:aws:iam::aws:role-template/x/T:1", Minor: 2, Values: map[string][]string{"p": {"v", "w"}}, Digest: "00"}},
		"policy/ANPA1":  &Policy{ID: "ANPA1", Name: "P", Path: "/", Created: day, Updated: day, Description: words, Tags: tags, Default: 2, Last: 3, Versions: []Version{{2, "{}", day}, {3, "{}", day}}},
		"profile/AIPA1": &InstanceProfile{ID: "AIPA1", Name: "I", Path: "/", Created: day, Tags: tags, Role: "AROA1"},
		"mfa/Phone":     &MFADevice{ID: "Phone", Name: "Phone", Path: "/", Created: day, Seed: []byte("sealed"), User: "AIDA1", Enabled: day, Drift: -3, Tags: tags},
		"mfa/u2f/user/Bob/key-1": &MFADevice{ID: "u2f/user/Bob/key-1", Name: "key", Path: "/", Created: day, User: "AIDA2", Enabled: day, Tags: tags,
			Key: &FIDOKey{CredentialID: []byte("id"), PublicKey: []byte("cose"), SignCount: 7, AAGUID: make([]byte, 16), Certifications: map[string]string{"FIDO": "L1"}}},
		"user/AIDA2": &User{ID: "AIDA2", Name: "Bob", Path: "/", Created: day, Login: &LoginProfile{Hash: "$argon2id$y", Created: day, Changed: day, ResetRequired: true, Former: []string{"$argon2id$z"}},
			SigningCertificates: []SigningCertificate{{ID: "C1", Body: "PEM", Status: Active, Uploaded: day}},
			SSHKeys:             []SSHKey{{ID: "APKA1", Body: "ssh-rsa A", Fingerprint: "00:11", Status: Inactive, Uploaded: day}},
			ServiceCredentials:  []ServiceCredential{{ID: "ACCA1", Service: "codecommit.amazonaws.com", UserName: "Bob-at-1", Alias: "a", Secret: []byte("sealed"), Status: Active, Created: day, Expires: day}}},
		"certificate/ASCA1":    &ServerCertificate{ID: "ASCA1", Name: "www", Path: "/", Uploaded: day, Expires: day, Body: "PEM", Chain: "PEM", Key: []byte("sealed"), Tags: tags},
		"oidc/idp.example.com": &OIDCProvider{URL: "idp.example.com", ClientIDs: []string{"c"}, Thumbprints: []string{"00"}, Created: day, Tags: tags},
		"saml/S1":              &SAMLProvider{ID: "S1", Name: "Corp", Metadata: "<x/>", Issuers: []SAMLIssuer{{EntityID: "https://idp.example.com", Certificates: [][]byte{[]byte("DER")}}}, Created: day, ValidUntil: day, EncryptionMode: "Allowed", Keys: []SAMLKey{{ID: "K1", Added: day, Private: []byte("sealed")}}, Tags: tags},
		"delegation/D1": &DelegationRequest{ID: "D1", Created: day, Updated: day, Expires: day, State: "FINALIZED", Requestor: acct, Name: "n", OwnerAccount: acct, Owner: "o", OwnerID: "i",
			Approver: &DelegationApprover{ARN: "a", UserID: "AROA1:s", Role: "AROA1", Session: "s", Tags: tags, Transitive: []string{"team"}, SourceIdentity: "i", Provider: "p", Context: tags}, Description: "d", Message: "m", Notes: "n", Reason: "r",
			RedirectURL: "https://x.example", Channel: "c", Workflow: "w", OnlySendByOwner: true, Seconds: 300, Policy: "{}", Template: "t", Parameters: []DelegationParameter{{"p", []string{"v"}, "string"}}, Sent: day},
		"job/J1": &Job{ID: "J1", Kind: JobCredentialReport, Created: day, By: "b", About: "a", Data: []byte("data")},
	}
}

func encoded(entities map[string]record) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for _, k := range slices.Sorted(maps.Keys(entities)) {
			if !yield(k, entities[k].encode()) {
				return
			}
		}
	}
}

// Every form that was ever written stays readable, and the newest is written
// as its golden files say: a change of it needs a new format and new files.
func TestGoldenRecords(t *testing.T) {
	dir := "testdata/records"
	for key, e := range sample() {
		kind, id, _ := strings.Cut(key, "/")
		path := filepath.Join(dir, fmt.Sprintf("v%d", formatJSON1), kind+"."+url.PathEscape(id))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, e.encode(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.encode(); !bytes.Equal(got, want) {
			t.Errorf("%s is written as\n%s\nand its golden file is\n%s", key, got, want)
		}
	}
	formats, err := os.ReadDir(dir)
	if err != nil || len(formats) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, f := range formats {
		v, err := Load(acct, func(yield func(string, []byte) bool) {
			files, err := os.ReadDir(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				data, err := os.ReadFile(filepath.Join(dir, f.Name(), file.Name()))
				if err != nil {
					t.Fatal(err)
				}
				kind, escaped, _ := strings.Cut(file.Name(), ".")
				id, err := url.PathUnescape(escaped)
				if err != nil {
					t.Fatal(err)
				}
				if !yield(kind+"/"+id, data) {
					return
				}
			}
		})
		if err != nil {
			t.Fatalf("%s: %v", f.Name(), err)
		}
		if diff := cmp.Diff(sample()["user/AIDA1"], record(v.User("alice"))); diff != "" {
			t.Errorf("%s: %s", f.Name(), diff)
		}
		if diff := cmp.Diff(sample()["role/AROA1"], record(v.Role("r"))); diff != "" {
			t.Errorf("%s: %s", f.Name(), diff)
		}
	}
}

// Each kind of damage keeps an account from being loaded, and is told as such.
func TestDamageIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(m map[string]record)
	}{
		{"no settings", func(m map[string]record) { delete(m, "settings/account") }},
		{"another account's settings", func(m map[string]record) { m["settings/account"].(*Settings).Account = "210987654321" }},
		{"group gone", func(m map[string]record) { delete(m, "group/AGPA1") }},
		{"policy gone", func(m map[string]record) { delete(m, "policy/ANPA1") }},
		{"role of a profile gone", func(m map[string]record) { delete(m, "role/AROA1") }},
		{"user of a device gone", func(m map[string]record) { delete(m, "user/AIDA1") }},
		{"name taken twice", func(m map[string]record) {
			u := m["user/AIDA1"].(*User).Clone()
			u.ID, u.Name, u.Keys = "AIDA2", "ALICE", nil
			m["user/AIDA2"] = u
		}},
		{"key owned twice", func(m map[string]record) {
			u := m["user/AIDA1"].(*User).Clone()
			u.ID, u.Name = "AIDA2", "Bob"
			m["user/AIDA2"] = u
		}},
		{"id is not the key's", func(m map[string]record) { m["user/AIDA1"].(*User).ID = "AIDA9" }},
		{"key without secret", func(m map[string]record) { m["user/AIDA1"].(*User).Keys[0].Secret = nil }},
		{"key of unknown status", func(m map[string]record) { m["user/AIDA1"].(*User).Keys[0].Status = "active" }},
		{"role without trust", func(m map[string]record) { m["role/AROA1"].(*Role).Trust = "" }},
		{"role of a day", func(m map[string]record) { m["role/AROA1"].(*Role).MaxSession = 86400 }},
		{"policy without its default", func(m map[string]record) { m["policy/ANPA1"].(*Policy).Default = 1 }},
		{"version number to be given again", func(m map[string]record) { m["policy/ANPA1"].(*Policy).Last = 2 }},
		{"path", func(m map[string]record) { m["group/AGPA1"].(*Group).Path = "x" }},
		{"inline twice", func(m map[string]record) { m["group/AGPA1"].(*Group).Inline[1].Name = "a" }},
		{"attached twice", func(m map[string]record) {
			g := m["group/AGPA1"].(*Group)
			g.Attached = append(g.Attached, g.Attached[0])
		}},
		{"seed gone", func(m map[string]record) { m["mfa/Phone"].(*MFADevice).Seed = nil }},
		{"device of another path", func(m map[string]record) { m["mfa/Phone"].(*MFADevice).Path = "/x/" }},
		{"security key without a user", func(m map[string]record) { m["mfa/u2f/user/Bob/key-1"].(*MFADevice).User = "" }},
		{"security key with a seed", func(m map[string]record) { m["mfa/u2f/user/Bob/key-1"].(*MFADevice).Seed = []byte("s") }},
		{"security key without a public key", func(m map[string]record) { m["mfa/u2f/user/Bob/key-1"].(*MFADevice).Key.PublicKey = nil }},
		{"nine devices", func(m map[string]record) {
			for i := range 8 {
				id := fmt.Sprint("d", i)
				m["mfa/"+id] = &MFADevice{ID: id, Name: id, Path: "/", Seed: []byte("s"), User: "AIDA1"}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := sample()
			c.damage(m)
			if v, err := Load(acct, encoded(m)); err == nil || v != nil {
				t.Error("loaded")
			}
		})
	}
	if _, err := Load(acct, encoded(sample())); err != nil {
		t.Error("the sample itself is refused:", err)
	}
}

// What is decoded is encoded again as it was, and hostile bytes never panic.
func FuzzStoredRecord(f *testing.F) {
	for k, e := range sample() {
		f.Add(k, e.encode())
	}
	f.Add("user/x", []byte{1})
	f.Add("other/x", []byte(nil))
	f.Fuzz(func(t *testing.T, key string, data []byte) {
		v, err := Load(acct, func(yield func(string, []byte) bool) {
			for k, d := range encoded(sample()) {
				if k != key && !yield(k, d) {
					return
				}
			}
			yield(key, data)
		})
		if err != nil {
			return
		}
		if err := v.Check(); err != nil {
			t.Error(err)
		}
	})
}

// Random changes keep every invariant, an older View stays what it was, and
// the records written build the same account again.
func TestRandomChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	v := New(&Settings{Account: acct, Created: day})
	stored := map[string][]byte{"settings/account": (&Settings{Account: acct, Created: day}).encode()}
	for step := range 1500 {
		before, count := v, v.Count()
		tx := v.Begin()
		randomChange(r, tx, step)
		mark := tx.Mark()
		randomChange(r, tx, step+1_000_000)
		if r.IntN(3) == 0 {
			tx.Reset(mark)
		}
		for _, c := range tx.Changes() {
			if c.Data == nil {
				delete(stored, c.Key)
			} else {
				stored[c.Key] = c.Data
			}
		}
		v = tx.Freeze()
		if err := v.Check(); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		if before.Count() != count || before.Check() != nil {
			t.Fatalf("step %d changed an older View", step)
		}
	}
	again, err := Load(acct, maps.All(stored))
	if err != nil || again.Count() != v.Count() {
		t.Fatalf("%+v became %+v: %v", v.Count(), again.Count(), err)
	}
}

func randomChange(r *rand.Rand, tx *Tx, step int) {
	v := tx.View()
	name := fmt.Sprintf("N%d", r.IntN(20))
	id := fmt.Sprintf("%d", step)
	switch r.IntN(8) {
	case 0:
		if v.User(name) == nil {
			tx.PutUser(&User{ID: "AIDA" + id, Name: name, Path: "/", Created: day, Keys: []AccessKey{{ID: "AKIA" + id, Secret: []byte("s"), Status: Active}}})
		}
	case 1:
		if v.Group(name) == nil {
			tx.PutGroup(&Group{ID: "AGPA" + id, Name: name, Path: "/", Created: day})
		}
	case 2:
		if u, g := v.User(name), v.Group(name); u != nil && g != nil && !slices.Contains(u.Groups, g.ID) && len(u.Groups) < MaxGroupsPerUser {
			u = u.Clone()
			u.Groups = append(u.Groups, g.ID)
			tx.PutUser(u)
		}
	case 3:
		if u := v.User(name); u != nil {
			tx.DeleteUser(u)
		}
	case 4:
		if g := v.Group(name); g != nil {
			for u := range v.Members(g.ID) {
				u = u.Clone()
				u.Groups = slices.DeleteFunc(u.Groups, func(id string) bool { return id == g.ID })
				tx.PutUser(u)
			}
			tx.DeleteGroup(g)
		}
	case 5:
		if v.Policy(name) == nil {
			tx.PutPolicy(&Policy{ID: "ANPA" + id, Name: name, Path: "/", Created: day, Default: 1, Last: 1, Versions: []Version{{1, "{}", day}}})
		}
	case 6:
		if u, p := v.User(name), v.Policy(name); u != nil && p != nil && !slices.Contains(u.Attached, p.ARN(acct)) {
			u = u.Clone()
			u.Attached = append(u.Attached, p.ARN(acct))
			if r.IntN(2) == 0 {
				u.Boundary = p.ARN(acct)
			}
			tx.PutUser(u)
		}
	case 7:
		other := fmt.Sprintf("N%d", r.IntN(20))
		if u := v.User(name); u != nil && v.User(other) == nil {
			u = u.Clone()
			u.Name = strings.ToLower(other)
			tx.PutUser(u)
		}
	}
}

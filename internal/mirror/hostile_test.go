package mirror

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
)

// parse reads a file from its text.
func parse(t *testing.T, text string) *File {
	t.Helper()
	f, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const (
	anyone     = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/gone"},"Action":"sts:AssumeRole"}]}`
	ofService  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ssm.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	linkedRole = `"Path":"/aws-service-role/ssm.amazonaws.com/","RoleName":"AWSServiceRoleForAmazonSSM","RoleId":"AROAQAAAAAAAAAAAAAAAA",` +
		`"Arn":"arn:aws:iam::111122223333:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM","AssumeRolePolicyDocument":` + ofService
	profileOf = `"InstanceProfileList":[{"Path":"/","InstanceProfileName":"p","InstanceProfileId":"AIPAQAAAAAAAAAAAAAAAA","Arn":"arn:aws:iam::111122223333:instance-profile/p"}]`
)

// What a trust policy names is bound to ids that an entity can have, whatever
// the file says: "*" would be everybody.
func TestTrustOfFalseIDs(t *testing.T) {
	for _, id := range []string{"*", "444455556666", "arn:aws:iam::444455556666:root", "AROAQBBBBBBBBBBBBBBBB"} {
		f := parse(t, `{"UserDetailList":[{"Path":"/","UserName":"gone","UserId":"`+id+`","Arn":"arn:aws:iam::111122223333:user/gone"}],
			"RoleDetailList":[{"Path":"/","RoleName":"r","RoleId":"AROAQAAAAAAAAAAAAAAAA","Arn":"arn:aws:iam::111122223333:role/r","AssumeRolePolicyDocument":`+anyone+`}]}`)
		v, p := take(t, empty(), f)
		if r := v.Role("r"); r == nil || len(r.TrustIDs) != 0 || len(p.Notes()) != 2 {
			t.Errorf("%s: %+v, %q", id, r, p.Notes())
		}
	}
}

// A service-linked role is in no instance profile: nobody could take it out, and
// it could never be deleted.
func TestLinkedRoleInProfile(t *testing.T) {
	v, p := take(t, empty(), parse(t, `{"RoleDetailList":[{`+linkedRole+`,`+profileOf+`}]}`))
	if v.Role("AWSServiceRoleForAmazonSSM") == nil || v.Count().InstanceProfiles != 0 || len(p.Notes()) != 1 {
		t.Errorf("%+v, %q", v.Count(), p.Notes())
	}
	// Nor does one that is in a profile become service-linked.
	tx := empty().Begin()
	tx.PutRole(&account.Role{ID: "AROAQAAAAAAAAAAAAAAAA", Name: "r", Path: "/", Trust: ofService, MaxSession: 3600})
	tx.PutInstanceProfile(&account.InstanceProfile{ID: "AIPAQAAAAAAAAAAAAAAAA", Name: "p", Path: "/", Role: "AROAQAAAAAAAAAAAAAAAA"})
	v, p = take(t, tx.Freeze(), parse(t, `{"RoleDetailList":[{`+linkedRole+`}]}`))
	if v.Role("r") == nil || len(p.Notes()) != 1 {
		t.Errorf("%+v, %q", v.Count(), p.Notes())
	}
}

// Notes go to a terminal: they hold nothing that moves its cursor, and are short.
func TestNotesArePrintable(t *testing.T) {
	name, _ := json.Marshal("\x1b[2J\r\nimported\u202e" + strings.Repeat("x", 1<<20))
	_, p := take(t, empty(), parse(t, `{"UserDetailList":[{"UserName":`+string(name)+`,"Arn":"arn:aws:iam::111122223333:user/x"}]}`))
	notes := p.Notes()
	if len(notes) != 1 || len(notes[0]) > 2000 || strings.ContainsAny(notes[0], "\x1b\r\n\u202e") {
		t.Errorf("%.200q", notes)
	}
}

// What no store can keep is left out, and the rest is taken over.
func TestTooLarge(t *testing.T) {
	long := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::` + strings.Repeat("<", 1<<20) + `"}]}`
	f := parse(t, `{"UserDetailList":[
		{"Path":"/","UserName":"a","UserId":"AIDAQAAAAAAAAAAAAAAAA","Arn":"arn:aws:iam::111122223333:user/a","UserPolicyList":[{"PolicyName":"p","PolicyDocument":`+long+`}]},
		{"Path":"/","UserName":"c","UserId":"AIDAQCCCCCCCCCCCCCCCC","Arn":"arn:aws:iam::111122223333:user/c","CreateDate":"9999-12-31T23:59:59-23:00"},
		{"Path":"/","UserName":"b","UserId":"AIDAQBBBBBBBBBBBBBBBB","Arn":"arn:aws:iam::111122223333:user/b"}]}`)
	v, p := take(t, empty(), f)
	if v.User("a") != nil || v.User("c") != nil || v.User("b") == nil || len(p.Notes()) != 2 {
		t.Errorf("%q", p.Notes())
	}
}

// No file leads to a state that isn't sound, or that can't be read again:
// mutants of a good one, in each of which some values are other ones of the file
// or odd. They are imported twice, or on the good one.
func TestMutants(t *testing.T) {
	text, err := os.ReadFile("testdata/account.json")
	if err != nil {
		t.Fatal(err)
	}
	good := read(t)
	random := rand.New(rand.NewPCG(1, 2))
	imported := 0
	for range 2000 {
		var tree any
		if err := json.Unmarshal(text, &tree); err != nil {
			t.Fatal(err)
		}
		places := leaves(tree, nil)
		for range 1 + random.IntN(6) {
			a := places[random.IntN(len(places))]
			if odd := []any{"", "*", "/", 0, nil, "AROAQAAAAAAAAAAAAAAAA", "9999-12-31T23:59:59-23:00", "\x00", []any{}}; random.IntN(3) == 0 {
				a.set(odd[random.IntN(len(odd))])
			} else {
				a.set(places[random.IntN(len(places))].value)
			}
		}
		mutant, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(bytes.NewReader(mutant))
		if err != nil {
			continue
		}
		if acct, err := f.Account(); err != nil || acct != number {
			continue
		}
		tx := empty().Begin()
		tx.PutSettings(tx.View().Settings())
		for _, f := range [][]*File{{f, f}, {good, f}}[imported%2] {
			for _, step := range New(f, now, nil).Steps() {
				step(tx)
			}
		}
		again, err := account.Load(number, func(yield func(string, []byte) bool) {
			for _, c := range tx.Changes() {
				if !yield(c.Key, c.Data) {
					return
				}
			}
		})
		if err != nil || again.Count() != tx.View().Count() {
			t.Fatalf("%v: %s", err, mutant)
		}
		imported++
	}
	if imported < 500 {
		t.Errorf("only %d could be imported", imported)
	}
}

// A leaf is a value of a JSON tree that isn't made of others.
type leaf struct {
	value any
	set   func(any)
}

func leaves(tree any, set func(any)) (out []leaf) {
	switch v := tree.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, leaves(v[k], func(other any) { v[k] = other })...)
		}
	case []any:
		for i := range v {
			out = append(out, leaves(v[i], func(other any) { v[i] = other })...)
		}
	default:
		out = append(out, leaf{v, set})
	}
	return out
}

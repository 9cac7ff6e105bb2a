package mirror

import (
	"encoding/json"
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

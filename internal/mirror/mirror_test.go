package mirror

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
)

const number = "111122223333"

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func read(t *testing.T) *File {
	t.Helper()
	r, err := os.Open("testdata/account.json")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := Read(r)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// others is a second account that is served together with the first.
var others = func() map[string]*account.View {
	tx := account.New(&account.Settings{Account: "222233334444", Created: now}).Begin()
	tx.PutUser(&account.User{ID: "AIDAQOTHEROTHEROTHER", Name: "eve", Path: "/", Created: now})
	return map[string]*account.View{"222233334444": tx.Freeze()}
}()

// take runs the plan of a file on an account, and holds all invariants.
func take(t *testing.T, v *account.View, f *File) (*account.View, *Plan) {
	t.Helper()
	p := New(f, now, others)
	for _, step := range p.Steps() {
		tx := v.Begin()
		step(tx) // what isn't committed is forgotten
		tx = v.Begin()
		step(tx)
		if n := tx.Len(); n > 1 {
			t.Fatalf("a step writes %d records", n)
		}
		v = tx.Freeze()
	}
	if err := v.Check(); err != nil {
		t.Fatal(err)
	}
	return v, p
}

func empty() *account.View { return account.New(&account.Settings{Account: number, Created: now}) }

func TestImport(t *testing.T) {
	f := read(t)
	if acct, err := f.Account(); acct != number || err != nil {
		t.Fatal(acct, err)
	}
	v, p := take(t, empty(), f)
	if got := p.Made(); got != (Made{Users: 1, Groups: 1, Roles: 3, Policies: 1, InstanceProfiles: 1}) {
		t.Errorf("%+v", got)
	}
	ann := v.User("ann")
	if ann == nil || ann.ID != "AIDAQAAAAAAAAAAAAAAAA" || ann.Path != "/team/" || ann.Created != time.Date(2019, 5, 4, 3, 2, 1, 0, time.UTC) ||
		len(ann.Inline) != 1 || !slices.Equal(ann.Groups, []string{"AGPAQAAAAAAAAAAAAAAAA"}) || ann.Boundary != "arn:aws:iam::aws:policy/PowerUserAccess" ||
		!slices.Equal(ann.Attached, []string{"arn:aws:iam::" + number + ":policy/app/mine"}) || len(ann.Tags) != 1 {
		t.Errorf("%+v", ann)
	}
	if got := ann.Inline[0].Document; got != `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}` {
		t.Error(got)
	}
	if got := v.Group("devs").Inline[0].Document; !strings.HasPrefix(got, `{"Version":"2012-10-17"`) {
		t.Error(got)
	}
	mine := v.Policy("mine")
	if mine.Default != 3 || mine.Last != 7 || len(mine.Versions) != 2 || mine.Versions[0].N != 3 {
		t.Errorf("%+v", mine)
	}
	app := v.Role("app")
	if app.MaxSession != 3600 || len(app.TrustIDs) != 2 || app.TrustIDs["arn:aws:iam::"+number+":user/team/Ann"] != ann.ID ||
		app.TrustIDs["arn:aws:iam::"+number+":role/later"] != "AROAQDDDDDDDDDDDDDDDD" {
		t.Errorf("%+v", app)
	}
	if ip := v.InstanceProfile("app"); ip.ID != "AIPAQAAAAAAAAAAAAAAAA" || ip.Role != app.ID {
		t.Errorf("%+v", ip)
	}
	if !v.Role("AWSServiceRoleForAmazonSSM").ServiceLinked() {
		t.Error("the service's own role is not one")
	}
	want := []string{
		"arn:aws:iam::aws:policy/Unheard of AWS isn't known",
		`user Ann: its policy "broken" is left out`,
		"user Ann: the policy arn:aws:iam::aws:policy/Unheard can't be attached",
		"user Ann: it can't be in the group gone",
		"user bounded is left out: its permissions boundary",
		"role app: its trust policy names arn:aws:iam::" + number + ":user/nobody",
		"role untrusted is left out",
	}
	notes := p.Notes()
	if len(notes) != len(want) {
		t.Errorf("%d notes, want %d", len(notes), len(want))
	}
	for i, n := range notes[:min(len(notes), len(want))] {
		if !strings.HasPrefix(n, want[i]) {
			t.Errorf("note %d: %s", i, n)
		}
	}
}

// A second import brings up to date, keeps credentials, and changes nothing
// else.
func TestImportAgain(t *testing.T) {
	f := read(t)
	v, _ := take(t, empty(), f)
	tx := v.Begin()
	ann := v.User("Ann").Clone()
	ann.Keys = []account.AccessKey{{ID: "AKIAAAAAAAAAAAAAAAAA", Secret: []byte("s"), Status: account.Active, Created: now}}
	tx.PutUser(ann)
	app := v.Role("app").Clone()
	app.MaxSession = 7200
	tx.PutRole(app)
	tx.PutGroup(&account.Group{ID: "AGPAOTHER", Name: "own", Path: "/", Created: now})
	v = tx.Freeze()

	f.UserDetailList[0].Tags = nil
	f.UserDetailList[0].UserName, f.UserDetailList[0].ARN = "Anna", "arn:aws:iam::"+number+":user/team/Anna"
	v, _ = take(t, v, f)
	if u := v.User("anna"); u == nil || len(u.Keys) != 1 || u.Tags != nil || v.User("ann") != nil {
		t.Errorf("%+v", u)
	}
	if v.Role("app").MaxSession != 7200 || v.Group("own") == nil {
		t.Error("what the file doesn't tell was changed")
	}
}

// Names that others have, ids given twice, and ARNs that belong to nothing are
// left out, each with a note.
func TestImportConflicts(t *testing.T) {
	f := read(t)
	tx := empty().Begin()
	tx.PutUser(&account.User{ID: "AIDAMINE", Name: "ANN", Path: "/", Created: now})
	tx.PutGroup(&account.Group{ID: "AGPAMINE", Name: "Devs", Path: "/", Created: now})
	tx.PutRole(&account.Role{ID: "AROAMINE", Name: "APP", Path: "/", Created: now, MaxSession: 3600, Trust: "{}"})
	tx.PutPolicy(&account.Policy{ID: "ANPAQAAAAAAAAAAAAAAAA", Name: "other", Path: "/", Created: now, Default: 1, Last: 1, Versions: []account.Version{{N: 1, Document: "{}"}}})
	later := f.RoleDetailList[2]
	later.RoleName, later.ARN = "twice", "arn:aws:iam::"+number+":role/twice"
	odd := later
	odd.RoleID, odd.ARN = "AROAQFFFFFFFFFFFFFFFF", "arn:aws:iam::"+number+":role/elsewhere"
	bad := later
	bad.RoleID = "AIDAQGGGGGGGGGGGGGGGG"
	f.RoleDetailList = append(f.RoleDetailList, later, odd, bad)
	v, p := take(t, tx.Freeze(), f)
	if v.User("ann").ID != "AIDAMINE" || v.Group("devs").ID != "AGPAMINE" || v.Role("app").ID != "AROAMINE" || v.Policy("mine") != nil || v.Role("twice") != nil {
		t.Error("something of this account was replaced")
	}
	all := strings.Join(p.Notes(), "\n")
	for _, want := range []string{
		"user Ann is left as it is", "group devs is left as it is", "role app is left as it is", "policy mine is left out: its id is that of the policy other",
		"role twice: the file gives the id AROAQDDDDDDDDDDDDDDDD twice", "don't belong together", "is not an id of such an entity", "instance profile app is left out",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no note says %q:\n%s", want, all)
		}
	}
}

// Users of other accounts that are served here are bound to their ids like those
// of the account itself, so that nobody who is given the name later is trusted.
func TestTrustOfOthers(t *testing.T) {
	trust := func(arn string) Document {
		return Document(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + arn + `"},"Action":"sts:AssumeRole"}]}`)
	}
	for arn, want := range map[string]string{
		"arn:aws:iam::222233334444:user/eve":  "AIDAQOTHEROTHEROTHER",
		"arn:aws:iam::222233334444:user/gone": "",
		"arn:aws:iam::222233334444:root":      "",
		"arn:aws:iam::777788889999:user/eve":  "", // of an account elsewhere
	} {
		v, p := take(t, empty(), &File{RoleDetailList: []Role{{
			Path: "/", RoleName: "r", RoleID: "AROAQAAAAAAAAAAAAAAAA", ARN: "arn:aws:iam::" + number + ":role/r", AssumeRolePolicyDocument: trust(arn),
		}}})
		notes := 0
		if strings.HasSuffix(arn, "gone") {
			notes = 1
		}
		if got := v.Role("r").TrustIDs[arn]; got != want || len(p.Notes()) != notes {
			t.Errorf("%s: %q, %q", arn, got, p.Notes())
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "not the JSON",
		"[]":                         "not the JSON",
		"{}":                         "no user",
		`{"IsTruncated":true}`:       "one page of several",
		`{"UserDetailList":[{}]} {}`: "more than one",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		`{"UserDetailList":[{"Arn":"arn:aws:iam::111122223333:user/a"},{"Arn":"arn:aws:iam::444455556666:user/b"}]}`: "the accounts",
		`{"UserDetailList":[{"Arn":"x"}]}`:                         "not the ARN",
		`{"Policies":[{"Arn":"arn:aws:iam::aws:policy/P"}]}`:       "nothing but policies of AWS",
		`{"UserDetailList":[{"Arn":"arn:aws:s3:::b"}]}`:            "not the ARN",
		`{"UserDetailList":[{"Arn":"arn:aws:iam::12:user/name"}]}`: "names no account",
	} {
		f, err := Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(text, err)
		}
		if _, err := f.Account(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What is written can be read, and is the same.
func TestWrite(t *testing.T) {
	f := read(t)
	var first, second bytes.Buffer
	if err := f.Write(&first); err != nil {
		t.Fatal(err)
	}
	again, err := Read(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Write(&second); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Error("it differs")
	}
}

package scripttest

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/aratame/aratame/internal/shape/iamshape"
)

// TestHarness holds that scripts which are wrong fail: each of these is right
// but for its last line.
func TestHarness(t *testing.T) {
	for _, script := range []string{
		"iam GetUser UserName=nobody",
		"! iam GetUser",
		"iam NoSuchOperation",
		"sts GetUser",
		"iam GetUser Name=admin",
		"iam ListUsers MaxItems=many",
		"iam CreateUser UserName=u Tags=a",
		"iam CreateUser UserName=u Tags='[{'",
		"iam CreateUser UserName=u Tags='[{\"Name\":\"a\"}]'",
		"iam GetUser\njson .User.UserName root",
		"iam GetUser\n! json .User.UserName admin",
		"iam GetUser\njson .User.UserName",
		"iam GetUser\njson .User.Arn like user/admin",
		"iam GetUser\njson .User.Arn absent",
		"iam GetUser\njson User",
		"iam ListUsers\njson .Users count 2",
		"iam ListUsers\njson .Users[0].UserName like adm",
		"iam ListUsers\njson .Users[1].UserName admin",
		"iam ListUsers\njson .Users[x].UserName admin",
		"iam ListUsers\n! stdout admin",
		"json .User absent",
		"iam GetUser\nset X .User.Tags",
		"! iam GetUser UserName=nobody\nerror 'NoSuchEntity 404: The user with name someone cannot be found.'",
		"! iam GetUser UserName=nobody\nstderr '^AccessDenied'",
		"denied iam GetUser",
		"denied iam GetUser UserName=nobody",
		"pages 2 iam ListUsers",
		"iam CreateUser UserName=u\npages 1 iam ListUsers",
		"pages 1 iam GetUser",
		"repeat 2 iam CreateUser UserName=u",
		"repeat 2 nothing",
		"allow u iam:ListUsers *\nas u\niam ListRoles",
		"allow u iam:ListUsers",
		"allow u iam:ListUsers * {",
		"allow u iam:ListUsers * + iam:ListRoles",
		"as nobody",
		"as assumed nobody session",
		"as credentials",
		"as anonymous\niam GetUser",
		"iam GetUser\nquota Users=3",
		"quota Planets=8",
		"quota Users=1\niam CreateUser UserName=u",
		"clock soon",
		"sts GetSessionToken DurationSeconds=900\nas credentials\nclock +16m\nsts GetCallerIdentity",
		"totp",
	} {
		before, last := "", script
		if i := strings.LastIndexByte(script, '\n'); i >= 0 {
			before, last = script[:i+1], script[i+1:]
		}
		if log, ok := runs(t, before); !ok {
			t.Errorf("fails before its last line:\n%s", log)
		}
		if _, ok := runs(t, before+last+"\n"); ok {
			t.Errorf("succeeds:\n%s", script)
		}
	}
}

// TestCoverageLacks holds that an operation of which nothing was shown lacks all,
// and one whose exceptions are shown is told.
func TestCoverageLacks(t *testing.T) {
	s, op := newSeen(), iamshape.OpListUserTags
	want := []string{succeeded, allowed, denied, paged, "NoSuchEntity"}
	if missing, needless := s.compare(op, map[int]bool{}); !slices.Equal(missing, want) || needless != nil {
		t.Errorf("%v, %v", missing, needless)
	}
	s.of[op] = map[string]bool{"ServiceFailure": true}
	if _, needless := s.compare(op, map[int]bool{}); !slices.Equal(needless, []string{"ServiceFailure"}) {
		t.Errorf("%v", needless)
	}
}

// runs reports whether a script succeeds.
func runs(t *testing.T, text string) (log string, ok bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "case.txtar")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &recorder{T: t}
	testscript.RunT(r, testscript.Params{
		Files: []string{file}, Cmds: boundCommands(),
		Setup: func(e *testscript.Env) error { return setup(e, newSeen(), nil) },
	})
	return r.log, !r.failed
}

// A recorder is a test whose failure is a result.
type recorder struct {
	*testing.T
	log    string
	failed bool
}

func (r *recorder) Parallel()     {}
func (r *recorder) Verbose() bool { return false }

func (r *recorder) Log(args ...any) {
	for _, a := range args {
		r.log += a.(string)
	}
}

func (r *recorder) FailNow() {
	r.failed = true
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) {
	r.Log(args...)
	r.FailNow()
}

func (r *recorder) Run(_ string, f func(testscript.T)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
}

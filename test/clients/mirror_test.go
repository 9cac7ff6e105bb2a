package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// A real account's file becomes an account here, in one command; what that
// account then exports is the same again, and sets up a third one.
func TestMirror(t *testing.T) {
	const file = "../../internal/mirror/testdata/account.json"
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	out, err := run(t, nil, "import", file, "--data", data)
	if err == nil || !strings.Contains(out, "imported into account 111122223333: 1 users, 1 groups, 3 roles, 1 instance profiles, 1 policies") ||
		!strings.Contains(out, "not taken over: user bounded is left out") || !strings.Contains(out, "administrator    user admin") {
		t.Fatalf("%v\n%s", err, out)
	}
	s := start(t, data)
	c := s.iam(s.admin(t))
	ann := must(c.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("Ann")}))(t).User
	if *ann.UserId != "AIDAQAAAAAAAAAAAAAAAA" || *ann.Arn != "arn:aws:iam::111122223333:user/team/Ann" {
		t.Errorf("%+v", ann)
	}
	// An export while the server runs would see a directory that is in use.
	if out, err := run(t, nil, "export", "--data", data); err == nil {
		t.Error("exported beside a running server:", out)
	}
	s.stop(t)

	export := func(data string) string {
		t.Helper()
		cmd := exec.Command(binary, "export", "--data", data)
		cmd.Env = []string{"HOME=" + dir}
		text, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := export(data)
	path := filepath.Join(dir, "export.json")
	if err := os.WriteFile(path, []byte(first), 0o600); err != nil {
		t.Fatal(err)
	}
	third := filepath.Join(dir, "third")
	out, err = run(t, nil, "import", path, "--data", third)
	if strings.Count(out, "not taken over") != 1 || !strings.Contains(out, "user/nobody") || !strings.Contains(out, "administrator    user aratame-admin") {
		t.Fatalf("%v\n%s", err, out)
	}
	second := export(third)
	if cut := strings.Index(second, `"UserName": "aratame-admin"`); cut < 0 {
		t.Error("no administrator")
	}
	for _, want := range []string{"AIDAQAAAAAAAAAAAAAAAA", "AGPAQAAAAAAAAAAAAAAAA", "AROAQAAAAAAAAAAAAAAAA", "AIPAQAAAAAAAAAAAAAAAA", "ANPAQAAAAAAAAAAAAAAAA"} {
		if !strings.Contains(first, want) || strings.Count(first, want) != strings.Count(second, want) {
			t.Errorf("%s: %d times, then %d", want, strings.Count(first, want), strings.Count(second, want))
		}
	}
	// An account of another number lets nothing in.
	other := filepath.Join(dir, "other")
	if out, err := run(t, nil, "import", file, "--data", other, "--config", "/dev/null"); err == nil || !strings.Contains(out, "imported") {
		t.Error(out, err)
	}
	strange := strings.ReplaceAll(first, "111122223333", "999988887777")
	if err := os.WriteFile(path, []byte(strange), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, nil, "import", path, "--data", other); err == nil || !strings.Contains(out, "import into an empty data directory") {
		t.Error(out, err)
	}
}

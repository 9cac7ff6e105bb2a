package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aratame/aratame/test"
)

// The README's try-out, word for word, with the AWS CLI: alice is denied in
// AWS's words, assumes the role, and is allowed.
func TestTryOut(t *testing.T) {
	script := string(must(os.ReadFile("../../docs/tryout.sh"))(t))
	if readme := string(must(os.ReadFile("../../README.md"))(t)); !strings.Contains(readme, strings.TrimSpace(script)) {
		t.Error("README.md shows another try-out than docs/tryout.sh")
	}
	home := t.TempDir()
	s := start(t, filepath.Join(home, ".local/share/aratame"))
	if err := os.Mkdir(filepath.Join(home, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(binary, filepath.Join(home, "bin/aratame")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "PATH=" + filepath.Dir(test.AWSCLI(t)) + ":/usr/bin:/bin", "AWS_PAGER="}
	var denied strings.Builder
	cmd.Stderr = &denied
	allowed, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s %s", err, allowed, denied.String())
	}
	if !strings.Contains(denied.String(), "An error occurred (AccessDenied) when calling the ListUsers operation: User: arn:aws:iam::") ||
		!strings.Contains(denied.String(), ":user/alice is not authorized to perform: iam:ListUsers because no identity-based policy allows the iam:ListUsers action") {
		t.Errorf("denied: %s", denied.String())
	}
	if !strings.Contains(string(allowed), `"Users": [`) {
		t.Errorf("allowed: %s", allowed)
	}
	s.stop(t)
}

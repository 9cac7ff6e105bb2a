package clients

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
	cmd.Env = []string{"HOME=" + home, "PATH=" + filepath.Dir(awsCLI(t)) + ":/usr/bin:/bin", "AWS_PAGER="}
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

// awsCLI is Debian's AWS CLI, which is installed where it is missing and can be;
// elsewhere it is the one on the PATH.
func awsCLI(t *testing.T) string {
	t.Helper()
	const debian = "/usr/bin/aws"
	if _, err := os.Stat(debian); err == nil {
		return debian
	}
	var failure string
	for _, args := range [][]string{{"update", "-q"}, {"install", "-qy", "--no-install-recommends", "awscli"}} {
		cmd := exec.Command("apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			failure = fmt.Sprintf("apt-get %s: %v\n%s", args[0], err, out)
			break
		}
	}
	if failure == "" {
		return debian
	}
	path, err := exec.LookPath("aws")
	if err != nil {
		t.Fatalf("there is no AWS CLI, and it can't be installed: %s", failure)
	}
	t.Logf("Debian's AWS CLI can't be installed, so this is %s", path)
	return path
}

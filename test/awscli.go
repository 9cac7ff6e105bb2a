package test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// DebianCLI is where Debian has its AWS CLI.
const DebianCLI = "/usr/bin/aws"

// AWSCLI is Debian's AWS CLI, which is installed where it is missing and can be;
// elsewhere it is the one on the PATH.
func AWSCLI(t testing.TB) string {
	t.Helper()
	if _, err := os.Stat(DebianCLI); err == nil {
		return DebianCLI
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
		return DebianCLI
	}
	path, err := exec.LookPath("aws")
	if err != nil {
		t.Fatalf("there is no AWS CLI, and it can't be installed: %s", failure)
	}
	t.Logf("Debian's AWS CLI can't be installed, so this is %s", path)
	return path
}

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// A profile that `aratame env` writes is all that an SDK needs, leaves other
// profiles as they are, and replaces itself when it is written again.
func TestWriteProfile(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"))
	home := t.TempDir()
	files := map[string]string{"config": "[profile other]\nregion = eu-west-1\n", "credentials": "[other]\naws_access_key_id = OTHER\n"}
	if err := os.Mkdir(filepath.Join(home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	for file, content := range files {
		if err := os.WriteFile(filepath.Join(home, ".aws", file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		out, err := run([]string{"HOME=" + home}, "env", "--data", s.data, "--write-profile", "mine")
		if err != nil || strings.Contains(out, s.admin().secret) {
			t.Fatalf("%v %s", err, out)
		}
	}
	for file, content := range files {
		path := filepath.Join(home, ".aws", file)
		now := string(must(os.ReadFile(path))(t))
		if !strings.HasPrefix(now, content) || strings.Count(now, "mine]") != 1 {
			t.Errorf("%s: %s", file, now)
		}
		if mode := must(os.Stat(path))(t).Mode(); mode.Perm() != 0o600 {
			t.Errorf("%s has mode %v", file, mode)
		}
	}
	for _, v := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_PROFILE"} {
		t.Setenv(v, "") // a variable would win over the profile
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile("mine"),
		config.WithSharedConfigFiles([]string{filepath.Join(home, ".aws", "config")}),
		config.WithSharedCredentialsFiles([]string{filepath.Join(home, ".aws", "credentials")}))
	if err != nil {
		t.Fatal(err)
	}
	id := must(sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil))(t)
	if !strings.HasSuffix(*id.Arn, ":user/admin") {
		t.Error(*id.Arn)
	}
	if out, err := run([]string{"HOME=" + home}, "env", "--data", s.data, "--write-profile", "bad]name"); err == nil {
		t.Errorf("a profile name with a bracket was taken: %s", out)
	}
	s.stop(t)
}

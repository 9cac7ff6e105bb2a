package terraform

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/aratametest"
)

// provided is the provider under test, runner the program that runs it, and
// materials what configurations read from files.
var (
	provided  *Provider
	runner    string
	materials map[string]string
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "aratame-terraform-*")
	if err != nil {
		panic(err)
	}
	if provided, err = buildProvider(filepath.Join(dir, "provider"), filepath.Join("testdata", "provider")); err != nil {
		panic(err)
	}
	if materials, err = makeMaterials(); err != nil {
		panic(err)
	}
	if runner, err = findRunner(filepath.Join(dir, "runner"), filepath.Join("testdata", "runner")); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// A stack is a configuration with a working directory of its own.
type stack struct {
	t      *testing.T
	server *aratametest.Server
	dir    string
}

const header = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-north-1"
  endpoints {
    iam = %[1]q
    sts = %[1]q
  }
}

variable "stage" { type = number }
`

// newStack makes a working directory from the files of a stack.
func newStack(t *testing.T, server *aratametest.Server, files ...string) *stack {
	t.Helper()
	s := &stack{t, server, t.TempDir()}
	s.put("provider.tf", fmt.Sprintf(header, server.URL))
	s.put("cli.tfrc", fmt.Sprintf("provider_installation {\n  dev_overrides { \"hashicorp/aws\" = %q }\n  direct {}\n}\n", provided.Dir))
	for name, text := range materials {
		s.put(name, text)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s.put(filepath.Base(name), string(text))
	}
	return s
}

func (s *stack) put(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o666); err != nil {
		s.t.Fatal(err)
	}
}

// secret finds the lines in which Terraform shows secrets of a stack.
var secret = regexp.MustCompile(`(?m)^.*(secret|password|private_key).* = .*\n`)

// run runs Terraform and holds it to one exit code.
func (s *stack) run(want int, args ...string) string {
	s.t.Helper()
	cmd := exec.Command(runner, args...)
	cmd.Dir = s.dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "TF_CLI_CONFIG_FILE=" + filepath.Join(s.dir, "cli.tfrc"),
		"TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=" + s.server.Admin.ID, "AWS_SECRET_ACCESS_KEY=" + s.server.Admin.Secret,
	}
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != want {
		s.t.Fatalf("terraform %v: %v; want %d\n%s", args, err, want, secret.ReplaceAll(out, nil))
	}
	return string(out)
}

func stage(n int) string { return fmt.Sprintf("-var=stage=%d", n) }

func (s *stack) apply(n int) { s.t.Helper(); s.run(0, "apply", "-no-color", "-auto-approve", stage(n)) }

// changes is what a plan would do, by address, and which of them it imports.
func (s *stack) changes(n, want int) (actions map[string]string, imported map[string]bool) {
	s.t.Helper()
	s.run(want, "plan", "-no-color", "-detailed-exitcode", "-out=plan", stage(n))
	var plan struct {
		Changes []struct {
			Address, Mode string
			Change        struct {
				Actions   []string
				Importing *struct{}
			}
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(s.run(0, "show", "-json", "plan")), &plan); err != nil {
		s.t.Fatal(err)
	}
	actions, imported = map[string]string{}, map[string]bool{}
	for _, c := range plan.Changes {
		if c.Mode == "managed" {
			actions[c.Address] = strings.Join(c.Change.Actions, "+")
			imported[c.Address] = c.Change.Importing != nil
		}
	}
	return actions, imported
}

// same fails where a plan wants anything after it was applied.
func (s *stack) same(n int) {
	s.t.Helper()
	s.run(0, "plan", "-no-color", "-detailed-exitcode", stage(n))
}

// checked holds the comparisons in the output named checks.
func (s *stack) checked() {
	s.t.Helper()
	var outputs map[string]struct{ Value []bool }
	if err := json.Unmarshal([]byte(s.run(0, "output", "-json")), &outputs); err != nil {
		s.t.Fatal(err)
	}
	for i, ok := range outputs["checks"].Value {
		if !ok {
			s.t.Errorf("check %d doesn't hold", i)
		}
	}
}

// owned is what an account owns, as far as its summary and its lists tell.
func owned(server *aratametest.Server) string {
	var out []string
	for _, action := range []string{"GetAccountSummary", "ListAccountAliases", "ListUsers", "ListRoles", "ListOpenIDConnectProviders"} {
		_, body := server.Call(server.Admin, "iam", action, nil)
		body, _, _ = strings.Cut(body, "<ResponseMetadata>")
		out = append(out, body)
	}
	return strings.Join(out, "\n")
}

var declared = regexp.MustCompile(`(?m)^(resource|data) "(aws_[a-z_]+)"`)

// TestStacks takes each stack through its life: created and stable; changed
// and stable; imported by a Terraform that knows nothing of it; deleted behind
// its back, which a plan must see; created again and destroyed.
func TestStacks(t *testing.T) {
	mains, err := filepath.Glob("testdata/stacks/*/main.tf")
	if err != nil || len(mains) == 0 {
		t.Fatal("no stacks", err)
	}
	covered := map[string]bool{}
	for _, main := range mains {
		text, err := os.ReadFile(main)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range declared.FindAllStringSubmatch(string(text), -1) {
			covered[d[1]+" "+d[2]] = true
		}
		dir := filepath.Dir(main)
		t.Run(filepath.Base(dir), func(t *testing.T) { t.Parallel(); life(t, main, filepath.Join(dir, "imports.tf")) })
	}
	for _, name := range provided.Resources {
		if !covered["resource "+name] {
			t.Errorf("no stack has the resource %s", name)
		}
	}
	for _, name := range provided.Data {
		if !covered["data "+name] {
			t.Errorf("no stack has the data source %s", name)
		}
	}
}

func life(t *testing.T, main, imports string) {
	server := aratametest.New(t, nil)
	before := owned(server)
	s := newStack(t, server, main)
	s.apply(1)
	s.checked()
	s.same(1)
	if actions, _ := s.changes(2, 2); len(actions) == 0 {
		t.Error("stage 2 changes nothing")
	}
	s.apply(2)
	s.checked()
	s.same(2)

	stranger := newStack(t, server, main, imports)
	actions, imported := stranger.changes(2, 2)
	found := 0
	for address, action := range actions {
		if imported[address] {
			found++
			if action != "no-op" {
				t.Errorf("%s: imported, and then to %s", address, action)
			}
		}
	}
	if found == 0 {
		t.Error("nothing was imported")
	}

	thief := newStack(t, server, main)
	state, err := os.ReadFile(filepath.Join(s.dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	thief.put("terraform.tfstate", string(state))
	thief.run(0, "destroy", "-no-color", "-auto-approve", stage(2))
	if now := owned(server); now != before {
		t.Errorf("destroyed, and the account has\n%s\nwhere it had\n%s", now, before)
	}
	actions, _ = s.changes(2, 2)
	for address, action := range actions {
		// Version 1.60.0 doesn't look whether a login profile is still there.
		if action != "create" && !strings.HasPrefix(address, "aws_iam_user_login_profile.") {
			t.Errorf("%s: gone, and to %s", address, action)
		}
	}
	s.apply(2)
	s.same(2)
	s.run(0, "destroy", "-no-color", "-auto-approve", stage(2))
	if now := owned(server); now != before {
		t.Errorf("destroyed, and the account has\n%s\nwhere it had\n%s", now, before)
	}
}

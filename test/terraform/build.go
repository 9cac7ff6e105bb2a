package terraform

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const provider = "github.com/hashicorp/terraform-provider-aws@v1.60.0"

// program is the main package of the provider, for the plugin SDK.
const program = `package main

import (
	"github.com/hashicorp/terraform-plugin-sdk/plugin"

	"provider.test/aws"
)

func main() { plugin.Serve(&plugin.ServeOpts{ProviderFunc: aws.Provider}) }
`

// Provider is a provider that Terraform can run.
type Provider struct {
	// Dir holds the program and nothing else.
	Dir string
	// Resources and Data are the names that it serves.
	Resources, Data []string
}

// buildProvider fetches the provider and builds it in dir with the
// dependencies that modules has, in testdata. Without a warm build cache that
// takes about a minute of two cores and 300 MB.
func buildProvider(dir, modules string) (*Provider, error) {
	p := &Provider{Dir: filepath.Join(dir, "bin")}
	if err := os.MkdirAll(filepath.Join(dir, "aws"), 0o777); err != nil {
		return nil, err
	}
	src, err := download(dir, provider)
	if err != nil {
		return nil, err
	}
	if p.Resources, p.Data, err = trim(filepath.Join(src, "aws"), filepath.Join(dir, "aws")); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o666); err != nil {
		return nil, err
	}
	if err := copyModule(dir, modules); err != nil {
		return nil, err
	}
	_, err = command(dir, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(p.Dir, "terraform-provider-aws"), ".")
	return p, err
}

// findRunner finds Terraform, or OpenTofu, which does the same; where the
// machine has neither, it builds OpenTofu in dir with the modules. Without a
// warm build cache that takes some three minutes of two cores and 2 GB.
func findRunner(dir, modules string) (string, error) {
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	if err := copyModule(dir, modules); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "tofu")
	_, err := command(dir, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "github.com/opentofu/opentofu/cmd/tofu")
	return path, err
}

// download fetches a module and says where its files are.
func download(dir, module string) (string, error) {
	out, err := command(dir, "go", "mod", "download", "-json", module)
	if err != nil {
		return "", err
	}
	var at struct{ Dir, Error string }
	if err := json.Unmarshal(out, &at); err != nil {
		return "", err
	}
	if at.Error != "" {
		return "", errors.New(at.Error)
	}
	return at.Dir, nil
}

// copyModule puts a go.mod and a go.sum into dir; in the repository they have
// other names, so that they don't make a module there.
func copyModule(dir, name string) error {
	for _, suffix := range []string{"mod", "sum"} {
		text, err := os.ReadFile(name + "." + suffix)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "go."+suffix), text, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// command runs a program to its end; its error has what the program wrote.
func command(dir, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false", "GOWORK=off")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return out, fmt.Errorf("%s %v: %w\n%s%s", name, args, err, out, exit.Stderr)
	}
	return out, err
}

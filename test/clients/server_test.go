// Package clients drives the real server with the AWS SDK and with requests
// that no SDK would send.
package clients

import (
	"bytes"
	"context"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aratame/aratame/test"
)

var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "aratame-clients-*")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "aratame")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "./cmd/aratame")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// A server is a running process on a data directory.
type server struct {
	url, data string
	process   *exec.Cmd
	out       bytes.Buffer
	errs      bytes.Buffer
	ready     time.Duration
}

// key is a credential of any kind.
type key struct{ id, secret, token string }

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func start(t *testing.T, data string, env ...string) *server {
	t.Helper()
	address := freeAddress(t)
	s := &server{url: "http://" + address, data: data}
	s.process = exec.Command(binary, "serve", "--data", data, "--listen", address)
	s.process.Env = append([]string{"HOME=" + t.TempDir()}, env...)
	s.process.Stdout, s.process.Stderr = &s.out, &s.errs
	began := time.Now()
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t) })
	for {
		resp, err := http.Get(s.url + "/-/healthz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				s.ready = time.Since(began)
				return s
			}
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("not ready: %s", s.errs.String())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// stop ends the server as an operator does; it has 10 seconds.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if s.process.ProcessState != nil {
		return
	}
	began := time.Now()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := s.process.Wait(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("SIGTERM took %v", took)
	}
}

// run runs the program to its end.
func run(t *testing.T, env []string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = append([]string{"HOME=" + t.TempDir()}, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// admin reads the administrator's key as a shell would.
func (s *server) admin(t *testing.T) key {
	t.Helper()
	out, err := run(t, nil, "env", "--data", s.data)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return key{id: exported(out, "AWS_ACCESS_KEY_ID"), secret: exported(out, "AWS_SECRET_ACCESS_KEY")}
}

func exported(text, name string) string {
	_, rest, _ := strings.Cut(text, "export "+name+"=")
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

func (k key) provider() aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(k.id, k.secret, k.token)
}

func (s *server) iam(k key) *iam.Client {
	return iam.New(iam.Options{BaseEndpoint: &s.url, Region: "us-east-1", Credentials: k.provider(), RetryMaxAttempts: 1, HTTPClient: &test.Client{}})
}

func (s *server) sts(k key) *sts.Client {
	return sts.New(sts.Options{BaseEndpoint: &s.url, Region: "eu-central-1", Credentials: k.provider(), RetryMaxAttempts: 1, HTTPClient: &test.Client{}})
}

var ctx = context.Background()

// holdsNowhere fails if a secret stands in clear in any file of the data
// directory or in what the server printed after its first start.
func (s *server) holdsNowhere(t *testing.T, secrets ...string) {
	t.Helper()
	err := filepath.WalkDir(s.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for i, secret := range secrets {
			if secret != "" && bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds secret %d", path, i)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for i, secret := range secrets {
		if strings.Contains(s.errs.String(), secret) {
			t.Errorf("the log holds secret %d", i)
		}
	}
}

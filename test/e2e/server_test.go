// Package e2e holds the real server to what no single request shows: that
// every served operation works and leaves one event, that a restart changes
// nothing, that no secret lies about, and that a full disk loses nothing.
package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	"github.com/aratame/aratame/test"
)

var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "aratame-e2e-*")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "aratame")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "./cmd/aratame")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		panic(string(out))
	}
	if err := os.Chmod(dir, 0o755); err != nil { // for tests that run it as somebody else
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

var ctx = context.Background()

// A server is a running process on a data directory.
type server struct {
	url, data string
	process   *exec.Cmd
	out, logs *bytes.Buffer
}

// start starts a server and waits until it is ready.
func start(t *testing.T, data string, args ...string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	s := &server{url: "http://" + address, data: data, out: new(bytes.Buffer), logs: new(bytes.Buffer)}
	s.process = exec.Command(binary, append([]string{"serve", "--data", data, "--listen", address}, args...)...)
	s.process.Env = []string{"HOME=" + t.TempDir()}
	s.process.Stdout, s.process.Stderr = s.out, s.logs
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.process.ProcessState == nil {
			_ = s.process.Process.Kill()
			_ = s.process.Wait()
		}
	})
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		resp, err := http.Get(s.url + "/-/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return s
			}
		}
		if time.Now().After(end) {
			t.Fatalf("not ready (%v): %s", err, s.logs)
		}
	}
}

// stop ends the server as an operator does; it has 10 seconds.
func (s *server) stop(t *testing.T) {
	t.Helper()
	began := time.Now()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.process.Wait(); err != nil {
		t.Fatalf("%v: %s", err, s.logs)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("SIGTERM took %v", took)
	}
}

// run runs the program to its end, which it must reach by itself in 20 s: a
// server that ought to refuse its start and serves is an error of the run that
// has no text to look for.
func run(env []string, args ...string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(limited, binary, args...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// after returns what follows a label on its line.
func after(text, label string) string {
	_, rest, _ := strings.Cut(text, label)
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}

// key is a credential of any kind.
type key struct{ id, secret, token string }

// admin is the administrator's key as the banner of the first start shows it. It
// waits for what was printed to come through the pipe, which may take longer
// than the first answer.
func (s *server) admin() key {
	for end := time.Now().Add(5 * time.Second); after(s.out.String(), "AWS_SECRET_ACCESS_KEY=") == "" && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	return key{id: after(s.out.String(), "AWS_ACCESS_KEY_ID="), secret: after(s.out.String(), "AWS_SECRET_ACCESS_KEY=")}
}

// A recorder notes each call of the clients it is given to: the operation
// under its request id, and which operations succeeded.
type recorder struct {
	mu     sync.Mutex
	calls  map[string]string // request id → operation
	served map[string]bool
	done   map[string]string // as calls, those answered with success
}

func newRecorder() *recorder {
	return &recorder{calls: map[string]string{}, served: map[string]bool{}, done: map[string]string{}}
}

func (r *recorder) add(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("record", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, md, err := next.HandleInitialize(ctx, in)
		name := awsmiddleware.GetOperationName(ctx)
		r.mu.Lock()
		defer r.mu.Unlock()
		id, ok := awsmiddleware.GetRequestIDMetadata(md)
		if ok {
			r.calls[id] = name
		}
		if err == nil {
			r.served[name], r.done[id] = true, name
		}
		return out, md, err
	}), middleware.After)
}

func (s *server) iam(k key, r *recorder) *iam.Client {
	return iam.New(iam.Options{BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1, HTTPClient: &test.Client{},
		Credentials: credentials.NewStaticCredentialsProvider(k.id, k.secret, k.token), APIOptions: []func(*middleware.Stack) error{r.add}})
}

func (s *server) sts(k key, r *recorder) *sts.Client {
	return sts.New(sts.Options{BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1, HTTPClient: &test.Client{},
		Credentials: credentials.NewStaticCredentialsProvider(k.id, k.secret, k.token), APIOptions: []func(*middleware.Stack) error{r.add}})
}

// must ends the test when a call failed.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// holdsNowhere fails if a secret stands in clear in a file of the directory,
// the database and the audit files among them, or in the log.
func (s *server) holdsNowhere(t *testing.T, secrets map[string]string) {
	t.Helper()
	places := map[string][]byte{"the log": s.logs.Bytes()}
	err := filepath.WalkDir(s.data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		places[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(places) < 4 {
		t.Errorf("only %d places were searched", len(places))
	}
	for name, secret := range secrets {
		if len(secret) < 8 {
			t.Errorf("%s is %d characters long", name, len(secret))
			continue
		}
		for place, content := range places {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds %s", place, name)
			}
		}
	}
}

func document(effect, action, resource string) *string {
	d := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":%q,"Action":%q,"Resource":%q}]}`, effect, action, resource)
	return &d
}

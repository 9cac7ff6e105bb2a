// Package survive kills the real server with SIGKILL, again and again, while
// clients write, and holds it to what it acknowledged.
package survive

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aratame/aratame/sigv4"
)

const workers = 4

// kills is how often: KILLS in the environment, or a few.
func kills(t *testing.T) int {
	v := os.Getenv("KILLS")
	if v == "" {
		return 10
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		t.Fatalf("KILLS=%q", v)
	}
	return n
}

func TestKill(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "aratame")
	build := exec.Command("go", "build", "-o", binary, "./cmd/aratame")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := &subject{t: t, binary: binary, data: filepath.Join(dir, "data"), acked: map[string]bool{}}
	s.start()
	for w := range workers {
		s.must("CreateUser", url.Values{"UserName": {user(w)}})
	}
	n := kills(t)
	for i := range n {
		s.load(time.Duration(30+rand.IntN(170)) * time.Millisecond)
		s.start()
		for w := range workers {
			s.check(i, w)
		}
	}
	s.stop()
	s.checkAudit()
	total := 0
	for _, v := range s.last {
		total += v
	}
	if total == 0 {
		t.Fatal("no write was acknowledged: nothing was tested")
	}
	t.Logf("%d kills, %d acknowledged writes", n, len(s.acked))
}

func user(w int) string { return fmt.Sprintf("writer%d", w) }

// A subject is the server under test with what it has acknowledged.
type subject struct {
	t             *testing.T
	binary, data  string
	address       string
	keyID, secret string
	process       *exec.Cmd
	mu            sync.Mutex
	acked         map[string]bool // request ids of acknowledged writes
	last          [workers]int    // the last acknowledged value of each writer
	tried         [workers]int    // the last value sent
}

// start starts the server, and reads its first key at the first time.
func (s *subject) start() {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = l.Addr().String()
	l.Close()
	s.process = exec.Command(s.binary, "serve", "--data", s.data, "--listen", s.address)
	s.process.Env = []string{"HOME=" + s.data, "PATH=" + os.Getenv("PATH")}
	var logs bytes.Buffer
	s.process.Stderr = &logs
	out, err := s.process.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	go s.read(out)
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		resp, err := http.Get("http://" + s.address + "/-/readyz")
		if err == nil {
			resp.Body.Close()
			s.mu.Lock()
			known := s.secret != ""
			s.mu.Unlock()
			if resp.StatusCode == http.StatusOK && known {
				return
			}
		}
		if time.Now().After(end) {
			s.t.Fatalf("the server did not start again: %s", logs.String())
		}
	}
}

func (s *subject) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		name, value, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		if !ok {
			continue
		}
		s.mu.Lock()
		switch name {
		case "AWS_ACCESS_KEY_ID":
			s.keyID = value
		case "AWS_SECRET_ACCESS_KEY":
			s.secret = value
		}
		s.mu.Unlock()
	}
}

// load lets the writers write for a while, then kills the server under them.
func (s *subject) load(d time.Duration) {
	var wg sync.WaitGroup
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				v := s.tried[w] + 1
				s.tried[w] = v
				for _, form := range []url.Values{
					{"Action": {"TagUser"}, "UserName": {user(w)}, "Tags.member.1.Key": {"v"}, "Tags.member.1.Value": {strconv.Itoa(v)}},
					{"Action": {"PutUserPolicy"}, "UserName": {user(w)}, "PolicyName": {"p"}, "PolicyDocument": {document(v)}},
				} {
					status, id, _, err := s.call(form)
					if err != nil {
						return // killed: whether it was done is not known
					}
					if status != http.StatusOK {
						s.t.Errorf("%s: status %d", form.Get("Action"), status)
						return
					}
					s.mu.Lock()
					s.acked[id] = true
					s.mu.Unlock()
				}
				s.last[w] = v
			}
		}()
	}
	time.Sleep(d)
	if err := s.process.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	wg.Wait()
	_ = s.process.Wait() // it was killed
}

func document(v int) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Sid":"v%d","Effect":"Deny","Action":"s3:*","Resource":"*"}}`, v)
}

// check holds the state to what was acknowledged: at least the last value that
// was, at most the last that was sent.
func (s *subject) check(i, w int) {
	s.t.Helper()
	tag := s.value("ListUserTags", url.Values{"UserName": {user(w)}}, "<Value>", "</Value>")
	sid := s.value("GetUserPolicy", url.Values{"UserName": {user(w)}, "PolicyName": {"p"}}, "Sid%22%3A%22v", "%22")
	if tag < s.last[w] || tag > s.tried[w] || sid < s.last[w] || sid > tag {
		s.t.Fatalf("after kill %d: writer %d has tag %d and policy %d; acknowledged %d, sent %d", i+1, w, tag, sid, s.last[w], s.tried[w])
	}
}

// value reads a number out of an answer; 0 when there is nothing yet.
func (s *subject) value(action string, form url.Values, before, after string) int {
	s.t.Helper()
	form.Set("Action", action)
	status, _, body, err := s.call(form)
	if err != nil || status >= 500 {
		s.t.Fatalf("%s: %d %v", action, status, err)
	}
	_, rest, _ := strings.Cut(body, before)
	text, _, _ := strings.Cut(rest, after)
	n, _ := strconv.Atoi(text)
	return n
}

func (s *subject) must(action string, form url.Values) {
	s.t.Helper()
	form.Set("Action", action)
	if status, _, body, err := s.call(form); err != nil || status != http.StatusOK {
		s.t.Fatalf("%s: %d %v %s", action, status, err, body)
	}
}

func (s *subject) call(form url.Values) (status int, id, body string, err error) {
	form.Set("Version", "2010-05-08")
	text := form.Encode()
	r, err := http.NewRequest(http.MethodPost, "http://"+s.address+"/", strings.NewReader(text))
	if err != nil {
		return 0, "", "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sigv4.Sign(r, sigv4.Credentials{AccessKeyID: s.keyID, SecretAccessKey: s.secret}, "us-east-1", "iam",
		sigv4.HashPayload([]byte(text)), time.Now(), sigv4.SignOptions{})
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header.Get("X-Amzn-Requestid"), string(data), err
}

func (s *subject) stop() {
	s.t.Helper()
	began := time.Now()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if err := s.process.Wait(); err != nil {
		s.t.Fatal(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		s.t.Errorf("SIGTERM took %v", took)
	}
}

// checkAudit holds that every acknowledged write has exactly one event, and
// that every line of every file is whole.
func (s *subject) checkAudit() {
	s.t.Helper()
	seen := map[string]int{}
	err := filepath.WalkDir(filepath.Join(s.data, "audit"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(data, []byte(s.secret)) {
			s.t.Errorf("%s holds a secret", path)
		}
		for line := range bytes.Lines(data) {
			var e struct {
				RequestID string `json:"requestID"`
			}
			if err := json.Unmarshal(line, &e); err != nil {
				s.t.Errorf("%s: %v in %q", path, err, line)
			}
			seen[e.RequestID]++
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for id := range s.acked {
		if seen[id] != 1 {
			s.t.Errorf("request %s was acknowledged and has %d events", id, seen[id])
		}
	}
}

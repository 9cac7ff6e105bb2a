package readers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/aratame/aratame/test"
)

// An answer is one of the recording. Output has times as {"time": …} and bytes
// as {"blob": …}.
type answer struct {
	Service, Operation string
	Input              json.RawMessage
	XML                string
	Output             any
}

// A reading is what a client makes of an answer.
type reading struct {
	Output  any
	Error   string
	Unknown bool // the client doesn't know the operation
}

// record runs the scripts.
func record(t *testing.T) []answer {
	t.Helper()
	file := filepath.Join(t.TempDir(), "answers.jsonl")
	cmd := exec.Command("go", "test", "-count=1", "-run=TestScripts", "./internal/scripttest", "-record="+file)
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the scripts fail: %v\n%s", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []answer
	for line := range bytes.Lines(text) {
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

// serve gives answer N to a request for /N that asks for its operation.
func serve(t *testing.T, all []answer) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(strings.Trim(r.URL.Path, "/"))
		if err != nil || n < 0 || n >= len(all) || r.FormValue("Action") != all[n].Operation {
			http.Error(w, "no such answer", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write([]byte(all[n].XML))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// ask has a client read all answers.
func ask(t *testing.T, all []answer, cmd *exec.Cmd) []reading {
	t.Helper()
	type call struct {
		Service, Operation string
		Input              json.RawMessage
		URL                string
	}
	base, calls := serve(t, all), make([]call, len(all))
	for i, a := range all {
		calls[i] = call{a.Service, a.Operation, a.Input, fmt.Sprintf("%s/%d", base, i)}
	}
	in, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	var readings []reading
	for line := range bytes.Lines(out) {
		var r reading
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		readings = append(readings, r)
	}
	if len(readings) != len(all) {
		t.Fatalf("%d of %d answers were read: %s", len(readings), len(all), errs.String())
	}
	return readings
}

// TestReaders has each client read answers of every operation.
func TestReaders(t *testing.T) {
	all := record(t)
	recorded, shown := map[string]bool{}, map[string]bool{}
	for _, a := range all {
		recorded[a.Operation] = true
		members(shown, a.Operation, a.Output)
	}
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	served := regexp.MustCompile(`(?m)^\| (\w+) \| yes \|`).FindAllSubmatch(text, -1)
	for _, m := range served {
		if !recorded[string(m[1])] {
			t.Errorf("no answer of %s was recorded", m[1])
		}
	}
	if len(served) == 0 {
		t.Error("docs/operations.md lists no operation")
	}
	// Keys of maps are counted too. About 100 members more are in the model and
	// never in an answer, such as the tags of a user in ListUsers.
	if t.Logf("%d members are in the recording", len(shown)); len(shown) < 1000 {
		t.Errorf("only %d members are in the recording", len(shown))
	}
	t.Run("JavaScript", func(t *testing.T) {
		install(t)
		check(t, all, ask(t, all, exec.Command("node", "--no-warnings", "read.mjs")), nil, true)
	})
	t.Run("CLI", func(t *testing.T) {
		path := test.AWSCLI(t)
		cmd := exec.Command(interpreter(t, path), "read.py")
		cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "AWS_ACCESS_KEY_ID=AKIAEXAMPLEEXAMPLE00", "AWS_SECRET_ACCESS_KEY=of no account",
			"AWS_DEFAULT_REGION=us-east-1", "AWS_MAX_ATTEMPTS=1", "AWS_EC2_METADATA_DISABLED=true", "PYTHONDONTWRITEBYTECODE=1"}
		check(t, all, ask(t, all, cmd), lacksOfCLI, path == test.DebianCLI)
	})
}

// members notes every member of an output.
func members(shown map[string]bool, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			shown[path+"."+name] = true
			members(shown, path+"."+name, e)
		}
	case []any:
		for _, e := range v {
			members(shown, path+"[]", e)
		}
	}
}

// install fetches the SDK for JavaScript, unless that of the lock file is there.
func install(t *testing.T) {
	t.Helper()
	lock, err := os.Stat("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if done, err := os.Stat("node_modules/.package-lock.json"); err == nil && !done.ModTime().Before(lock.ModTime()) {
		return
	}
	if out, err := exec.Command("npm", "ci", "--silent", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v %s", err, out)
	}
}

// interpreter is the Python that runs the CLI.
func interpreter(t *testing.T, cli string) string {
	t.Helper()
	text, err := os.ReadFile(cli)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	words := strings.Fields(strings.TrimPrefix(string(first), "#!"))
	if !bytes.HasPrefix(first, []byte("#!")) || !strings.Contains(string(first), "python") {
		t.Fatalf("%s is no Python program: this test needs the AWS CLI as Debian packages it", cli)
	}
	return words[len(words)-1]
}

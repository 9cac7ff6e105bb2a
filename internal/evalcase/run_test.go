package evalcase

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func runAll(t *testing.T, r *Run, input string) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.Do(context.Background(), strings.NewReader(input), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestAnswers holds the order and the spelling of an answer's members.
func TestAnswers(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"decision", `{"id":"x",ANN,GET,MAY}`, `{"id":"x","decision":"allowed"}`},
		{"line number", `{ANN,GET}`, `{"id":"1","decision":"implicitDeny"}`},
		{"carried through", `{"labels" : [1, "\u00e9"],"source":null,ANN,"name":{"b":1,"a":2},GET}`,
			`{"id":"1","decision":"implicitDeny","name":{"b":1,"a":2},"source":null,"labels":[1, "\u00e9"]}`},
		{"error", `{"name":"n","id":"x",ANN,GET,"a<b":1}`, `{"id":"x","decision":"error","error":"unknown member \"a<b\"","name":"n"}`},
		{"error behind the id", `{ANN,GET,"z":1,"id":"x","source":"s"}`, `{"id":"x","decision":"error","error":"unknown member \"z\"","source":"s"}`},
		{"id twice", `{"id":"x","id":"y",ANN,GET}`, `{"id":"1","decision":"error","error":"the member \"id\" is there twice"}`},
		{"odd id", `{"id":"a\u0001<é\"",ANN,GET}`, `{"id":"a\u0001<é\"","decision":"implicitDeny"}`},
	} {
		if got := runAll(t, &Run{}, short.Replace(c.line)); got != c.want+"\n" {
			t.Errorf("%s:\n got %swant %s", c.name, got, c.want)
		}
	}
}

// TestExpected says which answers are failures.
func TestExpected(t *testing.T) {
	for _, c := range []struct {
		name, members string
		failed        bool
	}{
		{"as expected", `ANN,GET,MAY,"expected":"allowed"`, false},
		{"otherwise", `ANN,GET,MAY,"expected":"implicitDeny"`, true},
		{"the other denial", `ANN,GET,"expected":"explicitDeny"`, true},
		{"nothing expected", `ANN,GET`, false},
		{"error", `ANN,GET,"x":1`, true},
		{"error instead", `ANN,GET,MAY,"x":1,"expected":"allowed"`, true},
		{"expected error", `ANN,GET,MAY,"x":1,"expected":"error"`, false},
		{"expected error didn't come", `ANN,GET,MAY,"expected":"error"`, true},
		{"expected twice", `ANN,GET,"expected":"error","expected":"allowed"`, true},
		{"not JSON", `ANN,GET,"expected":"error",`, true},
	} {
		failures := 0
		r := &Run{Failed: func(line int, a *Answer) error {
			failures++
			if line != 3 || !a.Failed() {
				t.Errorf("%s: line %d, %+v", c.name, line, a)
			}
			return nil
		}}
		runAll(t, r, "\n\n{"+short.Replace(c.members)+"}")
		if (failures == 1) != c.failed || r.Failures != failures || r.Cases != 1 {
			t.Errorf("%s: %d failures, %+v", c.name, failures, r)
		}
	}
}

// TestLines reads inputs of odd forms. A letter is an answer: a decision's
// first, and its id.
func TestLines(t *testing.T) {
	long := `{"labels":"` + strings.Repeat("x", MaxLine) + `"}`
	fits := `{"id":"fits",ANN,GET,"labels":""}`
	fits = short.Replace(fits)
	fits = strings.Replace(fits, `""`, `"`+strings.Repeat("x", MaxLine-len(fits))+`"`, 1)
	for _, c := range []struct{ name, input, want string }{
		{"nothing", "", ""},
		{"blank lines", "\n \r\n\t\n", ""},
		{"mark alone", "\uFEFF", ""},
		{"mark", "\uFEFF{ANN,GET}\n{ANN,GET}", "1i 2i"},
		{"mark in the middle", "{ANN,GET}\n\uFEFF{ANN,GET}", "1i 2e"},
		{"CRLF", "{ANN,GET}\r\n\r\n{ANN,GET}\r\n", "1i 3i"},
		{"longest", fits + "\r\n{ANN,GET}", "fitsi 2i"},
		{"longest at the end", fits, "fitsi"},
		{"too long", long + "\n{ANN,GET}\n" + long, "1e 2i 3e"},
		{"too long by one", fits + " \n{ANN,GET}", "1e 2i"},
	} {
		var got []string
		out := runAll(t, &Run{}, short.Replace(c.input))
		for line := range strings.Lines(out) {
			var v struct{ ID, Decision string }
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatal(err)
			}
			got = append(got, v.ID+v.Decision[:1])
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", c.name, s, c.want)
		}
	}
}

// TestHeldBack: an answer is out before the next line comes.
func TestHeldBack(t *testing.T) {
	in, feed := io.Pipe()
	out, answers := io.Pipe()
	done := make(chan error)
	go func() { done <- (&Run{}).Do(context.Background(), in, answers) }()
	buf := make([]byte, 1024)
	for i := range 3 {
		_, _ = io.WriteString(feed, strings.Repeat("{", 1-min(i, 1))+short.Replace("ANN,GET}\n{")) // the next one has begun
		n, err := out.Read(buf)
		if err != nil || !strings.HasSuffix(string(buf[:n]), "}\n") {
			t.Fatalf("%q, %v", buf[:n], err)
		}
	}
	_, _ = io.WriteString(feed, "}")
	go io.Copy(io.Discard, out)
	_ = feed.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestFailingStreams(t *testing.T) {
	broken := errors.New("broken")
	line := short.Replace("{ANN,GET}\n")
	var out bytes.Buffer
	in := io.MultiReader(strings.NewReader(line+line[:9]), iotest.ErrReader(broken))
	if err := (&Run{}).Do(context.Background(), in, &out); !errors.Is(err, broken) || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("reader: %v, %q", err, out.String())
	}
	r, w := io.Pipe()
	_ = r.CloseWithError(broken)
	if err := (&Run{}).Do(context.Background(), strings.NewReader(line), w); !errors.Is(err, broken) {
		t.Errorf("writer: %v", err)
	}
	run := &Run{Failed: func(int, *Answer) error { return broken }}
	if err := run.Do(context.Background(), strings.NewReader("{"), io.Discard); !errors.Is(err, broken) {
		t.Errorf("list: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := (&Run{}).Do(ctx, strings.NewReader(line), io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("context: %v", err)
	}
}

// TestText: nothing in a case reaches a terminal as a control character.
func TestText(t *testing.T) {
	got := runAll(t, &Run{Text: true}, short.Replace(`{"id":"\u001b[1m",ANN,"action":"s3:\u001b]0;x\u0007","resource":"\u202e\n","identityPolicies":[{"Statement":{"Sid":"\n","Effect":"Allow","Action":"*","Resource":"*"}}]}`+"\n"+`{"id":"e","\u001b":1}`))
	want := "\uFFFD[1m: allowed\n" +
		"  allowed (identity policy): arn:aws:iam::111122223333:user/team/ann may s3:\uFFFD]0;x\uFFFD on \uFFFD\uFFFD\n" +
		"    allows: identity policy identityPolicies[0], statement 0 (\uFFFD), line 1 column 14\n" +
		"e: error: unknown member \"\\x1b\"\n"
	if got != want {
		t.Errorf("%q", got)
	}
}

// TestDocumentation runs the examples of docs/eval.md: a block of cases, whose
// opening line may name options, and the block of its answers.
func TestDocumentation(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "eval.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples, input := 0, ""
	var run Run
	for i, block := range strings.Split(string(page), "\n```") {
		kind, body, _ := strings.Cut(block, "\n")
		if i%2 == 0 {
			continue
		}
		switch f := strings.Fields(kind + " - -"); f[1] {
		case "cases":
			if input != "" {
				t.Errorf("cases without answers:\n%s", input)
			}
			input = body
			run = Run{Explain: strings.Contains(kind, "--explain"), Text: strings.Contains(kind, "--text"), Strict: strings.Contains(kind, "--strict")}
		case "answers":
			if got := strings.TrimSpace(runAll(t, &run, input)); got != strings.TrimSpace(body) {
				t.Errorf("the answers to\n%s\nare\n%s\nnot\n%s", input, got, body)
			}
			examples++
			input = ""
		}
	}
	if examples < 5 {
		t.Errorf("%d examples", examples)
	}
}

// TestNumberAsID: a number comes back as it was written.
func TestNumberAsID(t *testing.T) {
	a := Decide(`{"id":-1.50e3,"principal":"anonymous","action":"s3:GetObject"}`, 3, false, false)
	if b, err := a.AppendJSON(nil); err != nil || string(b) != `{"id":-1.50e3,"decision":"implicitDeny"}` {
		t.Errorf("%s %v", b, err)
	}
}

package scripttest

import (
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/aratametest"
	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/internal/oidc/oidctest"
	"github.com/aratame/aratame/internal/server"
)

const (
	accountID  = "123456789012"
	rootKey    = "AKIAROOTROOTROOTROOT"
	rootSecret = "a secret that is known to this test alone"
)

// start is the time at which every script begins.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A script is one running script with its server.
type script struct {
	*testscript.TestScript
	*world
}

// A world is what a script acts on. It is used by the script's goroutine alone,
// but for now and random, which the server shares.
type world struct {
	t    testing.TB
	seen *seen
	// recording may be nil.
	recording *recording
	quotas    account.Quotas
	now       atomic.Pointer[time.Time]
	random    io.Reader
	opened    *aratametest.Server
	// templates is a directory of role and policy templates.
	templates string
	issuer    *oidctest.Issuer
	oidcCA    string // a file

	caller caller
	known  map[string]caller // by name, as "as credentials NAME" and "as NAME" made them
	grants map[string][]string
	last   any    // the last answer
	failed string // the last failure, as stderr shows it
}

// A caller signs requests; one without a key sends them unsigned.
type caller struct {
	name string
	key  aratametest.Key
	// granted callers may do what a policy of the script lets them.
	granted bool
}

type worldKey struct{}

func setup(e *testscript.Env, seen *seen, recording *recording) error {
	w := &world{
		t: e.T().(testing.TB), seen: seen, recording: recording, quotas: account.DefaultQuotas,
		random: &locked{r: rand.NewChaCha8([32]byte{1})}, known: map[string]caller{}, grants: map[string][]string{},
	}
	w.now.Store(&start)
	w.caller = caller{name: "admin"}
	e.Values[worldKey{}] = w
	for name, value := range map[string]string{
		"ACCOUNT": accountID, "IAM": "arn:aws:iam::" + accountID, "STS": "arn:aws:sts::" + accountID, "AWS": "arn:aws:iam::aws:policy",
		"TRUST": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + accountID + `"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}}`,
		"I":     "$I", // for repeat, which fills it in
	} {
		e.Setenv(name, value)
	}
	return nil
}

// server starts the server with the first call, so that quota can come before.
func (w *world) server() *aratametest.Server {
	if w.opened == nil {
		w.opened = aratametest.New(w.t, &server.Options{
			Config: &config.Config{Ephemeral: true, AccountID: accountID, RootKeyID: rootKey, RootSecret: rootSecret, Templates: w.templates, OIDCCA: w.oidcCA},
			Now:    func() time.Time { return *w.now.Load() }, Rand: w.random, Quotas: &w.quotas,
		})
	}
	return w.opened
}

// key is that of the present caller. Nobody's signature is taken off again.
func (w *world) key() aratametest.Key {
	if w.caller.name == "admin" || w.caller.name == "anonymous" {
		return w.server().Admin
	}
	return w.caller.key
}

// locked lets the requests of a server share a source of randomness.
type locked struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *locked) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}

// A command is one word of the language. It ends the script by Fatalf.
type command func(x *script, neg bool, args []string)

// commands are those of this package; a file commands_….go adds its own.
var commands = map[string]command{}

func add(name string, run command) struct{} {
	if commands[name] != nil {
		panic(fmt.Sprintf("the command %s is there twice", name))
	}
	commands[name] = run
	return struct{}{}
}

func boundCommands() map[string]func(*testscript.TestScript, bool, []string) {
	out := map[string]func(*testscript.TestScript, bool, []string){}
	for name, run := range commands {
		out[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			x := &script{ts, ts.Value(worldKey{}).(*world)}
			for i := range args {
				args[i] = x.expand(args[i])
			}
			run(x, neg, args)
		}
	}
	return out
}

// plain ends the script when a command that knows no "!" is given it, or
// another number of arguments.
func (x *script) plain(neg bool, args []string, least, most int, usage string) {
	if neg || len(args) < least || len(args) > most {
		x.Fatalf("usage: %s", usage)
	}
}

package iam

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/memory"
	"github.com/aratame/aratame/internal/totp"
	"github.com/aratame/aratame/internal/usage"
	"github.com/aratame/aratame/internal/wire"
	"github.com/aratame/aratame/policy"
)

const testAccount = "123456789012"

// A tester calls operations on an account of its own, without authorization:
// input and output pass the codec, and after each write all invariants hold.
// When the test ends, the account must load again from what was written.
type tester struct {
	*testing.T
	svc    *Service
	ops    map[string]api.Op
	view   *account.View
	now    time.Time
	caller api.Caller
	random *rand.ChaCha8
	last   *api.Call
	// records is what a store would hold.
	records map[string][]byte
}

func newTest(t *testing.T) *tester {
	t.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	random := rand.NewChaCha8([32]byte{1})
	kek, err := seal.CreateKEK(filepath.Join(t.TempDir(), "kek"), random)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := seal.NewKeyring("secret", kek, now)
	if err != nil {
		t.Fatal(err)
	}
	settings := &account.Settings{Account: testAccount, Created: now}
	x := &tester{
		T: t, view: account.New(settings), now: now, random: random, ops: map[string]api.Op{},
		svc: &Service{Secrets: seal.NewSealer(ring), Quotas: account.DefaultQuotas, Usage: usage.New(), MarkerKey: make([]byte, 32), Decider: decide.New()},
	}
	tx := x.view.Begin()
	tx.PutSettings(settings)
	x.svc.Codes = totp.New(memory.New())
	x.commit(tx)
	for _, op := range x.svc.Ops() {
		if _, ok := x.ops[op.Shape.Name]; ok {
			t.Fatalf("%s is there twice", op.Shape.Name)
		}
		x.ops[op.Shape.Name] = op
	}
	x.asRoot()
	t.Cleanup(x.reload)
	return x
}

// asRoot, asUser and asRole change who calls from here on.
func (x *tester) asRoot() {
	x.caller.Subject.Principal = policy.Principal{Kind: policy.Root, Account: testAccount, ARN: awsid.Root(testAccount), ID: testAccount}
	x.caller.User, x.caller.Role, x.caller.Session = nil, nil, nil
}

func (x *tester) asUser(name string) {
	x.Helper()
	u := x.view.User(name)
	x.caller.Subject.Principal = policy.Principal{Kind: policy.User, Account: testAccount, ARN: u.ARN(testAccount), ID: u.ID}
	x.caller.User, x.caller.Role, x.caller.Session = u, nil, nil
}

func (x *tester) asRole() {
	x.caller.Subject.Principal = policy.Principal{
		Kind: policy.AssumedRole, Account: testAccount, ID: "AROAQAAAAAAAAAAAAAAAA",
		ARN:     awsid.AssumedRole(testAccount, "Some", "session"),
		RoleARN: awsid.IAM(testAccount, "role", "/", "Some"),
	}
	x.caller.User, x.caller.Role, x.caller.Session = nil, &account.Role{Name: "Some", Path: "/"}, &session.Session{}
}

// call runs an operation as the Gate does once it is allowed.
func (x *tester) call(name string, in any) (any, *awserr.Error) {
	x.Helper()
	op, c, decoded, err := x.prepare(name, in)
	if err != nil {
		return nil, awserr.From(err)
	}
	if _, err := target(op, c, x.view, decoded); err != nil {
		return nil, awserr.From(err)
	}
	var out any
	if read := field[func(*api.Call, *account.View, any) (any, error)](op, "read"); read != nil {
		out, err = read(c, x.view, decoded)
	} else {
		if prepare := field[func(*api.Call, *account.View, any) error](op, "prepare"); prepare != nil {
			if err := prepare(c, x.view, decoded); err != nil {
				return nil, awserr.From(err)
			}
		}
		tx := x.view.Begin()
		write := field[func(*api.Call, *account.Tx, any) (any, error)](op, "write")
		if out, err = write(c, tx, decoded); err == nil {
			x.commit(tx)
		}
	}
	if err != nil {
		return nil, awserr.From(err)
	}
	if _, err := wire.AppendXML(nil, op.Shape, out, c.ID); err != nil {
		x.Errorf("%s: its answer can't be encoded: %v", name, err)
	}
	return out, nil
}

func (x *tester) prepare(name string, in any) (op api.Op, c *api.Call, decoded any, err error) {
	x.Helper()
	op, ok := x.ops[name]
	if !ok {
		x.Fatalf("there is no operation %s", name)
	}
	c = &api.Call{Context: context.Background(), Now: x.now, Rand: x.random, ID: "test", Region: "us-east-1", Shape: op.Shape, Caller: x.caller}
	x.last = c
	text, err := wire.EncodeForm(op.Shape, in)
	if err != nil {
		x.Fatal(err)
	}
	form, err := wire.ParseForm([]byte(text))
	if err == nil {
		decoded, err = wire.Decode(op.Shape, form)
	}
	return op, c, decoded, err
}

// target returns what an operation would be authorized on.
// target is what a call is authorized on; shown is tested on its own.
func (x *tester) target(name string, in any) api.Target {
	x.Helper()
	t := x.wholeTarget(name, in)
	t.Shown = ""
	return t
}

func (x *tester) wholeTarget(name string, in any) api.Target {
	x.Helper()
	op, c, decoded, err := x.prepare(name, in)
	if err != nil {
		x.Fatal(err)
	}
	t, err := target(op, c, x.view, decoded)
	if err != nil {
		x.Fatal(err)
	}
	return t
}

func target(op api.Op, c *api.Call, v *account.View, in any) (api.Target, error) {
	return field[func(*api.Call, *account.View, any) (api.Target, error)](op, "target")(c, v, in)
}

// claims are those of the last call.
func claims(x *tester) []store.Claim {
	v := reflect.ValueOf(x.last).Elem().FieldByName("claims")
	return *(*[]store.Claim)(unsafe.Pointer(v.UnsafeAddr()))
}

// field reads what api keeps to itself, so that no code but the Gate and this
// test can run an operation.
func field[F any](op api.Op, name string) F {
	v := reflect.ValueOf(&op).Elem().FieldByName(name)
	return *(*F)(unsafe.Pointer(v.UnsafeAddr()))
}

// must runs an operation that has to succeed.
func (x *tester) must(name string, in any) any {
	x.Helper()
	out, err := x.call(name, in)
	if err != nil {
		x.Fatalf("%s: %v", name, err)
	}
	return out
}

// do is must for the type of the answer.
func do[O any](x *tester, name string, in any) *O {
	x.Helper()
	return x.must(name, in).(*O)
}

// fails runs an operation that has to fail in exactly these words.
func (x *tester) fails(name string, in any, code, message string) {
	x.Helper()
	_, err := x.call(name, in)
	if err == nil {
		x.Errorf("%s succeeded; want %s", name, code)
	} else if err.Code != code || err.Message != message {
		x.Errorf("%s:\n got %s: %s\nwant %s: %s", name, err.Code, err.Message, code, message)
	}
}

// change sets a state that other operations make, directly.
func (x *tester) change(run func(tx *account.Tx)) {
	x.Helper()
	tx := x.view.Begin()
	run(tx)
	x.commit(tx)
}

func (x *tester) commit(tx *account.Tx) {
	x.Helper()
	x.view = tx.Freeze()
	if err := x.view.Check(); err != nil {
		x.Fatalf("after a write: %v", err)
	}
	if x.records == nil {
		x.records = map[string][]byte{}
	}
	for _, c := range tx.Changes() {
		if c.Data == nil {
			delete(x.records, c.Key)
		} else {
			x.records[c.Key] = c.Data
		}
	}
}

func (x *tester) reload() {
	v, err := account.Load(testAccount, func(yield func(string, []byte) bool) {
		for k, data := range x.records {
			if !yield(k, data) {
				return
			}
		}
	})
	if err != nil {
		x.Errorf("the account doesn't load again: %v", err)
		return
	}
	if v.Count() != x.view.Count() {
		x.Errorf("loaded %+v, want %+v", v.Count(), x.view.Count())
	}
}

// tags makes tags of "key=value" pairs given one after the other.
func tags(pairs ...string) []iamshape.Tag {
	out := make([]iamshape.Tag, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, iamshape.Tag{Key: pairs[i], Value: pairs[i+1]})
	}
	return out
}

// manyTags makes n tags whose keys begin with the prefix.
func manyTags(prefix string, n int) []iamshape.Tag {
	out := make([]iamshape.Tag, n)
	for i := range out {
		out[i] = iamshape.Tag{Key: prefix + strconv.Itoa(i), Value: "v"}
	}
	return out
}

func ptr[T any](v T) *T { return shape.Ptr(v) }

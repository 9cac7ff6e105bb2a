package scripttest

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/wire"
)

var _ = add("iam", func(x *script, neg bool, args []string) { x.call(iamshape.Operation, "iam", neg, args) })
var _ = add("sts", func(x *script, neg bool, args []string) { x.call(stsshape.Operation, "sts", neg, args) })

func (x *script) call(find func(string) *shape.Operation, service string, neg bool, args []string) {
	if len(args) == 0 {
		x.Fatalf("usage: %s OPERATION Member=value …", service)
	}
	op := find(args[0])
	if op == nil {
		x.Fatalf("%s has no operation %s", service, args[0])
	}
	out, status, err := x.do(op, args[1:])
	if err != nil {
		x.failed = err.Code + " " + statusText(status) + ": " + err.Message
		x.Stderr().Write([]byte(x.failed + "\n"))
	} else {
		x.last = document(op.Output, reflect.ValueOf(out).Elem())
		x.Stdout().Write(append(indented(x.last), '\n'))
	}
	switch {
	case err != nil && !neg:
		x.Fatalf("%s failed", op.Name)
	case err == nil && neg:
		x.Fatalf("%s succeeded", op.Name)
	}
}

// do makes one call and keeps what it has shown.
func (x *script) do(op *shape.Operation, args []string) (out any, status int, failure *awserr.Error) {
	form := url.Values{"Action": {op.Name}, "Version": {op.APIVersion}}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		member := memberOf(op.Input, name)
		if !ok || member == nil {
			x.Fatalf("%s has no member %s", op.Name, name)
		}
		x.encode(form, member.Shape, name, x.value(value))
	}
	out, status, encoded, err := x.send(op, form)
	if e, ok := err.(*awserr.Error); ok {
		failure = e
		x.Setenv("ENCODED", encoded)
	} else if err != nil {
		x.Fatalf("%s: %v", op.Name, err)
	}
	x.seen.note(x, op, form, out, failure)
	return out, status, failure
}

// value reads @FILE.
func (x *script) value(text string) string {
	if name, ok := strings.CutPrefix(text, "@"); ok {
		return x.expand(x.file(name))
	}
	return text
}

// send makes the request as the present caller. The error is an *awserr.Error
// when the server has refused.
func (x *world) send(op *shape.Operation, form url.Values) (out any, status int, encoded string, err error) {
	s, text := x.server(), form.Encode()
	r := s.Request(x.key(), op.Service, text)
	if x.caller.name == "anonymous" {
		r.Header.Del("Authorization")
		r.Header.Del("X-Amz-Date")
	}
	resp, body := s.Respond(r)
	out, id, err := wire.DecodeXML(op, []byte(body))
	if err == nil && (id == "" || resp.StatusCode != http.StatusOK) {
		x.t.Errorf("%s: status %d, request id %q", op.Name, resp.StatusCode, id)
	}
	return out, resp.StatusCode, resp.Header.Get("X-Aratame-Encoded-Message"), err
}

func memberOf(s *shape.Shape, name string) *shape.Member {
	for i := range s.Members {
		if s.Members[i].Name == name {
			return &s.Members[i]
		}
	}
	return nil
}

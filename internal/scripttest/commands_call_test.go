package scripttest

import (
	"encoding/xml"
	"fmt"
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

// denied also tells a refusal by policies from any other.
var _ = add("denied", func(x *script, neg bool, args []string) {
	if neg || len(args) < 2 || args[0] != "iam" && args[0] != "sts" {
		x.Fatalf("usage: denied iam OPERATION Member=value …")
	}
	commands[args[0]](x, true, args[1:])
	if !strings.HasPrefix(x.failed, "AccessDenied 403: ") || !strings.Contains(x.failed, " is not authorized to perform: ") {
		x.Fatalf("%s was refused for another reason: %s", args[1], x.failed)
	}
})

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
	} else if encoded != "" {
		x.Setenv("TRADEIN", encoded)
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
// when the server has refused. encoded is what came in a header: the encoded
// message of a denial, or a trade-in token.
func (x *world) send(op *shape.Operation, form url.Values) (out any, status int, encoded string, err error) {
	s, text := x.server(), form.Encode()
	r := s.Request(x.key(), op.Service, text)
	if x.caller.name == "anonymous" {
		r.Header.Del("Authorization")
		r.Header.Del("X-Amz-Date")
	}
	resp, body := s.Respond(r)
	if resp.StatusCode >= 400 {
		// A request that was refused before its operation was known is
		// answered in no namespace.
		var e struct {
			Error     struct{ Code, Message string }
			RequestID string `xml:"RequestId"`
		}
		if err := xml.Unmarshal([]byte(body), &e); err != nil || e.Error.Code == "" || e.RequestID == "" {
			return nil, resp.StatusCode, "", fmt.Errorf("status %d: %s", resp.StatusCode, body)
		}
		return nil, resp.StatusCode, resp.Header.Get("X-Aratame-Encoded-Message"), awserr.New(e.Error.Code, e.Error.Message)
	}
	out, id, err := wire.DecodeXML(op, []byte(body))
	if err == nil {
		x.recording.note(op, body, out)
	}
	if err == nil && (id == "" || resp.StatusCode != http.StatusOK) {
		x.t.Errorf("%s: status %d, request id %q", op.Name, resp.StatusCode, id)
	}
	return out, resp.StatusCode, resp.Header.Get("X-Aratame-Trade-In-Token"), err
}

func memberOf(s *shape.Shape, name string) *shape.Member {
	for i := range s.Members {
		if s.Members[i].Name == name {
			return &s.Members[i]
		}
	}
	return nil
}

package scripttest

import (
	"fmt"
	"net/url"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/iam"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/sts"
)

// What scripts show of an operation, beside the codes of its errors.
const (
	succeeded = "success"
	// allowed: a caller succeeded to whom a policy of the script allows it.
	allowed = "allowed"
	// denied: a caller was refused. Where the action knows resources, it is one
	// to whom a policy allows the action on another resource.
	denied = "denied"
	// paged: a listing was cut at one element and went on at its Marker.
	paged = "paged"
)

// seen gathers what scripts show, of all scripts that run at the same time.
type seen struct {
	mu      sync.Mutex
	of      map[*shape.Operation]map[string]bool
	markers map[string]bool
}

func newSeen() *seen {
	return &seen{of: map[*shape.Operation]map[string]bool{}, markers: map[string]bool{}}
}

// note takes one call of a script in.
func (s *seen) note(x *script, op *shape.Operation, form url.Values, out any, failure *awserr.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[op] == nil {
		s.of[op] = map[string]bool{}
	}
	show := s.of[op]
	if failure != nil {
		show[failure.Code] = true
		byPolicy := failure.Code == "AccessDenied" && strings.Contains(strings.ToLower(failure.Message), "not authorized to perform")
		if byPolicy && (op.Unsigned || !hasResources(op) || grantedElsewhere(x.grants[x.caller.name], op)) {
			show[denied] = true
		}
		return
	}
	show[succeeded] = true
	if x.caller.granted || op.Unsigned { // a role's trust policy has granted it
		show[allowed] = true
	}
	if memberOf(op.Input, "Marker") == nil {
		return
	}
	if form.Get("Marker") != "" && s.markers[op.Name+form.Get("Marker")] {
		show[paged] = true
	}
	v := reflect.ValueOf(out).Elem()
	if marker, ok := v.FieldByName("Marker").Interface().(*string); ok && marker != nil && form.Get("MaxItems") == "1" {
		s.markers[op.Name+*marker] = true
	}
}

// hasResources reports whether the action is authorized on resources.
func hasResources(op *shape.Operation) bool {
	a, ok := catalog.LookupAction(op.Service + ":" + op.Name)
	return ok && len(a.Resources) > 0
}

// grantedElsewhere reports whether one of the actions covers the operation.
func grantedElsewhere(actions []string, op *shape.Operation) bool {
	return slices.ContainsFunc(actions, func(pattern string) bool {
		ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(op.Service+":"+op.Name))
		return err == nil && ok
	})
}

// wanted is everything that scripts have to show of an operation.
func wanted(op *shape.Operation) []string {
	all := []string{succeeded, allowed, denied}
	if memberOf(op.Input, "Marker") != nil {
		all = append(all, paged)
	}
	return append(all, op.Errors...)
}

func served() (ops []*shape.Operation) {
	for _, some := range [][]api.Op{(&iam.Service{}).Ops(), (&sts.Service{}).Ops()} {
		for _, op := range some {
			ops = append(ops, op.Shape)
		}
	}
	return ops
}

// check holds that the scripts have shown everything of every operation but the
// exceptions, and that no exception is of something that they have shown.
func (s *seen) check(t *testing.T) {
	ops := served()
	if len(ops) == 0 {
		t.Fatal("no operation is served")
	}
	used := map[int]bool{}
	for _, op := range ops {
		if isPending(op) {
			continue
		}
		missing, needless := s.compare(op, used)
		if len(missing) > 0 {
			t.Errorf("%s: no script shows %s", op.Name, strings.Join(missing, ", "))
		}
		if len(needless) > 0 {
			t.Errorf("%s: scripts show what is in the table of exceptions: %s", op.Name, strings.Join(needless, ", "))
		}
	}
	for i, e := range exceptions {
		if e.reason == "" || !used[i] && len(pending) == 0 {
			t.Errorf("the exception %s is of no operation, or gives no reason", fmt.Sprint(e))
		}
	}
}

// compare gives what no script has shown of an operation, and the exceptions
// that the scripts belie. It notes the exceptions that are of use.
func (s *seen) compare(op *shape.Operation, used map[int]bool) (missing, needless []string) {
	for _, what := range wanted(op) {
		i := slices.IndexFunc(exceptions, func(e exception) bool {
			return e.what == what && (e.operations == "*" || slices.Contains(strings.Fields(e.operations), op.Name))
		})
		used[i] = true
		switch shown := s.of[op][what]; {
		case i < 0 && !shown:
			missing = append(missing, what)
		case i >= 0 && shown:
			needless = append(needless, what)
		}
	}
	return missing, needless
}

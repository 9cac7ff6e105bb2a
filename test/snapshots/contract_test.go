package snapshots

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// The SDK, which is newer than the models, has no operation and no member that
// the product's contract lacks, and the other way round. A failure after an
// upgrade of the SDK says what to add to gen/models.
func TestContractIsTheSDKs(t *testing.T) {
	sdk := map[string]reflect.Type{"iam": reflect.TypeFor[*iam.Client](), "sts": reflect.TypeFor[*sts.Client]()}
	for _, service := range services {
		known := map[string]bool{"Options": true}
		for _, op := range service.operations {
			known[op.Name] = true
			method, ok := sdk[service.name].MethodByName(op.Name)
			if !ok {
				t.Errorf("the SDK lacks %s", op.Name)
				continue
			}
			compare(t, op.Name, reflect.TypeOf(op.NewInput()), method.Type.In(2), map[reflect.Type]bool{})
			compare(t, op.Name, reflect.TypeOf(op.NewOutput()), method.Type.Out(0), map[reflect.Type]bool{})
		}
		for i := range sdk[service.name].NumMethod() {
			if name := sdk[service.name].Method(i).Name; !known[name] {
				t.Errorf("%s: no operation %s", service.name, name)
			}
		}
	}
}

func compare(t *testing.T, path string, ours, theirs reflect.Type, seen map[reflect.Type]bool) {
	t.Helper()
	for ours.Kind() == reflect.Pointer {
		ours = ours.Elem()
	}
	for theirs.Kind() == reflect.Pointer {
		theirs = theirs.Elem()
	}
	switch {
	case ours == theirs || ours == reflect.TypeFor[time.Time]() || seen[ours] || theirs.Kind() == reflect.Interface: // a union is an interface there
		return
	case ours.Kind() != theirs.Kind():
		t.Errorf("%s: %s here, %s in the SDK", path, ours, theirs)
		return
	}
	switch ours.Kind() {
	case reflect.Slice, reflect.Map:
		compare(t, path, ours.Elem(), theirs.Elem(), seen)
	case reflect.Struct:
		seen[ours] = true
		a, b := fields(ours), fields(theirs)
		for name, f := range a {
			if g, ok := b[name]; ok {
				compare(t, path+"."+f.Name, f.Type, g.Type, seen)
			} else {
				t.Errorf("%s: the SDK lacks %s", path, f.Name)
			}
		}
		for name, g := range b {
			if _, ok := a[name]; !ok {
				t.Errorf("%s: the contract lacks %s", path, g.Name)
			}
		}
	}
}

func fields(t reflect.Type) map[string]reflect.StructField {
	out := map[string]reflect.StructField{}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && f.Name != "ResultMetadata" {
			out[strings.ToLower(f.Name)] = f
		}
	}
	return out
}

package snapshots

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/wire"
)

var services = []struct {
	name       string
	operations []*shape.Operation
}{
	{"iam", iamshape.Operations()},
	{"sts", stsshape.Operations()},
}

// moduleDir is where the SDK's module for a service lies in the module cache.
func moduleDir(t *testing.T, service string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/"+service).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// Every request that the SDK's own tests pin is routed and read, and every one
// of its parameters reaches the input: encoding the input again gives the same
// parameters. The values are dummies, so constraints aren't checked.
func TestRequestSnapshots(t *testing.T) {
	for _, service := range services {
		files, err := filepath.Glob(filepath.Join(moduleDir(t, service.name), "request_snapshot", "*.request.snap"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) < len(service.operations) {
			t.Fatalf("%s: %d snapshots for %d operations", service.name, len(files), len(service.operations))
		}
		for _, file := range files {
			name := filepath.Base(file)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			body := bytes.TrimSpace(data[bytes.LastIndexByte(bytes.TrimSpace(data), '\n')+1:])
			form, err := wire.ParseForm(body)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			op, err := wire.Route(service.name, form)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			in, err := wire.Read(op, form)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if form.Len() > 2 && reflect.ValueOf(in).Elem().IsZero() {
				t.Errorf("%s: the input is empty", name)
			}
			again, err := wire.EncodeForm(op, in)
			if err != nil {
				t.Fatal(err)
			}
			want, err := url.ParseQuery(string(body))
			if err != nil {
				t.Fatal(err)
			}
			got, err := url.ParseQuery(again)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\n got %v\nwant %v", name, got, want)
			}
		}
		t.Logf("%s: %d snapshots", service.name, len(files))
	}
}

package snapshots

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape/shapetest"
	"github.com/aratame/aratame/internal/wire"

	"github.com/aratame/aratame/test"
)

// answer is what the server says next, whatever it is asked; asked is the form
// that it got.
type answer struct {
	status int
	body   []byte
	asked  []byte
}

func clients(t *testing.T) (*answer, map[string]any) {
	t.Helper()
	a := &answer{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		a.asked = body
		w.Header().Set("Content-Type", wire.ContentTypeXML)
		w.WriteHeader(a.status)
		if _, err := w.Write(a.body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("AKIAX", "secret", ""),
		RetryMaxAttempts: 1, HTTPClient: &test.Client{},
		// The SDK checks required members before it sends; the inputs here are filled where they can be.
		APIOptions: []func(*middleware.Stack) error{func(s *middleware.Stack) error {
			_, err := s.Initialize.Remove("OperationInputValidation")
			if err != nil && !strings.Contains(err.Error(), "not found") {
				return err
			}
			return nil
		}}}
	return a, map[string]any{"iam": iam.NewFromConfig(cfg), "sts": sts.NewFromConfig(cfg)}
}

// call calls the client's method for an operation with an empty input.
func call(t *testing.T, client any, op string) (any, error) {
	t.Helper()
	method := reflect.ValueOf(client).MethodByName(op)
	if !method.IsValid() {
		t.Fatalf("the SDK has no operation %s", op)
	}
	in := reflect.New(method.Type().In(1).Elem())
	out := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), in})
	err, _ := out[1].Interface().(error)
	return out[0].Interface(), err
}

// The SDK's deserializers read a full answer to every operation, and what they
// read is what was written.
func TestSDKReadsAnswers(t *testing.T) {
	a, client := clients(t)
	rng := rand.New(rand.NewPCG(11, 12))
	calls := 0
	for _, service := range services {
		for _, op := range service.operations {
			for range 3 {
				out := op.NewOutput()
				(&shapetest.Filler{Rand: rng, Full: true}).Fill(op.Output, out)
				var err error
				a.status = http.StatusOK
				if a.body, err = wire.AppendXML(nil, op, out, "01234567-89ab-cdef-0123-456789abcdef"); err != nil {
					t.Fatal(err)
				}
				got, err := call(t, client[service.name], op.Name)
				if err != nil {
					t.Errorf("%s: %v", op.Name, err)
					continue
				}
				calls++
				if g, w := flatten(reflect.ValueOf(got)), flatten(reflect.ValueOf(out)); !reflect.DeepEqual(g, w) {
					gj, _ := json.Marshal(g)
					wj, _ := json.Marshal(w)
					t.Errorf("%s:\n got %s\nwant %s", op.Name, gj, wj)
				}
				form, err := wire.ParseForm(a.asked)
				if err != nil {
					t.Fatal(err)
				}
				if asked, err := wire.Route(service.name, form); err != nil || asked != op {
					t.Errorf("%s: asked for %v, %v", op.Name, asked, err)
				}
			}
		}
	}
	if calls != 3*191 {
		t.Errorf("%d answers read", calls)
	}
}

// flatten turns a struct of either side into maps, lists and scalars: pointers
// followed, field names in one case, zero scalars and empty collections left
// out, since the SDK has values where the product has pointers.
func flatten(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return flatten(v.Elem())
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return t.Unix()
		}
		out := map[string]any{}
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if unicode.IsLower(rune(name[0])) || name == "ResultMetadata" {
				continue
			}
			if x := flatten(v.Field(i)); !empty(x) {
				out[strings.ToLower(name)] = x
			}
		}
		return out
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return base64.StdEncoding.EncodeToString(v.Bytes())
		}
		out := make([]any, v.Len())
		for i := range out {
			out[i] = flatten(v.Index(i))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for _, k := range v.MapKeys() {
			out[k.String()] = flatten(v.MapIndex(k))
		}
		return out
	case reflect.Bool:
		return v.Bool()
	case reflect.Int32:
		return v.Int()
	}
	return v.String()
}

func empty(x any) bool {
	switch x := x.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case bool:
		return !x
	case int64:
		return x == 0
	case []any:
		return len(x) == 0
	case map[string]any:
		return len(x) == 0
	}
	return false
}

// The SDK finds code, message, fault and request id in an error document, and
// its typed errors where the model has the code.
func TestSDKReadsErrors(t *testing.T) {
	a, client := clients(t)
	n := 0
	for _, service := range services {
		for _, op := range service.operations {
			for _, code := range append(slices.Clone(op.Errors), "ValidationError", "AccessDenied", "InternalFailure") {
				e := awserr.New(code, "message of <"+code+"> & 'more'")
				a.status = wire.Status(e)
				a.body = wire.AppendErrorXML(nil, op.Namespace, e, "id-1")
				_, err := call(t, client[service.name], op.Name)
				var api smithy.APIError
				if !errors.As(err, &api) || api.ErrorCode() != code || api.ErrorMessage() != e.Message {
					t.Errorf("%s: %s is read as %v", op.Name, code, err)
				}
				var id interface{ ServiceRequestID() string }
				if !errors.As(err, &id) || id.ServiceRequestID() != "id-1" {
					t.Errorf("%s: no request id in %v", op.Name, err)
				}
				n++
			}
		}
	}
	if n < 500 {
		t.Errorf("only %d errors", n)
	}
	a.status, a.body = 404, wire.AppendErrorXML(nil, "x", awserr.New("NoSuchEntity", "m"), "id-1")
	_, err := client["iam"].(*iam.Client).GetUser(context.Background(), nil)
	var typed *iamtypes.NoSuchEntityException
	if !errors.As(err, &typed) {
		t.Errorf("not typed: %v", err)
	}
}

// Requests that the SDK makes of valid inputs are decoded with all constraints
// checked, and to the same input.
func TestSDKRequestsDecode(t *testing.T) {
	a, client := clients(t)
	rng := rand.New(rand.NewPCG(13, 14))
	n := 0
	for _, service := range services {
		for _, op := range service.operations {
			in := op.NewInput()
			(&shapetest.Filler{Rand: rng, Full: true}).Fill(op.Input, in)
			a.status = http.StatusOK
			var err error
			if a.body, err = wire.AppendXML(nil, op, op.NewOutput(), "id-1"); err != nil {
				t.Fatal(err)
			}
			method := reflect.ValueOf(client[service.name]).MethodByName(op.Name)
			sdkIn := reflect.New(method.Type().In(1).Elem())
			if !transfer(sdkIn.Elem(), reflect.ValueOf(in).Elem()) {
				continue // a union, which the snapshots cover
			}
			a.asked = nil
			method.Call([]reflect.Value{reflect.ValueOf(context.Background()), sdkIn})
			form, err := wire.ParseForm(a.asked)
			if err != nil {
				t.Fatal(err)
			}
			out, err := wire.Decode(op, form)
			if err != nil {
				t.Errorf("%s: %v", op.Name, err)
				continue
			}
			if !reflect.DeepEqual(flatten(reflect.ValueOf(out)), flatten(reflect.ValueOf(in))) {
				t.Errorf("%s:\n got %+v\nwant %+v", op.Name, out, in)
			}
			n++
		}
	}
	if n < 188 {
		t.Errorf("only %d requests", n)
	}
}

// transfer copies a product struct to the SDK's struct by field names.
func transfer(dst, src reflect.Value) bool {
	if src.Kind() == reflect.Pointer {
		if src.IsNil() {
			return true
		}
		src = src.Elem()
	}
	switch dst.Kind() {
	case reflect.Interface:
		return false
	case reflect.Pointer:
		dst.Set(reflect.New(dst.Type().Elem()))
		return transfer(dst.Elem(), src)
	case reflect.Struct:
		if dst.Type() == src.Type() {
			dst.Set(src)
			return true
		}
		for i := range src.NumField() {
			if f := dst.FieldByName(src.Type().Field(i).Name); !f.IsValid() || !transfer(f, src.Field(i)) {
				return false
			}
		}
	case reflect.Slice:
		if src.Kind() == reflect.Slice && src.Type().Elem().Kind() == reflect.Uint8 {
			dst.SetBytes(src.Bytes())
			return true
		}
		dst.Set(reflect.MakeSlice(dst.Type(), src.Len(), src.Len()))
		for i := range src.Len() {
			if !transfer(dst.Index(i), src.Index(i)) {
				return false
			}
		}
	case reflect.Map:
		dst.Set(reflect.MakeMap(dst.Type()))
		for _, k := range src.MapKeys() {
			e := reflect.New(dst.Type().Elem()).Elem()
			if !transfer(e, src.MapIndex(k)) {
				return false
			}
			dst.SetMapIndex(k, e)
		}
	case reflect.String:
		dst.SetString(src.String())
	default:
		dst.Set(src.Convert(dst.Type()))
	}
	return true
}

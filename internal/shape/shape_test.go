package shape_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
)

// checkType fails unless Go type typ can carry shape s; members of structures
// are compared by index, which is how the codecs find them.
func checkType(t *testing.T, s *shape.Shape, typ reflect.Type) {
	t.Helper()
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	ok := false
	switch s.Kind {
	case shape.Structure:
		if ok = typ.Kind() == reflect.Struct && typ.NumField() == len(s.Members); !ok {
			break
		}
		for i, m := range s.Members {
			if f := typ.Field(i); f.Name != m.Field {
				t.Errorf("%s: field %d is %s, not %s", typ, i, f.Name, m.Field)
			} else {
				checkType(t, m.Shape, f.Type)
			}
		}
	case shape.List:
		if ok = typ.Kind() == reflect.Slice; ok {
			checkType(t, s.Elem, typ.Elem())
		}
	case shape.Map:
		if ok = typ.Kind() == reflect.Map && typ.Key().Kind() == reflect.String && s.Key.Kind == shape.String; ok {
			checkType(t, s.Elem, typ.Elem())
		}
	case shape.String:
		ok = typ.Kind() == reflect.String
	case shape.Integer:
		ok = typ.Kind() == reflect.Int32
	case shape.Boolean:
		ok = typ.Kind() == reflect.Bool
	case shape.Timestamp:
		ok = typ == reflect.TypeFor[time.Time]()
	case shape.Blob:
		ok = typ == reflect.TypeFor[[]byte]()
	}
	if !ok {
		t.Errorf("%s (kind %d) can't be carried by %s", s.Name, s.Kind, typ)
	}
}

func TestTablesFitStructs(t *testing.T) {
	if i, s := len(iamshape.Operations()), len(stsshape.Operations()); i != 180 || s != 11 {
		t.Fatalf("%d IAM and %d STS operations", i, s)
	}
	for _, op := range operations() {
		checkType(t, op.Input, reflect.TypeOf(op.NewInput()))
		checkType(t, op.Output, reflect.TypeOf(op.NewOutput()))
		find := iamshape.Operation
		if op.Service == "sts" {
			find = stsshape.Operation
		}
		if find(op.Name) != op {
			t.Errorf("%s is not found by its name", op.Name)
		}
	}
	if iamshape.Operation("createuser") != nil || stsshape.Operation("") != nil {
		t.Error("an unknown name is found")
	}
}

func TestPaginationNamesMembers(t *testing.T) {
	has := func(s *shape.Shape, name string) bool {
		for _, m := range s.Members {
			if m.Name == name {
				return true
			}
		}
		return false
	}
	n := 0
	for _, op := range operations() {
		p := op.Pagination
		if p == nil {
			continue
		}
		n++
		ok := has(op.Input, p.InputToken) && has(op.Input, p.LimitKey) && has(op.Output, p.OutputToken) && has(op.Output, p.MoreResults) && len(p.ResultKeys) > 0
		for _, k := range p.ResultKeys {
			ok = ok && has(op.Output, k)
		}
		if !ok {
			t.Errorf("%s: pagination names what isn't there: %+v", op.Name, p)
		}
	}
	if n < 30 {
		t.Errorf("only %d operations are paginated", n)
	}
}

func TestUnsignedAndReadOnly(t *testing.T) {
	unsigned, readOnly := map[string]bool{}, map[string]bool{}
	for _, op := range operations() {
		unsigned[op.Name], readOnly[op.Name] = op.Unsigned, op.ReadOnly
	}
	for name, want := range map[string]bool{"AssumeRoleWithSAML": true, "AssumeRoleWithWebIdentity": true, "AssumeRole": false, "GetCallerIdentity": false, "CreateUser": false} {
		if unsigned[name] != want {
			t.Errorf("%s: unsigned is %v", name, unsigned[name])
		}
	}
	for name, want := range map[string]bool{"ListUsers": true, "GetUser": true, "SimulateCustomPolicy": true, "CreateUser": false, "DeleteUser": false, "TagUser": false, "AssumeRole": true} {
		if readOnly[name] != want {
			t.Errorf("%s: read-only is %v", name, readOnly[name])
		}
	}
}

// Whatever is a credential by its member's name is marked, wherever it occurs.
func TestCredentialsAreSensitive(t *testing.T) {
	secret := map[string]bool{"Password": true, "OldPassword": true, "NewPassword": true, "SecretAccessKey": true, "SessionToken": true,
		"PrivateKey": true, "AddPrivateKey": true, "Base32StringSeed": true, "QRCodePNG": true, "ServicePassword": true,
		"ServiceCredentialSecret": true, "AuthenticationCode1": true, "AuthenticationCode2": true, "TokenCode": true,
		"WebIdentityToken": true, "SAMLAssertion": true, "TradeInToken": true, "ContextAssertion": true, "EncodedMessage": true, "DecodedMessage": true,
		"CertificateBody": true, "CertificateChain": true} // in which a private key may stand by mistake
	seen := map[string]bool{}
	each(func(s *shape.Shape) {
		for _, m := range s.Members {
			if secret[m.Name] {
				seen[m.Name] = true
			}
			if m.Shape.Sensitive != secret[m.Name] {
				t.Errorf("%s.%s: sensitive is %v", s.Name, m.Name, m.Shape.Sensitive)
			}
		}
		if s.Elem != nil && s.Elem.Sensitive || s.Key != nil && s.Key.Sensitive {
			t.Errorf("%s holds sensitive elements that no member names", s.Name)
		}
	})
	for name := range secret {
		if !seen[name] {
			t.Errorf("no member %s", name)
		}
	}
}

func TestStatus(t *testing.T) {
	for code, want := range map[string]int{
		"NoSuchEntity": 404, "EntityAlreadyExists": 409, "DeleteConflict": 409, "LimitExceeded": 409, "ConcurrentModification": 409,
		"EntityTemporarilyUnmodifiable": 409, "MalformedPolicyDocument": 400, "InvalidInput": 400, "ReportNotPresent": 410, "ReportExpired": 410,
		"ReportInProgress": 404, "ServiceFailure": 500, "PolicyEvaluation": 500, "FeatureEnabled": 409, "FeatureDisabled": 404, "NotSupportedService": 404,
		"InvalidAuthenticationCode": 403, "IDPRejectedClaim": 403, "ExpiredTokenException": 400, "RegionDisabledException": 403,
		"ValidationError": 400, "InvalidAction": 400, "MissingAction": 400, "MalformedQueryString": 404, "AccessDenied": 403,
		"InvalidClientTokenId": 403, "SignatureDoesNotMatch": 403, "MissingAuthenticationToken": 403, "IncompleteSignature": 400, "ExpiredToken": 403,
		"Throttling": 400, "InternalFailure": 500, "ServiceUnavailable": 503, "OptInRequired": 403, "NoSuchCode": 400, "": 400,
	} {
		if got := shape.Status(code); got != want {
			t.Errorf("%s: %d, not %d", code, got, want)
		}
	}
	for _, op := range operations() {
		for _, code := range op.Errors {
			if s := shape.Status(code); s < 400 || s > 599 {
				t.Errorf("%s: status %d", code, s)
			}
		}
	}
}

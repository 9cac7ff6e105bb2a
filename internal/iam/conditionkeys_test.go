package iam

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/shapetest"
)

// TestConditionKeys holds the target of every operation against the Service
// Authorization Reference: the resource is of a type that the action knows, and
// the condition keys that it knows are there when the request or the entity has
// what they tell. Requests name entities that exist and have tags and a boundary.
func TestConditionKeys(t *testing.T) {
	x := newTest(t)
	x.change(knownEntities)
	x.asUser(known)
	names := slices.Sorted(maps.Keys(x.ops))
	if len(names) == 0 {
		t.Fatal("no operation is served")
	}
	used := map[int]bool{}
	excepted := func(op, key string) bool {
		i := slices.IndexFunc(unlikeReference, func(e keyException) bool {
			return e.key == key && slices.Contains(strings.Fields(e.operations), op)
		})
		used[i] = true
		return i >= 0
	}
	for _, name := range names {
		in := fullRequest(x.ops[name].Shape)
		op, c, decoded, err := x.prepare(name, in)
		if err != nil {
			t.Errorf("%s: its request is refused: %v", name, err)
			continue
		}
		got, err := target(op, c, x.view, decoded)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		main := got.Action
		if main == "" {
			main = "iam:" + name
		}
		a, ok := catalog.LookupAction(main)
		if !ok {
			if !excepted(name, "action") {
				t.Errorf("%s: the reference has no action %s", name, main)
			}
			continue
		}
		if !onResource(a, got.Resource) && !excepted(name, "resource") {
			t.Errorf("%s is authorized on %s; the action knows %v", name, got.Resource, a.Resources)
		}
		has := keysOf(&got)
		for _, k := range catalog.KeysFor(main) {
			if key := strings.ToLower(k.Name); !has[key] && !excepted(name, k.Name) {
				t.Errorf("%s doesn't set %s", name, k.Name)
			}
		}
		checkListed(t, name, main, got.Keys, excepted)
		for i := range got.Also {
			also := &got.Also[i]
			b, ok := catalog.LookupAction(also.Action)
			if !ok || !onResource(b, also.Resource) {
				t.Errorf("%s also asks for %s on %s, which the reference doesn't know", name, also.Action, also.Resource)
				continue
			}
			checkListed(t, name, also.Action, also.Keys, excepted)
		}
	}
	for i, e := range unlikeReference {
		if !used[i] || e.reason == "" {
			t.Errorf("the exception %v is of nothing, or gives no reason", e)
		}
	}
}

// checkListed refuses service keys that the reference doesn't list of an action.
func checkListed(t *testing.T, name, action string, keys map[string][]string, excepted func(op, key string) bool) {
	t.Helper()
	listed := catalog.KeysFor(action)
	for key := range keys {
		known := slices.ContainsFunc(listed, func(k catalog.Key) bool { return strings.ToLower(k.Name) == key })
		if !known && !excepted(name, "more:"+key) {
			t.Errorf("%s sets %s for %s, which the reference doesn't list", name, key, action)
		}
	}
}

// keysOf are the keys of a target under their folded names in the reference.
func keysOf(t *api.Target) map[string]bool {
	has := map[string]bool{
		"aws:requesttag/${tagkey}":  len(t.RequestTags) > 0,
		"aws:tagkeys":               len(t.RequestTags)+len(t.TagKeys) > 0,
		"aws:resourcetag/${tagkey}": len(t.Tags) > 0,
		"iam:resourcetag/${tagkey}": len(t.Tags) > 0,
	}
	for key := range t.Keys {
		has[key] = true
	}
	return has
}

// onResource reports whether an action is authorized on a resource: on "*" alone
// where it knows no type.
func onResource(a *catalog.Action, resource string) bool {
	if len(a.Resources) == 0 {
		return resource == "*"
	}
	return slices.ContainsFunc(a.Resources, func(r catalog.Target) bool { return r.Type.MatchARN(resource) })
}

// known is the name of the entities that requests speak of.
const known = "Known"

var (
	knownTags   = []account.Tag{{Key: "team", Value: "red"}}
	knownPolicy = awsid.IAM(testAccount, "policy", "/", known)
	knownKey    = awsid.AccessKeyPrefix + "QAAAAAAAAAAAAAAA"

	knownRequest    = "01234567-0123-0123-0123-0123456789ab"
	knownCredential = "ACCAQAAAAAAAAAAAAAAAA"
)

func knownEntities(tx *account.Tx) {
	const (
		allow = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
		trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	)
	now := tx.View().Settings().Created
	tx.PutPolicy(&account.Policy{
		ID: "ANPAQAAAAAAAAAAAAAAAA", Name: known, Path: "/", Created: now, Updated: now, Tags: knownTags, Default: 1, Last: 1,
		Versions: []account.Version{{N: 1, Document: allow, Created: now}},
	})
	tx.PutUser(&account.User{
		ID: "AIDAQAAAAAAAAAAAAAAAA", Name: known, Path: "/", Created: now, Tags: knownTags, Boundary: knownPolicy,
		Keys:               []account.AccessKey{{ID: knownKey, Secret: []byte{1}, Status: account.Active, Created: now}},
		ServiceCredentials: []account.ServiceCredential{{ID: knownCredential, Service: "codecommit.amazonaws.com", UserName: "Known-at-1", Secret: []byte{1}, Status: account.Active, Created: now}},
	})
	tx.PutGroup(&account.Group{ID: "AGPAQAAAAAAAAAAAAAAAA", Name: known, Path: "/", Created: now})
	tx.PutRole(&account.Role{
		ID: "AROAQAAAAAAAAAAAAAAAA", Name: known, Path: "/", Created: now, Tags: knownTags, Boundary: knownPolicy,
		MaxSession: account.MinMaxSession, Trust: trust,
	})
	tx.PutInstanceProfile(&account.InstanceProfile{ID: "AIPAQAAAAAAAAAAAAAAAA", Name: known, Path: "/", Created: now, Tags: knownTags})
	tx.PutMFADevice(&account.MFADevice{ID: known, Name: known, Path: "/", Created: now, Seed: []byte{1}, Tags: knownTags})
	tx.PutServerCertificate(&account.ServerCertificate{
		ID: "ASCAQAAAAAAAAAAAAAAAA", Name: known, Path: "/", Uploaded: now, Expires: now, Body: "b", Key: []byte{1}, Tags: knownTags,
	})
	tx.PutOIDCProvider(&account.OIDCProvider{URL: "id.example", Created: now, Tags: knownTags})
	tx.PutDelegationRequest(&account.DelegationRequest{
		ID: knownRequest, Created: now, Updated: now, Expires: now.Add(account.DelegationLife), State: account.DelegationAssigned,
		Requestor: testAccount, OwnerAccount: testAccount, Owner: awsid.IAM(testAccount, "user", "/", "Other"), OwnerID: "AIDAQAAAAAAAAAAAAAAAB",
		Channel: "c", Workflow: "w", Seconds: 300, Policy: allow, Template: "t",
	})
	tx.PutSAMLProvider(&account.SAMLProvider{
		ID: "SAMLQAAAAAAAAAAAAAAAA", Name: known, Metadata: "<a/>", Created: now, ValidUntil: now, Tags: knownTags,
		EncryptionMode: account.EncryptionAllowed, Issuers: []account.SAMLIssuer{{EntityID: "e", Certificates: [][]byte{{1}}}},
	})
}

// knownMembers are members of requests that name what there is, or that targets
// read.
var knownMembers = map[string]string{
	"UserName": known, "GroupName": known, "RoleName": known, "InstanceProfileName": known, "ServerCertificateName": known,
	"PolicyArn": knownPolicy, "PermissionsBoundary": knownPolicy, "AccessKeyId": knownKey,
	"SerialNumber":             awsid.IAM(testAccount, "mfa", "/", known),
	"OpenIDConnectProviderArn": awsid.IAM(testAccount, "oidc-provider", "/", "id.example"),
	"SAMLProviderArn":          awsid.IAM(testAccount, "saml-provider", "/", known),
	"Url":                      "https://new.example",
	"PolicySourceArn":          awsid.IAM(testAccount, "user", "/", known),
	"Arn":                      awsid.IAM(testAccount, "user", "/", known),
	"EntityArn":                account.DelegationARN(testAccount, knownRequest),
	"DelegationRequestId":      knownRequest,
	"TemplateArn":              "arn:aws:iam::aws:role-template/some/Template:1",
	"AWSServiceName":           "ecs.amazonaws.com",

	"ServiceSpecificCredentialId": knownCredential,
	"DeletionTaskId":              "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/01234567-0123-0123-0123-0123456789ab",
}

// fullRequest has every member, random ones but for those above.
func fullRequest(op *shape.Operation) any {
	in := op.NewInput()
	(&shapetest.Filler{Rand: rand.New(rand.NewPCG(1, 2)), Full: true}).Fill(op.Input, in)
	v := reflect.ValueOf(in).Elem()
	for i, m := range op.Input.Members {
		if m.Name == "AllUsers" { // with it a listing is of no user
			v.Field(i).SetZero()
		}
		value, ok := knownMembers[m.Name]
		if !ok || m.Shape.Kind != shape.String {
			continue
		}
		f := v.Field(i)
		if f.Kind() == reflect.Pointer {
			f.Set(reflect.ValueOf(&value))
		} else {
			f.SetString(value)
		}
	}
	return in
}

// A keyException is a key that the reference lists and a target doesn't set, a
// key that a target sets and the reference doesn't list ("more:KEY"), a resource
// that is another ("resource"), or an action that it doesn't know ("action").
type keyException struct {
	operations string
	key        string
	reason     string
}

var unlikeReference = []keyException{
	{"CreateInstanceProfile CreatePolicy CreateRole CreateServiceLinkedRole CreateUser CreateVirtualMFADevice " +
		"CreateOpenIDConnectProvider CreateSAMLProvider UploadServerCertificate GetServiceLinkedRoleDeletionStatus",
		"aws:ResourceTag/${TagKey}", "the entity isn't there yet, or no more"},
	{"CreateRole CreateServiceLinkedRole CreateUser GetServiceLinkedRoleDeletionStatus",
		"iam:ResourceTag/${TagKey}", "the entity isn't there yet, or no more"},
	{"AttachRolePolicy CreateRole GetRole PutRolePermissionsBoundary PutRolePolicy TagRole",
		"iam:RoleTemplateARN", "AcquireRole sets it where it asks for these actions"},
	{"EnableMFADevice", "iam:FIDO-certification", "security keys are registered in the console"},
	{"EnableMFADevice", "iam:FIDO-FIPS-140-2-certification", "security keys are registered in the console"},
	{"EnableMFADevice", "iam:FIDO-FIPS-140-3-certification", "security keys are registered in the console"},
	{"EnableMFADevice", "iam:RegisterSecurityKey", "security keys are registered in the console"},
	{"UpdateDelegationRequest", "action", "the source of the reference is older than the operation"},
	{"CreateDelegationRequest", "iam:DelegationRequestOwner", "nobody owns it yet"},
	{"ListServiceSpecificCredentials", "more:iam:servicespecificcredentialservicename", "the User Guide lists it where the reference doesn't"},
}

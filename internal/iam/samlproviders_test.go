package iam

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/saml"
	"github.com/aratame/aratame/internal/saml/samltest"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

var samlIdP = sync.OnceValue(func() *samltest.IdP {
	idp, err := samltest.New("https://idp.example.com/metadata", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		panic(err)
	}
	return idp
})

// samlMetadata is a document that is valid until the given time, or for good.
func samlMetadata(t *testing.T, until time.Time) string {
	t.Helper()
	document, err := samlIdP().Metadata(until)
	if err != nil {
		t.Fatal(err)
	}
	if until.IsZero() {
		document = strings.Replace(document, `validUntil="0001-01-01T00:00:00Z"`, "", 1)
		if strings.Contains(document, "validUntil") {
			t.Fatal("the document still has an end")
		}
	}
	return document
}

const corpARN = "arn:aws:iam::123456789012:saml-provider/Corp"

func newSAML(x *tester, name string) {
	x.Helper()
	x.must("CreateSAMLProvider", &iamshape.CreateSAMLProviderInput{Name: name, SAMLMetadataDocument: samlMetadata(x.T, time.Time{})})
}

func TestSAMLProvider(t *testing.T) {
	x := newTest(t)
	document := samlMetadata(t, time.Time{})
	same(t, "CreateSAMLProvider", x.must("CreateSAMLProvider", &iamshape.CreateSAMLProviderInput{Name: "Corp", SAMLMetadataDocument: document, Tags: tags("a", "1")}),
		any(&iamshape.CreateSAMLProviderOutput{SAMLProviderArn: ptr(corpARN), Tags: tags("a", "1")}))
	get := func() *iamshape.GetSAMLProviderOutput {
		t.Helper()
		return do[iamshape.GetSAMLProviderOutput](x, "GetSAMLProvider", &iamshape.GetSAMLProviderInput{SAMLProviderArn: corpARN})
	}
	created, end := x.now, time.Date(2126, 3, 1, 12, 0, 0, 0, time.UTC)
	want := &iamshape.GetSAMLProviderOutput{
		AssertionEncryptionMode: ptr("Allowed"), CreateDate: &created, ValidUntil: &end, PrivateKeyList: []iamshape.SAMLPrivateKey{},
		SAMLMetadataDocument: &document, SAMLProviderUUID: get().SAMLProviderUUID, Tags: tags("a", "1"),
	}
	if id := *want.SAMLProviderUUID; len(id) != 22 || !strings.HasPrefix(id, "SAMLSP") {
		t.Errorf("id %s", id)
	}
	same(t, "GetSAMLProvider", get(), want)

	// An update changes what it names.
	x.now = x.now.Add(time.Hour)
	until := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	other := samlMetadata(t, until)
	same(t, "UpdateSAMLProvider", x.must("UpdateSAMLProvider", &iamshape.UpdateSAMLProviderInput{SAMLProviderArn: corpARN, SAMLMetadataDocument: &other}),
		any(&iamshape.UpdateSAMLProviderOutput{SAMLProviderArn: ptr(corpARN)}))
	want.SAMLMetadataDocument, want.ValidUntil = &other, &until
	same(t, "after the update", get(), want)

	newSAML(x, "alpha")
	same(t, "ListSAMLProviders", x.must("ListSAMLProviders", &iamshape.ListSAMLProvidersInput{}),
		any(&iamshape.ListSAMLProvidersOutput{SAMLProviderList: []iamshape.SAMLProviderListEntry{
			{Arn: ptr("arn:aws:iam::123456789012:saml-provider/alpha"), CreateDate: &x.now, ValidUntil: ptr(x.now.AddDate(100, 0, 0))},
			{Arn: ptr(corpARN), CreateDate: &created, ValidUntil: &until},
		}}))
	x.must("DeleteSAMLProvider", &iamshape.DeleteSAMLProviderInput{SAMLProviderArn: corpARN})
	x.fails("GetSAMLProvider", &iamshape.GetSAMLProviderInput{SAMLProviderArn: corpARN}, "NoSuchEntity", "Manifest not found for arn "+corpARN)
}

func TestSAMLProviderRefusals(t *testing.T) {
	x := newTest(t)
	newSAML(x, "Corp")
	create := func(name, document string) *iamshape.CreateSAMLProviderInput {
		return &iamshape.CreateSAMLProviderInput{Name: name, SAMLMetadataDocument: document}
	}
	document := samlMetadata(t, time.Time{})
	x.fails("CreateSAMLProvider", create("cORP", document), "EntityAlreadyExists", "Provider with name cORP already exists.")
	for name, text := range map[string]string{
		"it is not well-formed XML in UTF-8 without a byte order mark and a document type": strings.Repeat("no metadata", 100),
		"its root is no EntityDescriptor":                                                  "<x>" + document + "</x>",
		"an IDPSSODescriptor has no certificate to verify signatures with":                 strings.ReplaceAll(document, `use="signing"`, `use="encryption"`),
		"it has no EntityDescriptor with an IDPSSODescriptor of SAML 2.0":                  strings.ReplaceAll(document, "IDPSSODescriptor", "SPSSODescriptor"),
	} {
		x.fails("CreateSAMLProvider", create("New", text), "InvalidInput", "Could not parse metadata: "+name)
		x.fails("UpdateSAMLProvider", &iamshape.UpdateSAMLProviderInput{SAMLProviderArn: corpARN, SAMLMetadataDocument: &text}, "InvalidInput", "Could not parse metadata: "+name)
	}
	x.must("CreateSAMLProvider", create("Last", samlMetadata(t, x.now.Add(time.Second))))
	x.fails("CreateSAMLProvider", create("Over", samlMetadata(t, x.now)), "InvalidInput", "The validity of the metadata document has ended.")
	x.fails("CreateSAMLProvider", &iamshape.CreateSAMLProviderInput{Name: "New", SAMLMetadataDocument: document, Tags: tags("a", "1", "a", "2")}, "InvalidInput", "Duplicate tag keys found.")

	for _, arn := range []string{corpARN + "2", strings.ToLower(corpARN[:len(corpARN)-4]) + "corp", "arn:aws:iam::999999999999:saml-provider/Corp", "arn:aws:iam::123456789012:saml-provider/x/Corp"} {
		for name, in := range map[string]any{
			"GetSAMLProvider": &iamshape.GetSAMLProviderInput{SAMLProviderArn: arn}, "DeleteSAMLProvider": &iamshape.DeleteSAMLProviderInput{SAMLProviderArn: arn},
			"UpdateSAMLProvider": &iamshape.UpdateSAMLProviderInput{SAMLProviderArn: arn}, "TagSAMLProvider": &iamshape.TagSAMLProviderInput{SAMLProviderArn: arn, Tags: tags("a", "1")},
			"UntagSAMLProvider": &iamshape.UntagSAMLProviderInput{SAMLProviderArn: arn, TagKeys: []string{"a"}}, "ListSAMLProviderTags": &iamshape.ListSAMLProviderTagsInput{SAMLProviderArn: arn},
		} {
			x.fails(name, in, "NoSuchEntity", "Manifest not found for arn "+arn)
		}
	}
	x.fails("GetSAMLProvider", &iamshape.GetSAMLProviderInput{SAMLProviderArn: "no ARN, but long enough"}, "ValidationError", "ARN no ARN, but long enough is not valid.")

	for _, arn := range []string{"arn:aws:iam::123456789012:oidc-provider/Corp", "arn:aws:iam::123456789012:saml-provider/", "arn:aws:iam:us-east-1:123456789012:saml-provider/Corp", "arn:aws-cn:iam::123456789012:saml-provider/Corp", "arn:aws:iam::1234567890123:saml-provider/Corp"} {
		x.fails("GetSAMLProvider", &iamshape.GetSAMLProviderInput{SAMLProviderArn: arn}, "InvalidInput", "ARN "+arn+" is not valid.")
	}

	for n := x.view.Count().SAMLProviders; n < 100; n++ {
		newSAML(x, fmt.Sprint("p", n))
	}
	x.fails("CreateSAMLProvider", create("hundred-and-one", document), "LimitExceeded", "Cannot exceed quota for SAMLProvidersPerAccount: 100")
}

func TestSAMLPrivateKeys(t *testing.T) {
	x := newTest(t)
	newSAML(x, "Corp")
	key := samltest.PEM(samlIdP().Key)
	update := func(add, remove, mode *string) *iamshape.UpdateSAMLProviderInput {
		return &iamshape.UpdateSAMLProviderInput{SAMLProviderArn: corpARN, AddPrivateKey: add, RemovePrivateKey: remove, AssertionEncryptionMode: mode}
	}
	ids := func() (ids []string) {
		for _, k := range do[iamshape.GetSAMLProviderOutput](x, "GetSAMLProvider", &iamshape.GetSAMLProviderInput{SAMLProviderArn: corpARN}).PrivateKeyList {
			if !k.Timestamp.Equal(x.now) || len(*k.KeyId) != 22 {
				t.Errorf("%+v", k)
			}
			ids = append(ids, *k.KeyId)
		}
		return ids
	}
	const required = "Failed to set assertion encryption mode to Required because no private key is present."
	const form = "The private key must be an unencrypted RSA key of 2048 to 8192 bits in PEM format."
	x.fails("UpdateSAMLProvider", update(nil, nil, nil), "ValidationError", "Unable to update identity provider. No updates are defined for metadata or encryption assertion.")
	x.fails("UpdateSAMLProvider", update(nil, nil, ptr("Required")), "InvalidInput", required)
	x.fails("UpdateSAMLProvider", update(ptr("no key"), nil, nil), "InvalidInput", form)
	x.must("UpdateSAMLProvider", update(&key, nil, ptr("Required")))
	x.must("UpdateSAMLProvider", update(&key, nil, nil))
	x.fails("UpdateSAMLProvider", update(&key, nil, nil), "LimitExceeded", "Private key limit of 2 is reached.")
	two := ids()
	if len(two) != 2 || two[0] == two[1] {
		t.Fatal(two)
	}
	// What is kept is sealed, for this provider and key alone.
	p := x.view.SAMLProvider("Corp")
	for i, k := range p.Keys {
		if strings.Contains(string(k.Private), "PRIVATE") {
			t.Error("a key is kept in the clear")
		}
		if plain, err := x.svc.Secrets.Open(saml.KeyLabel(testAccount, p.ID, k.ID), k.Private); err != nil || string(plain) != key {
			t.Errorf("key %d: %v", i, err)
		}
		if _, err := x.svc.Secrets.Open(saml.KeyLabel(testAccount, p.ID, p.Keys[1-i].ID), k.Private); err == nil {
			t.Error("a key opens under the other's name")
		}
	}
	x.fails("UpdateSAMLProvider", update(&key, &two[0], nil), "ValidationError", "Unable to add and remove private keys in the same request. Set a value for only one of the two parameters.")
	x.must("UpdateSAMLProvider", update(nil, &two[0], nil))
	x.fails("UpdateSAMLProvider", update(nil, &two[0], nil), "NoSuchEntity", "The private key with id "+two[0]+" cannot be found.")
	x.fails("UpdateSAMLProvider", update(nil, &two[1], nil), "InvalidInput", "Failed to remove private key.")
	x.must("UpdateSAMLProvider", update(nil, &two[1], ptr("Allowed")))
	if left := ids(); len(left) != 0 {
		t.Error(left)
	}
	document := samlMetadata(t, time.Time{})
	x.fails("CreateSAMLProvider", &iamshape.CreateSAMLProviderInput{Name: "New", SAMLMetadataDocument: document, AssertionEncryptionMode: ptr("Required")}, "ValidationError", "Unable to set assertion encryption mode to Required because no private key is provided.")
	x.fails("CreateSAMLProvider", &iamshape.CreateSAMLProviderInput{Name: "New", SAMLMetadataDocument: document, AddPrivateKey: ptr("x")}, "InvalidInput", form)
	x.must("CreateSAMLProvider", &iamshape.CreateSAMLProviderInput{Name: "New", SAMLMetadataDocument: document, AddPrivateKey: &key, AssertionEncryptionMode: ptr("Required")})
	if p := x.view.SAMLProvider("New"); p.EncryptionMode != account.EncryptionRequired || len(p.Keys) != 1 {
		t.Errorf("%+v", p.EncryptionMode)
	}
}

func TestSAMLTags(t *testing.T) {
	x := newTest(t)
	newSAML(x, "Corp")
	x.must("TagSAMLProvider", &iamshape.TagSAMLProviderInput{SAMLProviderArn: corpARN, Tags: tags("b", "1", "B", "2", "long", "3")})
	x.must("UntagSAMLProvider", &iamshape.UntagSAMLProviderInput{SAMLProviderArn: corpARN, TagKeys: []string{"long", "none"}})
	list := &iamshape.ListSAMLProviderTagsInput{SAMLProviderArn: corpARN, MaxItems: ptr(int32(1))}
	first := do[iamshape.ListSAMLProviderTagsOutput](x, "ListSAMLProviderTags", list)
	same(t, "first page", first, &iamshape.ListSAMLProviderTagsOutput{Tags: tags("B", "2"), IsTruncated: ptr(true), Marker: first.Marker})
	list.Marker = first.Marker
	same(t, "second page", x.must("ListSAMLProviderTags", list), any(&iamshape.ListSAMLProviderTagsOutput{Tags: tags("b", "1"), IsTruncated: ptr(false)}))
	x.must("TagSAMLProvider", &iamshape.TagSAMLProviderInput{SAMLProviderArn: corpARN, Tags: manyTags("k", 48)})
	x.fails("TagSAMLProvider", &iamshape.TagSAMLProviderInput{SAMLProviderArn: corpARN, Tags: tags("more", "")}, "LimitExceeded", "The number of tags has reached the maximum limit.")
}

func TestSAMLTargets(t *testing.T) {
	x := newTest(t)
	newSAML(x, "Corp")
	x.must("TagSAMLProvider", &iamshape.TagSAMLProviderInput{SAMLProviderArn: corpARN, Tags: tags("a", "1")})
	own := []account.Tag{{Key: "a", Value: "1"}}
	arn := corpARN
	document := samlMetadata(t, time.Time{})
	same(t, "create", x.target("CreateSAMLProvider", &iamshape.CreateSAMLProviderInput{Name: "New", SAMLMetadataDocument: document, Tags: tags("t", "v")}), api.Target{
		Resource: "arn:aws:iam::123456789012:saml-provider/New", RequestTags: []account.Tag{{Key: "t", Value: "v"}},
		Also: []api.Check{{Action: "iam:TagSAMLProvider", Resource: "arn:aws:iam::123456789012:saml-provider/New"}},
	})
	for name, in := range map[string]any{
		"GetSAMLProvider": &iamshape.GetSAMLProviderInput{SAMLProviderArn: arn}, "DeleteSAMLProvider": &iamshape.DeleteSAMLProviderInput{SAMLProviderArn: arn},
		"UpdateSAMLProvider": &iamshape.UpdateSAMLProviderInput{SAMLProviderArn: arn}, "ListSAMLProviderTags": &iamshape.ListSAMLProviderTagsInput{SAMLProviderArn: arn},
	} {
		same(t, name, x.target(name, in), api.Target{Resource: arn, Tags: own})
	}
	same(t, "tag", x.target("TagSAMLProvider", &iamshape.TagSAMLProviderInput{SAMLProviderArn: arn, Tags: tags("t", "v")}), api.Target{Resource: arn, Tags: own, RequestTags: []account.Tag{{Key: "t", Value: "v"}}})
	same(t, "untag", x.target("UntagSAMLProvider", &iamshape.UntagSAMLProviderInput{SAMLProviderArn: arn, TagKeys: []string{"t"}}), api.Target{Resource: arn, Tags: own, TagKeys: []string{"t"}})
	same(t, "list", x.target("ListSAMLProviders", &iamshape.ListSAMLProvidersInput{}), api.Target{Resource: "*"})
}

package iam

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base32"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func uploadSigning(x *tester, user *string, body string) *iamshape.SigningCertificate {
	x.Helper()
	return do[iamshape.UploadSigningCertificateOutput](x, "UploadSigningCertificate", &iamshape.UploadSigningCertificateInput{UserName: user, CertificateBody: body}).Certificate
}

func TestSigningCertificates(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	newUser(x, "/", "Bob")
	a, b, c := issue(t, "a", newECKey(t), nil, nil), issue(t, "b", testRSAKey(), nil, nil), issue(t, "c", newECKey(t), nil, nil)
	sum := sha1.Sum(a.cert.Raw)
	want := iamshape.SigningCertificate{
		CertificateBody: ptr(a.pem()), CertificateId: ptr(base32.StdEncoding.EncodeToString(sum[:])), Status: ptr("Active"), UploadDate: ptr(x.now), UserName: ptr("Alice"),
	}
	first := uploadSigning(x, ptr("ALICE"), a.pem())
	same(t, "upload", first, &want)
	if len(*first.CertificateId) != 32 {
		t.Errorf("id %s", *first.CertificateId)
	}
	list := func(user string, marker *string) *iamshape.ListSigningCertificatesOutput {
		t.Helper()
		return do[iamshape.ListSigningCertificatesOutput](x, "ListSigningCertificates", &iamshape.ListSigningCertificatesInput{UserName: &user, Marker: marker, MaxItems: ptr(int32(1))})
	}
	x.must("UpdateSigningCertificate", &iamshape.UpdateSigningCertificateInput{UserName: ptr("alice"), CertificateId: *first.CertificateId, Status: "Inactive"})
	x.now = x.now.Add(time.Hour)
	// The same certificate again is answered as Active and stays Inactive.
	same(t, "upload again", uploadSigning(x, ptr("Alice"), "\n"+a.pem()), &want)
	want.Status = ptr("Inactive")
	same(t, "list", list("aLICE", nil), &iamshape.ListSigningCertificatesOutput{Certificates: []iamshape.SigningCertificate{want}, IsTruncated: ptr(false)})
	x.fails("UploadSigningCertificate", &iamshape.UploadSigningCertificateInput{UserName: ptr("Bob"), CertificateBody: a.pem()}, "DuplicateCertificate", "Duplicate certificate uploaded.")
	x.fails("UploadSigningCertificate", &iamshape.UploadSigningCertificateInput{CertificateBody: a.pem()}, "DuplicateCertificate", "Duplicate certificate uploaded.")

	second := uploadSigning(x, ptr("Alice"), b.pem())
	x.fails("UploadSigningCertificate", &iamshape.UploadSigningCertificateInput{UserName: ptr("Alice"), CertificateBody: c.pem()}, "LimitExceeded", "Cannot exceed quota for CertificatesPerUser: 2")
	page := list("Alice", nil)
	same(t, "first page", page.Certificates, []iamshape.SigningCertificate{want})
	same(t, "second page", list("Alice", page.Marker), &iamshape.ListSigningCertificatesOutput{Certificates: []iamshape.SigningCertificate{*second}, IsTruncated: ptr(false)})
	x.fails("ListSigningCertificates", &iamshape.ListSigningCertificatesInput{UserName: ptr("Bob"), Marker: page.Marker}, "ValidationError", "Invalid Marker.")

	missing := "The Certificate with id " + *first.CertificateId + " cannot be found."
	x.fails("DeleteSigningCertificate", &iamshape.DeleteSigningCertificateInput{UserName: ptr("Bob"), CertificateId: *first.CertificateId}, "NoSuchEntity", missing)
	x.fails("UpdateSigningCertificate", &iamshape.UpdateSigningCertificateInput{UserName: ptr("Bob"), CertificateId: *first.CertificateId, Status: "Active"}, "NoSuchEntity", missing)
	x.fails("UpdateSigningCertificate", &iamshape.UpdateSigningCertificateInput{UserName: ptr("Alice"), CertificateId: *first.CertificateId, Status: "Expired"},
		"InvalidInput", "Operation does not support status Expired")
	x.must("DeleteSigningCertificate", &iamshape.DeleteSigningCertificateInput{UserName: ptr("alice"), CertificateId: *first.CertificateId})
	x.fails("DeleteSigningCertificate", &iamshape.DeleteSigningCertificateInput{UserName: ptr("alice"), CertificateId: *first.CertificateId}, "NoSuchEntity", missing)
	same(t, "what is left", list("Alice", nil).Certificates, []iamshape.SigningCertificate{*second})
	uploadSigning(x, ptr("Bob"), a.pem()) // free again

	const nobody = "The user with name none cannot be found."
	x.fails("UploadSigningCertificate", &iamshape.UploadSigningCertificateInput{UserName: ptr("none"), CertificateBody: "bad"}, "NoSuchEntity", nobody)
	x.fails("ListSigningCertificates", &iamshape.ListSigningCertificatesInput{UserName: ptr("none")}, "NoSuchEntity", nobody)
	x.fails("UpdateSigningCertificate", &iamshape.UpdateSigningCertificateInput{UserName: ptr("none"), CertificateId: *first.CertificateId, Status: "Active"}, "NoSuchEntity", nobody)
	x.fails("DeleteSigningCertificate", &iamshape.DeleteSigningCertificateInput{UserName: ptr("none"), CertificateId: *first.CertificateId}, "NoSuchEntity", nobody)
}

func TestSigningCertificateText(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	a := issue(t, "a", newECKey(t), nil, nil)
	over := issue(t, "a", a.key, nil, func(c *x509.Certificate) { c.NotAfter = certNow.Add(-time.Second) })
	early := issue(t, "a", a.key, nil, func(c *x509.Certificate) { c.NotBefore = certNow.Add(time.Second) })
	for name, body := range map[string]string{
		"text": "invalid-certificate-body", "two": a.pem() + a.pem(), "a key in it": a.pem() + a.keyPEM(t), "over": over.pem(), "not yet": early.pem(),
	} {
		_, err := x.call("UploadSigningCertificate", &iamshape.UploadSigningCertificateInput{UserName: ptr("Alice"), CertificateBody: body})
		if err == nil || err.Code != "MalformedCertificate" {
			t.Errorf("%s: %v", name, err)
		}
	}
	x.fails("UploadSigningCertificate", &iamshape.UploadSigningCertificateInput{UserName: ptr("Alice"), CertificateBody: "invalid-certificate-body"},
		"MalformedCertificate", "Certificate invalid-certificate-body is malformed.")
	x.fails("UploadSigningCertificate", &iamshape.UploadSigningCertificateInput{CertificateBody: "-----BEGIN PRIVATE KEY-----\nsecret"},
		"MalformedCertificate", "Certificate is malformed.")
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x.fails("UploadSigningCertificate", &iamshape.UploadSigningCertificateInput{UserName: ptr("Alice"), CertificateBody: issue(t, "e", key, nil, nil).pem()},
		"InvalidCertificate", "The public key of the certificate is neither RSA nor EC.")
}

// The id is a digest that can be forged: another certificate under it is
// neither the same nor accepted.
func TestSigningCertificateOfAnotherID(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	a, b := issue(t, "a", newECKey(t), nil, nil), issue(t, "b", newECKey(t), nil, nil)
	id := signingID(a.cert)
	x.change(func(tx *account.Tx) {
		u := tx.View().User("Alice").Clone()
		u.SigningCertificates = []account.SigningCertificate{{ID: id, Body: b.pem(), Status: account.Active, Uploaded: x.now}}
		tx.PutUser(u)
	})
	x.fails("UploadSigningCertificate", &iamshape.UploadSigningCertificateInput{UserName: ptr("Alice"), CertificateBody: a.pem()},
		"EntityAlreadyExists", "The Certificate with id "+id+" already exists.")
}

func TestSigningCertificatesOfCaller(t *testing.T) {
	x := newTest(t)
	newUser(x, "/p/", "Alice")
	a, b := issue(t, "a", newECKey(t), nil, nil), issue(t, "b", newECKey(t), nil, nil)
	summary := func() int32 {
		return do[iamshape.GetAccountSummaryOutput](x, "GetAccountSummary", &iamshape.GetAccountSummaryInput{}).SummaryMap["AccountSigningCertificatesPresent"]
	}
	if n := summary(); n != 0 {
		t.Errorf("summary: %d", n)
	}
	root := uploadSigning(x, nil, a.pem())
	if root.UserName != nil || summary() != 1 {
		t.Errorf("root's certificate is of %v, summary %d", root.UserName, summary())
	}
	if r := x.target("UploadSigningCertificate", &iamshape.UploadSigningCertificateInput{CertificateBody: a.pem()}).Resource; r != "arn:aws:iam::123456789012:root" {
		t.Errorf("root uploads to %s", r)
	}
	x.must("UpdateSigningCertificate", &iamshape.UpdateSigningCertificateInput{CertificateId: *root.CertificateId, Status: "Inactive"})
	got := do[iamshape.ListSigningCertificatesOutput](x, "ListSigningCertificates", &iamshape.ListSigningCertificatesInput{}).Certificates
	if len(got) != 1 || *got[0].Status != "Inactive" {
		t.Errorf("root has %v", got)
	}

	x.asUser("Alice")
	own := uploadSigning(x, nil, b.pem())
	if *own.UserName != "Alice" {
		t.Errorf("certificate of %s", *own.UserName)
	}
	if r := x.target("DeleteSigningCertificate", &iamshape.DeleteSigningCertificateInput{CertificateId: *own.CertificateId}).Resource; r != "arn:aws:iam::123456789012:user/p/Alice" {
		t.Errorf("Alice deletes on %s", r)
	}
	x.fails("DeleteSigningCertificate", &iamshape.DeleteSigningCertificateInput{CertificateId: *root.CertificateId}, "NoSuchEntity", "The Certificate with id "+*root.CertificateId+" cannot be found.")
	x.asRole()
	x.fails("ListSigningCertificates", &iamshape.ListSigningCertificatesInput{}, "ValidationError", "Must specify userName when calling with non-User credentials")
	x.asRoot()
	x.must("DeleteSigningCertificate", &iamshape.DeleteSigningCertificateInput{CertificateId: *root.CertificateId})
	if n := summary(); n != 0 {
		t.Errorf("summary: %d", n)
	}
}

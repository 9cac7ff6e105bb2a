package saml

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"

	"github.com/aratame/aratame/internal/awserr"
)

// errSignature says that no key of the provider vouches for the response, or
// that its signature has a form that nobody needs and attackers like. It is also
// the answer to an encrypted assertion that can't be read: to tell the two apart
// would help to decrypt someone else's.
var errSignature = awserr.New("InvalidIdentityToken", "Response signature invalid")

// Algorithms taken. Those with SHA-1 are not: collisions can be made. Nor are
// canonical forms with comments, which would sign what readers don't see.
var (
	signatureMethods = []string{ // RSA first
		dsig.RSASHA256SignatureMethod, dsig.RSASHA384SignatureMethod, dsig.RSASHA512SignatureMethod,
		dsig.ECDSASHA256SignatureMethod, dsig.ECDSASHA384SignatureMethod, dsig.ECDSASHA512SignatureMethod,
	}
	digestMethods = []string{
		"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512",
	}
	canonicalForms = []string{
		string(dsig.CanonicalXML10ExclusiveAlgorithmId), string(dsig.CanonicalXML10RecAlgorithmId), string(dsig.CanonicalXML11AlgorithmId),
	}
)

// signatureOf gives the signature that an element carries, or nil.
func signatureOf(el *etree.Element) (*etree.Element, error) {
	return only(el, nsSignature, "Signature")
}

// checkForm holds the signature of el to the one form that SAML allows
// (saml-core-2.0, 5.4): a single reference to the element it stands in, by its
// ID, with the enveloped-signature transform and a canonical form.
func checkForm(el, signature *etree.Element) error {
	id, _ := attribute(el, "ID")
	if id == "" {
		return errSignature
	}
	for _, c := range signature.ChildElements() {
		if c.NamespaceURI() != nsSignature || c.Tag != "SignedInfo" && c.Tag != "SignatureValue" && c.Tag != "KeyInfo" {
			return errSignature
		}
	}
	info, err := only(signature, nsSignature, "SignedInfo")
	if err != nil || info == nil {
		return errSignature
	}
	reference, err := only(info, nsSignature, "Reference")
	if err != nil || reference == nil || len(info.ChildElements()) != 3 {
		return errSignature
	}
	if uri, _ := attribute(reference, "URI"); uri != "#"+id {
		return errSignature
	}
	if !algorithm(info, "CanonicalizationMethod", canonicalForms) || !algorithm(info, "SignatureMethod", signatureMethods) ||
		!algorithm(reference, "DigestMethod", digestMethods) {
		return errSignature
	}
	list, err := only(reference, nsSignature, "Transforms")
	if err != nil || list == nil {
		return errSignature
	}
	transforms := list.ChildElements()
	if len(transforms) < 1 || len(transforms) > 2 {
		return errSignature
	}
	for i, t := range transforms {
		name, _ := attribute(t, "Algorithm")
		if !is(t, nsSignature, "Transform") || i == 0 && name != string(dsig.EnvelopedSignatureAltorithmId) || i == 1 && !oneOf(name, canonicalForms) {
			return errSignature
		}
	}
	return nil
}

// algorithm reports whether the one child of this name has an algorithm of the
// list.
func algorithm(el *etree.Element, tag string, list []string) bool {
	c, err := only(el, nsSignature, tag)
	if err != nil || c == nil {
		return false
	}
	name, _ := attribute(c, "Algorithm")
	return oneOf(name, list)
}

func oneOf(s string, list []string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// verified returns what a key of the issuer has signed of the element: a copy
// made of the very bytes that the signature covers, without the signature. The
// document must have passed checkPlaces.
func verified(el *etree.Element, issuer *Issuer) (*etree.Element, error) {
	signature, err := signatureOf(el)
	if err != nil || signature == nil {
		return nil, errSignature
	}
	context, err := etreeutils.NSBuildParentContext(el)
	if err != nil {
		return nil, errSignature
	}
	detached, err := etreeutils.NSDetatch(context, el)
	if err != nil {
		return nil, errSignature
	}
	if signature, err = signatureOf(detached); err != nil || signature == nil {
		return nil, errSignature
	}
	// What the response says of its key counts for nothing.
	for _, info := range children(signature, nsSignature, "KeyInfo") {
		signature.RemoveChild(info)
	}
	if err := encodeECDSA(signature); err != nil {
		return nil, err
	}
	for _, der := range issuer.Certificates {
		cert, err := signingCertificate(der)
		if err != nil {
			return nil, err
		}
		validation := &dsig.ValidationContext{
			CertificateStore: &dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{cert}},
			IdAttribute:      "ID",
			Clock:            dsig.NewFakeClockAt(cert.NotBefore), // its dates mean nothing: see Issuer
		}
		signed, err := validation.Validate(detached)
		if err != nil {
			continue
		}
		if signed == nil || !is(signed, el.NamespaceURI(), el.Tag) || !sameID(signed, el) {
			return nil, errSignature
		}
		return signed, nil
	}
	return nil, errSignature
}

// encodeECDSA writes the value of an ECDSA signature anew, as the library reads
// it: in ASN.1. XML Signature has the two numbers one after the other (6.4.3).
func encodeECDSA(signature *etree.Element) error {
	info, err := only(signature, nsSignature, "SignedInfo")
	if err != nil || info == nil {
		return errSignature
	}
	if algorithm(info, "SignatureMethod", signatureMethods[:3]) {
		return nil
	}
	value, err := only(signature, nsSignature, "SignatureValue")
	if err != nil || value == nil {
		return errSignature
	}
	encoded, err := text(value)
	if err != nil {
		return errSignature
	}
	raw, err := base64.StdEncoding.DecodeString(withoutSpace(encoded))
	if err != nil || len(raw) == 0 || len(raw)%2 != 0 {
		return errSignature
	}
	numbers := struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:len(raw)/2]), new(big.Int).SetBytes(raw[len(raw)/2:])}
	der, err := asn1.Marshal(numbers)
	if err != nil {
		return errSignature
	}
	value.SetText(base64.StdEncoding.EncodeToString(der))
	return nil
}

func sameID(a, b *etree.Element) bool {
	x, okX := attribute(a, "ID")
	y, okY := attribute(b, "ID")
	return okX && okY && x == y
}

// checkPlaces refuses a document in which something could be taken for what it
// isn't: ids that aren't unique, signatures and assertions anywhere but where
// they belong, signatures of another form.
func checkPlaces(root *etree.Element) error {
	ids := map[string]bool{}
	var walk func(el *etree.Element) error
	walk = func(el *etree.Element) error {
		for _, a := range el.Attr {
			if !strings.EqualFold(a.Key, "id") {
				continue
			}
			if ids[a.Value] {
				return errSignature
			}
			ids[a.Value] = true
		}
		parent := el.Parent()
		switch {
		case el == root || parent == nil:
		case el.Tag == "Signature" && el.NamespaceURI() == nsSignature:
			if parent != root && !(is(parent, nsAssertion, "Assertion") && parent.Parent() == root) {
				return errSignature
			}
			if err := checkForm(parent, el); err != nil {
				return err
			}
		case el.NamespaceURI() == nsAssertion && (el.Tag == "Assertion" || el.Tag == "EncryptedAssertion"), is(el, nsProtocol, "Response"):
			if parent != root {
				return errSignature
			}
		}
		for _, c := range el.ChildElements() {
			if err := walk(c); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(root)
}

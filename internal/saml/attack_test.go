package saml_test

import (
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/aratame/aratame/internal/saml/samltest"
)

// A forger has a genuine response of their own and wants to be somebody else.
type forger struct {
	*testing.T
	root *etree.Element
}

func forge(t *testing.T, response string) *forger {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromString(response); err != nil {
		t.Fatal(err)
	}
	return &forger{t, doc.Root()}
}

func (f *forger) assertion() *etree.Element {
	f.Helper()
	a := f.root.SelectElement("Assertion")
	if a == nil {
		f.Fatal("the response has no assertion")
	}
	return a
}

func (f *forger) signature(el *etree.Element) *etree.Element {
	f.Helper()
	s := el.SelectElement("Signature")
	if s == nil {
		f.Fatalf("%s has no signature", el.Tag)
	}
	return s
}

// evil is a copy that says something else under an id of its own.
func evil(el *etree.Element, signed bool) *etree.Element {
	c := el.Copy()
	c.CreateAttr("ID", "evil")
	for _, n := range c.FindElements(".//NameID") {
		n.SetText("mallory")
	}
	if s := c.SelectElement("Signature"); s != nil && !signed {
		c.RemoveChild(s)
	}
	return c
}

// bare is a copy without its signature.
func bare(el *etree.Element) *etree.Element {
	c := el.Copy()
	if s := c.SelectElement("Signature"); s != nil {
		c.RemoveChild(s)
	}
	return c
}

func (f *forger) text(root *etree.Element) string {
	f.Helper()
	doc := etree.NewDocument()
	doc.SetRoot(root.Copy())
	s, err := doc.WriteToString()
	if err != nil {
		f.Fatal(err)
	}
	return s
}

// Signature wrapping, in the permutations that SAML Raider numbers, and their
// kin: whoever is let in is the one that was signed for, or nobody is.
func TestSignatureWrapping(t *testing.T) {
	whole := func(f *forger, place func(root, signature, original *etree.Element)) string {
		original := bare(f.root)
		root := evil(f.root, true)
		place(root, f.signature(root), original)
		return f.text(root)
	}
	part := func(f *forger, place func(root, genuine *etree.Element)) string {
		place(f.root, f.assertion())
		return f.text(f.root)
	}
	for _, c := range []struct {
		name   string
		signed bool // the response is; else the assertion alone
		forge  func(f *forger) string
	}{
		{"1: the response in its signature", true, func(f *forger) string {
			return whole(f, func(_, s, o *etree.Element) { s.AddChild(o) })
		}},
		{"1b: in an Object of its signature", true, func(f *forger) string {
			return whole(f, func(_, s, o *etree.Element) {
				object := etree.NewElement(s.Space + ":Object")
				object.AddChild(o)
				s.AddChild(object)
			})
		}},
		{"2: the response before its signature", true, func(f *forger) string {
			return whole(f, func(r, s, o *etree.Element) { r.InsertChildAt(s.Index(), o) })
		}},
		{"3: another assertion before", false, func(f *forger) string {
			return part(f, func(r, a *etree.Element) { r.InsertChildAt(a.Index(), evil(a, false)) })
		}},
		{"3b: another assertion behind", false, func(f *forger) string {
			return part(f, func(r, a *etree.Element) { r.AddChild(evil(a, false)) })
		}},
		{"4: another assertion around", false, func(f *forger) string {
			return part(f, func(r, a *etree.Element) {
				e := evil(a, false)
				r.RemoveChild(a)
				e.AddChild(a)
				r.AddChild(e)
			})
		}},
		{"5: the signature in another assertion, the genuine one behind", false, func(f *forger) string {
			return part(f, func(r, a *etree.Element) {
				e := evil(a, true)
				r.RemoveChild(a)
				r.AddChild(e)
				r.AddChild(bare(a))
			})
		}},
		{"6: the genuine one in the signature of another", false, func(f *forger) string {
			return part(f, func(r, a *etree.Element) {
				e := evil(a, true)
				f.signature(e).AddChild(bare(a))
				r.RemoveChild(a)
				r.AddChild(e)
			})
		}},
		{"7: another assertion in extensions", false, func(f *forger) string {
			return part(f, func(r, a *etree.Element) {
				x := etree.NewElement("samlp:Extensions")
				x.AddChild(evil(a, false))
				r.InsertChildAt(a.Index(), x)
			})
		}},
		{"7b: the genuine one in extensions", false, func(f *forger) string {
			return part(f, func(r, a *etree.Element) {
				e := evil(a, false)
				r.RemoveChild(a)
				x := etree.NewElement("samlp:Extensions")
				x.AddChild(a)
				r.AddChild(x)
				r.AddChild(e)
			})
		}},
		{"8: the genuine one in an Object of the signature of another", false, func(f *forger) string {
			return part(f, func(r, a *etree.Element) {
				e := evil(a, true)
				s := f.signature(e)
				object := etree.NewElement(s.Space + ":Object")
				object.AddChild(bare(a))
				s.AddChild(object)
				r.RemoveChild(a)
				r.AddChild(e)
			})
		}},
		{"the same id twice", false, func(f *forger) string {
			return part(f, func(r, a *etree.Element) {
				e := evil(a, false)
				e.CreateAttr("ID", a.SelectAttrValue("ID", ""))
				r.AddChild(e)
			})
		}},
		{"the same id in the response", false, func(f *forger) string {
			return part(f, func(r, a *etree.Element) { r.CreateAttr("ID", a.SelectAttrValue("ID", "")) })
		}},
		{"an id with a prefix", false, func(f *forger) string {
			return part(f, func(r, a *etree.Element) {
				e := evil(a, true)
				e.Attr = append([]etree.Attr{{Space: "xml", Key: "ID", Value: a.SelectAttrValue("ID", "")}}, e.Attr...)
				r.RemoveChild(a)
				r.AddChild(e)
			})
		}},
		{"a signed response whose assertion isn't its own", true, func(f *forger) string {
			return part(f, func(r, a *etree.Element) {
				r.RemoveChild(a)
				r.AddChild(evil(a, false))
			})
		}},
		{"an assertion beside an encrypted one", false, func(f *forger) string {
			return part(f, func(r, _ *etree.Element) { r.AddChild(etree.NewElement("saml:EncryptedAssertion")) })
		}},
	} {
		l := login()
		l.UnsignedResponse = !c.signed
		genuine := respond(t, parties().idp, l)
		if _, refused := verify(provider(), genuine, now); refused != "" {
			t.Fatalf("%s: the genuine response: %s", c.name, refused)
		}
		forged := c.forge(forge(t, genuine))
		if !strings.Contains(forged, "mallory") && !strings.HasPrefix(c.name, "the same id in") && !strings.Contains(c.name, "encrypted") {
			t.Errorf("%s: nobody is forged", c.name)
		}
		if a, refused := verify(provider(), forged, now); refused == "" {
			t.Errorf("%s: %s is let in", c.name, a.Subject)
		}
	}
}

// Around the signed assertion there is room for more, which must not be there.
func TestUnsignedSurroundings(t *testing.T) {
	l := login()
	l.UnsignedResponse = true
	genuine := respond(t, parties().idp, l)
	prefix := genuine[:strings.Index(genuine, ":SignedInfo")]
	prefix = prefix[strings.LastIndex(prefix, "<")+1:]
	between := func(s, from, to string) (before, inside, after string) {
		i := strings.Index(s, from)
		j := strings.Index(s, to) + len(to)
		return s[:i], s[i:j], s[j:]
	}
	_, signature, _ := between(genuine, "<"+prefix+":Signature ", "</"+prefix+":Signature>")
	id := forge(t, genuine).assertion().SelectAttrValue("ID", "")
	for name, forged := range map[string]string{
		"a signature of something else": strings.Replace(genuine, "</samlp:Response>", `<samlp:Extensions ID="x">`+strings.ReplaceAll(signature, id, "x")+"</samlp:Extensions></samlp:Response>", 1),
		"an object in the signature":    strings.Replace(genuine, "</"+prefix+":Signature>", "<"+prefix+":Object>x</"+prefix+":Object></"+prefix+":Signature>", 1),
		"an id with a prefix":           strings.Replace(genuine, "<samlp:Response ", `<samlp:Response xmlns:x="urn:x" x:ID="other" `, 1),
		"an attribute twice":            strings.Replace(genuine, "<samlp:Response ", `<samlp:Response Consent="a" Consent="b" `, 1),
		"a comment":                     strings.Replace(genuine, "</samlp:Response>", "<!-- --></samlp:Response>", 1),
		"another version":               strings.Replace(genuine, `Version="2.0"`, `Version="2.1"`, 1),
	} {
		if forged == genuine {
			t.Errorf("%s: nothing changed", name)
		}
		if _, refused := verify(provider(), forged, now); refused == "" {
			t.Errorf("%s is let in", name)
		}
	}
	// What the response says of its key doesn't matter.
	before, info, after := between(genuine, "<"+prefix+":KeyInfo>", "</"+prefix+":KeyInfo>")
	for _, other := range []string{"", "<" + prefix + ":KeyInfo/>", strings.Replace(info, "MII", "XXX", 1), "<" + prefix + ":KeyInfo><" + prefix + ":KeyName>k</" + prefix + ":KeyName></" + prefix + ":KeyInfo>"} {
		if a, refused := verify(provider(), before+other+after, now); refused != "" || a.Subject != "alice" {
			t.Errorf("%.60q: %s", other, refused)
		}
	}
}

// One change to a genuine response, each of them refused.
func TestTampering(t *testing.T) {
	assertionOnly, both := login(), login()
	assertionOnly.UnsignedResponse = true
	for name, l := range map[string]*samltest.Login{"assertion": assertionOnly, "both": both} {
		genuine := respond(t, parties().idp, l)
		tag := func(s string) string { return s[strings.LastIndex(s, "<")+1:] }
		prefix := tag(genuine[:strings.Index(genuine, ":SignedInfo")])
		for _, c := range []struct{ name, old, new string }{
			{"the subject", ">alice<", ">mallory<"},
			{"a comment in the subject", ">alice<", ">alice<!-- -->.mallory<"},
			{"a comment that the canonical form drops", ">alice<", ">ali<!-- -->ce<"},
			{"a processing instruction", ">alice<", ">ali<?x y?>ce<"},
			{"a section of character data", ">alice<", "><![CDATA[mallory]]><"},
			{"the role", roleARN, roleARN + "Admin"},
			{"a document type", "<samlp:Response", "<!DOCTYPE x><samlp:Response"},
			{"an entity", "<samlp:Response", `<!DOCTYPE x [<!ENTITY e "mallory">]><samlp:Response`},
			{"an unknown entity", ">alice<", ">alice&e;<"},
			{"two roots", "</samlp:Response>", "</samlp:Response><x/>"},
			{"text behind", "</samlp:Response>", "</samlp:Response>x"},
			{"an attribute twice", `Version="2.0"`, `Version="2.0" Version="2.0"`},
			{"another digest", "http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1"},
			{"a canonical form with comments", `c14n#"`, `c14n#WithComments"`},
			{"no transforms", prefix + ":Transforms", prefix + ":Transform5"},
			{"a whole document reference", `URI="#`, `URI="" X="#`},
			{"no reference", prefix + ":Reference", prefix + ":Referenze"},
			{"another namespace of the signature", "http://www.w3.org/2000/09/xmldsig#\"", "http://www.w3.org/2000/09/xmldsig\""},
			{"another namespace of the assertion", "urn:oasis:names:tc:SAML:2.0:assertion", "urn:oasis:names:tc:SAML:1.0:assertion"},
			{"another namespace of the response", "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:1.0:protocol"},
			{"no signature value", prefix + ":SignatureValue", prefix + ":SignatureValu"},
			{"not encoded as UTF-8", ">alice<", ">al\xffice<"},
			{"a colon too many in a name", "<saml:NameID", "<saml:x:NameID"},
			{"no signature", prefix + ":Signature", prefix + ":Signatura"},
		} {
			forged := strings.ReplaceAll(genuine, c.old, c.new)
			if forged == genuine {
				t.Errorf("%s, %s: nothing changed", name, c.name)
			}
			if a, refused := verify(provider(), forged, now); refused == "" {
				t.Errorf("%s, %s: %s is let in", name, c.name, a.Subject)
			}
		}
		// Around the assertion, where nothing vouches for the text.
		for _, c := range []struct{ old, new, want string }{
			{"status:Success", "status:Requester", "IDPRejectedClaim: The identity provider reported that authentication failed."},
			{"samlp:StatusCode", "samlp:StatusCod", "InvalidIdentityToken: The SAML assertion is not a valid response."},
			{"samlp:Status>", "samlp:Statu>", "InvalidIdentityToken: The SAML assertion is not a valid response."},
		} {
			if name == "both" {
				c.want = badSignature
			}
			if _, got := verify(provider(), strings.ReplaceAll(genuine, c.old, c.new), now); got != c.want {
				t.Errorf("%s, %s: %q", name, c.new, got)
			}
		}
	}
}

// What costs much to read isn't read.
func TestBounds(t *testing.T) {
	l := login()
	l.UnsignedResponse = true
	genuine := respond(t, parties().idp, l)
	in := func(s string) string { return strings.Replace(genuine, "</samlp:Response>", s+"</samlp:Response>", 1) }
	if _, refused := verify(provider(), in("<x></x>"), now); refused != "" {
		t.Fatal(refused)
	}
	attributes := func(n int, prefix string) (s string) {
		for i := range n {
			s += " " + prefix + strings.Repeat("a", i+1) + `="u"`
		}
		return s
	}
	for name, s := range map[string]string{
		"depth":      strings.Repeat("<x>", 32) + strings.Repeat("</x>", 32),
		"elements":   strings.Repeat("<x/>", 5_000),
		"attributes": "<x" + attributes(33, "") + "/>",
		"namespaces": "<x" + attributes(31, "xmlns:") + "><x" + attributes(31, "xmlns:b") + "><x" + attributes(8, "xmlns:c") + "/></x></x>",
		"unclosed":   "<x>", "closed twice": "</x>", "crossed": "<x><y></x></y>",
		"the prefix xml": `<x xmlns:xml="u"/>`, "the prefix xmlns": `<x xmlns:xmlns="u"/>`, "a prefix taken back": `<x xmlns:y=""/>`,
	} {
		if _, got := verify(provider(), in(s), now); got != "InvalidIdentityToken: The SAML assertion is not a valid response." {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, s := range []string{"", " ", "<", "<x/>", "\ufeff" + genuine, genuine + "\x00", "<?xml version=\"1.0\" encoding=\"latin1\"?>" + genuine} {
		if _, got := verify(provider(), s, now); got != "InvalidIdentityToken: The SAML assertion is not a valid response." {
			t.Errorf("%.20q: %q", s, got)
		}
	}
	if _, err := provider().Verify("no base64 §", now); err == nil {
		t.Error("no base64 is read")
	}
	if _, refused := verify(provider(), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"+genuine+"\n", now); refused != "" {
		t.Error(refused)
	}
}

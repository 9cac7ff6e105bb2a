package scripttest

import (
	"os"
	"strings"
	"sync"
	"time"

	crewjam "github.com/crewjam/saml"

	"github.com/aratame/aratame/internal/saml/samltest"
)

// samlParties are the same for all scripts: keys take long to make. The identity
// provider signs, the others hold keys that assertions are encrypted to.
var samlParties = sync.OnceValues(func() (p [3]*samltest.IdP, err error) {
	for i, id := range []string{"https://idp.example.com/metadata", "https://sp.example.com/1", "https://sp.example.com/2"} {
		if p[i], err = samltest.New(id, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			return p, err
		}
	}
	return p, nil
})

var _ = add("idp", func(x *script, neg bool, args []string) {
	x.plain(neg, args, 0, 0, "idp")
	p, err := samlParties()
	x.Check(err)
	metadata, err := p[0].Metadata(x.now.Load().AddDate(1, 0, 0))
	x.Check(err)
	x.Check(os.WriteFile(x.MkAbs("metadata.xml"), []byte(metadata), 0o600))
	x.Check(os.WriteFile(x.MkAbs("key1.pem"), []byte(samltest.PEM(p[1].Key)), 0o600))
	x.Check(os.WriteFile(x.MkAbs("key2.pem"), []byte(samltest.PEM(p[2].Key)), 0o600))
	x.Setenv("IDP", p[0].EntityID)
})

var _ = add("assertion", func(x *script, neg bool, args []string) {
	const usage = "assertion VAR [-subject=S] [-recipient=URL] [-audience=A] [-age=D] [-ends=D] [-status=S] [-key=N] [-signer=N] [-once] [-plain] NAME=VALUE …"
	x.plain(neg, args, 1, 100, usage)
	p, err := samlParties()
	x.Check(err)
	l := &samltest.Login{Now: *x.now.Load(), Subject: "alice"}
	signer, once := 0, false
	var ends time.Duration
	number := func(value string) int {
		if len(value) != 1 || value < "0" || value > "2" {
			x.Fatalf("usage: %s", usage)
		}
		return int(value[0] - '0')
	}
	for _, arg := range args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "-subject":
			l.Subject = value
		case "-recipient":
			l.Recipient = value
		case "-audience":
			l.Audience = value
		case "-age":
			d, err := time.ParseDuration(value)
			x.Check(err)
			l.Now = l.Now.Add(-d)
		case "-ends":
			ends, err = time.ParseDuration(value)
			x.Check(err)
		case "-status":
			l.Status = value
		case "-key":
			l.EncryptTo = p[number(value)].Key
		case "-signer":
			signer = number(value)
		case "-once":
			once = true
		case "-plain":
			l.UnsignedResponse = true
		default:
			l.Set(name, append(l.Values[name], value)...)
		}
	}
	l.Edit = func(a *crewjam.Assertion) {
		if ends != 0 {
			at := l.Now.Add(ends)
			a.AuthnStatements[0].SessionNotOnOrAfter = &at
		}
		if once {
			a.Conditions.OneTimeUse = &crewjam.OneTimeUse{}
		}
	}
	idp := *p[signer]
	idp.EntityID = p[0].EntityID
	response, err := idp.Respond(l)
	x.Check(err)
	x.Setenv(args[0], samltest.Encode(response))
})

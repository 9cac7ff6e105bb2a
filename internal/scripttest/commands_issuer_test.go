package scripttest

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/aratame/aratame/internal/oidc/oidctest"
)

var _ = add("issuer", func(x *script, neg bool, args []string) {
	x.plain(neg, args, 0, 1, "issuer [stop]")
	if len(args) == 1 {
		if args[0] != "stop" || x.issuer == nil {
			x.Fatalf("usage: issuer [stop]")
		}
		x.issuer.Close()
		return
	}
	if x.opened != nil || x.issuer != nil {
		x.Fatalf("issuer comes once, before the first call")
	}
	x.issuer = oidctest.New("")
	x.Defer(x.issuer.Close)
	x.oidcCA = x.MkAbs("issuer.pem")
	x.Check(os.WriteFile(x.oidcCA, x.issuer.PEM(), 0o600))
	x.Setenv("ISSUER", x.issuer.URL)
	x.Setenv("ISSUERNAME", x.issuer.Name())
	x.Setenv("THUMBPRINT", x.issuer.Thumbprint())
})

var _ = add("token", func(x *script, neg bool, args []string) {
	const usage = "token VAR CLAIMS [alg=A] [kid=K] [key=K]"
	x.plain(neg, args, 2, 5, usage)
	if x.issuer == nil {
		x.Fatalf("there is no issuer")
	}
	now := x.now.Load().Unix()
	claims := map[string]any{"iss": x.issuer.URL, "aud": "client", "sub": "somebody", "iat": now - 10, "exp": now + 600}
	var change map[string]any
	x.Check(json.Unmarshal([]byte(args[1]), &change))
	for name, value := range change {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	header, key := map[string]any{"alg": "RS256", "kid": "rsa", "typ": "JWT"}, "rsa"
	for _, arg := range args[2:] {
		switch name, value, _ := strings.Cut(arg, "="); name {
		case "alg", "kid":
			header[name] = value
		case "key":
			key = value
		default:
			x.Fatalf("usage: %s", usage)
		}
	}
	text := x.issuer.SignAs(header, "rsa", claims)
	switch {
	case key == "none":
		text = text[:strings.LastIndexByte(text, '.')+1]
	case key != "rsa":
		text = x.issuer.SignAs(header, key, claims)
	}
	x.Setenv(args[0], text)
})

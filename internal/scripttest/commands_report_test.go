package scripttest

import "encoding/base64"

var _ = add("decode", func(x *script, neg bool, args []string) {
	x.plain(neg, args, 1, 1, "decode PATH")
	text, err := base64.StdEncoding.DecodeString(x.one(args[0]))
	x.Check(err)
	x.Stdout().Write(text)
})

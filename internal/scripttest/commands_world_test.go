package scripttest

import (
	"encoding/base32"
	"encoding/base64"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

var _ = add("clock", func(x *script, neg bool, args []string) {
	x.plain(neg, args, 1, 1, "clock +DURATION")
	d, err := time.ParseDuration(strings.TrimPrefix(args[0], "+"))
	x.Check(err)
	x.server() // what the first start makes is of the time before
	now := x.now.Load().Add(d)
	x.now.Store(&now)
})

var _ = add("quota", func(x *script, neg bool, args []string) {
	x.plain(neg, args, 1, 20, "quota Name=N …")
	if x.opened != nil {
		x.Fatalf("quota comes before the first call")
	}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		n, err := strconv.Atoi(value)
		x.Check(err)
		f := reflect.ValueOf(&x.quotas).Elem().FieldByName(name)
		if !f.IsValid() {
			x.Fatalf("there is no quota %s", name)
		}
		f.SetInt(int64(n))
	}
})

// The seed may come as CreateVirtualMFADevice answers it, which is the base64 of
// its Base32 text.
var _ = add("totp", func(x *script, neg bool, args []string) {
	x.plain(neg, args, 2, 3, "totp VAR SEED [PERIODS]")
	seed := args[1]
	if text, err := base64.StdEncoding.DecodeString(seed); err == nil {
		if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(string(text), "=")); err == nil {
			seed = string(text)
		}
	}
	at := *x.now.Load()
	if len(args) == 3 {
		n, err := strconv.Atoi(args[2])
		x.Check(err)
		at = at.Add(time.Duration(n) * 30 * time.Second)
	}
	code, err := totp.GenerateCodeCustom(seed, at, totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	x.Check(err)
	x.Setenv(args[0], code)
})

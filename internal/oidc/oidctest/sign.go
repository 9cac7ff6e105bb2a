package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.Hash
	_ "crypto/sha512"
)

var hashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

// signature signs as RFC 7518 says, written apart from the library that
// verifies.
func signature(alg string, key any, text []byte) []byte {
	if alg == "none" || len(alg) != 5 {
		return nil
	}
	hash := hashes[alg[2:]]
	if secret, ok := key.([]byte); ok {
		m := hmac.New(hash.New, secret)
		m.Write(text)
		return m.Sum(nil)
	}
	h := hash.New()
	h.Write(text)
	sum := h.Sum(nil)
	var out []byte
	var err error
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if alg[:2] == "PS" {
			out, err = rsa.SignPSS(rand.Reader, k, hash, sum, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		} else {
			out, err = rsa.SignPKCS1v15(rand.Reader, k, hash, sum)
		}
	case *ecdsa.PrivateKey:
		r, s, serr := ecdsa.Sign(rand.Reader, k, sum)
		if serr != nil {
			panic(serr)
		}
		size := (k.Curve.Params().BitSize + 7) / 8
		out = make([]byte, 2*size)
		r.FillBytes(out[:size])
		s.FillBytes(out[size:])
	}
	if err != nil {
		panic(err)
	}
	return out
}

package issuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/seal"
)

// The algorithms that AWS's issuer offers.
const (
	RS256 = "RS256"
	ES384 = "ES384"
)

var algorithms = []string{RS256, ES384}

// The life of a key: it is published for a day before it signs, so that
// verifiers that keep key sets for a while know it; after the rotation period
// the next one is made; a key is taken down a day after the last token that it
// can have signed ends.
const (
	period    = 90 * 24 * time.Hour
	announced = 24 * time.Hour
	longest   = time.Hour // of a token
	kept      = 24 * time.Hour
	rsaBits   = 2048
)

// KeyLabel names a sealed signing key.
func KeyLabel(acct, key string) seal.Label {
	return seal.Label{Account: acct, Kind: "issuer-key", Name: key}
}

// Rotate gives the keys that an account should have at the given time: new
// ones where there are none or the newest is too old, and none that has had its
// time. changed is false when they are those that it has. Making a key takes
// up to a second.
func (i *Issuer) Rotate(acct string, keys []account.OutboundKey, rand io.Reader, now time.Time) (out []account.OutboundKey, changed bool, err error) {
	for _, alg := range algorithms {
		mine := of(keys, alg)
		if n := len(mine); n == 0 || now.Sub(mine[n-1].Created) >= period {
			key, err := i.newKey(acct, alg, rand, now)
			if err != nil {
				return nil, false, err
			}
			mine, changed = append(mine, key), true
		}
		for len(mine) > 1 && now.Sub(mine[1].Created) > announced+longest+kept {
			mine, changed = mine[1:], true
		}
		out = append(out, mine...)
	}
	return out, changed, nil
}

func of(keys []account.OutboundKey, alg string) (out []account.OutboundKey) {
	for _, k := range keys {
		if k.Algorithm == alg {
			out = append(out, k)
		}
	}
	return out
}

// signing is the key that signs at the given time: the newest that has been
// announced for long enough, or the oldest there is.
func signing(keys []account.OutboundKey, alg string, now time.Time) (key account.OutboundKey, ok bool) {
	for n, k := range of(keys, alg) {
		if n == 0 || now.Sub(k.Created) >= announced {
			key, ok = k, true
		}
	}
	return key, ok
}

func (i *Issuer) newKey(acct, alg string, rand io.Reader, now time.Time) (k account.OutboundKey, err error) {
	var private crypto.Signer
	switch alg {
	case RS256:
		private, err = rsa.GenerateKey(rand, rsaBits)
	case ES384:
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand)
	default:
		return k, fmt.Errorf("issuer: no algorithm %q", alg)
	}
	if err != nil {
		return k, err
	}
	k = account.OutboundKey{ID: awsid.NewRequestID(rand), Algorithm: alg, Created: now}
	if k.Public, err = json.Marshal(jose.JSONWebKey{Key: private.Public(), KeyID: k.ID, Algorithm: alg, Use: "sig"}); err != nil {
		return k, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return k, err
	}
	k.Private, err = i.Secrets.Seal(KeyLabel(acct, k.ID), der)
	return k, err
}

func (i *Issuer) private(acct string, k account.OutboundKey) (any, error) {
	der, err := i.Secrets.Open(KeyLabel(acct, k.ID), k.Private)
	if err != nil {
		return nil, err
	}
	return x509.ParsePKCS8PrivateKey(der)
}

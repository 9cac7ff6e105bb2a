package oidc

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// Limits of a key set (AWS STS API Reference, AssumeRoleWithWebIdentity: more
// than 100 keys of a type leave the type unusable).
const (
	maxKeysOfType = 100
	minRSABits    = 2048
	maxRSABits    = 8192 // more costs time that strangers would make us spend
)

// A keySet holds the keys of a provider by their ids. A key without an id can't
// be asked for, so it isn't held.
type keySet struct {
	keys map[string]jose.JSONWebKey
	only string // the id of the only key; "" when there are several
}

// parseKeySet reads a JWKS. Keys that can't verify a token are passed over: of
// other types, for encryption, private or too short.
func parseKeySet(data []byte) (*keySet, error) {
	doc, err := object(data)
	if err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if json.Unmarshal(doc["keys"], &list) != nil || list == nil {
		return nil, errors.New("oidc: a JWKS without keys")
	}
	count := map[string]int{}
	var kept []jose.JSONWebKey
	for _, raw := range list {
		if k, ok := parseKey(raw, count); ok {
			kept = append(kept, k)
		}
	}
	set := &keySet{keys: map[string]jose.JSONWebKey{}}
	for _, k := range kept {
		if count[typeOf(k)] <= maxKeysOfType {
			set.keys[k.KeyID] = k // of several under one id the last counts, as for AWS
		}
	}
	if len(set.keys) == 1 {
		for id := range set.keys {
			set.only = id
		}
	}
	return set, nil
}

const (
	typeRSA = "RSA"
	typeEC  = "EC"
)

func typeOf(k jose.JSONWebKey) string {
	if _, ok := k.Key.(*rsa.PublicKey); ok {
		return typeRSA
	}
	return typeEC
}

// parseKey reads one key and counts it by its type, whether or not it can be
// used.
func parseKey(raw json.RawMessage, count map[string]int) (k jose.JSONWebKey, ok bool) {
	m, err := object(raw)
	if err != nil {
		return k, false
	}
	kind, _ := text1(m["kty"])
	if count[kind]++; kind != typeRSA && kind != typeEC || count[kind] > maxKeysOfType {
		return k, false
	}
	if ops, has := m["key_ops"]; has {
		list, ok := texts(ops)
		verify := false
		for _, op := range list {
			verify = verify || op == "verify"
		}
		if !ok || !verify {
			return k, false
		}
	}
	if err := k.UnmarshalJSON(raw); err != nil || !k.IsPublic() || !k.Valid() || k.KeyID == "" || k.Use != "" && k.Use != "sig" {
		return k, false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		bits := key.N.BitLen()
		return k, bits >= minRSABits && bits <= maxRSABits
	case *ecdsa.PublicKey:
		return k, true
	}
	return k, false
}

// find gives the key that a token names. A token that names none can only mean
// the one key there is.
func (s *keySet) find(t *Token) (jose.JSONWebKey, bool) {
	id := t.keyID
	if id == "" {
		if id = s.only; id == "" {
			return jose.JSONWebKey{}, false
		}
	}
	k, ok := s.keys[id]
	return k, ok
}

// verify reports whether the key has signed the token. A key that is published
// for one algorithm verifies no other.
func verify(t *Token, k jose.JSONWebKey) bool {
	if k.Algorithm != "" && k.Algorithm != string(t.alg) {
		return false
	}
	_, err := t.jws.Verify(k.Key)
	return err == nil
}

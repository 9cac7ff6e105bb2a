package saml

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	_ "crypto/sha1" // OAEP's default; collisions of it don't matter there
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"

	"github.com/beevik/etree"

	"github.com/aratame/aratame/internal/seal"
)

// Algorithms of XML Encryption 1.1 that are taken. RSA with the padding of PKCS
// #1 1.5 and Triple DES are not.
const (
	methodOAEP   = nsEncryption + "rsa-oaep-mgf1p"            // mask with SHA-1
	methodOAEP11 = "http://www.w3.org/2009/xmlenc11#rsa-oaep" // mask with a function of its own
	methodMGF1   = "http://www.w3.org/2009/xmlenc11#mgf1"     // and the name of a hash
	typeElement  = "http://www.w3.org/2001/04/xmlenc#Element" // what is encrypted
	nsEnc11      = "http://www.w3.org/2009/xmlenc11#"         // MGF
	minModulus   = 2048                                       // bits of a private key
	maxModulus   = 8192
)

var contentMethods = map[string]struct {
	key int // bytes
	gcm bool
}{
	nsEncryption + "aes128-cbc":                  {16, false},
	nsEncryption + "aes192-cbc":                  {24, false},
	nsEncryption + "aes256-cbc":                  {32, false},
	"http://www.w3.org/2009/xmlenc11#aes128-gcm": {16, true},
	"http://www.w3.org/2009/xmlenc11#aes192-gcm": {24, true},
	"http://www.w3.org/2009/xmlenc11#aes256-gcm": {32, true},
}

var oaepDigests = map[string]crypto.Hash{
	"":                      crypto.SHA1,
	nsSignature + "sha1":    crypto.SHA1,
	nsEncryption + "sha256": crypto.SHA256,
	nsEncryption + "sha512": crypto.SHA512,
	"http://www.w3.org/2001/04/xmldsig-more#sha384": crypto.SHA384,
}

// KeyLabel names a provider's private key where it is sealed; provider and key
// are their ids.
func KeyLabel(acct, provider, key string) seal.Label {
	return seal.Label{Account: acct, Kind: "saml-key", Name: provider + "/" + key}
}

// ErrPrivateKey says that a text is no private key for encrypted assertions.
var ErrPrivateKey = errors.New("saml: not an unencrypted RSA private key of 2048 to 8192 bits in PEM")

// ParsePrivateKey reads an unencrypted RSA private key in PEM, as PKCS #1 or
// PKCS #8. Its only error is ErrPrivateKey.
func ParsePrivateKey(text []byte) (*rsa.PrivateKey, error) {
	block, rest := pem.Decode(text)
	if block == nil || len(withoutSpace(string(rest))) > 0 {
		return nil, ErrPrivateKey
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, ErrPrivateKey
	}
	rsaKey, ok := key.(*rsa.PrivateKey)
	if err != nil || !ok || rsaKey.N.BitLen() < minModulus || rsaKey.N.BitLen() > maxModulus {
		return nil, ErrPrivateKey
	}
	return rsaKey, nil
}

// errDecrypt never reaches a client.
var errDecrypt = errors.New("saml: the assertion can't be decrypted")

// decrypt opens an EncryptedAssertion with one of the keys (XML Encryption
// Syntax and Processing 1.1) and returns the bytes of the assertion.
func decrypt(el *etree.Element, keys []*rsa.PrivateKey) ([]byte, error) {
	data, err := only(el, nsEncryption, "EncryptedData")
	if err != nil || data == nil {
		return nil, errDecrypt
	}
	if t, ok := attribute(data, "Type"); ok && t != typeElement {
		return nil, errDecrypt
	}
	wrapped, err := wrappedKey(el, data)
	if err != nil {
		return nil, err
	}
	name, _, err := method(data)
	if err != nil {
		return nil, err
	}
	content, ok := contentMethods[name]
	if !ok {
		return nil, errDecrypt
	}
	text, err := cipherValue(data)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		secret, err := unwrap(wrapped, key)
		if err != nil || len(secret) != content.key {
			continue
		}
		if plain, err := open(secret, content.gcm, text); err == nil {
			return plain, nil
		}
	}
	return nil, errDecrypt
}

// wrappedKey finds the one EncryptedKey: in the KeyInfo of the data, or beside
// it.
func wrappedKey(el, data *etree.Element) (*etree.Element, error) {
	found := children(el, nsEncryption, "EncryptedKey")
	for _, info := range children(data, nsSignature, "KeyInfo") {
		found = append(found, children(info, nsEncryption, "EncryptedKey")...)
	}
	if len(found) != 1 {
		return nil, errDecrypt
	}
	return found[0], nil
}

func method(el *etree.Element) (name string, m *etree.Element, err error) {
	m, err = only(el, nsEncryption, "EncryptionMethod")
	if err != nil || m == nil {
		return "", nil, errDecrypt
	}
	name, _ = attribute(m, "Algorithm")
	return name, m, nil
}

func cipherValue(el *etree.Element) ([]byte, error) {
	data, err := only(el, nsEncryption, "CipherData")
	if err != nil || data == nil {
		return nil, errDecrypt
	}
	value, err := only(data, nsEncryption, "CipherValue")
	if err != nil || value == nil {
		return nil, errDecrypt
	}
	s, err := text(value)
	if err != nil {
		return nil, errDecrypt
	}
	return base64.StdEncoding.Strict().DecodeString(withoutSpace(s))
}

// unwrap opens the key of the content with RSA-OAEP.
func unwrap(el *etree.Element, key *rsa.PrivateKey) ([]byte, error) {
	name, m, err := method(el)
	if err != nil {
		return nil, err
	}
	if params := children(m, nsEncryption, "OAEPparams"); len(params) > 0 {
		return nil, errDecrypt
	}
	opts := &rsa.OAEPOptions{MGFHash: crypto.SHA1}
	digest, err := only(m, nsSignature, "DigestMethod")
	if err != nil {
		return nil, errDecrypt
	}
	digestName := ""
	if digest != nil {
		digestName, _ = attribute(digest, "Algorithm")
	}
	var ok bool
	if opts.Hash, ok = oaepDigests[digestName]; !ok {
		return nil, errDecrypt
	}
	switch name {
	case methodOAEP:
	case methodOAEP11:
		mask, err := only(m, nsEnc11, "MGF")
		if err != nil {
			return nil, errDecrypt
		}
		if mask != nil {
			maskName, _ := attribute(mask, "Algorithm")
			switch maskName {
			case methodMGF1 + "sha1":
			case methodMGF1 + "sha256":
				opts.MGFHash = crypto.SHA256
			case methodMGF1 + "sha384":
				opts.MGFHash = crypto.SHA384
			case methodMGF1 + "sha512":
				opts.MGFHash = crypto.SHA512
			default:
				return nil, errDecrypt
			}
		}
	default:
		return nil, errDecrypt
	}
	value, err := cipherValue(el)
	if err != nil {
		return nil, err
	}
	return key.Decrypt(nil, value, opts)
}

// open decrypts content: the nonce or vector comes first.
func open(secret []byte, gcm bool, data []byte) ([]byte, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	if gcm {
		c, err := cipher.NewGCM(block)
		if err != nil || len(data) < c.NonceSize() {
			return nil, errDecrypt
		}
		return c.Open(nil, data[:c.NonceSize()], data[c.NonceSize():], nil)
	}
	if len(data) < 2*aes.BlockSize || len(data)%aes.BlockSize != 0 {
		return nil, errDecrypt
	}
	plain := make([]byte, len(data)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, data[:aes.BlockSize]).CryptBlocks(plain, data[aes.BlockSize:])
	pad := int(plain[len(plain)-1]) // the other bytes of the padding are arbitrary
	if pad < 1 || pad > aes.BlockSize {
		return nil, errDecrypt
	}
	return plain[:len(plain)-pad], nil
}

package awsid

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"io"
	"math/big"
	"strconv"
)

// Prefixes of unique ids (IAM User Guide, "Understanding unique ID prefixes").
const (
	UserPrefix            = "AIDA"
	GroupPrefix           = "AGPA"
	RolePrefix            = "AROA"
	PolicyPrefix          = "ANPA"
	InstanceProfilePrefix = "AIPA"
	AccessKeyPrefix       = "AKIA"
	SessionKeyPrefix      = "ASIA"

	ServerCertificatePrefix = "ASCA"
	PublicKeyPrefix         = "APKA" // of SSH public keys; as long as an access key id
	ServiceCredentialPrefix = "ACCA"
)

const (
	accountMask  = 0x7fffffffff80
	accountShift = 7
	topBit       = 0x800000000000 // marks the format that carries an account
)

// NewEntityID returns a unique id: the prefix and 17 characters of base32, of
// which the first carry the account. It reads 80 random bits.
func NewEntityID(rand io.Reader, prefix, account string) string {
	return prefix + accountChars(rand, account) + randomBase32(rand, 1)
}

// NewAccessKeyID returns an access key id: the prefix and 16 characters, which
// carry the account so that the key selects the account it belongs to.
func NewAccessKeyID(rand io.Reader, prefix, account string) string {
	return prefix + accountChars(rand, account)
}

// accountChars encodes ten bytes: one marking bit, forty bits of the account
// number, the rest random.
func accountChars(rand io.Reader, account string) string {
	var b [10]byte
	mustRead(rand, b[:])
	n, err := strconv.ParseUint(account, 10, 64)
	if err != nil {
		panic("awsid: account " + strconv.Quote(account) + " is not a number")
	}
	v := uint64(topBit) | n<<accountShift&accountMask | uint64(b[5]&0x7f)
	for i := 5; i >= 0; i-- {
		b[i] = byte(v)
		v >>= 8
	}
	return base32.StdEncoding.EncodeToString(b[:])
}

func randomBase32(rand io.Reader, n int) string {
	b := make([]byte, n*5)
	mustRead(rand, b)
	return base32.StdEncoding.EncodeToString(b)[:n]
}

// AccountOfKeyID returns the account number that an access key id carries, of
// 12 digits. ok is false for ids of another form: shorter, not base32, or of
// the older format without an account.
func AccountOfKeyID(id string) (account string, ok bool) {
	if len(id) != 20 {
		return "", false
	}
	var b [10]byte
	if _, err := base32.StdEncoding.Decode(b[:], []byte(id[4:])); err != nil {
		return "", false
	}
	v := uint64(b[0])<<40 | uint64(b[1])<<32 | uint64(b[2])<<24 | uint64(b[3])<<16 | uint64(b[4])<<8 | uint64(b[5])
	n := v & accountMask >> accountShift
	if v&topBit == 0 || n > 999_999_999_999 {
		return "", false
	}
	var d [12]byte
	for i := len(d) - 1; i >= 0; i-- {
		d[i] = '0' + byte(n%10)
		n /= 10
	}
	return string(d[:]), true
}

// NewSecretAccessKey returns a secret of 40 characters (240 random bits).
func NewSecretAccessKey(rand io.Reader) string {
	var b [30]byte
	mustRead(rand, b[:])
	return base64.StdEncoding.EncodeToString(b[:])
}

// NewRequestID returns a random UUID (version 4) in lower case.
func NewRequestID(rand io.Reader) string {
	var b [16]byte
	mustRead(rand, b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	var s [36]byte
	hex.Encode(s[0:8], b[0:4])
	s[8] = '-'
	hex.Encode(s[9:13], b[4:6])
	s[13] = '-'
	hex.Encode(s[14:18], b[6:8])
	s[18] = '-'
	hex.Encode(s[19:23], b[8:10])
	s[23] = '-'
	hex.Encode(s[24:36], b[10:16])
	return string(s[:])
}

// NewAccountID returns a random account number without a leading zero.
func NewAccountID(rand io.Reader) string {
	var b [16]byte
	mustRead(rand, b[:])
	n := new(big.Int).SetBytes(b[:])
	n.Mod(n, big.NewInt(900_000_000_000))
	return strconv.FormatInt(n.Int64()+100_000_000_000, 10)
}

// ValidAccountID reports whether s is twelve digits.
func ValidAccountID(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// mustRead panics when the source of randomness fails: no id or secret can be
// made without it, and a weaker one must never be.
func mustRead(rand io.Reader, b []byte) {
	if _, err := io.ReadFull(rand, b); err != nil {
		panic("awsid: reading randomness: " + err.Error())
	}
}

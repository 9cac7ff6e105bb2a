package usage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Area is the name of the store's area that holds the uses of an account.
func Area(account string) string { return "lastused/" + account }

// A key is the kind's word, a slash and the id; the id of an attempt is that of
// the principal, a slash, the service, and a colon with the action. A value is the time in Unix
// seconds, as eight big-endian bytes so that the newer of two values sorts
// higher, a format byte, and service and region with a zero byte between them.
const (
	valueFormat = 1
	valueHead   = 9
	maxID       = 128 // model: idType, accessKeyIdType
)

var words = map[Kind]string{AccessKey: "key", Role: "role", Password: "password", triedService: "service", triedAction: "action"}

var errValue = errors.New("usage: value is damaged")

func (n name) key() string { return words[n.kind] + "/" + n.id }

func (u *use) encode() []byte {
	b := make([]byte, 0, valueHead+len(u.service)+1+len(u.region))
	b = binary.BigEndian.AppendUint64(b, uint64(u.unix))
	b = append(b, valueFormat)
	b = append(b, u.service...)
	b = append(b, 0)
	return append(b, u.region...)
}

func decode(key string, value []byte) (name, *use, error) {
	word, id, _ := strings.Cut(key, "/")
	n := name{id: id}
	for k, w := range words {
		if w == word {
			n.kind = k
		}
	}
	switch n.kind {
	case 0:
		return n, nil, errValue
	case triedService, triedAction:
		if _, _, ok := n.attempt(); !ok {
			return n, nil, errValue
		}
	default:
		if id == "" || len(id) > maxID {
			return n, nil, errValue
		}
	}
	if len(value) < valueHead {
		return n, nil, errValue
	}
	at := binary.BigEndian.Uint64(value)
	service, region, ok := strings.Cut(string(value[valueHead:]), "\x00")
	if value[8] != valueFormat || at > maxUnix || !ok || len(service) > maxText || len(region) > maxText || strings.IndexByte(region, 0) >= 0 {
		return n, nil, errValue
	}
	return n, &use{int64(at), service, region}, nil
}

// Load takes the values of an account's area in; of a use known already the
// newer stays. Call it when an account is first needed, and again to learn of other
// nodes' notes. Values that can't be read are left out and told by the error;
// all others are loaded.
func (t *Tracker) Load(account string, values map[string][]byte) error {
	bad := 0
	for key, value := range values {
		n, u, err := decode(key, value)
		if err != nil {
			bad++
			continue
		}
		if e := t.known(account, n); e != nil {
			e.set(u)
		}
	}
	if bad > 0 {
		return fmt.Errorf("%w: %d of %d in %s", errValue, bad, len(values), Area(account))
	}
	return nil
}

// known is the entry of a name, made when there is none.
func (t *Tracker) known(account string, n name) *entry {
	if n.kind != triedService && n.kind != triedAction {
		return t.add(t.shard(n.id), n.kind, account, n.id)
	}
	principal, what, _ := n.attempt()
	return t.addAttempt(t.shard(principal), account, principal, what)
}

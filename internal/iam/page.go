package iam

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"iter"
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape"
)

const (
	defaultPage = 100 // AWS's MaxItems where the request has none
	markerMAC   = 16  // bytes

	// maxPosition bounds what a Marker carries, in bytes, so that it stays
	// within the 320 characters that the model allows: 4/3 × (16 + 220) < 320.
	maxPosition = 220
)

var errMarker = awserr.New("ValidationError", "Invalid Marker.")

// A page is one page of a listing. Its Marker carries the position of the last
// item given, so that items that come or go between two pages neither repeat
// nor hide others. It is authenticated and bound to account, operation and
// filters: one that was made up or comes from another listing is refused.
type page struct {
	after string
	limit int
	more  bool
	last  string

	key   []byte
	scope []byte
}

// page reads MaxItems and Marker. The filters are the members of the request
// that choose what is listed, in a settled order.
func (s *Service) page(c *api.Call, v *account.View, marker *string, maxItems *int32, filters ...*string) (*page, error) {
	p := &page{limit: defaultPage, key: s.MarkerKey}
	if maxItems != nil {
		p.limit = int(*maxItems)
	}
	p.scope = appendScope(p.scope, "marker 1")
	p.scope = appendScope(p.scope, v.Account())
	p.scope = appendScope(p.scope, c.Shape.Name)
	for _, f := range filters {
		if f == nil {
			p.scope = append(p.scope, 0)
			continue
		}
		p.scope = appendScope(append(p.scope, 1), *f)
	}
	if marker == nil {
		return p, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(*marker)
	if err != nil || len(b) <= markerMAC || strings.ContainsAny(*marker, "\r\n") { // which the decoder skips
		return nil, errMarker
	}
	p.after = string(b[markerMAC:])
	if !hmac.Equal(b[:markerMAC], p.mac(p.after)) {
		return nil, errMarker
	}
	return p, nil
}

func appendScope(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func (p *page) mac(position string) []byte {
	h := hmac.New(sha256.New, p.key)
	h.Write(p.scope)
	h.Write([]byte{2})
	h.Write([]byte(position))
	return h.Sum(nil)[:markerMAC]
}

// truncated is the IsTruncated of the answer.
func (p *page) truncated() *bool { return shape.Ptr(p.more) }

// marker is the Marker of the answer: nil on the last page.
func (p *page) marker() *string {
	if !p.more {
		return nil
	}
	return shape.Ptr(base64.RawURLEncoding.EncodeToString(append(p.mac(p.last), p.last...)))
}

// take gives the items of one page out of items, which come in ascending order
// of their keys and may begin before the page. View's scans by name do when
// they are given p.after and name is the key.
func take[T any](p *page, items iter.Seq[T], key func(T) string) []T {
	out := []T{}
	for e := range items {
		pos := position(key(e))
		if p.after != "" && pos <= p.after {
			continue
		}
		if len(out) == p.limit {
			p.more = true
			break
		}
		out, p.last = append(out, e), pos
	}
	return out
}

// takeSorted is take for items in any order; it sorts them by their keys, which
// must be unique.
func takeSorted[T any](p *page, items []T, key func(T) string) []T {
	return take(p, slices.Values(sortedBy(items, key)), key)
}

// sortedBy gives items in the order in which pages list them.
func sortedBy[T any](items []T, key func(T) string) []T {
	return slices.SortedFunc(slices.Values(items), func(a, b T) int {
		return strings.Compare(position(key(a)), position(key(b)))
	})
}

// position bounds a key. Keys that are longer than a Marker can carry and begin
// alike are ordered by their digests.
func position(key string) string {
	if len(key) <= maxPosition {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return key[:maxPosition-len(sum)] + string(sum[:])
}

// nameKey is the key of a listing by name: names are unique and ordered without
// regard to case.
func nameKey(name string) string { return awsid.Fold(name) }

// where gives the items that keep holds for.
func where[T any](items iter.Seq[T], keep func(T) bool) iter.Seq[T] {
	return func(yield func(T) bool) {
		for e := range items {
			if keep(e) && !yield(e) {
				return
			}
		}
	}
}

// underPath reports whether a path begins with the prefix; nil holds for all.
func underPath(path string, prefix *string) bool {
	return prefix == nil || strings.HasPrefix(path, *prefix)
}

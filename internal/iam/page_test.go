package iam

import (
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func identity(s string) string { return s }

func TestTakeGoesThroughAll(t *testing.T) {
	x := newTest(t)
	long := strings.Repeat("é", 128)
	for _, all := range [][]string{
		{},
		{"a"},
		{"a", "b", "c"},
		{"d", "c", "b", "a"},
		{long + "1", long + "0", long, "a" + long, "z"},
	} {
		for limit := int32(1); limit <= 5; limit++ {
			c := &api.Call{Shape: iamshape.OpListUsers}
			var got []string
			var marker *string
			for {
				p, err := x.svc.page(c, x.view, marker, &limit)
				if err != nil {
					t.Fatal(err)
				}
				items := takeSorted(p, all, identity)
				if len(items) > int(limit) || *p.truncated() != (p.marker() != nil) {
					t.Fatalf("a page of %d items, limit %d", len(items), limit)
				}
				got = append(got, items...)
				if marker = p.marker(); marker == nil {
					break
				}
				if len(*marker) > 320 {
					t.Fatalf("a marker of %d characters", len(*marker))
				}
			}
			if want := sortedBy(all, identity); !slices.Equal(got, want) {
				t.Errorf("limit %d: got %q, want %q", limit, got, want)
			}
		}
	}
}

func TestPageGoesOnBehindDeleted(t *testing.T) {
	x := newTest(t)
	c := &api.Call{Shape: iamshape.OpListUsers}
	p, _ := x.svc.page(c, x.view, nil, ptr(int32(2)))
	takeSorted(p, []string{"a", "b", "c", "d"}, identity)
	p, err := x.svc.page(c, x.view, p.marker(), ptr(int32(2)))
	if err != nil {
		t.Fatal(err)
	}
	if got := takeSorted(p, []string{"a", "aa", "c", "d"}, identity); !slices.Equal(got, []string{"c", "d"}) || *p.truncated() {
		t.Errorf("got %q", got)
	}
}

func TestMarkerIsBound(t *testing.T) {
	x := newTest(t)
	c := &api.Call{Shape: iamshape.OpListUsers}
	p, _ := x.svc.page(c, x.view, nil, ptr(int32(1)), ptr("/a/"), nil)
	takeSorted(p, []string{"a", "b"}, identity)
	good := *p.marker()
	if _, err := x.svc.page(c, x.view, &good, nil, ptr("/a/"), nil); err != nil {
		t.Fatal(err)
	}
	bad := func(what string, svc *Service, c *api.Call, marker string, filters ...*string) {
		t.Helper()
		if _, err := svc.page(c, x.view, &marker, nil, filters...); err != errMarker {
			t.Errorf("%s: %v", what, err)
		}
	}
	other := &Service{MarkerKey: []byte("another key of thirty-two bytes!")}
	bad("of another server", other, c, good, ptr("/a/"), nil)
	bad("of another operation", x.svc, &api.Call{Shape: iamshape.OpListGroups}, good, ptr("/a/"), nil)
	bad("of another filter", x.svc, c, good, ptr("/b/"), nil)
	bad("without its filter", x.svc, c, good, nil, nil)
	bad("with filters moved", x.svc, c, good, nil, ptr("/a/"))
	bad("with a filter more", x.svc, c, good, ptr("/a/"), nil, ptr(""))
	abroad := account.New(&account.Settings{Account: "999999999999"})
	if _, err := x.svc.page(c, abroad, &good, nil, ptr("/a/"), nil); err != errMarker {
		t.Errorf("of another account: %v", err)
	}
	for i := range good {
		b := []byte(good)
		b[i] ^= 1
		bad("changed", x.svc, c, string(b), ptr("/a/"), nil)
	}
	for _, m := range []string{"a", "!!", good + "A", good + "\n", good[:len(good)-1], strings.Repeat("A", 22), "AAAA"} {
		bad("made up", x.svc, c, m, ptr("/a/"), nil)
	}
}

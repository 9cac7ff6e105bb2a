package iam

import (
	"testing"

	"github.com/aratame/aratame/internal/account"
)

func TestExactTags(t *testing.T) {
	old := []account.Tag{{Key: "a", Value: "1"}}
	got, err := exactTags.add(old, tags("a", "3", "A", "2"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "added", got, []account.Tag{{Key: "a", Value: "3"}, {Key: "A", Value: "2"}})
	same(t, "left as it was", old, []account.Tag{{Key: "a", Value: "1"}})
	same(t, "removed", exactTags.remove(got, []string{"A", "b"}), []account.Tag{{Key: "a", Value: "3"}})
	same(t, "left as it was", got, []account.Tag{{Key: "a", Value: "3"}, {Key: "A", Value: "2"}})
	if _, err := exactTags.addSome(old, nil); err != errNoTags {
		t.Error(err)
	}
	if _, err := exactTags.add(nil, tags("a", "", "a", "")); err != errDuplicateTags {
		t.Errorf("duplicates: %v", err)
	}
	if _, err := exactTags.add(nil, manyTags("k", account.MaxTags+1)); err != errTooManyTags {
		t.Errorf("too many: %v", err)
	}
}

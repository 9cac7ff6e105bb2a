package iam

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

// A tagRule says which keys are the same key.
type tagRule int

const (
	foldedTags tagRule = iota // of users and roles: without regard to case
	exactTags                 // of everything else
)

func (r tagRule) same(a, b string) bool {
	return a == b || r == foldedTags && awsid.Fold(a) == awsid.Fold(b)
}

func (r tagRule) index(tags []account.Tag, key string) int {
	return slices.IndexFunc(tags, func(t account.Tag) bool { return r.same(t.Key, key) })
}

var (
	errDuplicateTagsFolded = awserr.New("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	errDuplicateTags       = awserr.New("InvalidInput", "Duplicate tag keys found.")
	errReservedTag         = awserr.New("InvalidInput", "Tag keys beginning with aws: are reserved for system use.")
	errNoTags              = awserr.New("InvalidInput", "The provided tag map must not be null/empty.")
	errNoTagKeys           = awserr.New("InvalidInput", "The provided tag keys must not be null/empty.")
	errTooManyTags         = awserr.New("LimitExceeded", "The number of tags has reached the maximum limit.")
)

// add returns tags with those of the request added. A key that is there takes
// the spelling and the value of the request. The model has bounded their number
// and length.
func (r tagRule) add(tags []account.Tag, request []iamshape.Tag) ([]account.Tag, error) {
	add := tagsFrom(request)
	for i, t := range add {
		if r.index(add[:i], t.Key) >= 0 {
			if r == foldedTags {
				return nil, errDuplicateTagsFolded
			}
			return nil, errDuplicateTags
		}
	}
	out := slices.Clone(tags)
	for _, t := range add {
		if strings.HasPrefix(awsid.Fold(t.Key), "aws:") {
			return nil, errReservedTag
		}
		if i := r.index(out, t.Key); i >= 0 {
			out[i] = t
		} else {
			out = append(out, t)
		}
	}
	if len(out) > account.MaxTags {
		return nil, errTooManyTags
	}
	return out, nil
}

// addSome is add for the operations that do nothing else: they want a tag.
func (r tagRule) addSome(tags []account.Tag, request []iamshape.Tag) ([]account.Tag, error) {
	if len(request) == 0 {
		return nil, errNoTags
	}
	return r.add(tags, request)
}

// remove returns tags without the keys; those that aren't there don't matter.
func (r tagRule) remove(tags []account.Tag, keys []string) []account.Tag {
	return slices.DeleteFunc(slices.Clone(tags), func(t account.Tag) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return r.same(t.Key, k) })
	})
}

func tagsFrom(in []iamshape.Tag) []account.Tag {
	out := make([]account.Tag, len(in))
	for i, t := range in {
		out[i] = account.Tag{Key: t.Key, Value: t.Value}
	}
	return out
}

// tagsOut gives tags as answers show them: sorted by the length of the key, then
// by the key. It is nil for none, which leaves the member out; listTags is for
// answers that always have it.
func tagsOut(tags []account.Tag) []iamshape.Tag {
	if len(tags) == 0 {
		return nil
	}
	return listTags(tags)
}

// listTags is tagsOut with an empty list for no tags.
func listTags(tags []account.Tag) []iamshape.Tag { return shownTags(sortedBy(tags, tagKey)) }

// takeTags gives one page of tags.
func takeTags(p *page, tags []account.Tag) []iamshape.Tag {
	return shownTags(takeSorted(p, tags, tagKey))
}

func tagKey(t account.Tag) string { return fmt.Sprintf("%03d%s", len([]rune(t.Key)), t.Key) }

func shownTags(tags []account.Tag) []iamshape.Tag {
	out := make([]iamshape.Tag, len(tags))
	for i, t := range tags {
		out[i] = iamshape.Tag{Key: t.Key, Value: t.Value}
	}
	return out
}

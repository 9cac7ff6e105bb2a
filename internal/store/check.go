package store

import (
	"fmt"
	"strings"
)

// Check holds the batch against the limits. Engines call it first, so that all
// of them refuse the same calls; the error matches ErrInvalid and quotes no data.
func (b *Batch) Check() error {
	if err := CheckUnit(b.Unit); err != nil {
		return err
	}
	if !b.Bumps() && len(b.Outbox) == 0 {
		return invalid("a batch of unit %s writes nothing", b.Unit)
	}
	if b.Bumps() && b.Tag == [8]byte{} {
		return invalid("a batch of unit %s has no tag", b.Unit)
	}
	if b.Bumps() && b.Tag == b.Base.Tag {
		return invalid("a batch of unit %s uses the tag of its base again", b.Unit)
	}
	if n := len(b.Changes) + len(b.Claims); n > MaxChanges {
		return invalid("%d changes in one commit, at most %d", n, MaxChanges)
	}
	if n := len(b.Outbox); n > MaxOutbox {
		return invalid("%d outbox entries in one commit, at most %d", n, MaxOutbox)
	}
	total := 0
	seen := make(map[string]struct{}, len(b.Changes))
	for _, c := range b.Changes {
		if err := checkKey("record key", c.Key); err != nil {
			return err
		}
		if strings.HasPrefix(c.Key, OutboxPrefix) {
			return invalid("record key under the reserved prefix %q", OutboxPrefix)
		}
		if _, twice := seen[c.Key]; twice {
			return invalid("record key %q twice in one commit", c.Key)
		}
		seen[c.Key] = struct{}{}
		if len(c.Data) > MaxValue {
			return invalid("value of %d bytes, at most %d", len(c.Data), MaxValue)
		}
		total += len(c.Data)
	}
	clear(seen)
	for _, c := range b.Claims {
		if err := checkKey("claim", c.Name); err != nil {
			return err
		}
		if _, twice := seen[c.Name]; twice {
			return invalid("claim %q twice in one commit", c.Name)
		}
		seen[c.Name] = struct{}{}
	}
	for _, e := range b.Outbox {
		if e.ID == "" || len(e.ID) > MaxEntryID {
			return invalid("outbox id of %d bytes, 1 to %d", len(e.ID), MaxEntryID)
		}
		if len(e.Data) > MaxEntry {
			return invalid("outbox entry of %d bytes, at most %d", len(e.Data), MaxEntry)
		}
		total += len(e.Data)
	}
	if total > MaxBatch {
		return invalid("%d bytes in one commit, at most %d", total, MaxBatch)
	}
	return nil
}

// CheckUnit holds a unit's or an area's name against the limits: 1 to MaxUnit
// of A-Z a-z 0-9 and "/._-:".
func CheckUnit(name string) error {
	if name == "" || len(name) > MaxUnit {
		return invalid("unit name of %d bytes, 1 to %d", len(name), MaxUnit)
	}
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte("/._-:", c) < 0 {
			return invalid("unit name %q has a byte other than A-Z a-z 0-9 / . _ - :", name)
		}
	}
	return nil
}

// CheckMerge holds the arguments of a Merge against the limits.
func CheckMerge(area string, newest map[string][]byte) error {
	if err := CheckUnit(area); err != nil {
		return err
	}
	if len(newest) > MaxMerge {
		return invalid("%d keys in one merge, at most %d", len(newest), MaxMerge)
	}
	for k, v := range newest {
		if err := checkKey("merge key", k); err != nil {
			return err
		}
		if len(v) > MaxMergeValue {
			return invalid("merge value of %d bytes, at most %d", len(v), MaxMergeValue)
		}
	}
	return nil
}

func checkKey(what, key string) error {
	if key == "" || len(key) > MaxKey {
		return invalid("%s of %d bytes, 1 to %d", what, len(key), MaxKey)
	}
	return nil
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

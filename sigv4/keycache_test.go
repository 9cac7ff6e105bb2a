package sigv4

import (
	"fmt"
	"sync"
	"testing"
)

func TestKeyCacheIsBounded(t *testing.T) {
	c := NewKeyCache(10)
	for i := range 1000 {
		id := fmt.Sprint(i)
		c.SigningKey(id, "secret", "20130524", "us-east-1", "iam")
		if c.Len() > 10 {
			t.Fatalf("%d keys after %d", c.Len(), i+1)
		}
		if _, ok := c.lookup(id, "secret", "20130524", "us-east-1", "iam"); !ok {
			t.Fatalf("key %d is not there right after its use", i)
		}
	}
}

func TestKeyCacheKeepsWhatIsUsed(t *testing.T) {
	c := NewKeyCache(10)
	for i := range 1000 {
		c.SigningKey("hot", "secret", "20130524", "us-east-1", "iam")
		c.SigningKey(fmt.Sprint(i), "secret", "20130524", "us-east-1", "iam")
		if _, ok := c.lookup("hot", "secret", "20130524", "us-east-1", "iam"); !ok {
			t.Fatalf("the hot key was dropped after %d others", i)
		}
	}
}

// TestKeyCacheTellsApart: a hit needs the same secret and each of the four names.
func TestKeyCacheTellsApart(t *testing.T) {
	c := NewKeyCache(100)
	c.SigningKey("id", "old", "20130524", "us-east-1", "iam")
	for _, q := range [][5]string{
		{"id", "new", "20130524", "us-east-1", "iam"}, {"ID", "old", "20130524", "us-east-1", "iam"}, {"id", "old", "20130525", "us-east-1", "iam"},
		{"id", "old", "20130524", "us-east-2", "iam"}, {"id", "old", "20130524", "us-east-1", "sts"}, {"id", "", "20130524", "us-east-1", "iam"},
	} {
		if _, ok := c.lookup(q[0], q[1], q[2], q[3], q[4]); ok {
			t.Errorf("%v is served the key of another", q)
		}
		if got := c.SigningKey(q[0], q[1], q[2], q[3], q[4]); got != deriveKey(q[1], q[2], q[3], q[4]) {
			t.Errorf("%v: wrong key", q)
		}
	}
	if _, ok := c.lookup("id", "old", "20130524", "us-east-1", "iam"); ok {
		t.Error("the key of a replaced secret is still there")
	}
}

// TestKeyCacheForgetsReplacedSecret: also where the key had grown old.
func TestKeyCacheForgetsReplacedSecret(t *testing.T) {
	c := NewKeyCache(4)
	for _, id := range []string{"a", "b", "c"} {
		c.SigningKey(id, "old", "20130524", "r", "s")
	}
	c.SigningKey("a", "new", "20130524", "r", "s")
	if c.Len() != 3 {
		t.Errorf("%d keys for three ids", c.Len())
	}
}

// TestKeyCacheTakesNoUnprovenKey: a client that knows an id and no secret fills nothing.
func TestKeyCacheTakesNoUnprovenKey(t *testing.T) {
	c := NewKeyCache(100)
	r := wire(t, vectors[4].request)
	s, err := Parse(r, vectors[4].now)
	if err != nil {
		t.Fatal(err)
	}
	if s.Verify(r, EmptyPayloadHash, "wrong", c) == nil || c.Len() != 0 {
		t.Errorf("%d keys after a mismatch", c.Len())
	}
	if err := s.Verify(r, EmptyPayloadHash, plusSecret, c); err != nil || c.Len() != 1 {
		t.Errorf("%v, %d keys after a match", err, c.Len())
	}
}

func TestKeyCacheConcurrently(t *testing.T) {
	c := NewKeyCache(16)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 300 {
				id, secret := fmt.Sprint(i%40), fmt.Sprint(g%2)
				if got := c.SigningKey(id, secret, "20130524", "r", "s"); got != deriveKey(secret, "20130524", "r", "s") {
					t.Errorf("wrong key for %s %s", id, secret)
				}
			}
		})
	}
	wg.Wait()
}

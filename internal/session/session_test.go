package session

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/seal"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 6789, time.UTC)

const account = "012345678901"

func ring(t testing.TB) *seal.Keyring {
	t.Helper()
	kek, err := seal.NewMemoryKEK(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := seal.NewKeyring("session", kek, start)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func role() Session {
	return Session{
		Kind: AssumedRole, Account: account,
		PrincipalARN: awsid.AssumedRole(account, "Deploy", "ci"), PrincipalID: "AROAEXAMPLEROLEID1234:ci",
		RoleARN: awsid.IAM(account, "role", "/a/b/", "Deploy"), RoleID: "AROAEXAMPLEROLEID1234", Name: "ci",
		Expires: start.Add(time.Hour),
	}
}

func full() Session {
	s := role()
	s.UserARN, s.UserID = awsid.IAM(account, "user", "/", "ann"), "AIDAEXAMPLEUSERID1234"
	s.Policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
	s.PolicyARNs = []string{"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::012345678901:policy/x"}
	s.Tags = []Tag{{"team", "blue", true}, {"empty", "", false}, {"日本", "改め", false}}
	s.SourceIdentity = "ann"
	s.MFATime = start.Truncate(time.Second)
	s.Chained = true
	s.FederatedProvider = "arn:aws:iam::012345678901:oidc-provider/ci.example"
	s.Context = []ContextKey{{"ec2:SourceInstanceArn", "arn:aws:ec2:::instance/i-1"}}
	return s
}

func TestMintOpen(t *testing.T) {
	m := NewMinter(ring(t))
	long := full()
	long.RoleARN = awsid.IAM(account, "role", "/"+strings.Repeat("p", 510)+"/", "Deploy")
	user := Session{Kind: UserSession, Account: "000000000000", PrincipalARN: awsid.Root("000000000000"), PrincipalID: "000000000000", Expires: start.Add(36 * time.Hour)}
	fed := Session{Kind: FederatedUser, Account: account, PrincipalARN: awsid.FederatedUser(account, "bob"), PrincipalID: account + ":bob", Name: "bob", Expires: start.Add(15 * time.Minute)}
	root := Session{Kind: AssumedRoot, Account: account, PrincipalARN: awsid.Root(account), PrincipalID: account, Expires: start.Add(15 * time.Minute)}
	delegated := full()
	delegated.Delegate = "000000000042"
	for i, want := range []Session{role(), full(), long, user, fed, root, delegated} {
		c, err := m.Mint(start, rand.Reader, want)
		if err != nil {
			t.Fatal(i, err)
		}
		want.AccessKeyID, want.SecretAccessKey = c.AccessKeyID, c.SecretAccessKey
		want.Issued, want.Expires = start.Truncate(time.Second), want.Expires.Truncate(time.Second)
		for range 2 { // the second is the cache's
			got, err := m.Open(start, c.AccessKeyID, c.SessionToken)
			if err != nil {
				t.Fatal(i, err)
			}
			if d := cmp.Diff(&want, got); d != "" {
				t.Fatal(i, d)
			}
		}
		if !strings.HasPrefix(c.SessionToken, "FwoG") || strings.Contains(c.SessionToken, c.SecretAccessKey) {
			t.Error(i, "form of token", c.SessionToken)
		}
		if a, ok := awsid.AccountOfKeyID(c.AccessKeyID); !ok || a != want.Account || c.AccessKeyID[:4] != "ASIA" {
			t.Error(i, "access key id", c.AccessKeyID)
		}
		if !c.Expiration.Equal(want.Expires) || c.Packed != (want.HasPolicies() || len(want.Tags) > 0) || c.Packed != (c.PackedPolicySize > 0) {
			t.Errorf("%d: %+v", i, c)
		}
		t.Logf("%v: %d bytes, packed %d%%", want.Kind, len(c.SessionToken), c.PackedPolicySize)
	}
}

func TestOpenRefuses(t *testing.T) {
	k := ring(t)
	m := NewMinter(k)
	c, err := m.Mint(start, rand.Reader, full())
	if err != nil {
		t.Fatal(err)
	}
	other, err := m.Mint(start, rand.Reader, full())
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := NewMinter(ring(t)).Mint(start, rand.Reader, full())
	if err != nil {
		t.Fatal(err)
	}
	// Opened before, hence cached: the cache must be no way around the seal.
	if _, err := m.Open(start, c.AccessKeyID, c.SessionToken); err != nil {
		t.Fatal(err)
	}
	tok := c.SessionToken
	raw, err := base64.StdEncoding.DecodeString(tok)
	if err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString
	for _, x := range []struct{ name, id, token string }{
		{"another key's id", other.AccessKeyID, tok},
		{"lower-case id", strings.ToLower(c.AccessKeyID), tok},
		{"empty id", "", tok},
		{"long id", strings.Repeat("A", 1000), tok},
		{"id with the rest of the token", c.AccessKeyID + "\x00" + tok[:8], tok[8:]},
		{"another server's", foreign.AccessKeyID, foreign.SessionToken},
		{"empty", c.AccessKeyID, ""},
		{"magic only", c.AccessKeyID, text(raw[:4])},
		{"cut", c.AccessKeyID, text(raw[:len(raw)-1])},
		{"lengthened", c.AccessKeyID, text(append(bytes.Clone(raw), 0))},
		{"other framing version", c.AccessKeyID, text(append([]byte{0x17, 0x0a, 0x06, 2}, raw[4:]...))},
		{"line break", c.AccessKeyID, tok[:100] + "\n" + tok[100:]},
		{"trailing line break", c.AccessKeyID, tok + "\r\n"},
		{"space", c.AccessKeyID, tok + " "},
		{"no padding or more", c.AccessKeyID, tok + "="},
		{"too long", c.AccessKeyID, strings.Repeat("A", MaxToken+4)},
		{"not base64", c.AccessKeyID, "FwoG%%%%"},
	} {
		for range 2 {
			if s, err := m.Open(start, x.id, x.token); err != ErrInvalid || s != nil {
				t.Errorf("%s: %v, %v", x.name, s, err)
			}
		}
	}
	// The last character before padding has bits that decode to nothing.
	if i := strings.IndexByte(tok, '='); i > 0 {
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		other := tok[:i-1] + string(alphabet[strings.IndexByte(alphabet, tok[i-1])^1]) + tok[i:]
		if _, err := m.Open(start, c.AccessKeyID, other); err != ErrInvalid {
			t.Error("a second spelling opens:", err)
		}
	} else {
		t.Error("the token of this test must end in padding")
	}
	for i := range raw {
		b := bytes.Clone(raw)
		b[i] ^= 1
		if s, err := m.Open(start, c.AccessKeyID, text(b)); err != ErrInvalid || s != nil {
			t.Fatalf("byte %d changed: %v, %v", i, s, err)
		}
	}
}

func TestExpiry(t *testing.T) {
	m := NewMinter(ring(t))
	c, err := m.Mint(start, rand.Reader, role())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		at   time.Time
		want error
	}{
		{c.Expiration.Add(time.Hour), ErrExpired},
		{c.Expiration, ErrExpired},
		{c.Expiration.Add(-1), nil},
		{c.Expiration, ErrExpired}, // though cached as good
		{start.Add(-time.Hour), nil},
	} {
		s, err := m.Open(x.at, c.AccessKeyID, c.SessionToken)
		if err != x.want || s == nil || s.Name != "ci" {
			t.Errorf("at %v: %v, %v; want %v", x.at, s, err, x.want)
		}
	}
}

func TestRotation(t *testing.T) {
	k := ring(t)
	m := NewMinter(k)
	c, err := m.Mint(start, rand.Reader, role())
	if err != nil {
		t.Fatal(err)
	}
	next, err := k.Rotate(start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	m.Use(next)
	if _, err := m.Open(start, c.AccessKeyID, c.SessionToken); err != nil {
		t.Error("after rotation:", err)
	}
	pruned, err := next.Prune(start.Add(2 * time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	m.Use(pruned)
	if _, err := m.Open(start, c.AccessKeyID, c.SessionToken); err != ErrInvalid {
		t.Error("its key is gone, yet the cached session lives:", err)
	}
}

func TestMintRefuses(t *testing.T) {
	m := NewMinter(ring(t))
	for _, x := range []struct {
		name   string
		change func(*Session)
	}{
		{"key given", func(s *Session) { s.AccessKeyID = "ASIA" }},
		{"secret given", func(s *Session) { s.SecretAccessKey = "x" }},
		{"no kind", func(s *Session) { s.Kind = 0 }},
		{"unknown kind", func(s *Session) { s.Kind = 6 }},
		{"delegated without a policy", func(s *Session) { s.Kind, s.UserID, s.Delegate = Delegated, "AIDA", account }},
		{"delegated by nobody", func(s *Session) { s.Kind, s.Policy, s.Delegate = Delegated, "{}", account }},
		{"delegated to nobody", func(s *Session) { s.Kind, s.Policy, s.UserID = Delegated, "{}", "AIDA" }},
		{"delegated to no account", func(s *Session) { s.Policy, s.Delegate = "{}", "42" }},
		{"a role delegated without a policy", func(s *Session) { s.Delegate = account }},
		{"no account", func(s *Session) { s.Account = "" }},
		{"no principal", func(s *Session) { s.PrincipalARN = "" }},
		{"no id", func(s *Session) { s.PrincipalID = "" }},
		{"no role", func(s *Session) { s.RoleARN = "" }},
		{"no expiry", func(s *Session) { s.Expires = time.Time{} }},
		{"issued later", func(s *Session) { s.Issued = start.Add(time.Second) }},
		{"expired at birth", func(s *Session) { s.Expires = start }},
		{"too long a life", func(s *Session) { s.Expires = start.Add(MaxDuration + time.Second) }},
		{"too many tags", func(s *Session) { s.Tags = make([]Tag, maxItems+1) }},
	} {
		s := role()
		x.change(&s)
		if c, err := m.Mint(start, rand.Reader, s); err == nil || c.SessionToken != "" {
			t.Errorf("%s: minted", x.name)
		}
	}
}

func TestPackedPolicyTooLarge(t *testing.T) {
	m := NewMinter(ring(t))
	noise := func(n int) string {
		b := make([]byte, n)
		_, _ = rand.Read(b)
		return base64.StdEncoding.EncodeToString(b)
	}
	tags := func(n int) (l []Tag) {
		for i := range n {
			l = append(l, Tag{Key: fmt.Sprintf("k%d", i), Value: noise(150)})
		}
		return l
	}
	for _, x := range []struct {
		name   string
		change func(*Session)
		big    bool
	}{
		{"2,048 repetitive characters", func(s *Session) { s.Policy = strings.Repeat("x", 2048) }, false},
		{"2,048 random characters", func(s *Session) { s.Policy = noise(1536) }, false},
		{"policy and tags together", func(s *Session) { s.Policy = noise(1400); s.Tags = tags(5) }, true},
		{"fifty large tags", func(s *Session) { s.Tags = tags(50) }, true},
		{"a section past all bounds", func(s *Session) { s.Policy = strings.Repeat("x", maxSection) }, true},
		{"paths beyond the token's limit", func(s *Session) { s.RoleARN = noise(2000); s.UserARN = noise(2000) }, true},
	} {
		s := role()
		x.change(&s)
		c, err := m.Mint(start, rand.Reader, s)
		if !x.big {
			if err != nil || c.PackedPolicySize < 1 || c.PackedPolicySize > 100 {
				t.Errorf("%s: %d%%, %v", x.name, c.PackedPolicySize, err)
			}
			if _, err := m.Open(start, c.AccessKeyID, c.SessionToken); err != nil {
				t.Errorf("%s: %v", x.name, err)
			}
			continue
		}
		var e *awserr.Error
		if !errors.As(err, &e) || e.Code != "PackedPolicyTooLarge" {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		var n int
		if _, err := fmt.Sscanf(e.Message, "Packed policy consumes %d%% of allotted space, please use smaller policy.", &n); err != nil || n <= 100 {
			t.Errorf("%s: %s", x.name, e.Message)
		}
	}
}

func TestConcurrent(t *testing.T) {
	m := NewMinter(ring(t))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				c, err := m.Mint(start, rand.Reader, full())
				if err != nil {
					t.Error(err)
					return
				}
				if s, err := m.Open(start, c.AccessKeyID, c.SessionToken); err != nil || s.SecretAccessKey != c.SecretAccessKey {
					t.Error("opened another session", err)
				}
				m.Use(m.state.Load().ring)
			}
		})
	}
	wg.Wait()
}

func BenchmarkMint(b *testing.B) {
	m := NewMinter(ring(b))
	for name, s := range map[string]Session{"plain": role(), "full": full()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Mint(start, rand.Reader, s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	k := ring(b)
	m := NewMinter(k)
	for name, s := range map[string]Session{"plain": role(), "full": full()} {
		c, err := m.Mint(start, rand.Reader, s)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/cached", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Open(start, c.AccessKeyID, c.SessionToken); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/cold", func(b *testing.B) {
			b.ReportAllocs()
			st := m.state.Load()
			for b.Loop() {
				st.opened.Purge()
				if _, err := m.Open(start, c.AccessKeyID, c.SessionToken); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What is joined for the key of the cache must not run together.
func TestCacheKey(t *testing.T) {
	m := NewMinter(ring(t))
	c, err := m.Mint(start, rand.Reader, role())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		if _, err := m.Open(start, c.AccessKeyID, c.SessionToken); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Open(start, c.AccessKeyID+c.SessionToken[:i+1], c.SessionToken[i+1:]); err != ErrInvalid {
			t.Errorf("%d characters moved from the token to the id: %v", i+1, err)
		}
	}
}

// A session whose policies and tags are large once unpacked isn't kept.
func TestCacheWeight(t *testing.T) {
	m := NewMinter(ring(t))
	for _, x := range []struct {
		size   int
		cached bool
	}{{cacheWeight, true}, {cacheWeight + 1, false}} {
		s := role()
		s.Policy = strings.Repeat("x", x.size)
		c, err := m.Mint(start, rand.Reader, s)
		if err != nil {
			t.Fatal(err)
		}
		a, err := m.Open(start, c.AccessKeyID, c.SessionToken)
		if err != nil {
			t.Fatal(err)
		}
		b, err := m.Open(start, c.AccessKeyID, c.SessionToken)
		if err != nil || (a == b) != x.cached {
			t.Errorf("%d bytes: cached %v, %v", x.size, a == b, err)
		}
	}
}

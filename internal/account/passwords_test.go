package account

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPasswordFault(t *testing.T) {
	strict := &PasswordPolicy{MinLength: 10, Symbols: true, Numbers: true, Uppercase: true, Lowercase: true}
	for _, c := range []struct {
		policy         *PasswordPolicy
		password, want string
	}{
		{nil, "abcDEF12", ""},
		{nil, "abc-def1", ""},
		{nil, "ABC_DEF1", ""},
		{nil, "abcdefgh", "Password should meet 2 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one number, Password should have at least one symbol"},
		{nil, "abcdefg1", "Password should meet 1 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one symbol"},
		{nil, "àéîõü 你", "Password should have a minimum length of 8, Password should meet 3 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one lowercase letter, Password should have at least one number, Password should have at least one symbol"},
		{nil, "aB1aB1a", "Password should have a minimum length of 8"},
		{nil, "ÀÀÀÀÀaB1", ""}, // characters, not bytes
		{nil, "aB1" + strings.Repeat("é", 125), ""},
		{nil, "aB1" + strings.Repeat("é", 126), "Password should have a maximum length of 128"},
		{nil, "abcdef1~", "Password should meet 1 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one symbol"},
		{nil, "My-Account-9", "Password should not be identical to the account name"},
		{nil, acct, "Password should meet 2 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one lowercase letter, Password should have at least one symbol, Password should not be identical to the account name"},
		{&PasswordPolicy{MinLength: 6}, "aaaaaa", ""},
		{&PasswordPolicy{MinLength: 6}, "aaaaa", "Password should have a minimum length of 6"},
		{&PasswordPolicy{MinLength: 6, Numbers: true}, "aaaaaa", "Password should have at least one number"},
		{strict, "aaaaaaaaaa", "Password should have at least one uppercase letter, Password should have at least one number, Password should have at least one symbol"},
		{strict, "aB3$", "Password should have a minimum length of 10"},
		{strict, "aB3$aB3$aB", ""},
	} {
		s := &Settings{Account: acct, Alias: "my-account-9", PasswordPolicy: c.policy}
		if got := s.PasswordFault(c.password); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.password, got, c.want)
		}
	}
	for _, r := range symbols {
		if fault := (&Settings{PasswordPolicy: &PasswordPolicy{MinLength: 1, Symbols: true}}).PasswordFault(string(r)); fault != "" {
			t.Errorf("%q is no symbol", r)
		}
	}
}

func TestFormerPasswords(t *testing.T) {
	l := &LoginProfile{Hash: "0", Created: day, Changed: day, ResetRequired: true}
	for i := 1; i <= 30; i++ {
		old := l
		l = l.Replaced(fmt.Sprint(i), day.Add(time.Duration(i)*time.Hour))
		if len(old.Former) > 0 && len(l.Former) > 0 && &old.Former[0] == &l.Former[0] {
			t.Fatal("an older profile shares memory with a newer")
		}
	}
	if len(l.Former) != MaxFormerPasswords || l.Former[0] != "29" || l.Former[23] != "6" || !l.ResetRequired || !l.Created.Equal(day) || !l.Changed.Equal(day.Add(30*time.Hour)) {
		t.Errorf("%+v", l)
	}
	for n, want := range map[int][]string{0: nil, 1: {"30"}, 3: {"30", "29", "28"}} {
		if diff := cmp.Diff(want, l.Barred(&PasswordPolicy{ReusePrevention: n})); diff != "" {
			t.Error(n, diff)
		}
	}
	if l.Barred(nil) != nil || len((&LoginProfile{Hash: "x"}).Barred(&PasswordPolicy{ReusePrevention: 24})) != 1 {
		t.Error("barred without need")
	}
}

func TestPasswordExpiry(t *testing.T) {
	soft, hard := &PasswordPolicy{MaxAge: 90}, &PasswordPolicy{MaxAge: 90, HardExpiry: true}
	end := day.AddDate(0, 0, 90)
	for _, c := range []struct {
		policy *PasswordPolicy
		reset  bool
		at     time.Time
		want   PasswordState
	}{
		{nil, false, end.AddDate(10, 0, 0), PasswordGood}, {nil, true, day, PasswordChange},
		{&PasswordPolicy{HardExpiry: true}, false, end.AddDate(10, 0, 0), PasswordGood},
		{soft, false, end.Add(-1), PasswordGood}, {soft, false, end, PasswordChange}, {soft, true, day, PasswordChange},
		{hard, false, end.Add(-1), PasswordGood}, {hard, false, end, PasswordDead}, {hard, true, end, PasswordDead}, {hard, true, day, PasswordChange},
	} {
		l := &LoginProfile{Changed: day, ResetRequired: c.reset}
		if got := l.State(c.policy, c.at); got != c.want {
			t.Errorf("%+v reset %v at %v: %v, want %v", c.policy, c.reset, c.at, got, c.want)
		}
	}
	if l := (&LoginProfile{Changed: day}); !l.Expiry(soft).Equal(end) || !l.Expiry(nil).IsZero() || !l.Expiry(&PasswordPolicy{}).IsZero() {
		t.Error("expiry")
	}
}

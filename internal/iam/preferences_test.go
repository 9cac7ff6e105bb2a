package iam

import (
	"testing"

	"github.com/aratame/aratame/internal/shape/iamshape"
)

func TestTokenVersion(t *testing.T) {
	x := newTest(t)
	shown := func(want int32) {
		t.Helper()
		got := do[iamshape.GetAccountSummaryOutput](x, "GetAccountSummary", &iamshape.GetAccountSummaryInput{}).SummaryMap["GlobalEndpointTokenVersion"]
		if got != want {
			t.Errorf("version %d, want %d", got, want)
		}
	}
	shown(1)
	for version, want := range map[string]int32{"v2Token": 2, "v1Token": 1} {
		x.must("SetSecurityTokenServicePreferences", &iamshape.SetSecurityTokenServicePreferencesInput{GlobalEndpointTokenVersion: version})
		shown(want)
	}
	x.fails("SetSecurityTokenServicePreferences", &iamshape.SetSecurityTokenServicePreferencesInput{GlobalEndpointTokenVersion: "v3Token"}, "ValidationError",
		"1 validation error detected: Value at 'globalEndpointTokenVersion' failed to satisfy constraint: Member must satisfy enum value set: [v1Token, v2Token]")
}

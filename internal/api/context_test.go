package api

import (
	"testing"

	"github.com/aratame/aratame/policy"
)

// The region that a condition sees is the one that serves the call.
func TestRequestedRegion(t *testing.T) {
	for service, want := range map[string]string{"iam": "us-east-1", "sts": "eu-west-1"} {
		x := &requestContext{c: &Call{Service: service, Region: "eu-west-1"}}
		if v, ok := x.Lookup(policy.FoldKey("aws:RequestedRegion")); !ok || v.At(0) != want {
			t.Errorf("%s: %v", service, v)
		}
	}
}

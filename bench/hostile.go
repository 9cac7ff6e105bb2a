package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aratame/aratame/policy"
)

// hostilePatterns make careless matchers go back again and again. Each has
// 8 KB and matches none of the texts, which have 8 KB as well.
var hostilePatterns = []struct{ pattern, text string }{
	{strings.Repeat("*a", 4095) + "*b", strings.Repeat("a", 8192)},
	{strings.Repeat("*?", 4095) + "*b", strings.Repeat("a", 8192)},
	{strings.Repeat("*", 8191) + "b", strings.Repeat("a", 8192)},
	{"*" + strings.Repeat("a", 4095) + "b*", strings.Repeat("a", 8192)},
	{"*?" + strings.Repeat("a", 4095) + "b*", strings.Repeat("a", 8192)},
	{"*" + strings.Repeat("?a", 2047) + "b*", strings.Repeat("a", 8192)},
	{"*" + strings.Repeat("a?", 4000) + "b*c", strings.Repeat("a", 8192)},
	{"*" + strings.Repeat("?é", 1300) + "b*", strings.Repeat("é", 4096)},
	{strings.Repeat("*"+strings.Repeat("a?", 150)+"b", 27) + "*", strings.Repeat("a", 8192)},
}

// hostile prints how long the worst of them takes, as the value of a condition
// and as an action; the fastest of a few runs, since others use the machine.
func hostile() error {
	worst := time.Duration(0)
	for _, h := range hostilePatterns {
		for _, statement := range []string{
			`"Action":"x:Y","Resource":"*","Condition":{"StringLike":{"k":"` + h.pattern + `"}}`,
			`"Action":"x:` + h.pattern + `","Resource":"*"`,
		} {
			doc, err := policy.Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow",`+statement+`}}`, policy.Identity)
			if err != nil {
				return err
			}
			may := &policy.Policies{Identity: policy.Compile(policy.Policy{Document: doc})}
			req := &policy.Request{Principal: &policy.Principal{Kind: policy.User, Account: accountID}, Action: "x:Y", Resource: "*",
				ResourceAccount: accountID, Context: policy.MapContext{"k": policy.One(h.text)}}
			if strings.HasPrefix(statement, `"Action":"x:*`) {
				req.Action = "x:" + h.text
			}
			var took []time.Duration
			for range 5 {
				start := time.Now()
				if policy.Evaluate(req, may).Allowed() {
					return fmt.Errorf("%.20s… matches", h.pattern)
				}
				took = append(took, time.Since(start))
			}
			worst = max(worst, slices.Min(took))
		}
	}
	fmt.Printf("\nHostile patterns of 8 KB against 8 KB: the worst takes %.2f ms (at most 5 asked: %s)\n", worst.Seconds()*1000, reached(worst <= 5*time.Millisecond))
	return nil
}

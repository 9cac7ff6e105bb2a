package iam

import (
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/policy"
)

// Identity providers whose issuer is shared by all their customers: a trust
// policy that doesn't say whose tokens it means would let in everybody's (IAM
// User Guide, "Identity-provider controls for shared OIDC providers"). Policies
// saved before such a rule stay as they are.

// sharedIssuers are such issuers with the claim that tells customers apart.
var sharedIssuers = map[string]string{
	"agent.buildkite.com":     "sub",
	"api.pulumi.com/oidc":     "aud",
	"app.terraform.io":        "sub",
	"gitlab.com":              "sub",
	"oidc.codefresh.io":       "sub",
	"oidc.vercel.com":         "aud",
	"proidc.upbound.io":       "sub",
	"sandboxes.cloud":         "aud",
	"scalr.io":                "sub",
	"studio.datachain.ai/api": "sub",
	"tokens.cloud.shisho.dev": "sub",
	"oidc-configuration.audit-log.githubusercontent.com": "sub",
	"vstoken.actions.githubusercontent.com":              "sub",
}

const (
	githubIssuer   = "token.actions.githubusercontent.com" // enterprises have a path behind it
	sentinelIssuer = "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d"
	cognito        = "cognito-identity.amazonaws.com"
)

// checkShared refuses a trust policy that lets every customer of a shared
// issuer in.
func checkShared(doc *policy.Document) error {
	for i := range doc.Statements {
		st := &doc.Statements[i]
		if st.Deny || !slices.ContainsFunc(st.Actions, mayFederate) {
			continue
		}
		for _, p := range st.Principals {
			if p.Kind != "Federated" || p.Negated {
				continue
			}
			if err := checkSharedPrincipal(st, p.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayFederate reports whether an action of a trust policy can stand for
// sts:AssumeRoleWithWebIdentity.
func mayFederate(action string) bool {
	return strings.EqualFold(action, "sts:AssumeRoleWithWebIdentity") || strings.ContainsAny(action, "*?")
}

func checkSharedPrincipal(st *policy.Statement, principal string) error {
	refuse := func(message string) error { return awserr.New("MalformedPolicyDocument", message) }
	switch principal {
	case "accounts.google.com":
		if !scoped(st, false, principal+":aud", principal+":oaud", principal+":sub") {
			return refuse("Policy trusting " + principal + " requires a StringEquals condition on an application id")
		}
		return nil
	case "www.amazon.com", "graph.facebook.com":
		if !scoped(st, false, principal+":app_id", principal+":sub") {
			return refuse("Policy trusting " + principal + " requires a StringEquals condition on an application id")
		}
		return nil
	case cognito:
		if len(st.Conditions) == 0 {
			return refuse("A condition block must be present for the Cognito provider")
		}
	}
	keys := sharedKeys(principal)
	if len(keys) == 0 || scoped(st, true, keys...) {
		return nil
	}
	return refuse("Trust policy with trusted principal " + principal +
		" must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, " + strings.Join(keys, " or ") + " which is not scoped to all.")
}

// sharedKeys are the condition keys of which a policy that trusts the principal
// has to evaluate one; nil for an issuer that is its owner's alone.
func sharedKeys(principal string) []string {
	if principal == cognito {
		return []string{cognito + ":aud"}
	}
	a, err := awsid.ParseARN(principal)
	issuer, ok := strings.CutPrefix(a.Resource, "oidc-provider/")
	if err != nil || !ok {
		return nil
	}
	// Condition keys don't tell case apart, and hosts don't either.
	switch folded := strings.ToLower(issuer); {
	case folded == githubIssuer, strings.HasPrefix(folded, githubIssuer+"/"):
		return []string{issuer + ":sub", issuer + ":job_workflow_ref"}
	case folded == sentinelIssuer:
		return []string{"sts:RoleSessionName"}
	case sharedIssuers[folded] != "":
		return []string{issuer + ":" + sharedIssuers[folded]}
	}
	return nil
}

// scoped reports whether a condition lets only some values of one of the keys
// pass: it isn't negated, isn't met without the key, and none of its values
// stands for all. like takes StringLike, too.
func scoped(st *policy.Statement, like bool, keys ...string) bool {
	return slices.ContainsFunc(st.Conditions, func(c policy.Condition) bool {
		key := policy.FoldKey(c.Key)
		if !slices.ContainsFunc(keys, func(k string) bool { return policy.FoldKey(k) == key }) {
			return false
		}
		operator := strings.ToLower(c.Operator)
		if quantifier, rest, ok := strings.Cut(operator, ":"); ok {
			if operator = rest; quantifier == "forallvalues" && strings.HasSuffix(key, ":job_workflow_ref") {
				return false // met by every token without the claim
			}
		}
		if operator != "stringequals" && operator != "stringequalsignorecase" && !(like && operator == "stringlike") {
			return false
		}
		github := strings.HasPrefix(key, githubIssuer)
		return !slices.ContainsFunc(c.Values, func(v string) bool {
			return strings.Trim(v, "*? ") == "" || github && strings.HasPrefix(v, "*")
		})
	})
}

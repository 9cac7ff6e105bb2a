package iam

import (
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/shape/iamshape"
)

// Nobody saves a trust policy that lets in all customers of an issuer that they
// share.
func TestSharedIssuers(t *testing.T) {
	x := newTest(t)
	newRole(x, "/", "Saved")
	arn := func(issuer string) string { return "arn:aws:iam::" + testAccount + ":oidc-provider/" + issuer }
	statement := func(effect, principal, action, conditions string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Principal":{"Federated":"` + principal + `"},"Action":` + action + conditions + `}]}`
	}
	when := func(operator, key, value string) string {
		return `,"Condition":{"` + operator + `":{"` + key + `":` + value + `}}`
	}
	must := func(principal, keys string) string {
		return "Trust policy with trusted principal " + principal + " must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, " + keys + " which is not scoped to all."
	}
	const (
		web    = `"sts:AssumeRoleWithWebIdentity"`
		github = "token.actions.githubusercontent.com"
		sub    = github + ":sub"
		job    = github + ":job_workflow_ref"
		appID  = "Policy trusting accounts.google.com requires a StringEquals condition on an application id"
	)
	gh, either := arn(github), must(arn(github), sub+" or "+job)
	for _, c := range []struct{ name, document, message string }{
		{"no condition", statement("Allow", gh, web, ""), either},
		{"another claim", statement("Allow", gh, web, when("StringEquals", github+":aud", `"sts.amazonaws.com"`)), either},
		{"all", statement("Allow", gh, web, when("StringLike", sub, `"*"`)), either},
		{"one of several is all", statement("Allow", gh, web, when("StringLike", sub, `["repo:o/*","?*"]`)), either},
		{"blank", statement("Allow", gh, web, when("StringLike", sub, `""`)), either},
		{"any owner", statement("Allow", gh, web, when("StringLike", sub, `"*:ref:refs/heads/main"`)), either},
		{"negated", statement("Allow", gh, web, when("StringNotEquals", sub, `"repo:o/r"`)), either},
		{"if it exists", statement("Allow", gh, web, when("StringEqualsIfExists", sub, `"repo:o/r"`)), either},
		{"all values of none", statement("Allow", gh, web, when("ForAllValues:StringEquals", job, `"o/r"`)), either},
		{"pattern of actions", statement("Allow", gh, `["sts:TagSession","sts:Assume*"]`, ""), either},
		{"enterprise", statement("Allow", arn(github+"/corp"), web, when("StringLike", sub, `"repo:o/*"`)),
			must(arn(github+"/corp"), github+"/corp:sub or "+github+"/corp:job_workflow_ref")},
		{"case", statement("Allow", arn("Token.actions.githubusercontent.com"), web, ""),
			must(arn("Token.actions.githubusercontent.com"), "Token.actions.githubusercontent.com:sub or Token.actions.githubusercontent.com:job_workflow_ref")},
		{"audience", statement("Allow", arn("oidc.vercel.com"), web, when("StringEquals", "oidc.vercel.com:sub", `"x"`)), must(arn("oidc.vercel.com"), "oidc.vercel.com:aud")},
		{"name of the session", statement("Allow", arn(sentinelIssuer), web, ""), must(arn(sentinelIssuer), "sts:RoleSessionName")},
		{"Google", statement("Allow", "accounts.google.com", web, when("StringLike", "accounts.google.com:aud", `"a"`)), appID},
		{"Amazon", statement("Allow", "www.amazon.com", web, ""), strings.ReplaceAll(appID, "accounts.google.com", "www.amazon.com")},
		{"Cognito", statement("Allow", "cognito-identity.amazonaws.com", web, ""), "A condition block must be present for the Cognito provider"},
		{"Cognito without a pool", statement("Allow", "cognito-identity.amazonaws.com", web, when("StringEquals", "cognito-identity.amazonaws.com:sub", `"x"`)),
			must("cognito-identity.amazonaws.com", "cognito-identity.amazonaws.com:aud")},

		{"a repository", statement("Allow", gh, web, when("StringEquals", sub, `"repo:o/r:ref:refs/heads/main"`)), ""},
		{"an organization, key and operator in another case", statement("Allow", gh, web, when("stringlike", strings.ToUpper(sub), `"repo:o/*"`)), ""},
		{"ignoring case", statement("Allow", gh, web, when("StringEqualsIgnoreCase", sub, `"repo:O/r"`)), ""},
		{"a workflow", statement("Allow", gh, web, when("ForAnyValue:StringLike", job, `"o/r/.github/*"`)), ""},
		{"all values of one", statement("Allow", gh, web, when("ForAllValues:StringLike", sub, `"repo:o/*"`)), ""},
		{"of an enterprise", statement("Allow", arn(github+"/corp"), web, when("StringLike", github+"/corp:sub", `"repo:o/*"`)), ""},
		{"denied", statement("Deny", gh, web, ""), ""},
		{"tags alone", statement("Allow", gh, `"sts:TagSession"`, ""), ""},
		{"an issuer of one's own", statement("Allow", arn("idp.example.com"), web, ""), ""},
		{"below a host that is shared at its root", statement("Allow", arn("gitlab.com/own"), web, ""), ""},
		{"a SAML provider", statement("Allow", "arn:aws:iam::"+testAccount+":saml-provider/gitlab.com", `"sts:AssumeRoleWithSAML"`, ""), ""},
		{"Google's application", statement("Allow", "accounts.google.com", web, when("StringEquals", "accounts.google.com:aud", `"a"`)), ""},
		{"Cognito's pool", statement("Allow", "cognito-identity.amazonaws.com", web, when("StringEquals", "cognito-identity.amazonaws.com:aud", `"p"`)), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := &iamshape.CreateRoleInput{RoleName: strings.Map(func(r rune) rune {
				if r >= 'a' && r <= 'z' {
					return r
				}
				return -1
			}, c.name), AssumeRolePolicyDocument: c.document}
			update := &iamshape.UpdateAssumeRolePolicyInput{RoleName: "Saved", PolicyDocument: c.document}
			if c.message == "" {
				x.must("CreateRole", in)
				x.must("UpdateAssumeRolePolicy", update)
				return
			}
			x.fails("CreateRole", in, "MalformedPolicyDocument", c.message)
			x.fails("UpdateAssumeRolePolicy", update, "MalformedPolicyDocument", c.message)
		})
	}
}

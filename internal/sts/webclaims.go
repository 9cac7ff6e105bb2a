package sts

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/oidc"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape/stsshape"
)

// Claims by which a provider speaks to AWS (IAM User Guide, "Pass session tags
// in AWS STS"). Tags come nested in one claim or, from providers that can't
// nest, as a claim each.
const (
	claimTags           = "https://aws.amazon.com/tags"
	claimPrincipalTag   = claimTags + "/principal_tags/"
	claimTransitive     = claimTags + "/transitive_tag_keys"
	claimSourceIdentity = "https://aws.amazon.com/source_identity"
	claimRoles          = "https://aws.amazon.com/roles"
)

// A webIdentity is what a verified token means for a session.
type webIdentity struct {
	claims *oidc.Claims
	// name is the issuer without its scheme: it begins the condition keys.
	name string
	keys []webKey

	tags           []stsshape.Tag
	transitive     []string
	sourceIdentity string
	// authorized says that the token lists the role.
	authorized bool
}

// A webKey is a condition key of the trust evaluation, ISSUER:name.
type webKey struct {
	name   string
	values []string
	stays  bool // for the life of the session
}

// sharedClaims are further claims that AWS makes condition keys of, for
// providers whose issuer is shared by all their customers (IAM User Guide, keys
// for AWS OIDC federation). Of any other provider no further claim is a key.
func sharedClaims(issuer string) []string {
	switch issuer {
	case "token.actions.githubusercontent.com":
		return []string{
			"actor", "actor_id", "enterprise", "enterprise_id", "environment", "job_workflow_ref", "ref",
			"repository", "repository_id", "repository_owner", "repository_owner_id", "workflow",
		}
	case "gitlab.com":
		return []string{
			"namespace_id", "pipeline_source", "project_id", "ref_protected", "runner_environment",
			"user_access_level", "user_email", "user_id", "user_login",
		}
	case "agent.buildkite.com":
		return []string{"build_branch", "cluster_id", "cluster_name", "organization_id", "organization_slug", "pipeline_id", "pipeline_slug"}
	case "accounts.google.com":
		return []string{"hd"}
	}
	host, path, _ := strings.Cut(issuer, "/")
	switch {
	case host == "oidc.circleci.com" && strings.HasPrefix(path, "org/"):
		return []string{"oidc.circleci.com/project-id"}
	case strings.HasSuffix(host, ".identity.oraclecloud.com"):
		return []string{"rpst_id"}
	}
	return nil
}

// maxMethods bounds the values of amr, all of which stay with the session.
const maxMethods = 100

// readWebIdentity takes from claims what STS knows of them. A claim for AWS that
// isn't in its form is an error: a tag that goes missing could be one that
// denies.
func readWebIdentity(c *oidc.Claims, role string) (*webIdentity, error) {
	w := &webIdentity{claims: c, name: strings.TrimPrefix(c.Issuer, "https://")}
	w.keys = []webKey{{"aud", []string{c.Audience}, true}, {"oaud", c.Audiences, false}, {"sub", []string{c.Subject}, true}}
	if amr, ok := c.Texts("amr"); ok && len(amr) > 0 {
		if len(amr) > maxMethods {
			return nil, badClaim("The amr claim has too many values")
		}
		w.keys = append(w.keys, webKey{"amr", amr, true})
	}
	for _, name := range append([]string{"email"}, sharedClaims(w.name)...) {
		if v, ok := c.Text(name); ok {
			w.keys = append(w.keys, webKey{name, []string{v}, false})
		}
	}
	var err error
	if w.authorized, err = listsRole(c, role); err != nil {
		return nil, err
	}
	if w.tags, w.transitive, err = claimedTags(c); err != nil {
		return nil, err
	}
	if _, err := sessionTags(w.tags, w.transitive, nil); err != nil {
		return nil, err
	}
	if raw := c.JSON(claimSourceIdentity); raw != nil {
		var ok bool
		if w.sourceIdentity, ok = c.Text(claimSourceIdentity); !ok || !sourceIdentityForm.MatchString(w.sourceIdentity) {
			return nil, badClaim(`Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"`)
		}
	}
	return w, nil
}

// The characters leave no room for a colon, so none begins with aws: either.
var sourceIdentityForm = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{2,64}$`)

func badClaim(message string) error { return awserr.New("InvalidIdentityToken", message) }

// sessionKeys are the condition keys that stay with the session.
func (w *webIdentity) sessionKeys() (out []session.ContextKey) {
	for _, k := range w.keys {
		for _, v := range k.values {
			if k.stays {
				out = append(out, session.ContextKey{Key: w.name + ":" + k.name, Value: v})
			}
		}
	}
	return out
}

// listsRole reports whether the token's list of roles has the role. A token
// without a list leaves it to the trust policy; one with a list is for no role
// but those.
func listsRole(c *oidc.Claims, role string) (bool, error) {
	raw := c.JSON(claimRoles)
	if raw == nil {
		return false, nil
	}
	var candidates []string
	var items []json.RawMessage
	if text, ok := c.Text(claimRoles); ok {
		candidates = strings.Split(text, ";")
	} else if json.Unmarshal(raw, &items) == nil {
		for _, item := range items {
			var s string
			if json.Unmarshal(item, &s) == nil {
				candidates = append(candidates, s)
			}
		}
	} else {
		return false, badClaim("The roles claim is not in a supported format")
	}
	valid := false
	for _, s := range candidates {
		s = strings.TrimSpace(s)
		if _, err := roleARN(s); err != nil || strings.ContainsAny(s, "*?") {
			continue
		}
		if valid = true; s == role {
			return true, nil
		}
	}
	if !valid {
		return false, badClaim("The roles claim contains no valid role ARNs")
	}
	return false, badClaim("The target role ARN is not present in the roles claim of the identity token")
}

// claimedTags reads the session tags of a token, in the order of their keys.
func claimedTags(c *oidc.Claims) (tags []stsshape.Tag, transitive []string, err error) {
	var nested, principal map[string]json.RawMessage
	bad := badClaim("Session tags passed in claim are not in correct format.")
	if raw := c.JSON(claimTags); raw != nil {
		if json.Unmarshal(raw, &nested) != nil {
			return nil, nil, bad
		}
	}
	badTags := badClaim("principal_tags passed in claim is not in correct format.")
	if raw, ok := nested["principal_tags"]; ok && json.Unmarshal(raw, &principal) != nil {
		return nil, nil, badTags
	}
	for key, raw := range principal {
		var values []*string
		if json.Unmarshal(raw, &values) != nil || len(values) != 1 || values[0] == nil || !tagForm(key, *values[0]) {
			return nil, nil, badTags
		}
		tags = append(tags, stsshape.Tag{Key: key, Value: *values[0]})
	}
	for _, name := range c.Names() {
		if key, ok := strings.CutPrefix(name, claimPrincipalTag); ok {
			value, ok := c.Text(name)
			if !ok || !tagForm(key, value) {
				return nil, nil, badTags
			}
			tags = append(tags, stsshape.Tag{Key: key, Value: value})
		}
	}
	slices.SortFunc(tags, func(a, b stsshape.Tag) int { return strings.Compare(a.Key, b.Key) })
	if raw, ok := nested["transitive_tag_keys"]; ok && json.Unmarshal(raw, &transitive) != nil {
		return nil, nil, bad
	}
	if c.JSON(claimTransitive) != nil {
		keys, ok := c.Texts(claimTransitive)
		if !ok {
			return nil, nil, bad
		}
		transitive = append(transitive, keys...)
	}
	return tags, transitive, nil
}

// tagCharacters are those of keys and values. Their number is counted beside: a
// bounded repetition of such classes would take megabytes as a pattern.
var tagCharacters = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// tagForm holds a tag to the form that the model gives tags of requests.
func tagForm(key, value string) bool {
	return key != "" && utf8.RuneCountInString(key) <= 128 && utf8.RuneCountInString(value) <= 256 &&
		tagCharacters.MatchString(key) && tagCharacters.MatchString(value)
}

func boolean(b bool) string { return strconv.FormatBool(b) }

package issuer

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/aratame/aratame/internal/account"
)

// namespace is the claim that holds what is AWS's own (IAM User Guide,
// "Understanding token claims").
const namespace = "https://sts.amazonaws.com/"

// MaxPayload is the greatest length of a token's claims in bytes. AWS has a
// limit and doesn't tell it.
const MaxPayload = 8192

// ErrTooLarge says that the claims exceed MaxPayload.
var ErrTooLarge = errors.New("issuer: the claims of the token are too large")

// Claims are what a token says.
type Claims struct {
	Audience []string
	Subject  string // ARN of the user, the role or root
	ID       string
	Issued   time.Time
	Expires  time.Time

	Account           string
	Region            string
	OrganizationID    string
	OrganizationPath  string
	PrincipalTags     map[string]string
	RequestTags       map[string]string
	SessionExpires    time.Time // zero without a session
	FederatedProvider string
	SourceIdentity    string
	// Context are facts about the session under AWS's names of claims, such as
	// "ec2_source_instance_arn".
	Context map[string]string
}

func (c *Claims) payload(issuer string) ([]byte, error) {
	own := map[string]any{"aws_account": c.Account, "source_region": c.Region, "principal_id": c.Subject}
	set := func(name, value string) {
		if value != "" {
			own[name] = value
		}
	}
	for name, value := range c.Context {
		set(name, value)
	}
	set("org_id", c.OrganizationID)
	if c.OrganizationPath != "" {
		own["ou_path"] = []string{c.OrganizationPath}
	}
	set("federated_provider", c.FederatedProvider)
	set("source_identity", c.SourceIdentity)
	if len(c.PrincipalTags) > 0 {
		own["principal_tags"] = c.PrincipalTags
	}
	if len(c.RequestTags) > 0 {
		own["request_tags"] = c.RequestTags
	}
	if !c.SessionExpires.IsZero() {
		own["original_session_exp"] = c.SessionExpires.UTC().Format(time.RFC3339)
	}
	all := map[string]any{
		"iss": issuer, "sub": c.Subject, "jti": c.ID, "iat": c.Issued.Unix(), "exp": c.Expires.Unix(), namespace: own,
	}
	if len(c.Audience) == 1 {
		all["aud"] = c.Audience[0]
	} else {
		all["aud"] = c.Audience
	}
	b, err := json.Marshal(all)
	if err == nil && len(b) > MaxPayload {
		err = ErrTooLarge
	}
	return b, err
}

// Sign returns a token of the account, in compact form. alg is RS256 or ES384.
func (i *Issuer) Sign(acct string, o *account.Outbound, alg string, c *Claims, now time.Time) (string, error) {
	payload, err := c.payload(i.URL(o))
	if err != nil {
		return "", err
	}
	k, ok := signing(o.Keys, alg, now)
	if !ok {
		return "", fmt.Errorf("issuer: account %s has no key for %s", acct, alg)
	}
	private, err := i.private(acct, k)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: jose.JSONWebKey{Key: private, KeyID: k.ID}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

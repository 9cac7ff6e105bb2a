package policy

// Kind is the type of a policy: which elements its documents may have and
// which part it plays in a decision. The zero Kind is none of them.
type Kind uint8

const (
	Identity Kind = iota + 1 // inline or managed policy of a user, group or role
	Trust                    // assume-role policy of a role
	Resource                 // policy attached to a resource (bucket, queue, key, …)
	Boundary                 // permissions boundary of a user or role
	Session                  // policy passed when a session is made
	SCP                      // service control policy of an organization
	RCP                      // resource control policy of an organization
	Endpoint                 // policy of a VPC endpoint
)

var kindNames = [...]string{"", "identity", "trust", "resource", "boundary", "session", "scp", "rcp", "endpoint"}

// String returns a lower-case name, or "none" for the zero Kind.
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindNames) {
		return "none"
	}
	return kindNames[k]
}

// MarshalText writes the name of String.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Position is a place in the text of a document. Line and Column count from 1,
// Column in characters; Offset counts bytes from 0.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Offset int `json:"offset"`
}

// Document is a parsed policy document. It is immutable and safe for
// concurrent use; callers must not change the slices they can reach.
type Document struct {
	Version    string // as written; "" when absent, which means 2008-10-17
	ID         string
	Statements []Statement

	kind     Kind
	bare     bool // statements have no Resource
	text     string
	size     int
	compiled []stmt
}

// Statement is one statement as written.
type Statement struct {
	Sid          string
	Deny         bool // Effect
	Principals   []PrincipalValue
	NotPrincipal bool // Principals are those of a NotPrincipal element
	Actions      []string
	NotAction    bool
	Resources    []string // empty in trust policies
	NotResource  bool
	Conditions   []Condition
	Start, End   Position // End is after the closing brace

	hasPrincipal bool
	nulls        int // null members of the Resource list, which AWS accepts
}

// Condition is one key under one operator, as written.
type Condition struct {
	Operator string
	Key      string
	Values   []string
	Pos      Position // of the key
}

// PrincipalValue is one value of a Principal or NotPrincipal element.
type PrincipalValue struct {
	Kind      string // AWS, Service, Federated, CanonicalUser, or STAR for a bare "*"
	Value     string
	Negated   bool // in a NotPrincipal
	Statement int  // index in Document.Statements
	Pos       Position

	start, end int // the JSON string literal in the document's text
}

// Kind returns the kind the document was parsed as.
func (d *Document) Kind() Kind { return d.kind }

// Text returns the document's text as parsed, or as MapPrincipals rewrote it.
func (d *Document) Text() string { return d.text }

// Size counts the characters of the document without the white space outside
// of strings, which is how IAM counts a document against its quotas.
func (d *Document) Size() int { return d.size }

// SourceType says what a policy is attached to and how.
type SourceType uint8

const (
	UnknownSource SourceType = iota
	UserInline
	UserManaged
	GroupInline
	GroupManaged
	RoleInline
	RoleManaged
	BoundaryPolicy
	SessionInline
	SessionManaged
	ResourcePolicy
	TrustPolicy
	ServiceControlPolicy
	ResourceControlPolicy
	EndpointPolicy
)

var sourceNames = [...]string{
	"unknown", "user-inline", "user-managed", "group-inline", "group-managed", "role-inline", "role-managed", "boundary",
	"session-inline", "session-managed", "resource", "trust", "scp", "rcp", "endpoint",
}

// String returns a lower-case name such as "group-managed".
func (t SourceType) String() string {
	if int(t) >= len(sourceNames) {
		return sourceNames[0]
	}
	return sourceNames[t]
}

// MarshalText writes the name of String.
func (t SourceType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Source identifies a policy in explanations and at the end of AccessDenied
// messages. Nothing in a decision depends on it.
type Source struct {
	Type  SourceType `json:"type"`
	ARN   string     `json:"arn,omitempty"`   // of a managed, service control or resource control policy; "" for inline ones
	Name  string     `json:"name,omitempty"`  // policy name
	Owner string     `json:"owner,omitempty"` // ARN or name of the entity that the policy is attached to
}

// Policy is a document together with where it comes from.
type Policy struct {
	Source   Source
	Document *Document
}

// PrincipalKind says what sort of credentials made a request.
type PrincipalKind uint8

const (
	Anonymous     PrincipalKind = iota // no credentials
	Root                               // root user of an account
	User                               // IAM user, with long-term keys or a GetSessionToken session
	AssumedRole                        // session of a role
	FederatedUser                      // GetFederationToken session
	Service                            // AWS service calling for itself
	WebIdentity                        // bearer of an OIDC token, in AssumeRoleWithWebIdentity
	SAML                               // bearer of a SAML assertion, in AssumeRoleWithSAML
)

var principalNames = [...]string{"anonymous", "root", "user", "assumed-role", "federated-user", "service", "web-identity", "saml"}

// String returns a lower-case name such as "assumed-role".
func (k PrincipalKind) String() string {
	if int(k) >= len(principalNames) {
		return "unknown"
	}
	return principalNames[k]
}

// Principal is who asks.
type Principal struct {
	Kind PrincipalKind

	// ARN is the root, user, assumed-role session or federated-user session
	// ARN; the service's name for Service; the provider's ARN or name, as a
	// trust policy writes it under "Federated", for WebIdentity and SAML.
	ARN string

	// ID is the unique id: AIDA… of the user, also of the user behind a
	// federated session; AROA… of the role behind a session. A unique id in a
	// Principal element matches exactly the entity that bears it.
	ID string

	Account     string // 12 digits; "" for Anonymous, Service, WebIdentity and SAML
	RoleARN     string // of the role behind an AssumedRole session, path included
	UserARN     string // of the user behind a FederatedUser session
	SessionName string // for explanations only
	CanonicalID string // 64 hex digits of the account, matched by "CanonicalUser"; may be ""

	ServiceLinked     bool // session of a service-linked role: SCPs and RCPs don't apply
	ManagementAccount bool // account manages its organization: SCPs don't apply
}

// Request is one (action, resource) check. An API call may need several.
type Request struct {
	Principal *Principal
	Action    string // service:Name; letter case doesn't matter
	Resource  string // ARN, or "*" for actions without a resource

	// ResourceAccount owns the resource. When "", the account field of
	// Resource decides, and when that is empty too, the principal's own
	// account: set it for resources whose ARNs carry no account.
	ResourceAccount string

	// Context holds the condition keys; nil holds none. The engine adds no
	// key of its own.
	Context Context
}

// Policies are all policies that apply to a request, by type. A nil Set means
// that there is no policy of that type.
type Policies struct {
	Identity *Set // of the user and its groups, or of the role
	Boundary *Set // permissions boundary; with a non-nil Set it must allow

	// Session holds a Set per session creation, with every policy passed at
	// that moment in one Set; each Set must allow. Empty: none were passed.
	Session []*Set

	// SessionRequired makes a session without session policies powerless,
	// as GetFederationToken does. It is implied by FederatedUser.
	SessionRequired bool

	Resource *Set // resource policy
	Trust    *Set // trust policy of the role being assumed; takes the place of Resource

	// ResourceRequired says that the resource policy must allow or delegate,
	// whatever identity policies say, as with KMS keys. It is implied by Trust,
	// and by a Resource policy on an ARN of a KMS key.
	ResourceRequired bool

	// SCPs and RCPs hold a Set per level of the organization: root, each
	// organizational unit, account. Each level must allow, so a nil or empty
	// Set inside the slice denies. An empty slice means: not in an organization.
	SCPs []*Set // of the principal's account
	RCPs []*Set // of the resource's account

	Endpoint *Set // policy of the VPC endpoint the request came through
}

// Effect is the result of a decision. The zero Effect denies.
type Effect uint8

const (
	ImplicitDeny Effect = iota // nothing allowed it
	ExplicitDeny               // a Deny statement applied
	Allowed
)

// String returns "implicitDeny", "explicitDeny" or "allowed", the words of
// IAM's policy simulator.
func (e Effect) String() string {
	switch e {
	case Allowed:
		return "allowed"
	case ExplicitDeny:
		return "explicitDeny"
	}
	return "implicitDeny"
}

// MarshalText writes the word of String.
func (e Effect) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// Outcome is a decision without its reasons.
type Outcome struct {
	Effect Effect `json:"effect"`

	// By is the type of policy that decided; the zero Kind when none did: a
	// root user acting in its own account, a call that needs no permission, or
	// a request without a principal.
	By Kind `json:"by"`
}

// Allowed reports whether the request may proceed.
func (o Outcome) Allowed() bool { return o.Effect == Allowed }

package archtest

// A row is a package of the module. It may import the standard library,
// packages of lower levels, those named in beside, and libraries as the second
// table says. A package without a row fails the test: decide its level and
// write down why.
type row struct {
	path   string
	level  int
	beside []string // packages of the same level that it may import
	reason string
}

// public marks the libraries that other programs import: standard library only.
const public = 0

var packages = []row{
	{"policy", public, nil, "the engine is pure and a product: no I/O, no clock, no logger, no dependency that an importer inherits"},
	{"sigv4", public, nil, "verifies and signs for anybody; a dependency here is one in every importer's trust base"},
	{"authz", public, nil, "the client of the decision API runs inside other people's programs"},
	{"web", 0, nil, "embeds the built console; holds files, no code that could need more"},

	{"internal/awsid", 0, nil, "ids, ARNs and case folding are used by everything, so they use nothing"},
	{"internal/awserr", 0, nil, "the one error type is used by everything, so it uses nothing"},
	{"internal/seal", 0, nil, "cryptography knows bytes and associated data, not what they mean"},
	{"internal/managedpolicy/pack", 0, nil, "a file form, shared by the generator and the loader"},
	{"internal/catalog/pack", 0, nil, "a file form, shared by the generator and the loader"},

	{"internal/shape", 1, nil, "what all generated contracts share"},
	{"internal/shape/iamshape", 1, []string{"internal/shape"}, "generated from the model"},
	{"internal/shape/stsshape", 1, []string{"internal/shape"}, "generated from the model"},
	{"internal/shape/shapetest", 1, []string{"internal/shape"}, "fills inputs for tests of any codec"},
	{"internal/account", 1, nil, "the aggregate is plain Go over values: no storage, no wire, no policy decisions"},
	{"internal/org", 1, nil, "the aggregate of an organisation, as account is of an account"},
	{"internal/session", 1, nil, "a token is opened without the state of the account"},
	{"internal/managedpolicy", 1, nil, "data, nothing above it"},
	{"internal/iamtemplate", 1, nil, "templates are data with places to fill in; knows no account, so that iam reads what an operator has written without it"},
	{"internal/catalog", 1, nil, "data about all services and what they say of a document; knows the engine's documents, no account"},
	{"internal/evalcase", 1, nil, "a public format over the engine; no state, so that a case is decided by what its line says"},
	{"internal/oidc", 1, nil, "verifies tokens against issuers; knows no account and no request, and alone speaks to other people's servers"},
	{"internal/oidc/oidctest", 1, nil, "an issuer for tests, so that it must not share code with what verifies"},
	{"internal/saml", 1, nil, "verifies responses from bytes and keys; knows no account and no request"},
	{"internal/issuer", 2, nil, "signs for accounts and publishes their keys; knows no request"},
	{"internal/mirror", 2, nil, "another form of an account; knows the aggregate, no service"},
	{"internal/saml/samltest", 1, nil, "the other side of saml in tests; knows nothing of it"},
	{"internal/password", 0, nil, "hashes and draws passwords, knows no entity"},

	{"internal/store", 2, nil, "a record store and its cache; knows the aggregates, not what is done with them"},
	{"internal/store/memory", 2, []string{"internal/store"}, "an engine sees the contract alone; engines never see each other"},
	{"internal/store/sqlite", 2, []string{"internal/store"}, "an engine sees the contract alone; engines never see each other"},
	{"internal/store/etcd", 2, []string{"internal/store"}, "an engine sees the contract alone; engines never see each other"},
	{"internal/store/storetest", 2, []string{"internal/store"}, "holds any engine to the contract, so it knows none"},
	{"internal/audit", 2, nil, "records events as they are given; redaction has happened"},
	{"internal/usage", 2, nil, "last-used data stay out of the aggregates"},
	{"internal/totp", 2, nil, "checks one-time passwords for every service, so that a code counts once for all of them"},

	{"internal/decide", 3, nil, "gathers policies and asks the engine; doesn't know how the request came in"},
	{"internal/wire", 3, nil, "bytes to typed values and back; no decisions"},
	{"internal/api", 3, []string{"internal/decide", "internal/wire"}, "the choke point joins decoding, deciding and recording; it is the only one that may"},

	{"internal/iam", 4, nil, "operations; siblings share through lower levels alone, so that a service can be read and removed by itself"},
	{"internal/sts", 4, nil, "operations; siblings share through lower levels alone"},
	{"internal/cloudtrail", 4, nil, "operations; siblings share through lower levels alone"},
	{"internal/accessanalyzer", 4, nil, "operations; siblings share through lower levels alone"},
	{"internal/organizations", 4, nil, "operations; siblings share through lower levels alone"},

	{"internal/signin", 5, nil, "browser sign-in; not an AWS API, hence above them"},
	{"internal/console", 5, nil, "serves the console's files and its own calls"},
	{"internal/imds", 5, nil, "the instance metadata endpoint"},
	{"internal/gateway", 5, nil, "forwards what it has enforced"},
	{"internal/authzapi", 5, nil, "answers decisions to other programs"},
	{"internal/report", 5, nil, "turns events and state into reports"},
	{"internal/config", 5, nil, "a struct and its checks; every part receives values, none reads the configuration"},
	{"internal/server", 5, []string{
		"internal/signin", "internal/console", "internal/imds", "internal/gateway",
		"internal/authzapi", "internal/report", "internal/config",
	}, "the composition root: the one place that knows every part"},

	{"internal/aratametest", 6, nil, "a real server for tests, so it sits on the composition root"},
	{"internal/scripttest", 6, []string{"internal/aratametest"}, "scripts drive a real server"},
	{"internal/archtest", 6, nil, "reads files, imports nothing"},
	{"cmd/aratame", 6, nil, "commands, flags, wiring"},

	{"gen/shapes", 2, nil, "a generator may know the form of what it writes (levels 0 and 1), nothing of the server"},
	{"gen/catalog", 2, nil, "a generator may know the form of what it writes (levels 0 and 1), nothing of the server"},
	{"gen/managedpolicies", 2, nil, "a generator may know the form of what it writes (levels 0 and 1), nothing of the server"},
	{"gen/operations", 6, nil, "lists what the composition registers"},
}

// A library may be imported by the packages of its row, and by tests. One that
// has no row fails the test: think whether the standard library does it, then
// add it here and to docs/design/dependencies.md.
type library struct {
	path   string
	users  []string // nil: tests only
	reason string
}

var libraries = []library{
	{"github.com/hashicorp/go-immutable-radix/v2", []string{"internal/account"}, "the persistent ordered map under View and Tx"},
	{"github.com/hashicorp/golang-lru/v2", []string{"internal/session", "internal/decide", "internal/oidc", "internal/iam"}, "bounded caches of opened tokens, compiled policies, issuers' keys and shown documents"},
	{"github.com/tink-crypto/tink-go/v2", []string{"internal/seal"}, "all cryptography at rest is behind seal"},
	{"golang.org/x/crypto", []string{"internal/password", "internal/iam"}, "argon2id for passwords, SSH keys"},
	{"github.com/pquerna/otp", []string{"internal/totp"}, "one-time passwords of MFA devices and their QR codes"},
	{"github.com/russellhaering/goxmldsig", []string{"internal/saml", "internal/saml/samltest"}, "XML signatures: nobody should write them again"},
	{"github.com/beevik/etree", []string{"internal/saml", "internal/saml/samltest"}, "the trees that goxmldsig takes and gives"},
	{"github.com/mattermost/xml-roundtrip-validator", []string{"internal/saml"}, "refuses XML that encoding/xml reads in two ways"},
	{"modernc.org/sqlite", []string{"internal/store/sqlite"}, "nothing above an engine knows it"},
	{"golang.org/x/sys", []string{"internal/store/sqlite", "internal/seal", "internal/audit", "internal/server", "cmd/aratame"}, "file locks, free space, signals"},
	{"go.yaml.in/yaml/v3", []string{"internal/config"}, "the configuration file"},
	{"github.com/spf13/cobra", []string{"cmd/aratame"}, "commands and flags"},
	{"github.com/spf13/pflag", []string{"cmd/aratame"}, "the flags of cobra"},
	{"github.com/prometheus/client_golang", []string{"internal/server"}, "parts count by hooks; only the server knows what collects"},
	{"github.com/crewjam/saml", []string{"internal/saml/samltest"}, "a real identity provider in tests"},
	{"github.com/go-jose/go-jose/v4", []string{"internal/issuer", "internal/oidc", "internal/oidc/oidctest"}, "signatures of web identity tokens and JWKS"},
	{"github.com/google/go-cmp", nil, "differences in tests"},
	{"github.com/rogpeppe/go-internal", nil, "scripts in tests"},
}

// These may read the clock and the system's randomness; below them both are
// passed in with the call, so that a test can hold them still.
type clock struct{ path, reason string }

var clocks = []clock{
	{"internal/server", "the composition root hands time and randomness out"},
	{"internal/shape/shapetest", "a test kit; its source is seeded, so that a failure can be repeated"},
	{"internal/store/storetest", "a test kit"},
	{"internal/saml/samltest", "a test kit"},
	{"internal/oidc/oidctest", "a test kit"},
	{"internal/aratametest", "starts a server for tests"},
	{"cmd/aratame", "talks to a person, and makes what the first start needs"},
	{"gen/shapes", "not part of the server"},
	{"gen/managedpolicies", "not part of the server"},
}

// maxLines is the length of a Go file above which it must be split; generated
// files aside.
const maxLines = 800

package policy

import (
	"fmt"
	"strings"
	"testing"
)

const (
	acct  = "111111111111"
	other = "222222222222"
)

var (
	alice   = &Principal{Kind: User, ARN: "arn:aws:iam::" + acct + ":user/alice", ID: "AIDAALICEALICEALICE12", Account: acct}
	root    = &Principal{Kind: Root, ARN: "arn:aws:iam::" + acct + ":root", ID: acct, Account: acct, CanonicalID: "c0ffee"}
	session = &Principal{Kind: AssumedRole, ARN: "arn:aws:sts::" + acct + ":assumed-role/dev/s1", ID: "AROADEVDEVDEVDEVDEV12", Account: acct,
		RoleARN: "arn:aws:iam::" + acct + ":role/team/dev", SessionName: "s1"}
	linked = &Principal{Kind: AssumedRole, ARN: "arn:aws:sts::" + acct + ":assumed-role/slr/s", ID: "AROASLRSLRSLRSLRSLR12", Account: acct,
		RoleARN: "arn:aws:iam::" + acct + ":role/aws-service-role/x/slr", ServiceLinked: true}
	federated = &Principal{Kind: FederatedUser, ARN: "arn:aws:sts::" + acct + ":federated-user/bob", ID: alice.ID, Account: acct, UserARN: alice.ARN}
	manager   = &Principal{Kind: User, ARN: alice.ARN, ID: alice.ID, Account: acct, ManagementAccount: true}
	anonymous = &Principal{Kind: Anonymous}
	ec2       = &Principal{Kind: Service, ARN: "ec2.amazonaws.com"}
	google    = &Principal{Kind: WebIdentity, ARN: "accounts.google.com"}
	idp       = &Principal{Kind: SAML, ARN: "arn:aws:iam::" + acct + ":saml-provider/idp"}
)

// setOf compiles documents given in short: "+" allows and "-" denies all
// actions on all resources; with principals, "+AWS=arn", "-!AWS=arn" (negated)
// and "+*"; several statements are separated by spaces.
func setOf(t testing.TB, kind Kind, short string) *Set {
	t.Helper()
	if short == "" {
		return nil
	}
	if short == "0" {
		return Compile()
	}
	var policies []Policy
	for i, s := range strings.Fields(short) {
		effect, who := map[byte]string{'+': "Allow", '-': "Deny"}[s[0]], s[1:]
		element := ""
		switch {
		case who == "*":
			element = `"Principal":"*",`
		case strings.HasPrefix(who, "!"):
			var pairs []string
			for _, p := range strings.Split(who[1:], ",") {
				pairs = append(pairs, `"`+p+`"`)
			}
			element = `"NotPrincipal":{"AWS":[` + strings.Join(pairs, ",") + `]},`
		case who != "":
			k, v, _ := strings.Cut(who, "=")
			element = fmt.Sprintf(`"Principal":{"%s":"%s"},`, k, v)
		}
		res := `,"Resource":"*"`
		if kind == Trust {
			res = ""
		}
		text := `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `",` + element + `"Action":"*"` + res + `}]}`
		policies = append(policies, Policy{Source{Name: fmt.Sprint("p", i), ARN: "arn:aws:iam::" + acct + ":policy/p" + fmt.Sprint(i)}, mustParse(t, text, kind)})
	}
	return Compile(policies...)
}

// world is a case's policies, in the notation of setOf; "" means that there is
// none. Levels are separated by "|", an empty level is "0".
type world struct {
	identity, boundary, session, resource, trust, scps, rcps, endpoint string
	action, target, owner                                              string
	resourceRequired                                                   bool
}

func (w world) build(t testing.TB, p *Principal) (*Request, *Policies) {
	req := &Request{Principal: p, Action: w.action, Resource: w.target, ResourceAccount: w.owner, Context: MapContext{}}
	if w.action == "" {
		req.Action = "s3:GetObject"
	}
	if w.target == "" {
		req.Resource = "arn:aws:s3:::b/k"
	}
	if w.owner == "" {
		req.ResourceAccount = acct
	}
	pol := &Policies{Identity: setOf(t, Identity, w.identity), Boundary: setOf(t, Boundary, w.boundary), Resource: setOf(t, Resource, w.resource),
		Trust: setOf(t, Trust, w.trust), Endpoint: setOf(t, Endpoint, w.endpoint), ResourceRequired: w.resourceRequired}
	each := func(kind Kind, short string) (list []*Set) {
		if short != "" {
			for _, level := range strings.Split(short, "|") {
				list = append(list, setOf(t, kind, level))
			}
		}
		return list
	}
	pol.Session, pol.SCPs, pol.RCPs = each(Session, w.session), each(SCP, w.scps), each(RCP, w.rcps)
	return req, pol
}

const (
	toUser      = "+AWS=arn:aws:iam::" + acct + ":user/alice"
	toUserID    = "+AWS=AIDAALICEALICEALICE12"
	toRole      = "+AWS=arn:aws:iam::" + acct + ":role/team/dev"
	toRoleID    = "+AWS=AROADEVDEVDEVDEVDEV12"
	toSession   = "+AWS=arn:aws:sts::" + acct + ":assumed-role/dev/s1"
	toFederated = "+AWS=arn:aws:sts::" + acct + ":federated-user/bob"
	toAccount   = "+AWS=" + acct
	toRoot      = "+AWS=arn:aws:iam::" + acct + ":root"
	roleARN     = "arn:aws:iam::" + acct + ":role/team/dev"
	sessionARN  = "arn:aws:sts::" + acct + ":assumed-role/dev/s1"
	userARN     = "arn:aws:iam::" + acct + ":user/alice"
	full        = "+"
	keyARN      = "arn:aws:kms:us-east-1:" + acct + ":key/1"
)

var decisionCases = []struct {
	name string
	who  *Principal
	w    world
	want string // effect and deciding type
}{
	// One account.
	{"nothing", alice, world{}, "implicitDeny identity"},
	{"no policies attached", alice, world{identity: "0"}, "implicitDeny identity"},
	{"identity allows", alice, world{identity: full}, "allowed identity"},
	{"identity denies", alice, world{identity: "+ -"}, "explicitDeny identity"},
	{"boundary alone grants nothing", alice, world{boundary: full}, "implicitDeny identity"},
	{"boundary allows", alice, world{identity: full, boundary: full}, "allowed identity"},
	{"boundary is silent", alice, world{identity: full, boundary: "0"}, "implicitDeny boundary"},
	{"boundary denies", alice, world{identity: full, boundary: "+ -"}, "explicitDeny boundary"},
	{"resource denies", alice, world{identity: full, resource: "-*"}, "explicitDeny resource"},
	{"resource is silent", alice, world{identity: full, resource: "0"}, "allowed identity"},
	{"endpoint allows", alice, world{identity: full, endpoint: "+*"}, "allowed identity"},
	{"endpoint without principal", alice, world{identity: full, endpoint: full}, "allowed identity"},
	{"endpoint is silent", alice, world{identity: full, endpoint: "0"}, "implicitDeny endpoint"},
	{"endpoint denies", alice, world{identity: full, endpoint: "+* -*"}, "explicitDeny endpoint"},
	{"endpoint silent whatever the resource says", alice, world{resource: toUser, endpoint: "0"}, "implicitDeny endpoint"},

	// What a grant of the resource policy makes unnecessary.
	{"user named", alice, world{resource: toUser}, "allowed resource"},
	{"user named by id", alice, world{resource: toUserID}, "allowed resource"},
	{"user named, boundary silent", alice, world{resource: toUser, boundary: "0"}, "allowed resource"},
	{"user named, boundary denies", alice, world{resource: toUser, boundary: "-"}, "explicitDeny boundary"},
	{"user named, federated session", federated, world{resource: toUser, session: full}, "allowed resource"},
	{"user named by id, federated session", federated, world{resource: toUserID, session: full}, "allowed resource"},
	{"user named, federated session, boundary silent", federated, world{resource: toUser, session: full, boundary: "0"}, "implicitDeny boundary"},
	{"user named, federated session, session silent", federated, world{resource: toUser, session: "0"}, "implicitDeny session"},
	{"user named, federated session without policies", federated, world{resource: toUser}, "implicitDeny session"},
	{"federated user named", federated, world{resource: toFederated, boundary: "0"}, "allowed resource"},
	{"federated user without session policies", federated, world{identity: full}, "implicitDeny session"},
	{"federated user with session policies", federated, world{identity: full, session: full}, "allowed identity"},
	{"federated user, identity silent", federated, world{session: full}, "implicitDeny identity"},
	{"role named", session, world{resource: toRole}, "allowed resource"},
	{"role named by id", session, world{resource: toRoleID}, "allowed resource"},
	{"role named, boundary silent", session, world{resource: toRole, boundary: "0"}, "implicitDeny boundary"},
	{"role named by id, boundary silent", session, world{resource: toRoleID, boundary: "0"}, "implicitDeny boundary"},
	{"role named, session silent", session, world{resource: toRole, session: "0"}, "implicitDeny session"},
	{"session named, both silent", session, world{resource: toSession, boundary: "0", session: "0"}, "allowed resource"},
	{"session and role named", session, world{resource: toRole + " " + toSession, boundary: "0"}, "allowed resource"},
	{"session named, session denies", session, world{resource: toSession, session: "-"}, "explicitDeny session"},
	{"everyone, all silent", session, world{resource: "+*", boundary: "0", session: "0"}, "allowed resource"},
	{"everyone in AWS, all silent", session, world{resource: "+AWS=*", boundary: "0", session: "0"}, "allowed resource"},
	{"account named, identity silent", session, world{resource: toAccount}, "implicitDeny identity"},
	{"root ARN named, identity silent", session, world{resource: toRoot}, "implicitDeny identity"},
	{"account named, identity allows", session, world{resource: toAccount, identity: full}, "allowed identity"},
	{"account named, boundary silent", session, world{resource: toAccount, identity: full, boundary: "0"}, "implicitDeny boundary"},
	{"other user named", alice, world{resource: "+AWS=arn:aws:iam::" + acct + ":user/Alice"}, "implicitDeny identity"},
	{"other id named", alice, world{resource: "+AWS=AIDAOTHEROTHEROTHER12"}, "implicitDeny identity"},
	{"other session named", session, world{resource: "+AWS=arn:aws:sts::" + acct + ":assumed-role/dev/s2"}, "implicitDeny identity"},
	{"session name with wildcard", session, world{resource: "+AWS=arn:aws:sts::" + acct + ":assumed-role/dev/*"}, "implicitDeny identity"},
	{"deny on a wildcard principal counts", session, world{identity: full, resource: "-AWS=arn:aws:sts::" + acct + ":assumed-role/other/*"}, "explicitDeny resource"},
	{"deny on role", session, world{identity: full, resource: "-AWS=" + roleARN}, "explicitDeny resource"},
	{"deny on session", session, world{identity: full, resource: "-AWS=" + sessionARN}, "explicitDeny resource"},
	{"deny on account", session, world{identity: full, resource: "-AWS=" + acct}, "explicitDeny resource"},
	{"deny on user hits federated", federated, world{identity: full, session: full, resource: "-AWS=" + userARN}, "explicitDeny resource"},
	{"deny on another account", session, world{identity: full, resource: "-AWS=" + other}, "allowed identity"},
	{"canonical user", root, world{owner: other, resource: "+CanonicalUser=c0ffee"}, "allowed resource"},

	// The worked truth table: a role's session, no organization.
	{"table 1", session, world{identity: full}, "allowed identity"},
	{"table 2", session, world{resource: toRole}, "allowed resource"},
	{"table 3", session, world{resource: toRole, boundary: "0"}, "implicitDeny boundary"},
	{"table 4", session, world{resource: toSession, boundary: "0", session: "0"}, "allowed resource"},
	{"table 5", session, world{identity: full, resource: toRole, boundary: full, session: "0"}, "implicitDeny session"},
	{"table 6", session, world{identity: full, boundary: full, session: full}, "allowed identity"},
	{"table 7", session, world{identity: full, resource: "-AWS=" + roleARN, boundary: full, session: full}, "explicitDeny resource"},
	{"table 8", session, world{resource: toRoot}, "implicitDeny identity"},
	{"sessions intersect", session, world{identity: full, session: "+|0"}, "implicitDeny session"},
	{"sessions each allow", session, world{identity: full, session: "+|+"}, "allowed identity"},

	// NotPrincipal.
	{"not user alone", alice, world{identity: full, resource: "-!" + userARN}, "explicitDeny resource"},
	{"not user and account", alice, world{identity: full, resource: "-!" + userARN + "," + acct}, "allowed identity"},
	{"not role and account", session, world{identity: full, resource: "-!" + roleARN + "," + acct}, "explicitDeny resource"},
	{"not role, session and account", session, world{identity: full, resource: "-!" + roleARN + "," + sessionARN + "," + acct}, "allowed identity"},
	{"not listed", session, world{identity: full, resource: "-!" + userARN + "," + acct}, "explicitDeny resource"},
	{"not with boundary", alice, world{identity: full, boundary: full, resource: "-!" + userARN + "," + acct}, "explicitDeny resource"},
	{"not account, root", root, world{resource: "-!" + acct}, "allowed none"},
	{"allow all but others", alice, world{resource: "+!" + other}, "allowed resource"},
	{"allow all but me", alice, world{resource: "+!" + userARN}, "implicitDeny identity"},
	{"allow all but my account", alice, world{resource: "+!" + acct}, "implicitDeny identity"},
	{"allow all but others, anonymous", anonymous, world{resource: "+!" + other}, "allowed resource"},

	// Two accounts.
	{"foreign, resource silent", alice, world{owner: other, identity: full}, "implicitDeny resource"},
	{"foreign, both allow", alice, world{owner: other, identity: full, resource: toUser}, "allowed identity"},
	{"foreign, account named", alice, world{owner: other, identity: full, resource: toAccount}, "allowed identity"},
	{"foreign, user named, identity silent", alice, world{owner: other, resource: toUser}, "implicitDeny identity"},
	{"foreign, session named, identity silent", session, world{owner: other, resource: toSession}, "implicitDeny identity"},
	{"foreign, everyone, identity silent", alice, world{owner: other, resource: "+*"}, "implicitDeny identity"},
	{"foreign, everyone", alice, world{owner: other, identity: full, resource: "+*"}, "allowed identity"},
	{"foreign, boundary silent", alice, world{owner: other, identity: full, resource: "+*", boundary: "0"}, "implicitDeny boundary"},
	{"foreign, session silent", session, world{owner: other, identity: full, resource: toSession, session: "0"}, "implicitDeny session"},
	{"foreign by ARN", alice, world{owner: "-", target: "arn:aws:sqs:us-east-1:" + other + ":q", identity: full}, "implicitDeny resource"},
	{"own by ARN", alice, world{owner: "-", target: "arn:aws:sqs:us-east-1:" + acct + ":q", identity: full}, "allowed identity"},
	{"no owner is one's own", alice, world{owner: "-", target: "*", identity: full}, "allowed identity"},

	// Organizations.
	{"scp allows", alice, world{identity: full, scps: "+|+|+"}, "allowed identity"},
	{"scp level silent", alice, world{identity: full, scps: "+|0|+"}, "implicitDeny scp"},
	{"scp denies", alice, world{identity: full, scps: "+|+ -"}, "explicitDeny scp"},
	{"scp grants nothing", alice, world{scps: "+"}, "implicitDeny identity"},
	{"scp whatever the resource says", alice, world{resource: toUser, scps: "0"}, "implicitDeny scp"},
	{"scp on root", root, world{scps: "-"}, "explicitDeny scp"},
	{"scp silent on root", root, world{scps: "0"}, "implicitDeny scp"},
	{"scp not on management account", manager, world{identity: full, scps: "-"}, "allowed identity"},
	{"scp not on service-linked roles", linked, world{identity: full, scps: "-"}, "allowed identity"},
	{"scp not on services", ec2, world{resource: "+Service=ec2.amazonaws.com", scps: "-"}, "allowed resource"},
	{"rcp allows", alice, world{identity: full, rcps: "+*|+*"}, "allowed identity"},
	{"rcp denies", alice, world{identity: full, rcps: "+*|+* -*"}, "explicitDeny rcp"},
	{"rcp level silent", alice, world{identity: full, rcps: "+*|0"}, "implicitDeny rcp"},
	{"rcp on root", root, world{rcps: "+* -*"}, "explicitDeny rcp"},
	{"rcp on foreigners", alice, world{owner: other, identity: full, resource: "+*", rcps: "+* -*"}, "explicitDeny rcp"},
	{"rcp on anonymous", anonymous, world{resource: "+*", rcps: "+* -*"}, "explicitDeny rcp"},
	{"rcp on services", ec2, world{resource: "+*", rcps: "+* -*"}, "explicitDeny rcp"},
	{"rcp not on service-linked roles", linked, world{identity: full, rcps: "-*"}, "allowed identity"},
	{"rcp not on kms:RetireGrant", alice, world{identity: full, rcps: "-*", action: "kms:RetireGrant"}, "allowed identity"},
	{"rcp allow reaches web identities", google, world{trust: "+Federated=accounts.google.com", rcps: "+*"}, "allowed trust"},
	{"rcp deny reaches web identities", google, world{trust: "+Federated=accounts.google.com", rcps: "+* -*"}, "explicitDeny rcp"},

	// Root.
	{"root", root, world{}, "allowed none"},
	{"root has no identity policies", root, world{identity: "-", boundary: "-"}, "allowed none"},
	{"root, resource denies", root, world{resource: "-*"}, "explicitDeny resource"},
	{"root, resource denies, bucket policy", root, world{resource: "-*", action: "s3:PutBucketPolicy"}, "allowed none"},
	{"user, resource denies, bucket policy", alice, world{identity: full, resource: "-*", action: "s3:PutBucketPolicy"}, "explicitDeny resource"},
	{"root elsewhere", root, world{owner: other}, "implicitDeny resource"},
	{"root elsewhere, named", root, world{owner: other, resource: toAccount}, "allowed resource"},
	{"root elsewhere, bucket policy", root, world{owner: other, resource: "+* -*", action: "s3:PutBucketPolicy"}, "explicitDeny resource"},
	{"root session with task policy", root, world{session: "0"}, "implicitDeny session"},

	// Callers without an account.
	{"anonymous", anonymous, world{}, "implicitDeny resource"},
	{"anonymous, public", anonymous, world{resource: "+*"}, "allowed resource"},
	{"anonymous, account named", anonymous, world{resource: toAccount}, "implicitDeny resource"},
	{"anonymous, identity given", anonymous, world{identity: full}, "implicitDeny resource"},
	{"anonymous, denied", anonymous, world{resource: "+* -AWS=*"}, "explicitDeny resource"},
	{"service named", ec2, world{resource: "+Service=ec2.amazonaws.com"}, "allowed resource"},
	{"other service named", ec2, world{resource: "+Service=s3.amazonaws.com"}, "implicitDeny resource"},
	{"service, everyone", ec2, world{resource: "+*"}, "allowed resource"},
	{"service, everyone denied", ec2, world{resource: "+* -*"}, "explicitDeny resource"},
	{"service name as AWS principal", ec2, world{resource: "+AWS=ec2.amazonaws.com"}, "implicitDeny resource"},

	// Trust policies.
	{"trust silent", alice, world{identity: full, trust: "0"}, "implicitDeny trust"},
	{"trust user", alice, world{trust: toUser}, "allowed trust"},
	{"trust user by id", alice, world{trust: toUserID}, "allowed trust"},
	{"trust user, deny in identity", alice, world{trust: toUser, identity: "-"}, "explicitDeny identity"},
	{"trust role", session, world{trust: toRole}, "allowed trust"},
	{"trust role, boundary silent", session, world{trust: toRole, boundary: "0"}, "implicitDeny boundary"},
	{"trust session", session, world{trust: toSession, boundary: "0"}, "allowed trust"},
	{"trust account", alice, world{trust: toAccount}, "implicitDeny identity"},
	{"trust account, identity allows", alice, world{trust: toAccount, identity: full}, "allowed identity"},
	{"trust denies", alice, world{trust: toUser + " -AWS=" + userARN, identity: full}, "explicitDeny trust"},
	{"trust of a namesake", alice, world{trust: "+AWS=AIDADELETEDDELETED123", identity: full}, "implicitDeny trust"},
	{"trust elsewhere", alice, world{owner: other, trust: toUser}, "implicitDeny identity"},
	{"trust elsewhere, identity allows", alice, world{owner: other, trust: toUser, identity: full}, "allowed identity"},
	{"trust service", ec2, world{trust: "+Service=ec2.amazonaws.com"}, "allowed trust"},
	{"trust google", google, world{trust: "+Federated=accounts.google.com"}, "allowed trust"},
	{"trust other provider", google, world{trust: "+Federated=www.amazon.com"}, "implicitDeny trust"},
	{"trust saml", idp, world{trust: "+Federated=" + idp.ARN}, "allowed trust"},
	{"everyone isn't everyone's visitors", google, world{trust: "+AWS=*"}, "implicitDeny trust"},
	{"everyone denied includes visitors", google, world{trust: "+Federated=accounts.google.com -*"}, "explicitDeny trust"},
	{"provider as AWS principal", google, world{trust: "+AWS=accounts.google.com"}, "implicitDeny trust"},
	{"user isn't a provider", alice, world{trust: "+Federated=" + userARN, identity: full}, "implicitDeny trust"},

	// Services that insist on the resource's policy.
	{"required, silent", alice, world{identity: full, resourceRequired: true}, "implicitDeny resource"},
	{"key, silent", alice, world{identity: full, target: keyARN, resource: "0"}, "implicitDeny resource"},
	{"key, delegated", alice, world{identity: full, target: keyARN, resource: toRoot}, "allowed identity"},
	{"key, delegated, identity silent", alice, world{target: keyARN, resource: toRoot}, "implicitDeny identity"},
	{"key, named", alice, world{target: keyARN, resource: toUser}, "allowed resource"},
	{"key, root not named", root, world{target: keyARN, resource: toUser}, "implicitDeny resource"},
	{"key, root", root, world{target: keyARN, resource: toRoot}, "allowed none"},

	// Calls that need no permission.
	{"GetCallerIdentity", alice, world{identity: "-", action: "sts:GetCallerIdentity", scps: "-"}, "allowed none"},
	{"GetSessionToken", alice, world{identity: "-", action: "sts:getsessiontoken"}, "allowed none"},
	{"GetSessionToken of a role", session, world{action: "sts:GetSessionToken"}, "implicitDeny identity"},
	{"GetCallerIdentity of nobody", anonymous, world{action: "sts:GetCallerIdentity"}, "implicitDeny resource"},
	{"unknown kind of principal", &Principal{Kind: 99, Account: acct}, world{identity: full, resource: "+*"}, "implicitDeny none"},
	{"no principal", nil, world{identity: full, resource: "+*"}, "implicitDeny none"},
}

func TestDecisions(t *testing.T) {
	for _, c := range decisionCases {
		if c.w.owner == "-" {
			c.w.owner = "?" // build fills in an owner for ""
		}
		req, pol := c.w.build(t, c.who)
		if req.ResourceAccount == "?" {
			req.ResourceAccount = ""
		}
		out := Evaluate(req, pol)
		if got := out.Effect.String() + " " + out.By.String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if d := Explain(req, pol); d.Outcome != out {
			t.Errorf("%s: explained as %v", c.name, d.Outcome)
		}
	}
}

// TestSessionRequired is GetFederationToken's rule for other sessions.
func TestSessionRequired(t *testing.T) {
	req, pol := world{identity: full}.build(t, session)
	pol.SessionRequired = true
	if out := Evaluate(req, pol); out != (Outcome{ImplicitDeny, Session}) {
		t.Errorf("%v", out)
	}
}

func TestNilLevelDenies(t *testing.T) {
	req, pol := world{identity: full}.build(t, alice)
	pol.SCPs = []*Set{nil}
	if out := Evaluate(req, pol); out != (Outcome{ImplicitDeny, SCP}) {
		t.Errorf("scp: %v", out)
	}
	pol.SCPs, pol.Session = nil, []*Set{nil}
	if out := Evaluate(req, pol); out != (Outcome{ImplicitDeny, Session}) {
		t.Errorf("session: %v", out)
	}
}

// TestResolvedPrincipal: after a user was deleted, its namesake isn't trusted.
func TestResolvedPrincipal(t *testing.T) {
	d := mustParse(t, trusted(`{"AWS":"`+userARN+`"}`), Trust)
	resolved := d.MapPrincipals(func(kind, value string) string {
		if kind == "AWS" && value == userARN {
			return "AIDADELETEDDELETED123"
		}
		return value
	})
	deleted := *alice
	deleted.ID = "AIDADELETEDDELETED123"
	for _, c := range []struct {
		who  *Principal
		doc  *Document
		want bool
	}{{alice, d, true}, {alice, resolved, false}, {&deleted, resolved, true}} {
		out := Evaluate(&Request{Principal: c.who, Action: "sts:AssumeRole", Resource: roleARN}, &Policies{Trust: Compile(Policy{Document: c.doc})})
		if out.Allowed() != c.want {
			t.Errorf("%s: %v", c.doc.Text(), out)
		}
	}
}

var messageCases = []struct {
	name string
	who  *Principal
	w    world
	want string
}{
	{"allowed", alice, world{identity: full}, ""},
	{"identity", alice, world{}, "User: " + userARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because no identity-based policy allows the s3:GetObject action"},
	{"no resource", alice, world{target: "*", action: "s3:ListAllMyBuckets"}, "User: " + userARN + " is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action"},
	{"identity explicit", alice, world{identity: "-"}, "User: " + userARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny in an identity-based policy: arn:aws:iam::" + acct + ":policy/p0"},
	{"boundary", session, world{identity: full, boundary: "0"}, "User: " + sessionARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because no permissions boundary allows the s3:GetObject action"},
	{"boundary explicit", session, world{identity: full, boundary: "-"}, "User: " + sessionARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny in a permissions boundary: arn:aws:iam::" + acct + ":policy/p0"},
	{"session", session, world{identity: full, session: "0"}, "User: " + sessionARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because no session policy allows the s3:GetObject action"},
	{"session explicit", session, world{identity: full, session: "-"}, "User: " + sessionARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny in a session policy: arn:aws:iam::" + acct + ":policy/p0"},
	{"scp", root, world{scps: "0"}, "User: arn:aws:iam::" + acct + ":root is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because no service control policy allows the s3:GetObject action"},
	{"scp explicit", root, world{scps: "+ -"}, "User: arn:aws:iam::" + acct + ":root is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny in a service control policy: arn:aws:iam::" + acct + ":policy/p1"},
	{"rcp explicit", alice, world{identity: full, rcps: "-*"}, "User: " + userARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny in a resource control policy: arn:aws:iam::" + acct + ":policy/p0"},
	{"resource explicit", alice, world{identity: full, resource: "-*"}, "User: " + userARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny in a resource-based policy"},
	{"resource", alice, world{identity: full, resourceRequired: true}, "User: " + userARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because no resource-based policy allows the s3:GetObject action"},
	{"endpoint", alice, world{identity: full, endpoint: "0"}, "User: " + userARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because no VPC endpoint policy allows the s3:GetObject action"},
	{"endpoint explicit", alice, world{identity: full, endpoint: "-*"}, "User: " + userARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny in a VPC endpoint policy"},
	{"trust", alice, world{trust: "0", action: "sts:AssumeRole", target: roleARN}, "User: " + userARN + " is not authorized to perform: sts:AssumeRole on resource: " + roleARN + " because no role trust policy allows the sts:AssumeRole action"},
	{"trust explicit", alice, world{trust: "-*", action: "sts:AssumeRole", target: roleARN}, "User: " + userARN + " is not authorized to perform: sts:AssumeRole on resource: " + roleARN + " with an explicit deny in the role trust policy"},
	{"cross-account", alice, world{owner: other}, "User: " + userARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k"},
	{"cross-account explicit", alice, world{owner: other, identity: "-"}, "User: " + userARN + " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k"},
	{"anonymous", anonymous, world{}, "User: anonymous is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k"},
	{"web identity", google, world{trust: "0", action: "sts:AssumeRoleWithWebIdentity", target: roleARN}, "Not authorized to perform sts:AssumeRoleWithWebIdentity"},
	{"saml", idp, world{trust: "-*", action: "sts:AssumeRoleWithSAML", target: roleARN}, "Not authorized to perform sts:AssumeRoleWithSAML"},
}

func TestMessages(t *testing.T) {
	for _, c := range messageCases {
		req, pol := c.w.build(t, c.who)
		if got := Explain(req, pol).Message(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// What a trust policy allows a resource policy beside it can still deny, and
// principals without an account own nothing.
func TestOddCombinations(t *testing.T) {
	req, pol := world{trust: toUser, resource: "-*", action: "sts:AssumeRole", target: roleARN}.build(t, alice)
	if out := Evaluate(req, pol); out.Effect != ExplicitDeny || Explain(req, pol).Outcome != out {
		t.Error(out)
	}
	nobody := &Principal{Kind: User, ARN: userARN}
	req = &Request{Principal: nobody, Action: "s3:GetObject", Resource: "arn:aws:sqs:us-east-1:" + other + ":q"}
	if out := Evaluate(req, &Policies{Identity: setOf(t, Identity, full)}); out.Allowed() {
		t.Error(out)
	}
	if out := Evaluate(&Request{Principal: alice, Action: "s3:GetObject", Resource: "*"}, nil); out.Allowed() {
		t.Error(out)
	}
}

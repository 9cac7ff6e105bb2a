package evalcase

import (
	"strings"
	"testing"

	"github.com/aratame/aratame/policy"
)

// short expands what many lines have in common.
var short = strings.NewReplacer(
	"ANN", `"principal":"arn:aws:iam::111122223333:user/team/ann"`,
	"DEV", `"principal":"arn:aws:sts::111122223333:assumed-role/dev/s1"`,
	"FED", `"principal":"arn:aws:sts::111122223333:federated-user/bob"`,
	"GET", `"action":"s3:GetObject","resource":"arn:aws:s3:::b/k"`,
	"ASSUME", `"action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/x"`,
	"KEY", `"action":"kms:Decrypt","resource":"arn:aws:kms:us-east-1:111122223333:key/1"`,
	"MAY", `"identityPolicies":[`+doc(`"Effect":"Allow","Action":"*","Resource":"*"`)+`]`,
	"FULL", doc(`"Effect":"Allow","Action":"*","Resource":"*"`),
	"NOTHING", doc(`"Effect":"Allow","Action":"none:None","Resource":"*"`),
	"DENY", doc(`"Effect":"Deny","Action":"*","Resource":"*"`),
	"OPEN", doc(`"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`),
	"SHUT", doc(`"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"`),
	"TRUST", doc(`"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"`),
)

func doc(statement string) string {
	return `{"Version":"2012-10-17","Statement":{` + statement + `}}`
}

// to is a resource policy for one principal, as a member.
func to(kind, value string) string {
	return `"resourcePolicy":` + doc(`"Effect":"Allow","Principal":{"`+kind+`":"`+value+`"},"Action":"*","Resource":"*"`)
}

// when is an identity policy with a condition, as a member.
func when(condition string) string {
	return `"identityPolicies":[` + doc(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{`+condition+`}`) + `]`
}

const aliceID = "AIDAALICEALICEALICE12"

// Each row is the members of a case and the decision, or what the error has.
var cases = []struct{ name, members, want string }{
	{"nothing", `ANN,GET`, ImplicitDeny},
	{"no resource", `ANN,"action":"s3:ListAllMyBuckets",MAY`, Allowed},
	{"no resource is the star", `ANN,"action":"s3:ListAllMyBuckets","identityPolicies":[` + doc(`"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::*"`) + `]`, ImplicitDeny},

	// Every member with policies.
	{"identityPolicies", `ANN,GET,MAY`, Allowed},
	{"identityPolicies, several", `ANN,GET,"identityPolicies":[FULL,NOTHING,DENY]`, ExplicitDeny},
	{"groupPolicies", `ANN,GET,"groupPolicies":[FULL]`, Allowed},
	{"groupPolicies beside identityPolicies", `ANN,GET,MAY,"groupPolicies":[DENY]`, ExplicitDeny},
	{"permissionsBoundary", `ANN,GET,MAY,"permissionsBoundary":FULL`, Allowed},
	{"permissionsBoundary is silent", `ANN,GET,MAY,"permissionsBoundary":NOTHING`, ImplicitDeny},
	{"sessionPolicies", `DEV,GET,MAY,"sessionPolicies":[NOTHING,FULL]`, Allowed},
	{"sessionPolicies are silent", `DEV,GET,MAY,"sessionPolicies":[NOTHING]`, ImplicitDeny},
	{"resourcePolicy", `ANN,GET,"resourcePolicy":OPEN`, Allowed},
	{"resourcePolicy denies", `ANN,GET,MAY,"resourcePolicy":SHUT`, ExplicitDeny},
	{"scps", `ANN,GET,MAY,"scps":[[FULL],[NOTHING,FULL]]`, Allowed},
	{"scps, one level is silent", `ANN,GET,MAY,"scps":[[FULL],[NOTHING]]`, ImplicitDeny},
	{"scps, one level is empty", `ANN,GET,MAY,"scps":[[FULL],[]]`, ImplicitDeny},
	{"rcps", `ANN,GET,MAY,"rcps":[[OPEN],[OPEN]]`, Allowed},
	{"rcps, one level is empty", `ANN,GET,MAY,"rcps":[[]]`, ImplicitDeny},
	{"rcps deny", `ANN,GET,MAY,"rcps":[[OPEN,SHUT]]`, ExplicitDeny},
	{"endpointPolicies", `ANN,GET,MAY,"endpointPolicies":[NOTHING,FULL]`, Allowed},
	{"endpointPolicies are silent", `ANN,GET,MAY,"endpointPolicies":[NOTHING]`, ImplicitDeny},
	{"empty lists are none", `ANN,GET,MAY,"groupPolicies":[],"sessionPolicies":[ ],"scps":[],"rcps":[],"endpointPolicies":[],"context":{}`, Allowed},
	{"null is none", `ANN,GET,MAY,"id":null,"expected":null,"groupPolicies":null,"permissionsBoundary":null,"sessionPolicies":null,"resourcePolicy":null,` +
		`"scps":null,"rcps":null,"endpointPolicies":null,"context":null,"roleArn":null,"userArn":null,"resourceAccount":null`, Allowed},
	{"document as text", `ANN,GET,"identityPolicies":["{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:\u0047et*\",\"Resource\":\"*\"}}"]`, Allowed},
	{"unknown operator", `ANN,GET,` + when(`"StringIs":{"a:b":"c"}`), ImplicitDeny},
	{"unknown operator of a Deny", `ANN,GET,"identityPolicies":[FULL,` + doc(`"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringIs":{"a:b":"c"}}`) + `]`, ExplicitDeny},

	// Context.
	{"string", `ANN,GET,"context":{"A:b":"c"},` + when(`"StringEquals":{"a:B":"c"}`), Allowed},
	{"escaped string", `ANN,GET,"context":{"a:\u0062":"\ud83d\ude00\"\\"},` + when(`"StringEquals":{"a:b":"\ud83d\ude00\"\\"}`), Allowed},
	{"number", `ANN,GET,"context":{"a:b":-1.50},` + when(`"StringEquals":{"a:b":"-1.50"}`), Allowed},
	{"boolean", `ANN,GET,"context":{"a:b":true},` + when(`"Bool":{"a:b":true}`), Allowed},
	{"list", `ANN,GET,"context":{"a:b":["c", 1 ,true]},` + when(`"ForAllValues:StringEquals":{"a:b":["c","1","true"]}`), Allowed},
	{"list of one is multi-valued", `ANN,"action":"s3:GetObject","resource":"arn:aws:s3:::b/c","context":{"a:b":["c"]},"identityPolicies":[` +
		doc(`"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${a:b}"`) + `]`, ImplicitDeny},
	{"string in a variable", `ANN,"action":"s3:GetObject","resource":"arn:aws:s3:::b/c","context":{"a:b":"c"},"identityPolicies":[` +
		doc(`"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${a:b}"`) + `]`, Allowed},
	{"empty list is absent", `ANN,GET,"context":{"a:b":[]},` + when(`"Null":{"a:b":"true"}`), Allowed},
	{"no key is added", `ANN,GET,` + when(`"Null":{"aws:username":"true","aws:PrincipalArn":"true","aws:PrincipalAccount":"true","aws:CurrentTime":"true"}`), Allowed},

	// Principals.
	{"anonymous", `"principal":"anonymous",GET,"resourcePolicy":OPEN`, Allowed},
	{"anonymous has no identity policies", `"principal":"anonymous",GET,MAY`, ImplicitDeny},
	{"root", `"principal":"arn:aws:iam::111122223333:root",GET`, Allowed},
	{"root by account", `"principal":"111122223333",GET`, Allowed},
	{"root of another account", `"principal":"444455556666",GET,"resourceAccount":"111122223333"`, ImplicitDeny},
	{"user", `ANN,GET,` + to("AWS", "arn:aws:iam::111122223333:user/team/ann"), Allowed},
	{"user of another partition", `"principal":"arn:aws-cn:iam::111122223333:user/ann",GET,` + to("AWS", "arn:aws-cn:iam::111122223333:user/ann"), Allowed},
	{"user by id", `ANN,GET,"context":{"aws:userid":"` + aliceID + `"},` + to("AWS", aliceID), Allowed},
	{"user without id", `ANN,GET,` + to("AWS", aliceID), ImplicitDeny},
	{"session", `DEV,GET,` + to("AWS", "arn:aws:sts::111122223333:assumed-role/dev/s1"), Allowed},
	{"session by its role", `DEV,GET,` + to("AWS", "arn:aws:iam::111122223333:role/dev"), Allowed},
	{"session by its role with a path", `DEV,GET,"roleArn":"arn:aws:iam::111122223333:role/a/dev",` + to("AWS", "arn:aws:iam::111122223333:role/a/dev"), Allowed},
	{"session by a role of that path", `DEV,GET,"roleArn":"arn:aws:iam::111122223333:role/a/dev",` + to("AWS", "arn:aws:iam::111122223333:role/dev"), ImplicitDeny},
	{"session by its role's id", `DEV,GET,"context":{"aws:userid":"AROAROLEROLEROLEROL12:s1"},` + to("AWS", "AROAROLEROLEROLEROL12"), Allowed},
	{"role", `"principal":"arn:aws:iam::111122223333:role/a/dev",GET,` + to("AWS", "arn:aws:iam::111122223333:role/a/dev"), Allowed},
	{"role as a session of it", `"principal":"arn:aws:iam::111122223333:role/a/dev",GET,"permissionsBoundary":NOTHING,` + to("AWS", "arn:aws:iam::111122223333:role/a/dev"), ImplicitDeny},
	{"service-linked role", `"principal":"arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/dev",GET,MAY,"scps":[[]],"rcps":[[]]`, Allowed},
	{"session of a service-linked role", `DEV,GET,MAY,"roleArn":"arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/dev","scps":[[]]`, Allowed},
	{"session of a role", `DEV,GET,MAY,"scps":[[]]`, ImplicitDeny},
	{"federated user without session policies", `FED,GET,MAY`, ImplicitDeny},
	{"federated user", `FED,GET,MAY,"sessionPolicies":[FULL]`, Allowed},
	{"federated user by its user", `FED,GET,"userArn":"arn:aws:iam::111122223333:user/ann","sessionPolicies":[FULL],` + to("AWS", "arn:aws:iam::111122223333:user/ann"), Allowed},
	{"federated user of an unknown user", `FED,GET,"sessionPolicies":[FULL],` + to("AWS", "arn:aws:iam::111122223333:user/ann"), ImplicitDeny},
	{"service", `"principal":"ec2.amazonaws.com",GET,` + to("Service", "ec2.amazonaws.com"), Allowed},
	{"another service", `"principal":"ec2.amazonaws.com",GET,` + to("Service", "sns.amazonaws.com"), ImplicitDeny},
	{"SAML", `"principal":"arn:aws:iam::111122223333:saml-provider/idp",GET,` + to("Federated", "arn:aws:iam::111122223333:saml-provider/idp"), Allowed},
	{"OIDC", `"principal":"arn:aws:iam::111122223333:oidc-provider/login.example.com/x",GET,` + to("Federated", "arn:aws:iam::111122223333:oidc-provider/login.example.com/x"), Allowed},
	{"web provider", `"principal":"cognito-identity.amazonaws.com",GET,` + to("Federated", "cognito-identity.amazonaws.com"), Allowed},
	{"web provider isn't a service", `"principal":"www.amazon.com",GET,"resourcePolicy":OPEN`, ImplicitDeny},

	// Accounts, and resources whose policy must allow.
	{"account of the ARN", `ANN,"action":"sqs:SendMessage","resource":"arn:aws:sqs:us-east-1:444455556666:q",MAY`, ImplicitDeny},
	{"resourceAccount", `ANN,GET,MAY,"resourceAccount":"444455556666"`, ImplicitDeny},
	{"resourceAccount is one's own", `ANN,GET,MAY,"resourceAccount":"111122223333"`, Allowed},
	{"trust policy", `ANN,ASSUME,MAY,"resourcePolicy":TRUST`, Allowed},
	{"trust policy of the account alone", `ANN,ASSUME,"resourcePolicy":TRUST`, ImplicitDeny},
	{"no trust policy", `ANN,ASSUME,MAY`, ImplicitDeny},
	{"no trust policy, other letter case", `ANN,"action":"STS:tagsession","resource":"arn:aws:iam::111122223333:role/x",MAY`, ImplicitDeny},
	{"no trust policy for another action", `ANN,"action":"iam:GetRole","resource":"arn:aws:iam::111122223333:role/x",MAY`, Allowed},
	{"resource policy for another action", `ANN,"action":"iam:GetRole","resource":"arn:aws:iam::111122223333:role/x",MAY,"resourcePolicy":SHUT`, ExplicitDeny},
	{"action of that name of another service", `ANN,"action":"my:AssumeRole","resource":"arn:aws:iam::111122223333:role/x",MAY`, Allowed},
	{"trust policy with a resource", `ANN,ASSUME,MAY,"resourcePolicy":OPEN`, "resourcePolicy: MalformedPolicyDocument: Has prohibited field Resource"},
	{"resource policy without resource", `ANN,GET,MAY,"resourcePolicy":TRUST`, "resourcePolicy: MalformedPolicy: Statement is missing required element"},
	{"no key policy", `ANN,KEY,MAY`, ImplicitDeny},
	{"key policy delegates", `ANN,KEY,MAY,` + to("AWS", "111122223333"), Allowed},

	// Labels and expectations.
	{"labels", `ANN,GET,"name":"n","source":{"a":[1]},"labels":null`, ImplicitDeny},
	{"escaped member name", `ANN,GET,"identity\u0050olicies":[FULL]`, Allowed},

	// Errors.
	{"unknown member", `ANN,GET,MAY,"scp":[[]]`, `unknown member "scp"`},
	{"member of another letter case", `ANN,GET,MAY,"SCPs":[[]]`, `unknown member "SCPs"`},
	{"twice", `ANN,GET,MAY,MAY`, `the member "identityPolicies" is there twice`},
	{"twice, once null", `ANN,GET,MAY,"scps":null,"scps":[]`, `the member "scps" is there twice`},
	{"twice, once escaped", `ANN,GET,MAY,"identity\u0050olicies":[FULL]`, `is there twice`},
	{"no principal", `GET,MAY`, "principal is missing"},
	{"null principal", `"principal":null,GET,MAY`, "principal is missing"},
	{"no action", `ANN,MAY`, "action is missing"},
	{"empty action", `ANN,"action":"",MAY`, "action: a string that isn't empty"},
	{"action without service", `ANN,"action":"GetObject",MAY`, "action: service:Name"},
	{"action of two colons", `ANN,"action":"s3:Get:Object",MAY`, "action: service:Name"},
	{"action without name", `ANN,"action":"s3:",MAY`, "action: service:Name"},
	{"action with a wildcard", `ANN,"action":"s3:Get*",MAY`, "action: service:Name"},
	{"empty resource", `ANN,"action":"s3:GetObject","resource":"",MAY`, "resource: a string"},
	{"resource of a wrong type", `ANN,"action":"s3:GetObject","resource":["*"],MAY`, "resource: a string"},
	{"resourceAccount of a wrong form", `ANN,GET,MAY,"resourceAccount":"1111"`, "resourceAccount: 12 digits"},
	{"resourceAccount of a wrong type", `ANN,GET,MAY,"resourceAccount":111122223333`, "resourceAccount: a string"},
	{"context of a wrong type", `ANN,GET,MAY,"context":[]`, "context: an object"},
	{"null in the context", `ANN,GET,MAY,"context":{"a:b":null}`, `context: "a:b": a string, number`},
	{"null in a list", `ANN,GET,MAY,"context":{"a:b":["c",null]}`, `context: "a:b": a string, number`},
	{"object in the context", `ANN,GET,MAY,"context":{"a:b":{}}`, `context: "a:b": a string, number`},
	{"list in a list", `ANN,GET,MAY,"context":{"a:b":[["c"]]}`, `context: "a:b": a string, number`},
	{"key twice", `ANN,GET,MAY,"context":{"a:b":"c","a:b":"c"}`, `the key "a:b" is there twice`},
	{"key in two letter cases", `ANN,GET,MAY,"context":{"a:b":"c","a:B":[]}`, `the key "a:B" is there twice`},
	{"not a list", `ANN,GET,"identityPolicies":FULL`, "identityPolicies: a list is expected"},
	{"null document", `ANN,GET,"groupPolicies":[null]`, "groupPolicies[0]: a policy document"},
	{"document of a wrong type", `ANN,GET,"identityPolicies":[FULL,1]`, "identityPolicies[1]: a policy document"},
	{"list for a document", `ANN,GET,MAY,"permissionsBoundary":[FULL]`, "permissionsBoundary: a policy document"},
	{"documents without level", `ANN,GET,MAY,"scps":[FULL]`, "scps[0]: a list is expected"},
	{"null level", `ANN,GET,MAY,"rcps":[[OPEN],null]`, "rcps[1]: a list is expected"},
	{"malformed document", `ANN,GET,MAY,"scps":[[FULL],[FULL,{}]]`, "scps[1][1]: MalformedPolicyDocument: Syntax errors in policy. (line 1, column 1: Statement is missing)"},
	{"malformed text", `ANN,GET,"identityPolicies":["{\n?"]`, "identityPolicies[0]: MalformedPolicyDocument: Syntax errors in policy. (line 2, column 1"},
	{"principal in an identity policy", `ANN,GET,"identityPolicies":[OPEN]`, "identityPolicies[0]: MalformedPolicyDocument: Policy document should not specify a principal."},
	{"principal in a boundary", `ANN,GET,MAY,"permissionsBoundary":OPEN`, "permissionsBoundary: Malformed"},
	{"principal in a session policy", `DEV,GET,MAY,"sessionPolicies":[OPEN]`, "sessionPolicies[0]: Malformed"},
	{"no principal in an RCP", `ANN,GET,MAY,"rcps":[[FULL]]`, "rcps[0][0]: Malformed"},
	{"principal in an SCP", `ANN,GET,MAY,"scps":[[OPEN]]`, "scps[0][0]: Malformed"},
	{"unknown member of a document", `ANN,GET,MAY,"endpointPolicies":[{"Statment":[]}]`, "endpointPolicies[0]: Malformed"},
	{"principal of no form", `"principal":"ann",GET,MAY`, "principal: none of"},
	{"principal of a wrong type", `"principal":1,GET,MAY`, "principal: a string"},
	{"principal of a group", `"principal":"arn:aws:iam::111122223333:group/g",GET,MAY`, "principal: none of"},
	{"principal with a wildcard", `"principal":"arn:aws:iam::111122223333:user/*",GET,MAY`, "principal: none of"},
	{"principal of a short account", `"principal":"arn:aws:iam::1:user/ann",GET,MAY`, "principal: none of"},
	{"principal in a region", `"principal":"arn:aws:iam:us-east-1:111122223333:user/ann",GET,MAY`, "principal: none of"},
	{"user of STS", `"principal":"arn:aws:sts::111122223333:user/ann",GET,MAY`, "principal: none of"},
	{"session of IAM", `"principal":"arn:aws:iam::111122223333:assumed-role/dev/s1",GET,MAY`, "principal: none of"},
	{"session without name", `"principal":"arn:aws:sts::111122223333:assumed-role/dev",GET,MAY`, "principal: none of"},
	{"session with a path", `"principal":"arn:aws:sts::111122223333:assumed-role/a/dev/s1",GET,MAY`, "principal: none of"},
	{"user without name", `"principal":"arn:aws:iam::111122223333:user/a/",GET,MAY`, "principal: none of"},
	{"root of STS", `"principal":"arn:aws:sts::111122223333:root",GET,MAY`, "principal: none of"},
	{"name of a provider", `"principal":"token.actions.githubusercontent.com",GET,"resourcePolicy":OPEN`, "principal: none of"},
	{"domain of a service", `"principal":".amazonaws.com",GET,"resourcePolicy":OPEN`, "principal: none of"},
	{"service without name", `"principal":".x.amazonaws.com",GET,"resourcePolicy":OPEN`, "principal: none of"},
	{"user with an empty path", `"principal":"arn:aws:iam::111122223333:user//ann",GET,MAY`, "principal: none of"},
	{"service with a path", `"principal":"a/b.amazonaws.com",GET,"resourcePolicy":OPEN`, "principal: none of"},
	{"role of a user", `ANN,GET,MAY,"roleArn":"arn:aws:iam::111122223333:role/dev"`, "roleArn: the principal isn't a session"},
	{"another role", `DEV,GET,MAY,"roleArn":"arn:aws:iam::111122223333:role/dev2"`, "roleArn: arn:aws:iam::111122223333:role/dev2 isn't"},
	{"role of another letter case", `DEV,GET,MAY,"roleArn":"arn:aws:iam::111122223333:role/Dev"`, "isn't the role"},
	{"role of another account", `DEV,GET,MAY,"roleArn":"arn:aws:iam::444455556666:role/dev"`, "isn't the role"},
	{"role of another partition", `DEV,GET,MAY,"roleArn":"arn:aws-cn:iam::111122223333:role/dev"`, "isn't the role"},
	{"another role for a role", `"principal":"arn:aws:iam::111122223333:role/dev",GET,MAY,"roleArn":"arn:aws:iam::111122223333:role/a/dev"`, "isn't the role"},
	{"roleArn is none", `DEV,GET,MAY,"roleArn":"dev"`, "roleArn: the ARN of a role"},
	{"userArn of a user", `ANN,GET,MAY,"userArn":"arn:aws:iam::111122223333:user/team/ann"`, "userArn: "},
	{"userArn of another account", `FED,GET,MAY,"userArn":"arn:aws:iam::444455556666:user/ann"`, "userArn: "},
	{"userArn of another partition", `FED,GET,MAY,"userArn":"arn:aws-cn:iam::111122223333:user/ann"`, "userArn: "},
	{"userArn of a role", `FED,GET,MAY,"userArn":"arn:aws:iam::111122223333:role/ann"`, "userArn: "},
	{"number as id", `ANN,GET,MAY,"id":7`, "allowed"},
	{"ECR's policies have no resource", `ANN,"action":"ecr:BatchGetImage","resource":"arn:aws:ecr:us-east-1:111122223333:repository/r","resourcePolicy":{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/team/ann"},"Action":"ecr:*"}}`, Allowed},
	{"a role that isn't named is assumed by nobody", `ANN,"action":"sts:AssumeRole",MAY`, ImplicitDeny},
	{"id of a wrong type", `ANN,GET,MAY,"id":[1]`, "id: a number or a string"},
	{"empty id", `ANN,GET,MAY,"id":""`, "id: a number or a string"},
	{"expected of no decision", `ANN,GET,MAY,"expected":"Allowed"`, "expected: none of"},
	{"expected of a wrong type", `ANN,GET,MAY,"expected":true`, "expected: none of"},

	// Not JSON.
	{"trailing comma", `ANN,GET,MAY,`, "line 7 is not JSON: "},
	{"text after the case", `ANN,GET,MAY}{`, "line 7 is not JSON: "},
	{"single quotes", `ANN,GET,MAY,'id':'1'`, "line 7 is not JSON: "},
	{"number of a wrong form", `ANN,GET,MAY,"context":{"a:b":01}`, "line 7 is not JSON: "},
	{"word of no meaning", `ANN,GET,MAY,"context":{"a:b":True}`, "line 7 is not JSON: "},
	{"label of no meaning", `ANN,GET,MAY,"labels":[1,]`, "line 7 is not JSON: "},
	{"half a pair", `ANN,GET,MAY,"context":{"a:b":"\ud83d"}`, "line 7 is not JSON: half a surrogate pair"},
	{"the other half", `ANN,GET,MAY,"context":{"a:b":"\ude00"}`, "line 7 is not JSON: half a surrogate pair"},
	{"half a pair in front of another", `ANN,GET,MAY,"context":{"a:b":"\ud83d\n"}`, "line 7 is not JSON: half a surrogate pair"},
	{"unknown escape", `ANN,GET,MAY,"context":{"a:b":"\x"}`, "line 7 is not JSON: "},
	{"control character", "ANN,GET,MAY,\"context\":{\"a:b\":\"\t\"}", "line 7 is not JSON: "},
	{"invalid UTF-8", "ANN,GET,MAY,\"labels\":\"\xff\"", "line 7 is not JSON: invalid UTF-8"},
}

func TestCases(t *testing.T) {
	for _, c := range cases {
		line := "{" + short.Replace(c.members) + "}"
		a := Decide(line, 7, false, false)
		switch {
		case a.Err != nil && (a.Decision != Error || !strings.Contains(a.Err.Error(), c.want)), a.Err == nil && a.Decision != c.want:
			t.Errorf("%s: %s %v, want %s\n%s", c.name, a.Decision, a.Err, c.want, line)
		case a.Case.ID != "7":
			t.Errorf("%s: id %q", c.name, a.Case.ID)
		}
		if e := Decide(line, 7, false, true); e.Decision != a.Decision || (e.Why == nil) != (e.Err != nil) {
			t.Errorf("%s: explained as %s", c.name, e.Decision)
		}
	}
}

// TestNoCase holds lines that are no objects to be errors.
func TestNoCase(t *testing.T) {
	for line, want := range map[string]string{"": "not JSON", "[]": "a case is a JSON object", "null": "a case is a JSON object", "1 2": "not JSON", "{": "not JSON",
		"{}": "principal is missing", `{"id":"x"`: "not JSON", `"`: "not JSON", `{"a`: "not JSON", `{"a\`: "not JSON", `{"a":`: "not JSON", `{"a":[`: "not JSON", "}": "not JSON"} {
		if a := Decide(line, 3, false, false); a.Decision != Error || !strings.Contains(a.Err.Error(), want) || a.Case.ID != "3" {
			t.Errorf("%s: %s %v", line, a.Decision, a.Err)
		}
	}
}

// TestStrict holds documents to what AWS asks when they are saved.
func TestStrict(t *testing.T) {
	for members, want := range map[string]string{
		`ANN,GET,MAY`: Allowed,
		`ANN,GET,MAY,"scps":[[FULL]],"rcps":[[OPEN],[OPEN]]`:                                                                                     Allowed,
		`ANN,GET,MAY,"rcps":[[OPEN,` + doc(`"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"`) + `]]`:                              ExplicitDeny,
		`ANN,GET,MAY,"rcps":[[` + doc(`"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"`) + `]]`:                                  "rcps[0][0]: Malformed",
		`ANN,GET,MAY,"rcps":[[` + doc(`"Effect":"Allow","Principal":"*","NotAction":"*","Resource":"*"`) + `]]`:                                  "rcps[0][0]: Malformed",
		`ANN,GET,MAY,"rcps":[[` + doc(`"Effect":"Allow","Principal":"*","Action":"*","NotResource":"*"`) + `]]`:                                  "rcps[0][0]: Malformed",
		`ANN,GET,MAY,"rcps":[[` + doc(`"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:s3:::*"`) + `]]`:                        "rcps[0][0]: Malformed",
		`ANN,GET,MAY,"rcps":[[` + doc(`"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"Null":{"a:b":"true"}}`) + `]]`: "rcps[0][0]: Malformed",
		`ANN,GET,MAY,"rcps":[[SHUT]]`:               "rcps[0][0]: Malformed",
		`ANN,GET,` + when(`"StringIs":{"a:b":"c"}`): "identityPolicies[0]: MalformedPolicyDocument: Syntax errors in policy.",
		`ANN,GET,"identityPolicies":[{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}]`:            "must be version 2012-10-17",
		`ANN,ASSUME,MAY,"resourcePolicy":` + doc(`"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"`): "resourcePolicy: Malformed",
	} {
		a := Decide("{"+short.Replace(members)+"}", 1, true, false)
		if a.Decision != want && (a.Err == nil || !strings.Contains(a.Err.Error(), want)) {
			t.Errorf("%s: %s %v, want %s", members, a.Decision, a.Err, want)
		}
	}
}

// TestSources says where a statement of an explanation stands.
func TestSources(t *testing.T) {
	line := `{DEV,GET,"context":{"a:b":"c"},MAY,"groupPolicies":[NOTHING,FULL],"permissionsBoundary":FULL,"sessionPolicies":[FULL],"resourcePolicy":OPEN,` +
		`"scps":[[FULL],[NOTHING,FULL]],"rcps":[[OPEN]],"endpointPolicies":[FULL]}`
	a := Decide(short.Replace(line), 1, false, true)
	if a.Err != nil {
		t.Fatal(a.Err)
	}
	got := map[string]string{}
	for _, m := range a.Why.Matched {
		got[m.Source.Name] = m.Source.Type.String() + " " + m.Policy.String()
	}
	want := map[string]string{"identityPolicies[0]": "role-inline identity", "groupPolicies[1]": "group-inline identity",
		"permissionsBoundary": "boundary boundary", "sessionPolicies[0]": "session-inline session", "resourcePolicy": "resource resource",
		"scps[0][0]": "scp scp", "scps[1][1]": "scp scp", "rcps[0][0]": "rcp rcp", "endpointPolicies[0]": "endpoint endpoint"}
	for name, is := range want {
		if got[name] != is {
			t.Errorf("%s: %q, want %q", name, got[name], is)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v", got)
	}
}

// TestPrincipal looks at what a principal's name becomes.
func TestPrincipal(t *testing.T) {
	for _, c := range []struct {
		name, role string
		want       policy.Principal
	}{
		{"444455556666", "", policy.Principal{Kind: policy.Root, ARN: "arn:aws:iam::444455556666:root", Account: "444455556666"}},
		{"arn:aws:sts::444455556666:assumed-role/dev/s=1@x", "", policy.Principal{Kind: policy.AssumedRole, ARN: "arn:aws:sts::444455556666:assumed-role/dev/s=1@x",
			Account: "444455556666", RoleARN: "arn:aws:iam::444455556666:role/dev", SessionName: "s=1@x"}},
		{"arn:aws:iam::444455556666:role/a/dev", "arn:aws:iam::444455556666:role/a/dev", policy.Principal{Kind: policy.AssumedRole,
			ARN: "arn:aws:iam::444455556666:role/a/dev", Account: "444455556666", RoleARN: "arn:aws:iam::444455556666:role/a/dev"}},
		{"arn:aws:sts::444455556666:federated-user/bob", "", policy.Principal{Kind: policy.FederatedUser, ARN: "arn:aws:sts::444455556666:federated-user/bob",
			Account: "444455556666", SessionName: "bob"}},
		{"arn:aws:iam::444455556666:saml-provider/idp", "", policy.Principal{Kind: policy.SAML, ARN: "arn:aws:iam::444455556666:saml-provider/idp"}},
		{"s3.amazonaws.com.cn", "", policy.Principal{Kind: policy.Service, ARN: "s3.amazonaws.com.cn"}},
		{"graph.facebook.com", "", policy.Principal{Kind: policy.WebIdentity, ARN: "graph.facebook.com"}},
	} {
		if p, err := parsePrincipal(c.name, c.role, ""); err != nil || *p != c.want {
			t.Errorf("%s: %+v, %v", c.name, p, err)
		}
	}
}

package iam

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

func resourcePolicy(effect, resource, principal string) string {
	return policyOf(statementOf(effect, "s3:GetObject", resource, `"Principal":`+principal))
}

// Refusals, in IAM's words where they are known.
func TestSimulationRefusals(t *testing.T) {
	x := newTest(t)
	simulatedEntities(x)
	run := []string{"ec2:RunInstances"}
	instance, image := "arn:aws:ec2:us-east-1:"+testAccount+":instance/i-1", "arn:aws:ec2:us-east-1::image/ami-1"
	everyone := resourcePolicy("Allow", "arn:aws:s3:::sim/*", `{"AWS":"*"}`)
	type in = iamshape.SimulateCustomPolicyInput
	for _, c := range []struct {
		name          string
		set           func(in *in)
		code, message string
	}{
		{"action without a prefix", func(in *in) { in.ActionNames = []string{"s3:GetObject", "GetObject"} }, "InvalidInput", "The action is invalid since it is missing names"},
		{"no ARN", on("not-an-arn"), "InvalidInput", "ResourceNames are not in a valid ARN format: not-an-arn."},
		{"half an ARN", on(objA, "arn:aws:s3"), "InvalidInput", "ResourceNames are not in a valid ARN format: arn:aws:s3."},
		{"* among others", on(objA, "*"), "InvalidInput", "ResourceNames are not in a valid ARN format: *."},
		{"no JSON", func(in *in) { in.PolicyInputList = []string{allowing("*"), "{"} }, "InvalidInput", "Policy input list item 2 has invalid content"},
		{"no version of the language", func(in *in) { in.PolicyInputList = []string{`{"Version":"2099-01-01","Statement":[]}`} }, "InvalidInput", "Policy input list item 1 has invalid content"},
		{"what can't be saved", func(in *in) { in.PolicyInputList = []string{allowing("noprefix")} }, "InvalidInput", "Policy input list item 1 has invalid content"},
		{"a principal", func(in *in) { in.PolicyInputList = []string{everyone} }, "InvalidInput", "Policy input list item 1 has invalid content"},
		{"two boundaries", func(in *in) { in.PermissionsBoundaryPolicyInputList = []string{allowing("*"), allowing("*")} }, "InvalidInput", "The list of Permissions Boundary policies cannot exceed 1 items."},
		{"a boundary that is none", func(in *in) { in.PermissionsBoundaryPolicyInputList = []string{"[]"} }, "InvalidInput", "Permissions boundary policy input list item 1 has invalid content"},
		{"a level without policies", func(in *in) {
			in.OrderedOrganizationPolicyInputList = []iamshape.OrderedOrganizationPolicyType{{ServiceControlPolicyInputList: []string{}}}
		}, "InvalidInput", "Organization policy at index 1 must contain at least one service control policy"},
		{"a level that is none", func(in *in) {
			in.OrderedOrganizationPolicyInputList = []iamshape.OrderedOrganizationPolicyType{{ServiceControlPolicyInputList: []string{allowing("*"), "x"}}}
		}, "InvalidInput", "Organization policy at index 1 has invalid content"},
		{"eight levels", func(in *in) {
			in.OrderedOrganizationPolicyInputList = slices.Repeat([]iamshape.OrderedOrganizationPolicyType{{ServiceControlPolicyInputList: []string{allowing("*")}}}, 8)
		}, "InvalidInput", "The list of organization policies cannot exceed 7 items."},
		{"a resource policy for nobody", func(in *in) { in.ResourcePolicy, in.ResourceArns = &everyone, []string{objA} }, "InvalidInput", "Invalid caller - Caller cannot be null or empty."},
		{"a resource policy for no resource", func(in *in) { in.ResourcePolicy, in.CallerArn = &everyone, ptr(inA) }, "InvalidInput", "Invalid Entity Arn: * does not clearly define entity type and name."},
		{"a resource policy on *", func(in *in) {
			in.ResourcePolicy, in.CallerArn, in.ResourceArns = ptr(resourcePolicy("Allow", "*", `"*"`)), ptr(inA), []string{objA}
		}, "InvalidInput", "ResourceNames are not in a valid ARN format: *."},
		{"a resource policy without principals", func(in *in) {
			in.ResourcePolicy, in.CallerArn, in.ResourceArns = ptr(allowing("s3:*")), ptr(inA), []string{objA}
		},
			"InvalidInput", "Resource policy has invalid content"},
		{"root calls", func(in *in) { in.CallerArn = ptr("arn:aws:iam::" + testAccount + ":root") }, "InvalidInput", "Invalid caller - Caller must be an IAM user, role or group in this context."},
		{"a session calls", func(in *in) { in.CallerArn = ptr("arn:aws:sts::" + testAccount + ":assumed-role/worker/s") }, "InvalidInput", "Invalid caller - Caller must be an IAM user, role or group in this context."},
		{"a number owns", func(in *in) { in.ResourceOwner = ptr(testAccount) }, "InvalidInput", "'" + testAccount + "' is not a valid as a Resource Owner."},
		{"a bucket owns", func(in *in) { in.ResourceOwner = ptr("arn:aws:s3:::b") }, "InvalidInput", "'arn:aws:s3:::b' is not a valid as a Resource Owner."},
		{"a queue owns", func(in *in) { in.ResourceOwner = ptr("arn:aws:sqs::" + testAccount + ":q") }, "InvalidInput", "'arn:aws:sqs::" + testAccount + ":q' is not a valid as a Resource Owner."},
		{"a long value", func(in *in) {
			in.ContextEntries = []iamshape.ContextEntry{entry("sim:key", "string", strings.Repeat("v", 4097))}
		},
			"InvalidInput", "Context values for context key sim:key cannot be longer than 4096 bytes."},
		{"a made-up marker", func(in *in) { in.Marker = ptr("not-a-simulation-marker") }, "InvalidInput", "Invalid marker for pagination."},
		{"too many on a page", func(in *in) { in.MaxItems = ptr(int32(1001)) }, "ValidationError",
			"1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000"},
		{"a scenario of another action", func(in *in) { in.ResourceHandlingOption, in.ResourceArns = ptr("EC2-VPC-EBS"), []string{objA} },
			"InvalidInput", "Invalid input resource handling options. Action does not support resource handling options: s3:GetObject."},
		{"an unknown scenario", func(in *in) {
			in.ActionNames, in.ResourceHandlingOption, in.ResourceArns = run, ptr("EC2-Moon"), []string{instance}
		},
			"InvalidInput", "Invalid input resource handling options. Action does not support resource handling options: ec2:RunInstances."},
		{"half a scenario", func(in *in) {
			in.ActionNames, in.ResourceHandlingOption, in.ResourceArns = run, ptr("EC2-VPC-EBS-Subnet"), []string{instance, image}
		},
			"InvalidInput", "Invalid input resource handling options. EC2-VPC-EBS-Subnet requires resources of the types: security-group, network-interface, subnet, volume."},
	} {
		i := custom(allowing("*"))
		c.set(i)
		x.fails("SimulateCustomPolicy", i, c.code, c.message)
	}
	x.fails("SimulateCustomPolicy", &in{ActionNames: []string{"s3:GetObject"}}, "ValidationError",
		"1 validation error detected: Value at 'policyInputList' failed to satisfy constraint: Member must not be null")

	gone := func(arn string) *iamshape.SimulatePrincipalPolicyInput {
		return &iamshape.SimulatePrincipalPolicyInput{PolicySourceArn: arn, ActionNames: []string{"s3:GetObject"}}
	}
	head := "arn:aws:iam::" + testAccount + ":"
	for arn, want := range map[string][2]string{
		head + "user/sim/nobody": {"NoSuchEntity", "Unable to retrieve specified IAM entity."},
		head + "group/nobody":    {"NoSuchEntity", "Unable to retrieve specified IAM entity."},
		head + "role/nobody":     {"NoSuchEntity", "Unable to retrieve specified IAM entity."},
		head + "root":            {"InvalidInput", "Invalid ARN provided in the request: " + head + "root"},
		head + "policy/managed":  {"InvalidInput", "Invalid ARN provided in the request: " + head + "policy/managed"},
		"arn:aws:sts::" + testAccount + ":assumed-role/worker/s":  {"InvalidInput", "Invalid ARN provided in the request: arn:aws:sts::" + testAccount + ":assumed-role/worker/s"},
		"not-an-arn-but-long-enough":                              {"InvalidInput", "Invalid ARN provided in the request: not-an-arn-but-long-enough"},
		"arn:aws:iam::" + others + ":user/sim/ann":                {"InvalidInput", "Invalid Policy Source Arn: caller's account " + testAccount + " does not have access to policies in account " + others + "."},
		"arn:aws:iam:us-east-1:" + testAccount + ":user/sim/ann":  {"InvalidInput", "Invalid ARN provided in the request: arn:aws:iam:us-east-1:" + testAccount + ":user/sim/ann"},
		"arn:aws:iam::" + testAccount + ":user/sim/ann/":          {"InvalidInput", "Invalid ARN provided in the request: arn:aws:iam::" + testAccount + ":user/sim/ann/"},
		"arn:aws:iam::" + testAccount + "7:user/sim/ann":          {"InvalidInput", "Invalid ARN provided in the request: arn:aws:iam::" + testAccount + "7:user/sim/ann"},
		"arn:aws:s3::" + testAccount + ":user/sim/ann-of-another": {"InvalidInput", "Invalid ARN provided in the request: arn:aws:s3::" + testAccount + ":user/sim/ann-of-another"},
	} {
		x.fails("SimulatePrincipalPolicy", gone(arn), want[0], want[1])
		x.fails("GetContextKeysForPrincipalPolicy", &iamshape.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: arn}, want[0], want[1])
	}
	x.fails("SimulatePrincipalPolicy", of(inA, without(iamshape.PolicyIdentifier{PolicyArn: ptr("arn:aws:s3:::not-a-policy-at-all")})),
		"InvalidInput", "Invalid ARN provided in the request: arn:aws:s3:::not-a-policy-at-all")
	x.fails("SimulatePrincipalPolicy", of(inA, without(iamshape.PolicyIdentifier{InlinePolicyIdentifier: &iamshape.InlinePolicyIdentifierType{
		AttachmentType: "user", AttachmentName: "a*n*", PolicyName: "UserInline"}})), "InvalidInput", "AttachmentName can contain only one wildcard: a*n*")
	x.fails("SimulatePrincipalPolicy", of(inA, without(slices.Repeat([]iamshape.PolicyIdentifier{{PolicyType: ptr("scp")}}, 257)...)),
		"InvalidInput", "The list of policy exclusions cannot exceed 256 items.")
}

func TestSimulationContext(t *testing.T) {
	x := newTest(t)
	// holds asks whether a condition holds with a context entry.
	holds := func(condition string, entries ...iamshape.ContextEntry) string {
		t.Helper()
		in := custom(policyOf(statementOf("Allow", "s3:GetObject", "*", when(condition))))
		in.ContextEntries = entries
		out := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in)
		return *out.EvaluationResults[0].EvalDecision
	}
	for _, c := range []struct {
		condition string
		entry     iamshape.ContextEntry
		want      string
	}{
		{`{"StringEquals":{"sim:key":"a"}}`, entry("sim:key", "string", "a"), "allowed"},
		{`{"StringEquals":{"sim:key":"a"}}`, entry("SIM:Key", "string", "a"), "allowed"},
		{`{"StringEquals":{"sim:key":"a"}}`, entry("sim:key", "string", "A"), "implicitDeny"},
		{`{"Null":{"sim:key":"false"}}`, entry("sim:key", "string", ""), "allowed"},
		{`{"ForAllValues:StringEquals":{"sim:key":["a","b"]}}`, entry("sim:key", "stringList", "a", "b"), "allowed"},
		{`{"ForAllValues:StringEquals":{"sim:key":["a"]}}`, entry("sim:key", "stringList", "a", "b"), "implicitDeny"},
		{`{"ForAnyValue:StringEquals":{"sim:key":["b"]}}`, entry("sim:key", "stringList", "a", "b"), "allowed"},
		{`{"StringEquals":{"aws:x":"${sim:key}"}}`, entry("sim:key", "stringList", "a"), "implicitDeny"},
		{`{"NumericLessThan":{"sim:key":"2"}}`, entry("sim:key", "numeric", "01.5"), "allowed"},
		{`{"NumericEquals":{"sim:key":"100"}}`, entry("sim:key", "numeric", "1e2"), "allowed"},
		{`{"NumericEquals":{"sim:key":"1"}}`, entry("sim:key", "numeric", "+1"), "allowed"},
		{`{"NumericGreaterThan":{"sim:key":"1"}}`, entry("sim:key", "numeric", "1e9999"), "allowed"},
		{`{"ForAnyValue:NumericEquals":{"sim:key":"7"}}`, entry("sim:key", "numericList", "1", "7"), "allowed"},
		{`{"Bool":{"sim:key":"true"}}`, entry("sim:key", "boolean", "TRUE"), "allowed"},
		{`{"Bool":{"sim:key":"false"}}`, entry("sim:key", "boolean", "yes"), "allowed"},
		{`{"ForAnyValue:Bool":{"sim:key":"true"}}`, entry("sim:key", "booleanList", "false", "true"), "allowed"},
		{`{"IpAddress":{"sim:key":"192.0.2.0/24"}}`, entry("sim:key", "ip", "192.0.2.9"), "allowed"},
		{`{"IpAddress":{"sim:key":"2001:db8::/32"}}`, entry("sim:key", "ip", "2001:db8::1"), "allowed"},
		{`{"ForAnyValue:IpAddress":{"sim:key":"192.0.2.0/24"}}`, entry("sim:key", "ipList", "::1", "192.0.2.9"), "allowed"},
		{`{"BinaryEquals":{"sim:key":"aGk="}}`, entry("sim:key", "binary", "aGk="), "allowed"},
		{`{"ForAnyValue:BinaryEquals":{"sim:key":"aGk="}}`, entry("sim:key", "binaryList", "AA==", "aGk="), "allowed"},
		{`{"DateLessThan":{"sim:key":"2036-01-01T00:00:00Z"}}`, entry("sim:key", "date", "2035"), "allowed"},
		{`{"DateGreaterThan":{"sim:key":"2035"}}`, entry("sim:key", "date", "2035-06-01T12:00:00+02:00"), "allowed"},
		{`{"ForAllValues:DateLessThan":{"sim:key":"2036"}}`, entry("sim:key", "dateList", "2035", "1700000000"), "allowed"},
	} {
		if got := holds(c.condition, c.entry); got != c.want {
			t.Errorf("%s with %v: %s, want %s", c.condition, c.entry.ContextKeyValues, got, c.want)
		}
	}

	const enum = "Member must satisfy enum value set: [string, stringList, numeric, numericList, boolean, booleanList, ip, ipList, binary, binaryList, date, dateList]"
	long := ptr(strings.Repeat("k", 257))
	for _, c := range []struct {
		entries       []iamshape.ContextEntry
		code, message string
	}{
		{[]iamshape.ContextEntry{{ContextKeyType: ptr("string"), ContextKeyValues: []string{"v"}}}, "InvalidInput", "ContextKeyName cannot be null or empty."},
		{[]iamshape.ContextEntry{{ContextKeyName: ptr("sim:key"), ContextKeyValues: []string{"v"}}}, "InvalidInput", "Context key sim:key has invalid type null."},
		{[]iamshape.ContextEntry{{ContextKeyName: ptr("sim:key"), ContextKeyType: ptr("string")}}, "InvalidInput", "Context values for context key sim:key cannot be null or empty."},
		{[]iamshape.ContextEntry{entry("sim:key", "stringList")}, "InvalidInput", "Context values for context key sim:key cannot be null or empty."},
		{[]iamshape.ContextEntry{entry("sim:key", "string", "a", "b")}, "InvalidInput", "Context key string expected a single value, but received 2."},
		{[]iamshape.ContextEntry{entry("sim:key", "date", "2035", "2036")}, "InvalidInput", "Context key date expected a single value, but received 2."},
		{[]iamshape.ContextEntry{entry("sim:key", "string", "a"), entry("SIM:KEY", "string", "a")}, "InvalidInput", "Duplicate context key: SIM:KEY."},
		{[]iamshape.ContextEntry{entry("sim:key", "numeric", "abc")}, "InvalidInput", "Invalid context value for key sim:key: expected numeric format."},
		{[]iamshape.ContextEntry{entry("sim:key", "numeric", "NaN")}, "InvalidInput", "Invalid context value for key sim:key: expected numeric format."},
		{[]iamshape.ContextEntry{entry("sim:key", "numeric", "0x10")}, "InvalidInput", "Invalid context value for key sim:key: expected numeric format."},
		{[]iamshape.ContextEntry{entry("sim:key", "numeric", " 1 ")}, "InvalidInput", "Invalid context value for key sim:key: expected numeric format."},
		{[]iamshape.ContextEntry{entry("sim:key", "numericList", "1", "Infinity")}, "InvalidInput", "Invalid context value for key sim:key: expected numeric format."},
		{[]iamshape.ContextEntry{entry("sim:key", "date", "tomorrow")}, "InvalidInput", "Invalid context value for key sim:key: expected DateTime format."},
		{[]iamshape.ContextEntry{entry("sim:key", "ip", "999.0.0.1")}, "InvalidInput", "Invalid context value for key sim:key: expected IP address."},
		{[]iamshape.ContextEntry{entry("sim:key", "ipList", "192.0.2.1", "x")}, "InvalidInput", "Invalid context value for key sim:key: expected IP address."},
		{[]iamshape.ContextEntry{entry("sim:key", "binary", "!base64")}, "InvalidInput", "Invalid context value for key sim:key: expected base-64 encoded binary format."},
		{[]iamshape.ContextEntry{entry("sim:key", "unknown", "a")}, "ValidationError",
			"1 validation error detected: Value at 'contextEntries.1.member.contextKeyType' failed to satisfy constraint: " + enum},
		{[]iamshape.ContextEntry{entry(*long, "string", "a")}, "ValidationError",
			"1 validation error detected: Value at 'contextEntries.1.member.contextKeyName' failed to satisfy constraint: Member must have length less than or equal to 256"},
	} {
		in := custom(allowing("*"))
		in.ContextEntries = c.entries
		x.fails("SimulateCustomPolicy", in, c.code, c.message)
	}
}

// What is known of a caller without being given.
func TestSimulatedCallers(t *testing.T) {
	x := newTest(t)
	simulatedEntities(x)
	stranger := "arn:aws:iam::" + others + ":user/x/bob"
	for _, c := range []struct{ caller, condition, want string }{
		{inA, `{"StringEquals":{"aws:PrincipalArn":"` + inA + `","aws:username":"ann","aws:userid":"` + inA + `","aws:PrincipalAccount":"` + testAccount + `","aws:PrincipalType":"User"}}`, "allowed"},
		{workerARN, `{"StringEquals":{"aws:PrincipalArn":"` + workerARN + `","aws:userid":"` + workerARN + `","aws:PrincipalType":"AssumedRole"}}`, "allowed"},
		{workerARN, `{"Null":{"aws:username":"true"}}`, "allowed"},
		{groupARN, `{"StringEquals":{"aws:PrincipalArn":"` + groupARN + `"},"Null":{"aws:username":"true","aws:PrincipalType":"true"}}`, "allowed"},
		{stranger, `{"StringEquals":{"aws:PrincipalArn":"` + stranger + `","aws:userid":"` + stranger + `","aws:username":"bob","aws:PrincipalAccount":"` + others + `"}}`, "allowed"},
		{"", `{"StringEquals":{"aws:PrincipalAccount":"` + testAccount + `","aws:userid":"STUB_PRINCIPAL_FOR_POLICY_SIMULATOR"},"Null":{"aws:PrincipalArn":"true","aws:username":"true","aws:PrincipalType":"true"}}`, "allowed"},
		{inA, `{"Null":{"aws:CurrentTime":"true","aws:EpochTime":"true","aws:SourceIp":"true","aws:SecureTransport":"true","aws:MultiFactorAuthPresent":"true"}}`, "allowed"},
	} {
		in := custom(policyOf(statementOf("Allow", "s3:GetObject", "*", when(c.condition))))
		if c.caller != "" {
			in.CallerArn = &c.caller
		}
		out := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in)
		if got := *out.EvaluationResults[0].EvalDecision; got != c.want {
			t.Errorf("%s: %s: %s, want %s", c.caller, c.condition, got, c.want)
		}
	}
	// What is given counts, and the caller is by default whose policies they are.
	in := custom(policyOf(statementOf("Allow", "s3:GetObject", "*", when(`{"StringEquals":{"aws:username":"other"}}`))))
	in.CallerArn, in.ContextEntries = ptr(inA), []iamshape.ContextEntry{entry("AWS:username", "string", "other")}
	if out := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in); *out.EvaluationResults[0].EvalDecision != "allowed" {
		t.Error(shown(out))
	}
	for caller, want := range map[string]string{"": "allowed", workerARN: "implicitDeny"} {
		p := of(inA, ofAction("sqs:Send"), withPolicy(policyOf(statementOf("Allow", "sqs:*", "*", when(`{"StringEquals":{"aws:username":"ann"}}`)))))
		if caller != "" {
			p.CallerArn = &caller
		}
		if out := do[iamshape.SimulatePrincipalPolicyOutput](x, "SimulatePrincipalPolicy", p); *out.EvaluationResults[0].EvalDecision != want {
			t.Error(caller, shown(out))
		}
	}
}

func TestSimulatedResourcePolicies(t *testing.T) {
	x := newTest(t)
	simulatedEntities(x)
	queue := "arn:aws:sqs:us-east-1:" + others + ":q"
	with := func(doc, caller, owner string, resources ...string) func(*iamshape.SimulateCustomPolicyInput) {
		return func(in *iamshape.SimulateCustomPolicyInput) {
			in.ResourcePolicy, in.CallerArn, in.ResourceArns = &doc, &caller, resources
			if owner != "" {
				in.ResourceOwner = &owner
			}
		}
	}
	none := func() *iamshape.SimulateCustomPolicyInput {
		in := custom()
		in.PolicyInputList = []string{}
		return in
	}
	bounded := func(in *iamshape.SimulateCustomPolicyInput, boundary string) *iamshape.SimulateCustomPolicyInput {
		in.PermissionsBoundaryPolicyInputList = []string{boundary}
		return in
	}
	twice := func(s string) string { return "s3:GetObject " + objA + s + "\n  " + objA + s }
	everyone := resourcePolicy("Allow", "arn:aws:s3:::sim/*", `{"AWS":"*"}`)
	direct := resourcePolicy("Allow", "arn:aws:s3:::sim/*", `{"AWS":"`+inA+`"}`)
	account := resourcePolicy("Allow", "arn:aws:s3:::sim/*", `{"AWS":"`+testAccount+`"}`)
	role := resourcePolicy("Allow", "arn:aws:s3:::sim/*", `{"AWS":"`+workerARN+`"}`)
	deny := resourcePolicy("Deny", "arn:aws:s3:::sim/*", `"*"`)
	root, other := "arn:aws:iam::"+testAccount+":root", "arn:aws:iam::"+others+":root"
	span := func(doc string) string { return fmt.Sprintf(" ResourcePolicy(Resource)1:38-1:%d", len(doc)-1) }
	get, put := allowing("s3:GetObject"), allowing("s3:PutObject")
	runSimulations(t, x, []simulationCase{
		{"everyone", none(), with(everyone, inA, "", objA), twice(": allowed" + span(everyone))},
		{"everyone, a role", none(), with(everyone, workerARN, "", objA), twice(": allowed" + span(everyone))},
		{"everyone, a group", none(), with(everyone, groupARN, "", objA), twice(": allowed" + span(everyone))},
		{"the user", none(), with(direct, inA, "", objA), twice(": allowed" + span(direct))},
		{"another user", none(), with(direct, "arn:aws:iam::"+testAccount+":user/bob", "", objA), twice(": implicitDeny")},
		{"the role", none(), with(role, workerARN, "", objA), twice(": allowed" + span(role))},
		{"both allow", custom(get), with(direct, inA, "", objA), twice(": allowed" + span(direct) + " PolicyInputList.1(IAM)1:38-1:95")},
		{"the account delegates", custom(get), with(account, inA, "", objA), twice(": allowed" + span(account) + " PolicyInputList.1(IAM)1:38-1:95")},
		{"the account alone doesn't allow", none(), with(account, inA, "", objA), twice(": implicitDeny")},
		{"it denies", custom(get), with(deny, inA, "", objA), twice(": explicitDeny" + span(deny))},
		{"the user past the boundary", bounded(none(), put), with(direct, inA, "", objA), twice(": allowed" + span(direct) + " boundary=false")},
		{"the role not past it", bounded(none(), put), with(role, workerARN, "", objA), twice(": implicitDeny boundary=false")},
		{"the owner said", none(), with(everyone, inA, root, objA), twice(": allowed" + span(everyone))},
		{"across accounts", none(), with(everyone, inA, other, objA), twice(": implicitDeny {IAM=implicitDeny Resource=allowed}")},
		{"across accounts, both", custom(get), with(direct, inA, other, objA), twice(": allowed" + span(direct) + " PolicyInputList.1(IAM)1:38-1:95 {IAM=allowed Resource=allowed}")},
		{"across accounts, a boundary", bounded(custom(get), put), with(direct, inA, other, objA), twice(": implicitDeny {IAM=allowed Permissions Boundary=implicitDeny Resource=allowed} boundary=false")},
		{"across accounts, denied", custom(denying("*")), with(direct, inA, other, objA), twice(": explicitDeny PolicyInputList.1(IAM)1:38-1:83 {IAM=explicitDeny Resource=allowed}")},
		{"a caller of the other account", custom(get), with(everyone, "arn:aws:iam::"+others+":user/x", root, objA),
			twice(": allowed" + span(everyone) + " PolicyInputList.1(IAM)1:38-1:95 {IAM=allowed Resource=allowed}")},
		{"the ARN's account counts before the owner", custom(allowing("s3:*")), func(in *iamshape.SimulateCustomPolicyInput) {
			with(resourcePolicy("Allow", queue, `"*"`), inA, root, queue)(in)
		}, "s3:GetObject " + queue + ": allowed ResourcePolicy(Resource)1:38-1:146 PolicyInputList.1(IAM)1:38-1:87 {IAM=allowed Resource=allowed}\n  " +
			queue + ": allowed ResourcePolicy(Resource)1:38-1:146 PolicyInputList.1(IAM)1:38-1:87 {IAM=allowed Resource=allowed}"},
		{"without a resource policy the caller's side alone", custom(get), func(in *iamshape.SimulateCustomPolicyInput) {
			in.CallerArn, in.ResourceOwner, in.ResourceArns = ptr(inA), &other, []string{queue}
		}, "s3:GetObject " + queue + ": allowed PolicyInputList.1(IAM)1:38-1:95\n  " + queue + ": allowed PolicyInputList.1(IAM)1:38-1:95"},
	})
	// Of two resources the most restrictive counts, type by type.
	own, denied := "arn:aws:s3:::sim/own", "arn:aws:s3:::sim/denied"
	doc := policyOf(statementOf("Allow", "s3:GetObject", own, `"Principal":"*"`), statementOf("Deny", "s3:GetObject", denied, `"Principal":"*"`))
	for _, order := range [][]string{{own, objA, denied}, {denied, objA, own}} {
		in := custom(get)
		with(doc, inA, other, order...)(in)
		got := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in).EvaluationResults[0]
		if *got.EvalDecision != "explicitDeny" || got.EvalDecisionDetails[kindResource] != "explicitDeny" || got.EvalDecisionDetails[kindIdentity] != "allowed" || len(got.MatchedStatements) != 1 {
			t.Errorf("%v: %s %v", order, *got.EvalDecision, got.EvalDecisionDetails)
		}
	}

	in := custom(get)
	with(doc, inA, other, own, objA)(in)
	if got := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in).EvaluationResults[0]; got.EvalDecisionDetails[kindResource] != "implicitDeny" {
		t.Errorf("%v", got.EvalDecisionDetails)
	}

	// The caller of a user's simulation is the user.
	p := of(inA, func(in *iamshape.SimulatePrincipalPolicyInput) {
		in.ResourcePolicy, in.ActionNames, in.ResourceArns = &direct, []string{"s3:GetObject"}, []string{objB}
	})
	if got, want := brief(do[iamshape.SimulatePrincipalPolicyOutput](x, "SimulatePrincipalPolicy", p)), "s3:GetObject "+objB+": allowed"+span(direct); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Scenarios of EC2 that are complete, or that nothing is asked of.
func TestResourceHandling(t *testing.T) {
	x := newTest(t)
	arns := map[string]string{}
	for _, kind := range []string{"instance", "image", "security-group", "network-interface", "subnet", "volume"} {
		arns[kind] = "arn:aws:ec2:us-east-1:" + testAccount + ":" + kind + "/x"
	}
	for option, kinds := range handlingOptions {
		in := custom(allowing("ec2:*"))
		in.ActionNames, in.ResourceHandlingOption = []string{"EC2:runinstances"}, &option
		for _, k := range kinds {
			in.ResourceArns = append(in.ResourceArns, arns[k])
		}
		out := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in)
		if r := out.EvaluationResults[0]; *r.EvalDecision != "allowed" || len(r.ResourceSpecificResults) != len(kinds) {
			t.Errorf("%s: %s", option, shown(out))
		}
		for i := range in.ResourceArns {
			less := *in
			less.ResourceArns = slices.Delete(slices.Clone(in.ResourceArns), i, i+1)
			x.fails("SimulateCustomPolicy", &less, "InvalidInput",
				"Invalid input resource handling options. "+option+" requires resources of the types: "+kinds[i]+".")
		}
	}
	in := custom(allowing("*"))
	in.ResourceHandlingOption = ptr("fictional")
	runSimulations(t, x, []simulationCase{{"no resources", in, nil, "s3:GetObject *: allowed PolicyInputList.1(IAM)1:38-1:84"}})
}

func TestSimulationPages(t *testing.T) {
	x := newTest(t)
	simulatedEntities(x)
	in := custom(allowing("*"))
	in.ActionNames, in.ResourceArns, in.MaxItems = []string{"s3:A", "s3:B", "s3:C", "s3:D", "s3:E"}, []string{objA, objB}, ptr(int32(2))
	actions := func(out *iamshape.SimulateCustomPolicyOutput) string {
		s := ""
		for _, r := range out.EvaluationResults {
			if s += (*r.EvalActionName)[3:]; len(r.ResourceSpecificResults) != len(in.ResourceArns) {
				t.Errorf("%s: %d resources", *r.EvalActionName, len(r.ResourceSpecificResults))
			}
		}
		return s
	}
	var pages []string
	first := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in)
	for out := first; ; out = do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in) {
		pages = append(pages, actions(out))
		if in.Marker = out.Marker; out.Marker == nil {
			break
		}
	}
	if got := strings.Join(pages, " "); got != "AB CD E" {
		t.Error(got)
	}
	// A Marker goes with other inputs of the operation, but not with another operation.
	in.Marker, in.MaxItems, in.PolicyInputList, in.ResourceArns = first.Marker, ptr(int32(1000)), []string{denying("*")}, []string{objB}
	if got := actions(do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in)); got != "CDE" {
		t.Error(got)
	}
	in.ActionNames = []string{"s3:A"}
	if out := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in); len(out.EvaluationResults) != 0 || *out.IsTruncated {
		t.Error(shown(out))
	}
	x.fails("SimulatePrincipalPolicy", of(inA, func(in *iamshape.SimulatePrincipalPolicyInput) { in.Marker = first.Marker }), "InvalidInput", "Invalid marker for pagination.")

	// Without MaxItems a page has 100 actions.
	many := custom(allowing("*"))
	many.ActionNames = nil
	for i := range 101 {
		many.ActionNames = append(many.ActionNames, fmt.Sprintf("s3:A%d", i))
	}
	if out := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", many); len(out.EvaluationResults) != 100 || !*out.IsTruncated {
		t.Error(len(out.EvaluationResults))
	}

	// Large answers make shorter pages; nothing is lost. One that is too large is refused.
	large := custom(policyOf(slices.Repeat([]string{statementOf("Allow", "*", "*")}, 1000)...))
	large.ResourceArns = nil
	for i := range 10 {
		large.ResourceArns = append(large.ResourceArns, fmt.Sprintf("%s%d", objA, i))
	}
	large.ActionNames = []string{"s3:A", "s3:B", "s3:C"}
	n, calls := 0, 0
	for {
		out := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", large)
		n, calls = n+len(out.EvaluationResults), calls+1
		if large.Marker = out.Marker; out.Marker == nil {
			break
		}
	}
	if n != 3 || calls != 2 {
		t.Errorf("%d results in %d calls", n, calls)
	}
	large.ResourceArns = slices.Repeat(large.ResourceArns, 4)
	x.fails("SimulateCustomPolicy", large, "InvalidInput", "The simulation is too large. Give fewer resources or smaller policies in one request.")
	// So do large comparisons.
	large.PolicyInputList = []string{policyOf(slices.Repeat([]string{statementOf("Allow", "sqs:*", "*")}, 1000)...)}
	large.ResourceArns = slices.Repeat(large.ResourceArns[:8], 100)
	if out := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", large); len(out.EvaluationResults) != 1 || !*out.IsTruncated {
		t.Errorf("%d results", len(out.EvaluationResults))
	}
	large.ResourceArns = slices.Repeat(large.ResourceArns, 2)
	x.fails("SimulateCustomPolicy", large, "InvalidInput", "The simulation is too large. Give fewer resources or smaller policies in one request.")
	large.ResourceArns = large.ResourceArns[:1]
	large.PolicyInputList = []string{policyOf(slices.Repeat([]string{statementOf("Allow", "s3:*", "*", when(`{"ForAnyValue:StringLike":{"sim:key":["*a?*","*b?*","*c?*"]}}`))}, 500)...)}
	large.ContextEntries = []iamshape.ContextEntry{entry("sim:key", "stringList", slices.Repeat([]string{"x"}, 5000)...)}
	x.fails("SimulateCustomPolicy", large, "InvalidInput", "The simulation is too large. Give fewer resources or smaller policies in one request.")
}

func TestSimulationTargets(t *testing.T) {
	x := newTest(t)
	simulatedEntities(x)
	simulate := func(arn string) (string, any) {
		return "SimulatePrincipalPolicy", &iamshape.SimulatePrincipalPolicyInput{PolicySourceArn: arn, ActionNames: []string{"s3:GetObject"}}
	}
	keys := func(arn string) (string, any) {
		return "GetContextKeysForPrincipalPolicy", &iamshape.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: arn}
	}
	for _, call := range []func(string) (string, any){simulate, keys} {
		for arn, want := range map[string]string{
			inA: inA, groupARN: groupARN, workerARN: workerARN,
			// The path of the request leads to nobody else's permission.
			"arn:aws:iam::" + testAccount + ":user/free/ANN":   inA,
			"arn:aws:iam::" + testAccount + ":user/free/none":  "arn:aws:iam::" + testAccount + ":user/none",
			"arn:aws:iam::" + testAccount + ":group/free/none": "arn:aws:iam::" + testAccount + ":group/none",
			"arn:aws:iam::" + testAccount + ":role/free/none":  "arn:aws:iam::" + testAccount + ":role/none",
		} {
			name, in := call(arn)
			if got := x.wholeTarget(name, in); got.Resource != want || got.Shown != arn {
				t.Errorf("%s on %s: %+v", name, arn, got)
			}
		}
	}
	name, in := simulate(inA)
	if got := x.target(name, in); len(got.Tags) != 1 || got.Tags[0].Value != "red" {
		t.Errorf("tags: %+v", got.Tags)
	}
	for name, in := range map[string]any{
		"SimulateCustomPolicy":          custom(allowing("*")),
		"GetContextKeysForCustomPolicy": &iamshape.GetContextKeysForCustomPolicyInput{PolicyInputList: []string{allowing("*")}},
	} {
		if got := x.target(name, in); got.Resource != "*" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// The simulator's decision is the engine's, for random policies and requests.
func TestSimulatorAgreesWithEngine(t *testing.T) {
	x := newTest(t)
	simulatedEntities(x)
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	document := func(principal bool) string {
		var list []string
		for range 1 + r.IntN(4) {
			var more []string
			if r.IntN(2) == 0 {
				more = append(more, when(`{"`+pick("StringEquals", "StringNotEquals", "StringLikeIfExists", "ForAllValues:StringEquals", "ForAnyValue:StringLike")+
					`":{"`+pick("sim:key", "sim:list", "sim:none", "aws:username")+`":"`+pick("a", "b", "a*", "ann", "${aws:username}")+`"}}`))
			}
			if principal {
				more = append(more, `"Principal":{"AWS":"`+pick("*", inA, workerARN, testAccount, others)+`"}`)
			}
			resource := pick("arn:aws:s3:::sim/*", objA, objB, "arn:aws:s3:::sim/${aws:username}")
			if !principal {
				resource = pick("*", resource)
			}
			list = append(list, statementOf(pick("Allow", "Allow", "Deny"), pick("*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject"), resource, more...))
		}
		return policyOf(list...)
	}
	compile := func(kind policy.Kind, docs ...string) *policy.Set {
		var list []policy.Policy
		for _, text := range docs {
			d, err := policy.Parse(text, kind)
			if err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			list = append(list, policy.Policy{Document: d})
		}
		return policy.Compile(list...)
	}
	seen := map[string]int{}
	for range 1500 {
		in := custom(document(false), document(false))
		in.ActionNames, in.ResourceArns = []string{pick("s3:GetObject", "s3:PutObject")}, []string{pick(objA, objB, "arn:aws:s3:::sim/ann")}
		in.ContextEntries = []iamshape.ContextEntry{entry("sim:key", "string", pick("a", "b")), entry("sim:list", "stringList", pick("a", "b"), pick("a", "b"))}
		p := policy.Policies{Identity: compile(policy.Identity, in.PolicyInputList...)}
		principal := policy.Principal{Kind: policy.User, Account: testAccount}
		owner := testAccount
		ctx := policy.MapContext{}
		ctx.Set("sim:key", in.ContextEntries[0].ContextKeyValues[0])
		ctx.SetList("sim:list", in.ContextEntries[1].ContextKeyValues...)
		if r.IntN(2) == 0 {
			in.CallerArn = ptr(pick(inA, workerARN))
			principal = policy.Principal{Kind: policy.User, ARN: *in.CallerArn, Account: testAccount}
			if *in.CallerArn == workerARN {
				principal = policy.Principal{Kind: policy.AssumedRole, RoleARN: workerARN, Account: testAccount}
			} else {
				ctx.Set("aws:username", "ann")
			}
			if r.IntN(2) == 0 {
				in.ResourcePolicy = ptr(document(true))
				p.Resource = compile(policy.Resource, *in.ResourcePolicy)
				if r.IntN(2) == 0 {
					owner = others
					in.ResourceOwner = ptr("arn:aws:iam::" + others + ":root")
				}
			}
		}
		if r.IntN(3) == 0 {
			in.PermissionsBoundaryPolicyInputList = []string{document(false)}
			p.Boundary = compile(policy.Boundary, in.PermissionsBoundaryPolicyInputList...)
		}
		if r.IntN(4) == 0 {
			level := []string{document(false), allowing("*")}
			in.OrderedOrganizationPolicyInputList = []iamshape.OrderedOrganizationPolicyType{{ServiceControlPolicyInputList: level}}
			p.SCPs = []*policy.Set{compile(policy.SCP, level...)}
		}
		want := policy.Evaluate(&policy.Request{Principal: &principal, Action: in.ActionNames[0], Resource: in.ResourceArns[0], ResourceAccount: owner, Context: ctx}, &p).Effect.String()
		result := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in).EvaluationResults[0]
		if got := *result.EvalDecision; got != want || *result.ResourceSpecificResults[0].EvalResourceDecision != want {
			t.Fatalf("%s, want %s: %+v", got, want, in)
		}
		seen[want]++
	}
	for _, word := range []string{"allowed", "explicitDeny", "implicitDeny"} {
		if seen[word] < 100 {
			t.Errorf("only %d of %s", seen[word], word)
		}
	}
}

// What a user is simulated to may do is what it may do.
func TestSimulationAgreesWithDecisions(t *testing.T) {
	x := newTest(t)
	simulatedEntities(x)
	x.must("PutUserPermissionsBoundary", &iamshape.PutUserPermissionsBoundaryInput{UserName: "ann", PermissionsBoundary: boundaryARN})
	n := 0
	for _, action := range []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "sqs:SendMessage"} {
		for _, resource := range []string{objA, objB} {
			x.asUser("ann")
			out, err := x.svc.Decider.Decide(&decide.Request{Subject: ptr(subjectOf(x)), Action: action, Resource: resource, ResourceAccount: testAccount, Context: policy.MapContext{}})
			if err != nil {
				t.Fatal(err)
			}
			in := of(inA)
			in.ActionNames, in.ResourceArns = []string{action}, []string{resource}
			if got := *do[iamshape.SimulatePrincipalPolicyOutput](x, "SimulatePrincipalPolicy", in).EvaluationResults[0].EvalDecision; got != out.Effect.String() {
				t.Errorf("%s on %s: %s, and %s when asked", action, resource, out.Effect, got)
			}
			n++
		}
	}
	if n != 8 {
		t.Error(n)
	}
}

func subjectOf(x *tester) decide.Subject {
	s := x.caller.Subject
	s.View = x.view
	return s
}

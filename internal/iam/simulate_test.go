package iam

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/wire"
)

const (
	objA    = "arn:aws:s3:::sim/a"
	objB    = "arn:aws:s3:::sim/b"
	objects = "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
	inA     = "arn:aws:iam::" + testAccount + ":user/sim/ann"
	others  = "999999999999"
)

// statementOf is one statement; further members come as they are written.
func statementOf(effect, action, resource string, more ...string) string {
	s := `{"Effect":"` + effect + `","Action":"` + action + `","Resource":"` + resource + `"`
	for _, m := range more {
		s += "," + m
	}
	return s + "}"
}

func policyOf(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func allowing(action string) string { return policyOf(statementOf("Allow", action, "*")) }
func denying(action string) string  { return policyOf(statementOf("Deny", action, "*")) }

func when(condition string) string { return `"Condition":` + condition }

func custom(policies ...string) *iamshape.SimulateCustomPolicyInput {
	return &iamshape.SimulateCustomPolicyInput{PolicyInputList: policies, ActionNames: []string{"s3:GetObject"}}
}

// shown renders an answer, a line for each result and a further one for each
// resource of it: name, decision, statements, missing keys, details.
func shown(out *iamshape.SimulateCustomPolicyOutput) string {
	var b strings.Builder
	for _, r := range out.EvaluationResults {
		fmt.Fprintf(&b, "%s %s: %s%s", *r.EvalActionName, *r.EvalResourceName, *r.EvalDecision,
			details(r.MatchedStatements, r.MissingContextValues, r.EvalDecisionDetails, r.PermissionsBoundaryDecisionDetail))
		if o := r.OrganizationsDecisionDetail; o != nil {
			fmt.Fprintf(&b, " organizations=%v", *o.AllowedByOrganizations)
		}
		b.WriteByte('\n')
		for _, s := range r.ResourceSpecificResults {
			fmt.Fprintf(&b, "  %s: %s%s\n", *s.EvalResourceName, *s.EvalResourceDecision,
				details(s.MatchedStatements, s.MissingContextValues, s.EvalDecisionDetails, s.PermissionsBoundaryDecisionDetail))
		}
	}
	if *out.IsTruncated != (out.Marker != nil) {
		b.WriteString("IsTruncated and Marker disagree\n")
	} else if *out.IsTruncated {
		b.WriteString("…\n")
	}
	return b.String()
}

func details(statements []iamshape.Statement, missing []string, by map[string]string, boundary *iamshape.PermissionsBoundaryDecisionDetail) string {
	s := ""
	for _, m := range statements {
		s += fmt.Sprintf(" %s(%s)%d:%d-%d:%d", *m.SourcePolicyId, strings.TrimSuffix(*m.SourcePolicyType, " Policy"),
			*m.StartPosition.Line, *m.StartPosition.Column, *m.EndPosition.Line, *m.EndPosition.Column)
	}
	if len(missing) > 0 {
		s += " missing " + strings.Join(missing, ",")
	}
	var kinds []string
	for k, v := range by {
		kinds = append(kinds, fmt.Sprintf("%s=%s", strings.TrimSuffix(k, " Policy"), v))
	}
	slices.Sort(kinds)
	if len(kinds) > 0 {
		s += " {" + strings.Join(kinds, " ") + "}"
	}
	if boundary != nil {
		s += " boundary=" + strconv.FormatBool(*boundary.AllowedByPermissionsBoundary)
	}
	return s
}

type simulationCase struct {
	name string
	in   *iamshape.SimulateCustomPolicyInput
	set  func(in *iamshape.SimulateCustomPolicyInput)
	want string
}

func runSimulations(t *testing.T, x *tester, cases []simulationCase) {
	t.Helper()
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range cases {
		if c.set != nil {
			c.set(c.in)
		}
		got := shown(do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", c.in))
		if want := c.want + "\n"; got != want {
			t.Errorf("%s:\n got %swant %s", c.name, got, want)
		}
	}
}

func on(resources ...string) func(*iamshape.SimulateCustomPolicyInput) {
	return func(in *iamshape.SimulateCustomPolicyInput) { in.ResourceArns = resources }
}

// The answers are those that IAM was seen to give for the same requests.
func TestSimulateCustomPolicy(t *testing.T) {
	x := newTest(t)
	x.change(func(tx *account.Tx) {
		tx.PutRole(&account.Role{ID: "AROAQ2LINKED0000000AB", Name: "linked", Path: "/aws-service-role/ec2.amazonaws.com/", Created: x.now, MaxSession: 3600,
			Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`})
	})
	bounded := func(boundary string, resources ...string) func(*iamshape.SimulateCustomPolicyInput) {
		return func(in *iamshape.SimulateCustomPolicyInput) {
			in.PermissionsBoundaryPolicyInputList, in.ResourceArns = []string{boundary}, resources
		}
	}
	below := func(levels ...[]string) func(*iamshape.SimulateCustomPolicyInput) {
		return func(in *iamshape.SimulateCustomPolicyInput) {
			for _, l := range levels {
				in.OrderedOrganizationPolicyInputList = append(in.OrderedOrganizationPolicyInputList, iamshape.OrderedOrganizationPolicyType{ServiceControlPolicyInputList: l})
			}
		}
	}
	get, all := allowing("s3:GetObject"), allowing("*")
	missing := func(effect, resource string) string {
		return policyOf(statementOf(effect, "s3:GetObject", resource, when(`{"StringEquals":{"sim:missing":"yes"}}`)))
	}
	runSimulations(t, x, []simulationCase{
		{"no resource", custom(get), nil, "s3:GetObject *: allowed PolicyInputList.1(IAM)1:38-1:95"},
		{"any resource", custom(get), on("*"), "s3:GetObject *: allowed PolicyInputList.1(IAM)1:38-1:95"},
		{"one resource", custom(get), on(objA), "s3:GetObject " + objA + ": allowed PolicyInputList.1(IAM)1:38-1:95\n  " + objA + ": allowed PolicyInputList.1(IAM)1:38-1:95"},
		{"two resources", custom(get), on(objA, objB), "s3:GetObject " + objects + ": allowed PolicyInputList.1(IAM)1:38-1:95\n  " +
			objA + ": allowed PolicyInputList.1(IAM)1:38-1:95\n  " + objB + ": allowed PolicyInputList.1(IAM)1:38-1:95"},
		{"the most restrictive counts", custom(policyOf(statementOf("Allow", "s3:GetObject", objA))), on(objA, objB),
			"s3:GetObject " + objects + ": implicitDeny PolicyInputList.1(IAM)1:38-1:112\n  " + objA + ": allowed PolicyInputList.1(IAM)1:38-1:112\n  " + objB + ": implicitDeny"},
		{"a denial on one resource", custom(all, policyOf(statementOf("Deny", "s3:*", objB))), on(objA, objB),
			"s3:GetObject " + objects + ": explicitDeny PolicyInputList.2(IAM)1:38-1:103\n  " + objA + ": allowed PolicyInputList.1(IAM)1:38-1:84\n  " + objB + ": explicitDeny PolicyInputList.2(IAM)1:38-1:103"},
		{"a denial on the first resource", custom(all, policyOf(statementOf("Deny", "s3:*", objA))), on(objA, objB),
			"s3:GetObject " + objects + ": explicitDeny PolicyInputList.2(IAM)1:38-1:103\n  " + objA + ": explicitDeny PolicyInputList.2(IAM)1:38-1:103\n  " + objB + ": allowed PolicyInputList.1(IAM)1:38-1:84"},
		{"the same resource twice", custom(get), on(objA, objA), "s3:GetObject " + objects + ": allowed PolicyInputList.1(IAM)1:38-1:95\n  " +
			objA + ": allowed PolicyInputList.1(IAM)1:38-1:95\n  " + objA + ": allowed PolicyInputList.1(IAM)1:38-1:95"},
		{"actions without resources, and unknown ones", custom(policyOf()), func(in *iamshape.SimulateCustomPolicyInput) {
			in.PolicyInputList, in.ResourceArns, in.ActionNames = []string{}, []string{objA, objB}, []string{"iam:ListUsers", "madeup:Action", "iam:GetUser"}
		}, "iam:ListUsers *: implicitDeny\n  " + objA + ": implicitDeny\n  " + objB + ": implicitDeny\nmadeup:Action *: implicitDeny\n  " + objA + ": implicitDeny\n  " + objB + ": implicitDeny\n" +
			"iam:GetUser *: implicitDeny\n  " + objA + ": implicitDeny\n  " + objB + ": implicitDeny"},
		{"several actions, one twice", custom(get), func(in *iamshape.SimulateCustomPolicyInput) {
			in.ActionNames = []string{"s3:GetObject", "s3:PutObject", "S3:gEtObJeCt"}
		}, "s3:GetObject *: allowed PolicyInputList.1(IAM)1:38-1:95\ns3:PutObject *: implicitDeny\nS3:gEtObJeCt *: allowed PolicyInputList.1(IAM)1:38-1:95"},
		{"two statements allow", custom(policyOf(statementOf("Allow", "s3:GetObject", "*"), statementOf("Allow", "s3:*", "*"))), nil,
			"s3:GetObject *: allowed PolicyInputList.1(IAM)1:38-1:95 PolicyInputList.1(IAM)1:95-1:145"},
		{"only the denial is named", custom(all, denying("s3:GetObject")), nil, "s3:GetObject *: explicitDeny PolicyInputList.2(IAM)1:38-1:94"},
		{"no policy", custom(), func(in *iamshape.SimulateCustomPolicyInput) { in.PolicyInputList = []string{} }, "s3:GetObject *: implicitDeny"},
		{"names of actions are taken literally", custom(get, allowing("s3:Get*")), func(in *iamshape.SimulateCustomPolicyInput) {
			in.ActionNames = []string{"s3:*", "s3:Get*", "s3:", "madeup:Action"}
		}, "s3:* *: implicitDeny\ns3:Get* *: allowed PolicyInputList.2(IAM)1:38-1:90\ns3: *: implicitDeny\nmadeup:Action *: implicitDeny"},

		{"a missing key", custom(missing("Allow", "*")), on(objA), "s3:GetObject " + objA + ": implicitDeny missing sim:missing\n  " + objA + ": implicitDeny missing sim:missing"},
		{"a missing key of a statement about something else", custom(missing("Allow", objB)), on(objA),
			"s3:GetObject " + objA + ": implicitDeny missing sim:missing\n  " + objA + ": implicitDeny missing sim:missing"},
		{"not where it is allowed", custom(get, missing("Allow", "*")), nil, "s3:GetObject *: allowed PolicyInputList.1(IAM)1:38-1:95"},
		{"nor where it is denied", custom(denying("*"), missing("Allow", "*")), nil, "s3:GetObject *: explicitDeny PolicyInputList.1(IAM)1:38-1:83"},
		{"a Deny that lacks its key", custom(missing("Deny", "*")), nil, "s3:GetObject *: implicitDeny missing sim:missing"},
		{"a key that is given", custom(missing("Allow", "*")), func(in *iamshape.SimulateCustomPolicyInput) {
			in.ContextEntries = []iamshape.ContextEntry{entry("SIM:missing", "string", "no")}
		}, "s3:GetObject *: implicitDeny"},
		{"a missing variable", custom(policyOf(statementOf("Allow", "s3:GetObject", "arn:aws:s3:::sim/${aws:username}"))), on(objA),
			"s3:GetObject " + objA + ": implicitDeny missing aws:username\n  " + objA + ": implicitDeny missing aws:username"},
		{"a key that is known of nobody is missing all the same", custom(policyOf(statementOf("Allow", "s3:GetObject", "*", when(`{"StringEquals":{"aws:userid":""}}`)))), nil,
			"s3:GetObject *: implicitDeny missing aws:userid"},

		{"a boundary that allows", custom(get), bounded(get, objA), "s3:GetObject " + objA + ": allowed PolicyInputList.1(IAM)1:38-1:95 boundary=true\n  " + objA + ": allowed PolicyInputList.1(IAM)1:38-1:95 boundary=true"},
		{"a boundary that doesn't", custom(get), bounded(allowing("s3:PutObject")), "s3:GetObject *: implicitDeny boundary=false"},
		{"a boundary that denies", custom(get), bounded(denying("s3:*")), "s3:GetObject *: explicitDeny PermissionsBoundaryPolicyInputList.1(Permissions Boundary)1:38-1:86 boundary=false"},
		{"a boundary alone allows nothing", custom(), func(in *iamshape.SimulateCustomPolicyInput) {
			in.PolicyInputList, in.PermissionsBoundaryPolicyInputList = []string{}, []string{all}
		}, "s3:GetObject *: implicitDeny boundary=true"},
		{"a key that a boundary misses", custom(get), bounded(missing("Allow", "*")), "s3:GetObject *: implicitDeny missing sim:missing boundary=false"},
		{"a boundary that allows one of two", custom(get), bounded(policyOf(statementOf("Allow", "s3:*", objA)), objA, objB),
			"s3:GetObject " + objects + ": implicitDeny PolicyInputList.1(IAM)1:38-1:95 boundary=false\n  " + objA + ": allowed PolicyInputList.1(IAM)1:38-1:95 boundary=true\n  " + objB + ": implicitDeny boundary=false"},

		{"levels that allow", custom(get), below([]string{all}, []string{all}), "s3:GetObject *: allowed PolicyInputList.1(IAM)1:38-1:95 organizations=true"},
		{"a level that denies", custom(get), below([]string{all}, []string{denying("s3:GetObject")}), "s3:GetObject *: explicitDeny organizations=false"},
		{"a level that doesn't allow", custom(missing("Allow", "*")), below([]string{all}, []string{allowing("s3:PutObject")}), "s3:GetObject *: implicitDeny organizations=false"},
		{"within a level a denial counts", custom(get), below([]string{denying("s3:GetObject"), all}, []string{all}), "s3:GetObject *: explicitDeny organizations=false"},
		{"two policies of a level aren't two levels", custom(denying("*")), below([]string{all, all}, []string{allowing("s3:PutObject")}), "s3:GetObject *: explicitDeny organizations=false"},
		{"levels don't apply to a service-linked role", custom(get), func(in *iamshape.SimulateCustomPolicyInput) {
			below([]string{denying("*")})(in)
			in.CallerArn, in.ActionNames = ptr("arn:aws:iam::"+testAccount+":role/aws-service-role/ec2.amazonaws.com/linked"), []string{"s3:GetObject", "s3:PutObject"}
		}, "s3:GetObject *: allowed PolicyInputList.1(IAM)1:38-1:95 organizations=true\ns3:PutObject *: implicitDeny organizations=true"},
		{"levels that allow what isn't allowed", custom(denying("*")), below([]string{all}), "s3:GetObject *: explicitDeny PolicyInputList.1(IAM)1:38-1:83 organizations=true"},
	})
}

// Positions are those right behind a token: the list's bracket, a statement's
// brace.
func TestSimulatedPositions(t *testing.T) {
	x := newTest(t)
	pretty := "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"s3:GetObject\",\n      \"Resource\": \"*\",\n      \"Sid\": \"First\"\n    },\n" +
		"    {\n      \"Effect\": \"Deny\",\n      \"Action\": \"s3:PutObject\",\n      \"Resource\": \"*\",\n      \"Sid\": \"Second\"\n    }\n  ]\n}"
	both := func(in *iamshape.SimulateCustomPolicyInput) {
		in.ActionNames = []string{"s3:GetObject", "s3:PutObject"}
	}
	runSimulations(t, x, []simulationCase{
		{"indented", custom(pretty), both, "s3:GetObject *: allowed PolicyInputList.1(IAM)3:17-9:6\ns3:PutObject *: explicitDeny PolicyInputList.1(IAM)9:6-15:6"},
		{"CRLF", custom(" \r\n" + strings.ReplaceAll(pretty, "\n", "\r\n") + "\r\n "), nil, "s3:GetObject *: allowed PolicyInputList.1(IAM)4:17-10:6"},
		{"a statement that stands alone", custom(`{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}`), nil, "s3:GetObject *: allowed PolicyInputList.1(IAM)1:16-1:77"},
		{"alone on a line", custom("{\"Statement\":\n\n {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}}"), nil, "s3:GetObject *: allowed PolicyInputList.1(IAM)3:3-3:53"},
		{"columns are characters", custom(`{"Id":"café","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`), nil, "s3:GetObject *: allowed PolicyInputList.1(IAM)1:27-1:73"},
		{"blank lines after the bracket", custom("{\"Statement\":[\n\n\n{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"), nil, "s3:GetObject *: allowed PolicyInputList.1(IAM)1:15-4:47"},
		{"of AWS's example", custom(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}`),
			func(in *iamshape.SimulateCustomPolicyInput) {
				in.ActionNames, in.ContextEntries = []string{"dynamodb:CreateBackup"}, []iamshape.ContextEntry{entry("aws:CurrentTime", "date", "2019-04-25T11:00:00Z")}
			}, "dynamodb:CreateBackup *: allowed PolicyInputList.1(IAM)1:38-1:167"},
	})
}

// The answer on the wire: what is empty, and what isn't there.
func TestSimulationXML(t *testing.T) {
	x := newTest(t)
	in := custom(allowing("s3:GetObject"))
	in.ResourceArns = []string{objA}
	out := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in)
	got, err := wire.AppendXML(nil, iamshape.OpSimulateCustomPolicy, out, "id")
	if err != nil {
		t.Fatal(err)
	}
	statement := `<MatchedStatements><member><EndPosition><Column>95</Column><Line>1</Line></EndPosition><SourcePolicyId>PolicyInputList.1</SourcePolicyId>` +
		`<SourcePolicyType>IAM Policy</SourcePolicyType><StartPosition><Column>38</Column><Line>1</Line></StartPosition></member></MatchedStatements>`
	want := `<SimulateCustomPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulateCustomPolicyResult><EvaluationResults><member>` +
		`<EvalActionName>s3:GetObject</EvalActionName><EvalDecision>allowed</EvalDecision><EvalDecisionDetails></EvalDecisionDetails><EvalResourceName>` + objA + `</EvalResourceName>` +
		statement + `<MissingContextValues></MissingContextValues><ResourceSpecificResults><member><EvalResourceDecision>allowed</EvalResourceDecision>` +
		`<EvalResourceName>` + objA + `</EvalResourceName>` + statement + `</member></ResourceSpecificResults></member></EvaluationResults>` +
		`<IsTruncated>false</IsTruncated></SimulateCustomPolicyResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></SimulateCustomPolicyResponse>`
	if string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func entry(name, kind string, values ...string) iamshape.ContextEntry {
	return iamshape.ContextEntry{ContextKeyName: &name, ContextKeyType: &kind, ContextKeyValues: values}
}

// A user in a group, a group and a role, each with its own policies.
func simulatedEntities(x *tester) {
	x.Helper()
	x.must("CreateUser", &iamshape.CreateUserInput{UserName: "ann", Path: ptr("/sim/"), Tags: tags("team", "red")})
	x.must("CreateGroup", &iamshape.CreateGroupInput{GroupName: "devs", Path: ptr("/sim/")})
	x.must("CreateRole", &iamshape.CreateRoleInput{RoleName: "worker", Path: ptr("/sim/"), Tags: tags("team", "blue"),
		AssumeRolePolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`})
	x.must("AddUserToGroup", &iamshape.AddUserToGroupInput{UserName: "ann", GroupName: "devs"})
	x.must("CreatePolicy", &iamshape.CreatePolicyInput{PolicyName: "managed", Path: ptr("/sim/"), PolicyDocument: allowing("s3:DeleteObject")})
	x.must("CreatePolicy", &iamshape.CreatePolicyInput{PolicyName: "boundary", PolicyDocument: policyOf(statementOf("Allow", "s3:GetObject", "*"), statementOf("Allow", "s3:PutObject", "*"))})
	x.must("PutUserPolicy", &iamshape.PutUserPolicyInput{UserName: "ann", PolicyName: "UserInline", PolicyDocument: policyOf(statementOf("Allow", "s3:GetObject", objA))})
	x.must("PutGroupPolicy", &iamshape.PutGroupPolicyInput{GroupName: "devs", PolicyName: "GroupInline", PolicyDocument: policyOf(statementOf("Allow", "s3:PutObject", objB))})
	x.must("PutRolePolicy", &iamshape.PutRolePolicyInput{RoleName: "worker", PolicyName: "RoleInline", PolicyDocument: allowing("s3:GetObject")})
	x.must("AttachUserPolicy", &iamshape.AttachUserPolicyInput{UserName: "ann", PolicyArn: managedARN})
	x.must("AttachGroupPolicy", &iamshape.AttachGroupPolicyInput{GroupName: "devs", PolicyArn: managedARN})
	x.must("AttachRolePolicy", &iamshape.AttachRolePolicyInput{RoleName: "worker", PolicyArn: managedARN})
}

const (
	managedARN  = "arn:aws:iam::" + testAccount + ":policy/sim/managed"
	boundaryARN = "arn:aws:iam::" + testAccount + ":policy/boundary"
	groupARN    = "arn:aws:iam::" + testAccount + ":group/sim/devs"
	workerARN   = "arn:aws:iam::" + testAccount + ":role/sim/worker"
)

func of(arn string, set ...func(*iamshape.SimulatePrincipalPolicyInput)) *iamshape.SimulatePrincipalPolicyInput {
	in := &iamshape.SimulatePrincipalPolicyInput{PolicySourceArn: arn, ActionNames: []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, ResourceArns: []string{objA}}
	for _, f := range set {
		f(in)
	}
	return in
}

// ofAction asks about one action, on no resource.
func ofAction(action string) func(*iamshape.SimulatePrincipalPolicyInput) {
	return func(in *iamshape.SimulatePrincipalPolicyInput) {
		in.ActionNames, in.ResourceArns = []string{action}, nil
	}
}

func withPolicy(docs ...string) func(*iamshape.SimulatePrincipalPolicyInput) {
	return func(in *iamshape.SimulatePrincipalPolicyInput) { in.PolicyInputList = docs }
}

func withBoundary(doc string) func(*iamshape.SimulatePrincipalPolicyInput) {
	return func(in *iamshape.SimulatePrincipalPolicyInput) { in.PermissionsBoundaryPolicyInputList = []string{doc} }
}

func without(ids ...iamshape.PolicyIdentifier) func(*iamshape.SimulatePrincipalPolicyInput) {
	return func(in *iamshape.SimulatePrincipalPolicyInput) { in.PolicyExclusionList = ids }
}

// brief is shown without the resources.
func brief(out *iamshape.SimulatePrincipalPolicyOutput) string {
	var lines []string
	for _, l := range strings.Split(strings.TrimSpace(shown(out)), "\n") {
		if !strings.HasPrefix(l, " ") {
			lines = append(lines, strings.ReplaceAll(l, objA+": ", ""))
		}
	}
	return strings.Join(lines, " · ")
}

func TestSimulatePrincipalPolicy(t *testing.T) {
	x := newTest(t)
	simulatedEntities(x)
	const (
		ann     = "s3:GetObject allowed user_ann_UserInline(IAM)1:38-1:112 · s3:PutObject implicitDeny · s3:DeleteObject allowed managed(IAM)1:38-1:98"
		onlyAnn = "s3:GetObject allowed user_ann_UserInline(IAM)1:38-1:112 · s3:PutObject implicitDeny · s3:DeleteObject implicitDeny"
	)
	byType := func(t string) func(*iamshape.SimulatePrincipalPolicyInput) {
		return without(iamshape.PolicyIdentifier{PolicyType: &t})
	}
	byARN := func(arn string) func(*iamshape.SimulatePrincipalPolicyInput) {
		return without(iamshape.PolicyIdentifier{PolicyArn: &arn})
	}
	inlineOf := func(kind, owner, name string) func(*iamshape.SimulatePrincipalPolicyInput) {
		return without(iamshape.PolicyIdentifier{InlinePolicyIdentifier: &iamshape.InlinePolicyIdentifierType{AttachmentType: kind, AttachmentName: owner, PolicyName: name}})
	}
	check := func(name string, in *iamshape.SimulatePrincipalPolicyInput, want string) {
		t.Helper()
		if got := brief(do[iamshape.SimulatePrincipalPolicyOutput](x, "SimulatePrincipalPolicy", in)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
	check("a user", of(inA), ann)
	check("its groups are asked", of(inA, func(in *iamshape.SimulatePrincipalPolicyInput) {
		in.ResourceArns, in.ActionNames = []string{objB}, []string{"s3:PutObject"}
	}),
		"s3:PutObject "+objB+": allowed group_devs_GroupInline(IAM)1:38-1:112")
	check("by its name, whatever the path", of("arn:aws:iam::"+testAccount+":user/wrong/ANN"), ann)
	check("a group", of(groupARN), "s3:GetObject implicitDeny · s3:PutObject implicitDeny · s3:DeleteObject allowed managed(IAM)1:38-1:98")
	check("a role", of(workerARN), "s3:GetObject allowed role_worker_RoleInline(IAM)1:38-1:95 · s3:PutObject implicitDeny · s3:DeleteObject allowed managed(IAM)1:38-1:98")
	check("a policy more", of(inA, withPolicy(allowing("s3:PutObject"))), strings.Replace(ann, "PutObject implicitDeny", "PutObject allowed PolicyInputList.1(IAM)1:38-1:95", 1))
	check("a policy more that denies", of(inA, withPolicy(denying("s3:GetObject"))), strings.Replace(ann, "allowed user_ann_UserInline(IAM)1:38-1:112", "explicitDeny PolicyInputList.1(IAM)1:38-1:94", 1))

	for _, c := range []struct {
		name string
		set  func(*iamshape.SimulatePrincipalPolicyInput)
		want string
	}{
		{"inline", byType("inline"), "s3:GetObject implicitDeny · s3:PutObject implicitDeny · s3:DeleteObject allowed managed(IAM)1:38-1:98"},
		{"user-managed", byType("user-managed"), onlyAnn},
		{"aws-managed", byType("aws-managed"), ann},
		{"permission-boundary", byType("permission-boundary"), ann},
		{"scp", byType("scp"), ann},
		{"rcp", byType("rcp"), ann},
		{"an ARN", byARN(managedARN), onlyAnn},
		{"an ARN without the path", byARN("arn:aws:iam::" + testAccount + ":policy/managed"), onlyAnn},
		{"an ARN with another path", byARN("arn:aws:iam::" + testAccount + ":policy/other/managed"), ann},
		{"an ARN of another account", byARN("arn:aws:iam::" + others + ":policy/managed"), ann},
		{"an inline policy", inlineOf("user", "ann", "UserInline"), "s3:GetObject implicitDeny · s3:PutObject implicitDeny · s3:DeleteObject allowed managed(IAM)1:38-1:98"},
		{"of owners by a pattern", inlineOf("user", "a*", "UserInline"), "s3:GetObject implicitDeny · s3:PutObject implicitDeny · s3:DeleteObject allowed managed(IAM)1:38-1:98"},
		{"of one letter", inlineOf("user", "an?", "UserInline"), "s3:GetObject implicitDeny · s3:PutObject implicitDeny · s3:DeleteObject allowed managed(IAM)1:38-1:98"},
		{"of another owner", inlineOf("user", "bob", "UserInline"), ann},
		{"of another kind", inlineOf("group", "ann", "UserInline"), ann},
		{"of another name", inlineOf("user", "ann", "userinline"), ann},
	} {
		check("without "+c.name, of(inA, c.set), c.want)
	}
	check("policies of the request stay", of(inA, byType("inline"), withPolicy(allowing("s3:PutObject"))),
		"s3:GetObject implicitDeny · s3:PutObject allowed PolicyInputList.1(IAM)1:38-1:95 · s3:DeleteObject allowed managed(IAM)1:38-1:98")

	x.must("PutUserPermissionsBoundary", &iamshape.PutUserPermissionsBoundaryInput{UserName: "ann", PermissionsBoundary: boundaryARN})
	const bound = "s3:GetObject allowed user_ann_UserInline(IAM)1:38-1:112 boundary=true · s3:PutObject implicitDeny boundary=true · s3:DeleteObject implicitDeny boundary=false"
	check("its boundary", of(inA), bound)
	check("the boundary of the request instead", of(inA, withBoundary(allowing("s3:DeleteObject"))),
		"s3:GetObject implicitDeny boundary=false · s3:PutObject implicitDeny boundary=false · s3:DeleteObject allowed managed(IAM)1:38-1:98 boundary=true")
	check("without the boundary", of(inA, byType("permission-boundary")), ann)
	check("the boundary's ARN leaves it in force", of(inA, byARN(boundaryARN)), bound)
	check("the boundary of the request isn't left out", of(inA, withBoundary(denying("*")), byType("permission-boundary")),
		"s3:GetObject explicitDeny PermissionsBoundaryPolicyInputList.1(Permissions Boundary)1:38-1:83 boundary=false · "+
			"s3:PutObject explicitDeny PermissionsBoundaryPolicyInputList.1(Permissions Boundary)1:38-1:83 boundary=false · "+
			"s3:DeleteObject explicitDeny PermissionsBoundaryPolicyInputList.1(Permissions Boundary)1:38-1:83 boundary=false")
	x.must("AttachUserPolicy", &iamshape.AttachUserPolicyInput{UserName: "ann", PolicyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"})
	acl := func(in *iamshape.SimulatePrincipalPolicyInput) { in.ActionNames = []string{"s3:GetObjectAcl"} }
	if out := do[iamshape.SimulatePrincipalPolicyOutput](x, "SimulatePrincipalPolicy", of(inA, acl, byType("permission-boundary"))); *out.EvaluationResults[0].MatchedStatements[0].SourcePolicyId != "AmazonS3ReadOnlyAccess" {
		t.Error(shown(out))
	}
	aws := "aws-managed"
	none := "permission-boundary"
	check("without policies of AWS", of(inA, acl, without(iamshape.PolicyIdentifier{PolicyType: &aws}, iamshape.PolicyIdentifier{PolicyType: &none})), "s3:GetObjectAcl implicitDeny")

	// The state of the account counts, as for a real request.
	x.must("CreatePolicyVersion", &iamshape.CreatePolicyVersionInput{PolicyArn: managedARN, PolicyDocument: denying("s3:*"), SetAsDefault: ptr(true)})
	check("the default version", of(workerARN, ofAction("s3:GetObject")), "s3:GetObject *: explicitDeny managed(IAM)1:38-1:86")
}

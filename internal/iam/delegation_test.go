package iam

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/iamtemplate"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

const (
	testChannel  = "arn:aws:sns:us-east-1:" + testAccount + ":topic"
	fileTemplate = "arn:aws:iam::aws:policy-template/x.example/Set"
)

// withPolicyTemplate registers a template of statements.
func withPolicyTemplate(x *tester, statements string) {
	c, err := iamtemplate.Load(fstest.MapFS{"t.json": {Data: []byte(fmt.Sprintf(
		`{"PolicyTemplate":{"PolicyTemplateArn":%q,"RequestorName":"Example","RequestorAccountIds":[%q],"PolicyDocument":{"Version":"2012-10-17","Statement":%s}}}`,
		fileTemplate, testAccount, statements))}})
	if err != nil {
		x.Fatal(err)
	}
	x.svc.Templates = c
}

func parameter(name, kind string, values ...string) iamshape.PolicyParameter {
	return iamshape.PolicyParameter{Name: &name, Type: &kind, Values: values}
}

var workflows int

func asking(template string, parameters ...iamshape.PolicyParameter) *iamshape.CreateDelegationRequestInput {
	workflows++
	return &iamshape.CreateDelegationRequestInput{
		Description: "d", NotificationChannel: testChannel, RequestorWorkflowId: fmt.Sprintf("workflow-%d", workflows), SessionDuration: 300,
		Permissions: &iamshape.DelegationPermission{PolicyTemplateArn: &template, Parameters: parameters},
	}
}

const simpleStatements = `[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::@{bucket}/*"}]`

// asked makes a request with the simple template.
func asked(x *tester) string {
	x.Helper()
	return *do[iamshape.CreateDelegationRequestOutput](x, "CreateDelegationRequest", asking(fileTemplate, parameter("bucket", "string", "b"))).DelegationRequestId
}

func shownRequest(x *tester, id string) *iamshape.DelegationRequest {
	x.Helper()
	return do[iamshape.GetDelegationRequestOutput](x, "GetDelegationRequest", &iamshape.GetDelegationRequestInput{DelegationRequestId: id}).DelegationRequest
}

func TestCreateDelegationRequest(t *testing.T) {
	x := newTest(t)
	withPolicyTemplate(x, `[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::@{buckets}/@{prefix}/*"},{"@Enabled":"WRITING","Effect":"Allow","Action":"s3:PutObject","Resource":"*"},
		{"Effect":"Allow","Action":"iam:CreateRole","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}}]`)
	x.must("CreateUser", &iamshape.CreateUserInput{UserName: "partner"})
	x.asUser("partner")
	in := asking(fileTemplate, parameter("buckets", "stringList", "a", "b"), parameter("prefix", "string", "p"), parameter("WRITING", "string", "False"))
	in.OwnerAccountId, in.OnlySendByOwner, in.RedirectUrl, in.RequestMessage = ptr(testAccount), ptr(true), ptr("https://x.example/back"), ptr("please")
	out := do[iamshape.CreateDelegationRequestOutput](x, "CreateDelegationRequest", in)
	if !strings.HasSuffix(*out.ConsoleDeepLink, "/delegation-requests/"+*out.DelegationRequestId) {
		t.Error(*out.ConsoleDeepLink)
	}
	d := shownRequest(x, *out.DelegationRequestId)
	want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::a/p/*","arn:aws:s3:::b/p/*"]},` +
		`{"Effect":"Allow","Action":"iam:CreateRole","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}}]}`
	if *d.PermissionPolicy != want {
		t.Errorf("got  %s\nwant %s", *d.PermissionPolicy, want)
	}
	if *d.State != "UNASSIGNED" || *d.RequestorId != testAccount || *d.RequestorName != "Example" || *d.OwnerAccountId != testAccount || d.OwnerId != nil ||
		!*d.OnlySendByOwner || *d.RedirectUrl != "https://x.example/back" || *d.RequestMessage != "please" || *d.SessionDuration != 300 ||
		!d.ExpirationTime.Equal(x.now.Add(24*time.Hour)) || len(d.Permissions.Parameters) != 3 || len(d.RolePermissionRestrictionArns) != 1 {
		t.Errorf("%+v", d)
	}
	again := asking(fileTemplate, in.Permissions.Parameters...)
	again.RequestorWorkflowId = in.RequestorWorkflowId
	x.fails("CreateDelegationRequest", again, "EntityAlreadyExists", "A delegation request with the workflow id "+in.RequestorWorkflowId+" already exists.")
}

func TestCreateDelegationRequestRefuses(t *testing.T) {
	x := newTest(t)
	invalid := func(in *iamshape.CreateDelegationRequestInput, message string) {
		t.Helper()
		x.fails("CreateDelegationRequest", in, "InvalidInput", message)
	}
	withPolicyTemplate(x, simpleStatements)
	ok := parameter("bucket", "string", "b")
	for _, channel := range []string{"arn:aws:sns:us-east-1:999999999999:topic", "arn:aws:sqs:us-east-1:" + testAccount + ":q", "arn:aws:sns::" + testAccount + ":t", "topic"} {
		in := asking(fileTemplate, ok)
		in.NotificationChannel = channel
		invalid(in, "The notification channel must be the ARN of an SNS topic of the requestor's account.")
	}
	invalid(asking("arn:aws:iam::aws:policy/NoSuchPolicy"), "The policy template arn:aws:iam::aws:policy/NoSuchPolicy does not exist.")
	invalid(asking(fileTemplate), "Failed to render template: Parameter 'bucket' not found.")
	invalid(asking(fileTemplate, ok, ok), "The policy parameter bucket is there twice.")
	invalid(asking(fileTemplate, ok, parameter("other", "string", "b")), "The policy template has no parameter other.")
	invalid(asking(fileTemplate, parameter("bucket", "string", "a", "b")), "The policy parameter bucket must have exactly one value, got 2.")
	invalid(asking(fileTemplate, parameter("bucket", "stringList")), "The policy parameter bucket has no values.")
	invalid(asking(fileTemplate, iamshape.PolicyParameter{Name: ptr("bucket")}), "A policy parameter must have a name and a type.")
	for statements, message := range map[string]string{
		`[{"@Enabled":"bucket","Effect":"Allow","Action":"*","Resource":"*"}]`: "The policy template with these parameters delegates nothing.",
		`[{"Effect":"@{bucket}","Action":"*","Resource":"*"}]`:                 "The permission policy is malformed: Syntax errors in policy.",
	} {
		withPolicyTemplate(x, statements)
		invalid(asking(fileTemplate, ok), message)
	}
	for _, statement := range []string{
		`"Action":"iam:CreateRole"`, `"Action":"iam:Create*"`, `"Action":"*"`, `"Action":"IAM:createrol?"`, `"NotAction":"s3:*"`, `"Action":"iam:PutRolePermissionsBoundary"`,
		`"Action":"iam:CreateRole","Condition":{"StringNotEquals":{"iam:PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}`,
		`"Action":"iam:CreateRole","Condition":{"StringEqualsIfExists":{"iam:PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}`,
		`"Action":"iam:CreateRole","Condition":{"ForAllValues:StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}`,
		`"Action":"iam:CreateRole","Condition":{"StringLike":{"iam:PermissionsBoundary":"*"}}`,
		`"Action":"iam:CreateRole","Condition":{"StringEquals":{"aws:username":"x"}}`,
	} {
		withPolicyTemplate(x, `[{"Effect":"Allow",`+statement+`,"Resource":"*"}]`)
		invalid(asking(fileTemplate), "A policy that allows iam:CreateRole must require a permissions boundary by the condition iam:PermissionsBoundary.")
	}
	// A condition on the boundary that a role has doesn't keep its holder from
	// taking it away.
	const bounded = `"Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}}`
	for _, statements := range []string{
		`{"Effect":"Allow","Action":"iam:DeleteRolePermissionsBoundary","Resource":"*"}`,
		`{"Effect":"Allow","Action":"iam:*",` + bounded,
		`{"Effect":"Allow","NotAction":"s3:*",` + bounded,
		`{"Effect":"Allow","Action":"iam:*",` + bounded + `,{"Effect":"Deny","Action":"iam:DeleteRolePermissionsBoundary","Resource":"arn:aws:iam::*:role/x"}`,
		`{"Effect":"Allow","Action":"iam:*",` + bounded + `,{"Effect":"Deny","Action":"iam:DeleteRolePermissionsBoundary",` + bounded,
		`{"Effect":"Allow","Action":"iam:*",` + bounded + `,{"Effect":"Deny","NotAction":"iam:Delete*","Resource":"*"}`,
	} {
		withPolicyTemplate(x, "["+statements+"]")
		invalid(asking(fileTemplate), "A policy cannot allow iam:DeleteRolePermissionsBoundary.")
	}
	for _, deny := range []string{`"Action":"iam:Delete*"`, `"NotAction":"s3:*"`} {
		withPolicyTemplate(x, `[{"Effect":"Allow","Action":"iam:*",`+bounded+`,{"Effect":"Deny",`+deny+`,"Resource":"*"}]`)
		x.must("CreateDelegationRequest", asking(fileTemplate))
	}
	withPolicyTemplate(x, `[{"Effect":"Deny","Action":"iam:CreateRole","Resource":"*"},{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]`)
	x.must("CreateDelegationRequest", asking(fileTemplate))
}

// The policy with its parameters has at most 2,048 characters.
func TestDelegatedPolicySize(t *testing.T) {
	x := newTest(t)
	withPolicyTemplate(x, simpleStatements)
	room := 2048 - len(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::/*"}]}`)
	x.must("CreateDelegationRequest", asking(fileTemplate, parameter("bucket", "string", strings.Repeat("b", room))))
	x.fails("CreateDelegationRequest", asking(fileTemplate, parameter("bucket", "string", strings.Repeat("b", room+1))),
		"InvalidInput", "The permission policy has 2049 characters, more than 2048.")
}

// A managed policy is a template too: of AWS, or of the account as it is now.
func TestManagedPolicyTemplates(t *testing.T) {
	x := newTest(t)
	id := *do[iamshape.CreateDelegationRequestOutput](x, "CreateDelegationRequest", asking("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")).DelegationRequestId
	if d := shownRequest(x, id); !strings.Contains(*d.PermissionPolicy, "s3:Get*") || d.RequestorName != nil {
		t.Errorf("%+v", d)
	}
	x.must("CreateAccountAlias", &iamshape.CreateAccountAliasInput{AccountAlias: "example"})
	arn := *do[iamshape.CreatePolicyOutput](x, "CreatePolicy", &iamshape.CreatePolicyInput{PolicyName: "T", PolicyDocument: `{"Version":"2012-10-17","Statement":` + simpleStatements + `}`}).Policy.Arn
	id = *do[iamshape.CreateDelegationRequestOutput](x, "CreateDelegationRequest", asking(arn, parameter("bucket", "string", "mine"))).DelegationRequestId
	if d := shownRequest(x, id); !strings.Contains(*d.PermissionPolicy, "arn:aws:s3:::mine/*") || *d.RequestorName != "example" {
		t.Errorf("%+v", d)
	}
	x.must("DeletePolicy", &iamshape.DeletePolicyInput{PolicyArn: arn})
	x.fails("CreateDelegationRequest", asking(arn), "InvalidInput", "The policy template "+arn+" does not exist.")
	if d := shownRequest(x, id); !strings.Contains(*d.PermissionPolicy, "arn:aws:s3:::mine/*") {
		t.Errorf("a request changes with its template: %+v", d)
	}
}

func TestDelegationStates(t *testing.T) {
	x := newTest(t)
	withPolicyTemplate(x, simpleStatements)
	x.must("CreateUser", &iamshape.CreateUserInput{UserName: "owner"})
	x.asUser("owner")
	states := []string{"UNASSIGNED", "ASSIGNED", "PENDING_APPROVAL", "ACCEPTED", "FINALIZED", "REJECTED", "EXPIRED"}
	input := map[string]func(id string) any{
		"Associate": func(id string) any { return &iamshape.AssociateDelegationRequestInput{DelegationRequestId: id} },
		"Update": func(id string) any {
			return &iamshape.UpdateDelegationRequestInput{DelegationRequestId: id, Notes: ptr("note")}
		},
		"Accept": func(id string) any { return &iamshape.AcceptDelegationRequestInput{DelegationRequestId: id} },
		"Reject": func(id string) any {
			return &iamshape.RejectDelegationRequestInput{DelegationRequestId: id, Notes: ptr("because")}
		},
	}
	send := func(id string) any { return &iamshape.SendDelegationTokenInput{DelegationRequestId: id} }
	run := func(id, action string) error {
		var err error
		if action == "Send" {
			if _, e := x.call("SendDelegationToken", send(id)); e != nil {
				err = e
			}
		} else if _, e := x.call(action+"DelegationRequest", input[action](id)); e != nil {
			err = e
		}
		return err
	}
	reach := map[string]string{
		"UNASSIGNED": "", "ASSIGNED": "Associate", "PENDING_APPROVAL": "Associate Update", "ACCEPTED": "Associate Accept",
		"FINALIZED": "Associate Accept Send", "REJECTED": "Associate Reject", "EXPIRED": "",
	}
	to := map[string]map[string]string{
		"Associate": {"UNASSIGNED": "ASSIGNED", "ASSIGNED": "ASSIGNED"},
		"Update":    {"ASSIGNED": "PENDING_APPROVAL", "PENDING_APPROVAL": "PENDING_APPROVAL"},
		"Accept":    {"ASSIGNED": "ACCEPTED", "PENDING_APPROVAL": "ACCEPTED"},
		"Reject":    {"ASSIGNED": "REJECTED", "PENDING_APPROVAL": "REJECTED", "ACCEPTED": "REJECTED"},
		"Send":      {"ACCEPTED": "FINALIZED"},
	}
	start := x.now
	for _, from := range states {
		for action, want := range to {
			x.now = start
			id := asked(x)
			for _, step := range strings.Fields(reach[from]) {
				if err := run(id, step); err != nil {
					t.Fatalf("%s to %s: %v", step, from, err)
				}
			}
			if from == "EXPIRED" {
				x.now = start.Add(24 * time.Hour)
			}
			err := run(id, action)
			d := shownRequest(x, id)
			if want[from] == "" && err == nil || want[from] != "" && (err != nil || *d.State != want[from]) || want[from] == "" && *d.State != from {
				t.Errorf("%s in %s: %v, now %s", action, from, err, *d.State)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "InvalidInput: The delegation request ") {
				t.Error(err)
			}
		}
	}
}

func TestDelegationLife(t *testing.T) {
	x := newTest(t)
	withPolicyTemplate(x, simpleStatements)
	id := asked(x)
	x.now = x.now.Add(24*time.Hour - time.Second)
	x.must("AssociateDelegationRequest", &iamshape.AssociateDelegationRequestInput{DelegationRequestId: id})
	expiry := x.now.Add(7 * 24 * time.Hour)
	x.now = expiry.Add(-time.Second)
	if d := shownRequest(x, id); *d.State != "ASSIGNED" || !d.ExpirationTime.Equal(expiry) {
		t.Errorf("%+v", d)
	}
	x.now = expiry
	if d := shownRequest(x, id); *d.State != "EXPIRED" {
		t.Errorf("%+v", d)
	}
	x.now = expiry.Add(account.DelegationRetention - time.Second)
	shownRequest(x, id)
	x.now = expiry.Add(account.DelegationRetention)
	x.fails("GetDelegationRequest", &iamshape.GetDelegationRequestInput{DelegationRequestId: id}, "NoSuchEntity", "The delegation request with id "+id+" cannot be found.")
	if x.view.DelegationRequest(id) == nil {
		t.Error("a read has deleted it")
	}
	asked(x)
	if x.view.DelegationRequest(id) != nil || len(claims(x)) != 1 || !claims(x)[0].Drop {
		t.Errorf("it is kept for ever; %v", claims(x))
	}
}

func TestDelegationLimit(t *testing.T) {
	x := newTest(t)
	withPolicyTemplate(x, simpleStatements)
	for range account.MaxDelegations {
		asked(x)
	}
	x.fails("CreateDelegationRequest", asking(fileTemplate, parameter("bucket", "string", "b")), "LimitExceeded", "Cannot exceed quota for DelegationRequestsPerAccount: 100")
	x.now = x.now.Add(24 * time.Hour)
	asked(x)
}

// Requests of other accounts count too, until they expire.
func TestOwnedDelegationLimit(t *testing.T) {
	x := newTest(t)
	withPolicyTemplate(x, simpleStatements)
	id := asked(x)
	x.must("CreateUser", &iamshape.CreateUserInput{UserName: "owner"})
	x.asUser("owner")
	tx := x.view.Begin()
	for i := range account.MaxDelegations {
		d := x.view.DelegationRequest(id).Clone()
		d.ID, d.Requestor, d.State = fmt.Sprintf("dr-%d", i), "999999999999", account.DelegationAssigned
		d.OwnerAccount, d.Owner, d.OwnerID, d.Expires = testAccount, x.caller.Principal.ARN, x.caller.UserID(), x.now.Add(time.Hour)
		tx.PutDelegationRequest(d)
	}
	x.commit(tx)
	in := &iamshape.AssociateDelegationRequestInput{DelegationRequestId: id}
	x.fails("AssociateDelegationRequest", in, "InvalidInput", "Cannot exceed quota for OwnedDelegationRequestsPerAccount: 100")
	x.now = x.now.Add(time.Hour)
	x.must("AssociateDelegationRequest", in)
}

func TestDelegationOwners(t *testing.T) {
	x := newTest(t)
	withPolicyTemplate(x, simpleStatements)
	for _, u := range []string{"owner", "other"} {
		x.must("CreateUser", &iamshape.CreateUserInput{UserName: u})
	}
	in := asking(fileTemplate, parameter("bucket", "string", "b"))
	in.OnlySendByOwner = ptr(true)
	id := *do[iamshape.CreateDelegationRequestOutput](x, "CreateDelegationRequest", in).DelegationRequestId
	get := &iamshape.GetDelegationRequestInput{DelegationRequestId: id}
	if tg := x.target("GetDelegationRequest", get); tg.Resource != "arn:aws:iam::"+testAccount+":delegation-request/"+id || !tg.Granted || tg.Keys[keyDelegationOwner] != nil {
		t.Errorf("%+v", tg)
	}
	x.asUser("owner")
	x.must("AssociateDelegationRequest", &iamshape.AssociateDelegationRequestInput{DelegationRequestId: id})
	grants := func() (got string) {
		for name, in := range map[string]any{
			"AssociateDelegationRequest": &iamshape.AssociateDelegationRequestInput{DelegationRequestId: id}, "GetDelegationRequest": get,
			"UpdateDelegationRequest": &iamshape.UpdateDelegationRequestInput{DelegationRequestId: id}, "AcceptDelegationRequest": &iamshape.AcceptDelegationRequestInput{DelegationRequestId: id},
			"RejectDelegationRequest": &iamshape.RejectDelegationRequestInput{DelegationRequestId: id}, "SendDelegationToken": &iamshape.SendDelegationTokenInput{DelegationRequestId: id},
			"GetHumanReadableSummary": &iamshape.GetHumanReadableSummaryInput{EntityArn: account.DelegationARN(testAccount, id)},
			"ListDelegationRequests":  &iamshape.ListDelegationRequestsInput{OwnerId: ptr("arn:aws:iam::" + testAccount + ":user/owner")},
		} {
			tg := x.target(name, in)
			if tg.Granted {
				got += "+"
			}
			if tg.Keys[keyDelegationOwner][0] != "arn:aws:iam::"+testAccount+":user/owner" {
				t.Errorf("%s: %+v", name, tg)
			}
		}
		return got
	}
	if got := grants(); got != "+++++++" {
		t.Errorf("the owner has %s", got)
	}
	x.asUser("other")
	if got := grants(); got != "" {
		t.Errorf("another has %s", got)
	}
	x.fails("AssociateDelegationRequest", &iamshape.AssociateDelegationRequestInput{DelegationRequestId: id}, "InvalidInput", "The delegation request is associated with another identity.")
	x.must("AcceptDelegationRequest", &iamshape.AcceptDelegationRequestInput{DelegationRequestId: id})
	x.fails("SendDelegationToken", &iamshape.SendDelegationTokenInput{DelegationRequestId: id}, "InvalidInput", "The token of this delegation request can be sent by its owner alone.")
	x.asUser("owner")
	x.must("SendDelegationToken", &iamshape.SendDelegationTokenInput{DelegationRequestId: id})
	// A new user of the name has nothing of the former one's.
	x.must("DeleteUser", &iamshape.DeleteUserInput{UserName: "owner"})
	x.must("CreateUser", &iamshape.CreateUserInput{UserName: "owner"})
	x.asUser("owner")
	if got := grants(); got != "+" { // to list those of its name, of which it sees none
		t.Errorf("a namesake has %s", got)
	}
}

func TestListDelegationRequests(t *testing.T) {
	x := newTest(t)
	withPolicyTemplate(x, simpleStatements)
	for _, u := range []string{"a", "b"} {
		x.must("CreateUser", &iamshape.CreateUserInput{UserName: u})
		x.asUser(u)
		for range 3 {
			x.must("AssociateDelegationRequest", &iamshape.AssociateDelegationRequestInput{DelegationRequestId: asked(x)})
		}
	}
	asked(x) // nobody's
	for owner, want := range map[string]int{"": 6, "a": 3, "b": 3} {
		in := &iamshape.ListDelegationRequestsInput{MaxItems: ptr[int32](2)}
		if owner != "" {
			in.OwnerId = ptr("arn:aws:iam::" + testAccount + ":user/" + owner)
		}
		seen := map[string]bool{}
		for {
			out := do[iamshape.ListDelegationRequestsOutput](x, "ListDelegationRequests", in)
			for _, d := range out.DelegationRequests {
				seen[*d.DelegationRequestId] = true
				if owner != "" && *d.OwnerId != *in.OwnerId {
					t.Errorf("%s among those of %s", *d.OwnerId, owner)
				}
			}
			if in.Marker = out.Marker; !*out.IsTruncated {
				break
			}
		}
		if len(seen) != want {
			t.Errorf("%q: %d, want %d", owner, len(seen), want)
		}
	}
	x.fails("ListDelegationRequests", &iamshape.ListDelegationRequestsInput{OwnerId: ptr("arn:aws:iam::" + testAccount + ":user/c")}, "NoSuchEntity", "The principal arn:aws:iam::"+testAccount+":user/c cannot be found.")
	x.fails("ListDelegationRequests", &iamshape.ListDelegationRequestsInput{OwnerId: ptr("arn:aws:iam::999999999999:user/a")}, "InvalidInput", "ARN arn:aws:iam::999999999999:user/a is not valid.")
}

func TestNewDelegationTarget(t *testing.T) {
	x := newTest(t)
	in := asking(fileTemplate)
	tg := x.target("CreateDelegationRequest", in)
	if tg.Resource != "arn:aws:iam::"+testAccount+":delegation-request/*" || tg.Keys[keyDelegationDuration][0] != "300" ||
		tg.Keys[keyNotificationChannel][0] != testChannel || tg.Keys[keyTemplate][0] != fileTemplate {
		t.Errorf("%+v", tg)
	}
}

func TestDelegationIDs(t *testing.T) {
	x := newTest(t)
	id := newDelegationID(x.random, testAccount)
	if acct, ok := delegationHome(id); !ok || acct != testAccount || len(id) != 44 {
		t.Errorf("%s: %s", id, acct)
	}
	for _, bad := range []string{"", "dr-", id[3:], id[:43], id + "0", "dr-0000000000000000-" + id[20:], "dr-" + strings.ToLower(id[3:])} {
		if _, ok := delegationHome(bad); ok {
			t.Errorf("%s carries an account", bad)
		}
		if len(bad) >= 16 {
			x.fails("GetDelegationRequest", &iamshape.GetDelegationRequestInput{DelegationRequestId: bad}, "NoSuchEntity", "The delegation request with id "+bad+" cannot be found.")
		}
	}
}

func TestDelegationPermissionCheck(t *testing.T) {
	x := newTest(t)
	check := func(id string) string {
		t.Helper()
		out := do[iamshape.GetDelegationRequestOutput](x, "GetDelegationRequest", &iamshape.GetDelegationRequestInput{DelegationRequestId: id, DelegationPermissionCheck: ptr(true)})
		if *out.PermissionCheckStatus != "COMPLETE" {
			t.Error(*out.PermissionCheckStatus)
		}
		return *out.PermissionCheckResult
	}
	x.must("CreateUser", &iamshape.CreateUserInput{UserName: "u"})
	ids := map[string]string{}
	for name, statements := range map[string]string{
		"get":    `[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},{"Effect":"Deny","Action":"*","Resource":"*"}]`,
		"many":   `[{"Effect":"Allow","Action":"*","Resource":["arn:aws:s3:::b/*"],"Condition":{"StringEquals":{"iam:PermissionsBoundary":"x"}}},{"Effect":"Deny","Action":"iam:Delete*","Resource":"*"}]`,
		"not":    `[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]`,
		"nobody": `[{"Effect":"Allow","Action":"s3:NoSuchAction","Resource":"*"}]`,
	} {
		withPolicyTemplate(x, statements)
		ids[name] = *do[iamshape.CreateDelegationRequestOutput](x, "CreateDelegationRequest", asking(fileTemplate)).DelegationRequestId
	}
	for name, id := range ids {
		if got := check(id); got != "ALLOWED" {
			t.Errorf("root, %s: %s", name, got)
		}
	}
	x.asUser("u")
	for _, c := range []struct{ request, statements, want string }{
		{"get", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, "ALLOWED"},
		{"get", `{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b*"}`, "ALLOWED"},
		{"get", `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`, "DENIED"},
		{"get", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/docs/*"}`, "UNSURE"},
		{"get", `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceIp":"1.2.3.4"}}}`, "UNSURE"},
		{"get", `{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"*"}`, "DENIED"},
		{"get", `{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:username":"x"}}}`, "UNSURE"},
		{"many", `{"Effect":"Allow","Action":"*","Resource":"*"}`, "UNSURE"},
		{"not", `{"Effect":"Allow","Action":"*","Resource":"*"}`, "UNSURE"},
		{"nobody", `{"Effect":"Allow","Action":"*","Resource":"*"}`, "UNSURE"},
	} {
		x.must("PutUserPolicy", &iamshape.PutUserPolicyInput{UserName: "u", PolicyName: "p", PolicyDocument: `{"Version":"2012-10-17","Statement":[` + c.statements + `]}`})
		x.asUser("u")
		x.caller.View = x.view
		if got := check(ids[c.request]); got != c.want {
			t.Errorf("%s with %s: %s, want %s", c.request, c.statements, got, c.want)
		}
	}
}

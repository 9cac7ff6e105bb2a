package iam

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/shape/iamshape"
)

func newCredential(x *tester, user, service string, days *int32) *iamshape.ServiceSpecificCredential {
	x.Helper()
	return do[iamshape.CreateServiceSpecificCredentialOutput](x, "CreateServiceSpecificCredential",
		&iamshape.CreateServiceSpecificCredentialInput{UserName: user, ServiceName: service, CredentialAgeDays: days}).ServiceSpecificCredential
}

func TestServiceCredentialsShow(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	for service, prefix := range map[string]string{
		"codecommit.amazonaws.com": "", "cassandra.amazonaws.com": "", "bedrock.amazonaws.com": "ABSK", "logs.amazonaws.com": "ACWL",
		"cloudwatch.amazonaws.com": "APIAACWM", "aws-external-anthropic.amazonaws.com": "AEAA",
	} {
		for i, login := range []string{"Alice-at-123456789012", "Alice+1-at-123456789012"} {
			days := []*int32{nil, ptr(int32(2))}[i]
			k := newCredential(x, "alice", strings.ToUpper(service), days)
			if id := *k.ServiceSpecificCredentialId; !strings.HasPrefix(id, "ACCA") || len(id) != 21 {
				t.Errorf("%s: id %s", service, id)
			}
			want := &iamshape.ServiceSpecificCredential{
				CreateDate: ptr(x.now), ServiceName: &service, ServiceSpecificCredentialId: k.ServiceSpecificCredentialId, UserName: ptr("Alice"), Status: ptr("Active"),
			}
			if days != nil {
				want.ExpirationDate = ptr(x.now.Add(48 * time.Hour))
			}
			var password string
			if prefix == "" {
				password = *k.ServicePassword
				want.ServiceUserName, want.ServicePassword = &login, k.ServicePassword
			} else {
				want.ServiceCredentialAlias, want.ServiceCredentialSecret = &login, k.ServiceCredentialSecret
				inner, ok := strings.CutPrefix(*k.ServiceCredentialSecret, prefix)
				plain, err := base64.StdEncoding.DecodeString(inner)
				if err != nil || !ok {
					t.Fatalf("%s: %s: %v", service, *k.ServiceCredentialSecret, err)
				}
				if password, ok = strings.CutPrefix(string(plain), login+":"); !ok {
					t.Errorf("%s: the key holds %s", service, plain)
				}
			}
			same(t, service, k, want)
			if len(password) != 60 {
				t.Errorf("%s: a password of %d characters", service, len(password))
			}
			kept := x.view.User("Alice").ServiceCredentials
			opened, err := x.svc.Secrets.Open(serviceCredentialLabel(testAccount, *k.ServiceSpecificCredentialId), kept[len(kept)-1].Secret)
			if err != nil || string(opened) != password {
				t.Errorf("%s: what is kept opens as another: %v", service, err)
			}
			for key, data := range x.records {
				if bytes.Contains(data, []byte(password)) {
					t.Errorf("record %s holds the password", key)
				}
			}
		}
		x.fails("CreateServiceSpecificCredential", &iamshape.CreateServiceSpecificCredentialInput{UserName: "Alice", ServiceName: service},
			"LimitExceeded", "Cannot exceed quota for ContextSpecificCredentialsPerUserPerContext: 2")
	}
}

func TestServiceCredentialRefuses(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	newUser(x, "/", "Bob")
	create := func(user, service string) *iamshape.CreateServiceSpecificCredentialInput {
		return &iamshape.CreateServiceSpecificCredentialInput{UserName: user, ServiceName: service}
	}
	x.fails("CreateServiceSpecificCredential", create("none", "sqs.amazonaws.com"), "NoSuchEntity", "The user with name none cannot be found.")
	x.fails("CreateServiceSpecificCredential", create("Alice", "SQS.amazonaws.com"), "NoSuchEntity", "No such service SQS.amazonaws.com is supported for Service Specific Credentials")
	x.fails("CreateServiceSpecificCredential", create("Alice", " codecommit.amazonaws.com"), "ValidationError", "ServiceName must match [a-zA-Z0-9.-]*")
	x.fails("CreateServiceSpecificCredential", &iamshape.CreateServiceSpecificCredentialInput{UserName: "Alice", ServiceName: "bedrock.amazonaws.com", CredentialAgeDays: ptr(int32(36601))},
		"ValidationError", "1 validation error detected: Value at 'credentialAgeDays' failed to satisfy constraint: Member must have value less than or equal to 36600")
	k := newCredential(x, "Alice", "codecommit.amazonaws.com", nil)
	id, unknown := *k.ServiceSpecificCredentialId, "ACCAXXXXXXXXXXXXXXXX"
	for _, c := range []struct {
		user             *string
		id, code, answer string
	}{
		{ptr("Alice"), unknown, "NoSuchEntity", "No such credential " + unknown + " exists"},
		{ptr("bob"), id, "ValidationError", "User bob does not have a service specific credential with id " + id},
		{ptr("none"), id, "NoSuchEntity", "The user with name none cannot be found."},
		{nil, id, "ValidationError", "Must specify userName when calling with non-User credentials"}, // root has none
	} {
		x.fails("UpdateServiceSpecificCredential", &iamshape.UpdateServiceSpecificCredentialInput{UserName: c.user, ServiceSpecificCredentialId: c.id, Status: "Active"}, c.code, c.answer)
		x.fails("ResetServiceSpecificCredential", &iamshape.ResetServiceSpecificCredentialInput{UserName: c.user, ServiceSpecificCredentialId: c.id}, c.code, c.answer)
		x.fails("DeleteServiceSpecificCredential", &iamshape.DeleteServiceSpecificCredentialInput{UserName: c.user, ServiceSpecificCredentialId: c.id}, c.code, c.answer)
	}
	x.fails("UpdateServiceSpecificCredential", &iamshape.UpdateServiceSpecificCredentialInput{UserName: ptr("Alice"), ServiceSpecificCredentialId: id, Status: "Expired"},
		"InvalidInput", "Operation does not support status Expired")
	list := func(in *iamshape.ListServiceSpecificCredentialsInput) any { return in }
	x.fails("ListServiceSpecificCredentials", list(&iamshape.ListServiceSpecificCredentialsInput{AllUsers: ptr(true), UserName: ptr("Alice")}),
		"InvalidInput", "Cannot list credentials for all users if a username is given")
	x.fails("ListServiceSpecificCredentials", list(&iamshape.ListServiceSpecificCredentialsInput{UserName: ptr("Alice"), ServiceName: ptr("codecommit.amazonaws.com.cn")}),
		"NoSuchEntity", "No such service codecommit.amazonaws.com.cn is supported for Service Specific Credentials")
	x.fails("ListServiceSpecificCredentials", list(&iamshape.ListServiceSpecificCredentialsInput{UserName: ptr("none")}), "NoSuchEntity", "The user with name none cannot be found.")
	x.fails("ListServiceSpecificCredentials", list(&iamshape.ListServiceSpecificCredentialsInput{}), "ValidationError", "Must specify userName when calling with non-User credentials")
}

func TestServiceCredentialLives(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	k := newCredential(x, "Alice", "bedrock.amazonaws.com", ptr(int32(1)))
	status := func() string {
		t.Helper()
		out := do[iamshape.ListServiceSpecificCredentialsOutput](x, "ListServiceSpecificCredentials", &iamshape.ListServiceSpecificCredentialsInput{UserName: ptr("Alice")})
		return *out.ServiceSpecificCredentials[0].Status
	}
	set := func(to string) {
		t.Helper()
		x.must("UpdateServiceSpecificCredential", &iamshape.UpdateServiceSpecificCredentialInput{UserName: ptr("ALICE"), ServiceSpecificCredentialId: *k.ServiceSpecificCredentialId, Status: to})
	}
	reset := func() *iamshape.ServiceSpecificCredential {
		t.Helper()
		return do[iamshape.ResetServiceSpecificCredentialOutput](x, "ResetServiceSpecificCredential",
			&iamshape.ResetServiceSpecificCredentialInput{UserName: ptr("alice"), ServiceSpecificCredentialId: *k.ServiceSpecificCredentialId}).ServiceSpecificCredential
	}
	set("Inactive")
	if s := status(); s != "Inactive" {
		t.Errorf("status %s", s)
	}
	x.now = x.now.Add(time.Hour)
	again := reset()
	if *again.ServiceCredentialSecret == *k.ServiceCredentialSecret {
		t.Error("the secret is the old one")
	}
	want := *k
	want.Status, want.ServiceCredentialSecret = ptr("Inactive"), again.ServiceCredentialSecret
	same(t, "reset", again, &want)
	set("Active")
	x.now = k.ExpirationDate.Add(-time.Second)
	if s := status(); s != "Active" {
		t.Errorf("status %s in the last second", s)
	}
	x.now = *k.ExpirationDate
	if s := status(); s != "Expired" {
		t.Errorf("status %s when it is over", s)
	}
	set("Active")
	if s := status(); s != "Expired" {
		t.Errorf("an expired credential became %s", s)
	}
	late := reset()
	if *late.Status != "Expired" || !late.ExpirationDate.Equal(*k.ExpirationDate) {
		t.Errorf("reset when over: %s until %s", *late.Status, late.ExpirationDate)
	}
	x.must("DeleteServiceSpecificCredential", &iamshape.DeleteServiceSpecificCredentialInput{UserName: ptr("alice"), ServiceSpecificCredentialId: *k.ServiceSpecificCredentialId})
	if n := len(x.view.User("Alice").ServiceCredentials); n != 0 {
		t.Errorf("%d are left", n)
	}
}

// A credential keeps its name when its user is renamed, so that a new user of
// the old name has to take another.
func TestServiceCredentialNamesStay(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	newCredential(x, "Alice", "codecommit.amazonaws.com", nil)
	x.must("UpdateUser", &iamshape.UpdateUserInput{UserName: "Alice", NewUserName: ptr("Carol")})
	got := do[iamshape.ListServiceSpecificCredentialsOutput](x, "ListServiceSpecificCredentials", &iamshape.ListServiceSpecificCredentialsInput{UserName: ptr("Carol")}).ServiceSpecificCredentials[0]
	if *got.UserName != "Carol" || *got.ServiceUserName != "Alice-at-123456789012" {
		t.Errorf("%s of %s", *got.ServiceUserName, *got.UserName)
	}
	newUser(x, "/", "ALICE")
	if name := *newCredential(x, "alice", "codecommit.amazonaws.com", nil).ServiceUserName; name != "ALICE+1-at-123456789012" {
		t.Errorf("the new user's is %s", name)
	}
	if name := *newCredential(x, "alice", "cassandra.amazonaws.com", nil).ServiceUserName; name != "ALICE-at-123456789012" {
		t.Errorf("for another service it is %s", name)
	}
}

func TestServiceCredentialLists(t *testing.T) {
	x := newTest(t)
	of := map[string][]string{} // oldest first, but the users aren't
	for _, user := range []string{"bob2", "b+", "Bob"} {
		newUser(x, "/", user)
		for _, service := range []string{"logs.amazonaws.com", "codecommit.amazonaws.com"} {
			of[user] = append(of[user], *newCredential(x, user, service, nil).ServiceSpecificCredentialId)
			x.now = x.now.Add(time.Second)
		}
	}
	ofBob := of["Bob"]
	want := slices.Concat(of["b+"], ofBob, of["bob2"])
	codecommit := []string{want[1], want[3], want[5]}
	listed := func(in iamshape.ListServiceSpecificCredentialsInput) (ids []string) {
		t.Helper()
		in.MaxItems = ptr(int32(1))
		for {
			out := do[iamshape.ListServiceSpecificCredentialsOutput](x, "ListServiceSpecificCredentials", &in)
			for _, k := range out.ServiceSpecificCredentials {
				ids = append(ids, *k.ServiceSpecificCredentialId)
			}
			if in.Marker = out.Marker; in.Marker == nil {
				return ids
			}
		}
	}
	for name, c := range map[string]struct {
		in   iamshape.ListServiceSpecificCredentialsInput
		want []string
	}{
		"all":             {iamshape.ListServiceSpecificCredentialsInput{AllUsers: ptr(true)}, want},
		"all of one":      {iamshape.ListServiceSpecificCredentialsInput{AllUsers: ptr(true), ServiceName: ptr("CodeCommit.amazonaws.com")}, codecommit},
		"a user's":        {iamshape.ListServiceSpecificCredentialsInput{AllUsers: ptr(false), UserName: ptr("BOB"), ServiceName: ptr("")}, ofBob},
		"a user's of one": {iamshape.ListServiceSpecificCredentialsInput{UserName: ptr("bob"), ServiceName: ptr("codecommit.amazonaws.com")}, ofBob[1:]},
	} {
		if got := listed(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	x.asUser("Bob")
	if got := listed(iamshape.ListServiceSpecificCredentialsInput{}); !slices.Equal(got, ofBob) {
		t.Errorf("the caller's: %v", got)
	}
	page := do[iamshape.ListServiceSpecificCredentialsOutput](x, "ListServiceSpecificCredentials", &iamshape.ListServiceSpecificCredentialsInput{MaxItems: ptr(int32(1))})
	x.fails("ListServiceSpecificCredentials", &iamshape.ListServiceSpecificCredentialsInput{AllUsers: ptr(true), Marker: page.Marker}, "ValidationError", "Invalid Marker.")
	x.asRole()
	x.fails("ListServiceSpecificCredentials", &iamshape.ListServiceSpecificCredentialsInput{}, "ValidationError", "Must specify userName when calling with non-User credentials")
}

func TestServiceCredentialTargets(t *testing.T) {
	x := newTest(t)
	newUser(x, "/p/", "Alice")
	newUser(x, "/", "Bob")
	k := newCredential(x, "Alice", "codecommit.amazonaws.com", nil)
	const users = "arn:aws:iam::123456789012:user"
	check := func(name string, in any, resource string, service, days []string) {
		t.Helper()
		got := x.target(name, in)
		if got.Resource != resource || !slices.Equal(got.Keys["iam:servicespecificcredentialservicename"], service) || !slices.Equal(got.Keys["iam:servicespecificcredentialagedays"], days) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	codecommit := []string{"codecommit.amazonaws.com"}
	check("CreateServiceSpecificCredential", &iamshape.CreateServiceSpecificCredentialInput{UserName: "alice", ServiceName: "CodeCommit.amazonaws.com", CredentialAgeDays: ptr(int32(7))},
		users+"/p/Alice", codecommit, []string{"7"})
	check("CreateServiceSpecificCredential", &iamshape.CreateServiceSpecificCredentialInput{UserName: "alice", ServiceName: "codecommit.amazonaws.com"}, users+"/p/Alice", codecommit, nil)
	for _, c := range []struct {
		user    string
		arn     string
		service []string
	}{{"alice", users + "/p/Alice", codecommit}, {"Bob", users + "/Bob", nil}} {
		check("UpdateServiceSpecificCredential", &iamshape.UpdateServiceSpecificCredentialInput{UserName: &c.user, ServiceSpecificCredentialId: *k.ServiceSpecificCredentialId, Status: "Active"}, c.arn, c.service, nil)
		check("ResetServiceSpecificCredential", &iamshape.ResetServiceSpecificCredentialInput{UserName: &c.user, ServiceSpecificCredentialId: *k.ServiceSpecificCredentialId}, c.arn, c.service, nil)
		check("DeleteServiceSpecificCredential", &iamshape.DeleteServiceSpecificCredentialInput{UserName: &c.user, ServiceSpecificCredentialId: *k.ServiceSpecificCredentialId}, c.arn, c.service, nil)
	}
	check("ListServiceSpecificCredentials", &iamshape.ListServiceSpecificCredentialsInput{AllUsers: ptr(true)}, users+"/*", nil, nil)
	check("ListServiceSpecificCredentials", &iamshape.ListServiceSpecificCredentialsInput{AllUsers: ptr(true), UserName: ptr("alice")}, users+"/*", nil, nil)
	check("ListServiceSpecificCredentials", &iamshape.ListServiceSpecificCredentialsInput{UserName: ptr("alice"), ServiceName: ptr("LOGS.amazonaws.com")}, users+"/p/Alice", []string{"logs.amazonaws.com"}, nil)
	x.asUser("Bob")
	check("ListServiceSpecificCredentials", &iamshape.ListServiceSpecificCredentialsInput{AllUsers: ptr(false)}, users+"/Bob", nil, nil)
}

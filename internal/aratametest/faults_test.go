package aratametest

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/internal/server"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/memory"
	"github.com/aratame/aratame/internal/store/storetest"
)

// Each write of the API meets each fault of the store: the client hears that it
// was done, or 503, and what is stored then is whole and can be written to.
func TestWritesMeetFaults(t *testing.T) {
	const (
		trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`
		allow = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
		read  = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	)
	for name, fault := range map[string]storetest.Fault{"failed": storetest.Failed, "lost": storetest.Lost, "landed": storetest.Landed, "late": storetest.Late} {
		t.Run(name, func(t *testing.T) {
			f := storetest.NewFaulty(memory.New())
			s := New(t, &server.Options{Config: &config.Config{Ephemeral: true}, Store: f})
			met := 0
			for _, form := range []string{
				"CreateUser UserName=u", "CreateGroup GroupName=g", "AddUserToGroup GroupName=g UserName=u", "TagUser UserName=u Tags.member.1.Key=k Tags.member.1.Value=v",
				"PutUserPolicy UserName=u PolicyName=p PolicyDocument=" + allow, "AttachUserPolicy UserName=u PolicyArn=" + read, "PutUserPermissionsBoundary UserName=u PermissionsBoundary=" + read,
				"CreateAccessKey UserName=u", "CreateRole RoleName=r AssumeRolePolicyDocument=" + trust, "UpdateAssumeRolePolicy RoleName=r PolicyDocument=" + trust,
				"AttachRolePolicy RoleName=r PolicyArn=" + read, "CreatePolicy PolicyName=p PolicyDocument=" + allow, "CreateInstanceProfile InstanceProfileName=i",
				"AddRoleToInstanceProfile InstanceProfileName=i RoleName=r", "CreateAccountAlias AccountAlias=alias", "UpdateUser UserName=u NewUserName=w",
				"RemoveRoleFromInstanceProfile InstanceProfileName=i RoleName=r", "DetachRolePolicy RoleName=r PolicyArn=" + read, "DeleteRole RoleName=r", "RemoveUserFromGroup GroupName=g UserName=w", "DeleteGroup GroupName=g",
			} {
				action, params := call(form)
				f.Script(fault)
				status, body := s.Call(s.Admin, "iam", action, params)
				if status == 503 {
					met++
				}
				// A write that lands late meets its own second attempt, which then
				// finds the change done: the answer is that of a repeated call.
				late := fault == storetest.Late && (status == 404 || status == 409)
				if status != 200 && status != 503 && !late {
					t.Errorf("%s: %d %s", action, status, body)
				}
				f.Settle()
				f.Script()
				v, err := store.NewCache(f, rand.Reader).View(context.Background(), s.Account)
				if err != nil || v.Check() != nil {
					t.Fatalf("%s: %v %v", action, err, v.Check())
				}
				if status == 503 { // do it after all, or find it done
					if status, body := s.Call(s.Admin, "iam", action, params); status >= 500 {
						t.Errorf("%s again: %d %s", action, status, body)
					}
				}
			}
			if fault == storetest.Failed && met == 0 {
				t.Error("no write met the fault")
			}
		})
	}
}

// call reads "Action Name=value …"; values hold no spaces.
func call(text string) (string, url.Values) {
	action, rest, _ := strings.Cut(text, " ")
	params := url.Values{}
	for p := range strings.SplitSeq(rest, " ") {
		name, value, _ := strings.Cut(p, "=")
		params.Set(name, value)
	}
	return action, params
}

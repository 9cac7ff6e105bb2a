package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/audit"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/policy"
)

const provider = "arn:aws:iam::" + acct + ":oidc-provider/issuer.test"

// federation takes the token as its verdict: of whom it is, or what is wrong.
func federation(d **door) api.Op {
	type in = stsshape.AssumeRoleWithWebIdentityInput
	identify := func(c *api.Call, in *in) (*account.View, error) {
		c.Caller.Federated = &api.Federated{PrincipalID: provider + ":aud:sub", UserName: "sub", Provider: provider}
		c.Caller.Principal = policy.Principal{Kind: policy.WebIdentity, ARN: provider}
		switch in.WebIdentityToken {
		case "forged":
			return nil, awserr.New("InvalidIdentityToken", "forged")
		case "an account's":
			c.Caller.Principal.Account = acct
		case "nobody's":
			c.Caller.Principal.Kind = policy.Anonymous
		case "panic":
			panic("identify")
		case "the store is away":
			return nil, fmt.Errorf("reading: %w", store.ErrUnavailable)
		}
		c.Recipient = acct
		if in.WebIdentityToken == "another account's" {
			c.Recipient = "999999999999"
		}
		if in.WebIdentityToken == "expired" {
			return nil, awserr.New("ExpiredTokenException", "expired")
		}
		return (*d).gate.Accounts.View(c.Context, acct)
	}
	target := func(c *api.Call, v *account.View, in *in) (api.Target, error) {
		return api.Target{Resource: in.RoleArn, Trust: v.Role(strings.TrimPrefix(in.RoleArn, awsid.IAM(acct, "role", "/", ""))), TrustOf: true,
			Keys: map[string][]string{"issuer.test:sub": {"sub"}, "issuer.test:amr": {"one"}}}, nil
	}
	return api.Federate(stsshape.OpAssumeRoleWithWebIdentity, identify, target,
		func(c *api.Call, _ *account.View, in *in) (*stsshape.AssumeRoleWithWebIdentityOutput, error) {
			if c.Trusted == nil {
				return nil, errors.New("nobody has agreed")
			}
			return &stsshape.AssumeRoleWithWebIdentityOutput{Provider: &c.Caller.Principal.ARN, Audience: &c.Region}, nil
		})
}

func (d *door) unsigned(role, token string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://aws.test/", strings.NewReader("Action=AssumeRoleWithWebIdentity&Version=2011-06-15"+
		"&RoleArn=arn:aws:iam::"+acct+":role/"+role+"&RoleSessionName=session&WebIdentityToken="+token))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// A call without a signature is decided by the trust policy, and recorded for
// the role's account once its proof has been found genuine.
func TestFederate(t *testing.T) {
	var d *door
	d = newDoor(t, identity, federation(&d))
	trust := func(principal, condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":` + principal + `,"Condition":` + condition + `}]}`
	}
	federated := `{"Federated":"` + provider + `"}`
	for name, document := range map[string]string{
		"Trusting":  trust(federated, `{"StringEquals":{"issuer.test:sub":"sub"},"ForAnyValue:StringEquals":{"issuer.test:amr":"one"}}`),
		"Another":   trust(federated, `{"StringEquals":{"issuer.test:sub":"other"}}`),
		"Elsewhere": trust(`{"Federated":"accounts.google.com"}`, `{}`),
		"Anybody":   trust(`{"AWS":"*"}`, `{}`),
	} {
		err := d.gate.Accounts.Update(context.Background(), acct, func(tx *account.Tx) (store.Effects, error) {
			tx.PutRole(&account.Role{ID: awsid.NewEntityID(d.gate.Rand, awsid.RolePrefix, acct), Name: name, Path: "/", Trust: document, MaxSession: 3600, Created: d.now})
			return store.Effects{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
	for _, c := range []struct {
		role, token   string
		status        int
		code, message string
		recorded      bool
	}{
		{"Trusting", "good", 200, "", "", true},
		{"Another", "good", 403, "AccessDenied", denied, true},
		{"Elsewhere", "good", 403, "AccessDenied", denied, true},
		{"Anybody", "good", 403, "AccessDenied", denied, true},
		{"Nothing", "good", 403, "AccessDenied", denied, true},
		{"Trusting", "expired", 400, "ExpiredTokenException", "expired", true},
		{"Trusting", "forged", 400, "InvalidIdentityToken", "forged", false},
		{"Trusting", "an account's", 500, "InternalFailure", "", true},
		{"Trusting", "nobody's", 500, "InternalFailure", "", true},
		{"Trusting", "another account's", 500, "InternalFailure", "", false},
		{"Trusting", "panic", 500, "InternalFailure", "", false},
		{"Trusting", "the store is away", 503, "ServiceUnavailable", "", false},
		{"Trusting", "t", 400, "ValidationError", "", false},
	} {
		before := len(d.events())
		rec, code := d.send(d.unsigned(c.role, strings.ReplaceAll(c.token, " ", "+")))
		if rec.Code != c.status || code != c.code || c.message != "" && !strings.Contains(rec.Body.String(), "<Message>"+c.message+"</Message>") {
			t.Errorf("%s, %s: %d %s", c.role, c.token, rec.Code, rec.Body)
		}
		events := d.events()
		if (len(events) > before) != c.recorded {
			t.Errorf("%s, %s: recorded %v", c.role, c.token, len(events) > before)
		}
		if !c.recorded || c.status == 500 {
			continue
		}
		e := events[0]
		id, _ := e["userIdentity"].(map[string]any)
		if e["recipientAccountId"] != acct || e["awsRegion"] != "us-east-1" || id["type"] != "WebIdentityUser" || id["principalId"] != provider+":aud:sub" ||
			id["userName"] != "sub" || id["identityProvider"] != provider || id["arn"] != nil || id["accountId"] != nil {
			t.Errorf("%s, %s: event %v", c.role, c.token, e)
		}
		if p, _ := e["requestParameters"].(map[string]any); p["webIdentityToken"] != "HIDDEN_DUE_TO_SECURITY_REASONS" {
			t.Errorf("the event holds %v", p["webIdentityToken"])
		}
	}
	for r, err := range d.gate.Audit.Scan(context.Background(), audit.Query{Account: audit.NoAccount}) {
		t.Errorf("an event of nobody: %s, %v", r.JSON, err)
	}
	// Who has signed counts for nothing, but a signature must be right.
	const form = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::" + acct + ":role/Another&RoleSessionName=session&WebIdentityToken=good"
	if rec, code := d.send(d.request("sts", "", form)); code != "AccessDenied" {
		t.Errorf("root's signature: %d %s", rec.Code, rec.Body)
	}
	r := d.request("sts", "", form)
	r.Header.Set("X-Amz-Date", "20260301T120001Z")
	if _, code := d.send(r); code != "SignatureDoesNotMatch" {
		t.Errorf("a wrong signature: %s", code)
	}
}

// An operation for unsigned requests can't be made without a way to tell who
// asks, nor another one with it.
func TestFederateIsForUnsignedOperations(t *testing.T) {
	panics := func(name string, f func()) {
		defer func() {
			if recover() == nil {
				t.Errorf("%s: no panic", name)
			}
		}()
		f()
	}
	panics("Read", func() {
		api.Read(stsshape.OpAssumeRoleWithSAML, free[stsshape.AssumeRoleWithSAMLInput],
			func(*api.Call, *account.View, *stsshape.AssumeRoleWithSAMLInput) (*stsshape.AssumeRoleWithSAMLOutput, error) {
				return nil, nil
			})
	})
	panics("Federate", func() {
		api.Federate(stsshape.OpGetCallerIdentity, func(*api.Call, *stsshape.GetCallerIdentityInput) (*account.View, error) { return nil, nil },
			free[stsshape.GetCallerIdentityInput],
			func(*api.Call, *account.View, *stsshape.GetCallerIdentityInput) (*stsshape.GetCallerIdentityOutput, error) {
				return nil, nil
			})
	})
}

// Slow work is done once, for a caller who may, and its failure is the call's.
func TestPrepared(t *testing.T) {
	var prepared, ran int
	var fail error
	target := func(*api.Call, *account.View, *iamshape.CreateGroupInput) (api.Target, error) {
		return api.Target{Resource: "*"}, nil
	}
	op := api.Prepared(iamshape.OpCreateGroup, target,
		func(*api.Call, *account.View, *iamshape.CreateGroupInput) (string, error) {
			prepared++
			return "/made/", fail
		},
		func(c *api.Call, tx *account.Tx, in *iamshape.CreateGroupInput, path string) (*iamshape.CreateGroupOutput, error) {
			ran++
			tx.PutGroup(&account.Group{ID: "AGPAQAAAAAAAAAAAAAAAA", Name: in.GroupName, Path: path, Created: c.Seconds()})
			return &iamshape.CreateGroupOutput{Group: &iamshape.Group{Path: &path}}, nil
		})
	d := newDoor(t, op)
	const form = "Action=CreateGroup&Version=2010-05-08&GroupName=g"
	fail = awserr.New("InvalidInput", "slow")
	if _, code := d.send(d.request("iam", "", form)); code != "InvalidInput" || prepared != 1 || ran != 0 {
		t.Errorf("failure: %s, prepared %d, ran %d", code, prepared, ran)
	}
	if e := d.events()[0]; e["errorCode"] != "InvalidInput" || e["readOnly"] != false {
		t.Errorf("event %v", e)
	}
	fail = fmt.Errorf("reading: %w", store.ErrUnavailable)
	if rec, code := d.send(d.request("iam", "", form)); rec.Code != 503 || code != "ServiceUnavailable" {
		t.Errorf("without the store: %d %s", rec.Code, code)
	}
	fail, prepared = nil, 1
	if rec, _ := d.send(d.request("iam", "", form)); rec.Code != 200 || !strings.Contains(rec.Body.String(), "/made/") || prepared != 2 || ran != 1 {
		t.Errorf("%d %s, prepared %d, ran %d", rec.Code, rec.Body, prepared, ran)
	}
	// A user without permission makes the server do nothing slow.
	sealed, err := d.gate.Secrets.Seal(api.AccessKeyLabel(acct, "AKIAQQQQQQQQQQQQQQQQ"), []byte("secret-of-the-user"))
	if err != nil {
		t.Fatal(err)
	}
	err = d.gate.Accounts.Update(context.Background(), acct, func(tx *account.Tx) (store.Effects, error) {
		tx.PutUser(&account.User{ID: "AIDAQAAAAAAAAAAAAAAAA", Name: "u", Path: "/", Created: d.now,
			Keys: []account.AccessKey{{ID: "AKIAQQQQQQQQQQQQQQQQ", Secret: sealed, Status: account.Active, Created: d.now}}})
		return store.Effects{Claims: []store.Claim{{Name: api.KeyClaim("AKIAQQQQQQQQQQQQQQQQ")}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d.creds.AccessKeyID, d.creds.SecretAccessKey = "AKIAQQQQQQQQQQQQQQQQ", "secret-of-the-user"
	if _, code := d.send(d.request("iam", "", form)); code != "AccessDenied" || prepared != 2 {
		t.Errorf("denied: %s, prepared %d", code, prepared)
	}
}

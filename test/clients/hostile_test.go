package clients

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/sigv4"
)

// answer is an error document.
type answer struct {
	Status  int
	Code    string `xml:"Error>Code"`
	Message string `xml:"Error>Message"`
	ID      string `xml:"RequestId"`
}

func (s *server) post(t *testing.T, k key, service, form string, change func(r *http.Request)) answer {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.url+"/", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if k.id != "" {
		sigv4.Sign(r, sigv4.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret, SessionToken: k.token}, "us-east-1", service,
			sigv4.HashPayload([]byte(form)), time.Now(), sigv4.SignOptions{})
	}
	if change != nil {
		change(r)
	}
	return send(t, r)
}

func send(t *testing.T, r *http.Request) (a answer) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		if err := xml.Unmarshal(body, &a); err != nil || a.ID == "" || a.ID != resp.Header.Get("X-Amzn-Requestid") {
			t.Errorf("not an AWS error: %d %s (%v)", resp.StatusCode, body, err)
		}
	}
	a.Status = resp.StatusCode
	return a
}

const iamVersion = "&Version=2010-05-08"

// Whatever is sent gets a clear answer in AWS's form, and never a 5xx.
func TestHostileRequests(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"))
	admin := s.admin(t)
	for range 2 {
		s.post(t, admin, "iam", "Action=CreateUser&UserName=Bob"+iamVersion, nil)
	}
	many := "Action=TagUser&UserName=Bob" + iamVersion
	for i := range 4900 {
		many += fmt.Sprintf("&Tags.member.%d.Key=k%d&Tags.member.%d.Value=v", i+1, i, i+1)
	}
	tooMany := many + strings.Repeat("&a=b", 1) + strings.Repeat("&x", 6000)
	for _, c := range []struct {
		name, form string
		status     int
		code, text string
	}{
		{"name in other case is taken", "Action=CreateUser&UserName=BOB" + iamVersion, 409, "EntityAlreadyExists", "User with name BOB already exists."},
		{"body over the limit", "Action=ListUsers" + iamVersion + "&x=" + strings.Repeat("a", 3<<20), 413, "RequestEntityTooLarge", ""},
		{"parameter twice", "Action=GetUser&UserName=Bob&UserName=admin" + iamVersion, 400, "InvalidParameterCombination", ""},
		{"action twice", "Action=GetUser&Action=DeleteUser&UserName=Bob" + iamVersion, 400, "InvalidParameterCombination", ""},
		{"invalid UTF-8", "Action=GetUser&UserName=%FF%FE" + iamVersion, 400, "MalformedInput", ""},
		{"bad escape", "Action=GetUser&UserName=%ZZ" + iamVersion, 404, "MalformedQueryString", ""},
		{"4,900 tags", many, 400, "ValidationError", "less than or equal to 50"},
		{"too many parameters", tooMany, 400, "MalformedInput", ""},
		{"huge index", "Action=TagUser&UserName=Bob&Tags.member.999999999.Key=k&Tags.member.999999999.Value=v" + iamVersion, 400, "MalformedInput", "Excessively sparse input"},
		{"unknown parameter", "Action=GetUser&UserName=Bob&Colour=red" + iamVersion, 200, "", ""},
		{"wrong version", "Action=GetUser&UserName=Bob&Version=2011-06-15", 400, "InvalidAction", "Could not find operation GetUser for version 2011-06-15"},
		{"no version", "Action=GetUser&UserName=Bob", 400, "InvalidAction", ""},
		{"unknown action", "Action=GetUsers" + iamVersion, 400, "InvalidAction", "Could not find operation GetUsers"},
		{"no action", "UserName=Bob" + iamVersion, 400, "MissingAction", ""},
		{"several mistakes", "Action=CreateRole&RoleName=%20&MaxSessionDuration=1" + iamVersion, 400, "ValidationError", "2 validation errors detected"},
		{"MaxItems of nothing", "Action=ListUsers&MaxItems=" + iamVersion, 400, "", ""},
		{"MaxItems 0", "Action=ListUsers&MaxItems=0" + iamVersion, 400, "ValidationError", "maxItems"},
		{"MaxItems too large", "Action=ListUsers&MaxItems=1001" + iamVersion, 400, "ValidationError", "maxItems"},
		{"forged marker", "Action=ListUsers&Marker=AAAA" + iamVersion, 400, "ValidationError", "Invalid Marker."},
		{"policy that is none", "Action=CreatePolicy&PolicyName=p&PolicyDocument=%7B" + iamVersion, 400, "MalformedPolicyDocument", "Syntax errors in policy."},
		{"deep policy", "Action=CreatePolicy&PolicyName=p&PolicyDocument=" + strings.Repeat("%5B", 20000) + iamVersion, 400, "MalformedPolicyDocument", ""},
		{"absent user", "Action=GetUser&UserName=nobody" + iamVersion, 404, "NoSuchEntity", "The user with name nobody cannot be found."},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.post(t, admin, "iam", c.form, nil)
			if a.Status != c.status || c.code != "" && a.Code != c.code || !strings.Contains(a.Message, c.text) {
				t.Errorf("%d %s: %s", a.Status, a.Code, a.Message)
			}
		})
	}
	for _, c := range []struct {
		name   string
		k      key
		change func(r *http.Request)
		status int
		code   string
	}{
		{"unsigned", key{}, nil, 403, "MissingAuthenticationToken"},
		{"unknown key", key{id: "AKIAIOSFODNN7EXAMPLE", secret: "x"}, nil, 403, "InvalidClientTokenId"},
		{"wrong secret", key{id: admin.id, secret: admin.secret[1:]}, nil, 403, "SignatureDoesNotMatch"},
		{"forged token", key{id: "ASIA" + admin.id[4:], secret: admin.secret, token: "FwoGAAAA"}, nil, 403, "InvalidClientTokenId"},
		{"token with a long-term key", key{id: admin.id, secret: admin.secret, token: "FwoGAAAA"}, nil, 403, "InvalidClientTokenId"},
		{"method", admin, func(r *http.Request) { r.Method = http.MethodPut }, 405, "MethodNotAllowed"},
		{"path", admin, func(r *http.Request) { r.URL.Path = "/bucket" }, 404, "UnknownOperationException"},
		{"content type", admin, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 0, ""},
		{"other body", admin, func(r *http.Request) {
			body := "Action=DeleteUser&UserName=Bob" + iamVersion
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		}, 403, "SignatureDoesNotMatch"},
		{"old date", admin, func(r *http.Request) { r.Header.Set("X-Amz-Date", "20130101T000000Z") }, 403, "SignatureDoesNotMatch"},
		{"two authorizations", admin, func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }, 400, "IncompleteSignature"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.post(t, c.k, "iam", "Action=GetUser&UserName=Bob"+iamVersion, c.change)
			if c.status != 0 && (a.Status != c.status || a.Code != c.code) || a.Status == 200 || a.Status >= 500 {
				t.Errorf("%d %s: %s", a.Status, a.Code, a.Message)
			}
			for _, secret := range []string{admin.secret, "FwoGAAAA"} {
				if strings.Contains(a.Message, secret) {
					t.Errorf("the message shows a secret")
				}
			}
		})
	}
	if strings.Contains(s.errs.String(), "panic") {
		t.Error(s.errs.String())
	}
}

// A marker belongs to one operation of one account.
func TestForeignMarker(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"))
	admin := s.admin(t)
	for _, name := range []string{"a", "b", "c"} {
		s.post(t, admin, "iam", "Action=CreateGroup&GroupName="+name+iamVersion, nil)
	}
	r, err := http.NewRequest(http.MethodPost, s.url+"/", strings.NewReader("Action=ListGroups&MaxItems=1"+iamVersion))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sigv4.Sign(r, sigv4.Credentials{AccessKeyID: admin.id, SecretAccessKey: admin.secret}, "us-east-1", "iam",
		sigv4.HashPayload([]byte("Action=ListGroups&MaxItems=1"+iamVersion)), time.Now(), sigv4.SignOptions{})
	resp := must(http.DefaultClient.Do(r))(t)
	defer resp.Body.Close()
	_, rest, _ := strings.Cut(string(must(io.ReadAll(resp.Body))(t)), "<Marker>")
	marker, _, ok := strings.Cut(rest, "</Marker>")
	if !ok {
		t.Fatal("no marker")
	}
	if a := s.post(t, admin, "iam", "Action=ListGroups&MaxItems=1&Marker="+url.QueryEscape(marker)+iamVersion, nil); a.Status != 200 {
		t.Errorf("%+v", a)
	}
	for _, form := range []string{"Action=ListUsers&Marker=", "Action=ListGroups&PathPrefix=%2Fx&Marker="} {
		if a := s.post(t, admin, "iam", form+url.QueryEscape(marker)+iamVersion, nil); a.Code != "ValidationError" || a.Message != "Invalid Marker." {
			t.Errorf("%s: %+v", form, a)
		}
	}
}

// What keeps a server from starting is told with what to do, and nothing of
// the directory is changed.
func TestRefusalsToStart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, data)
	if out, err := run(t, nil, "serve", "--data", data, "--listen", "127.0.0.1:0"); err == nil || !strings.Contains(out, "another") {
		t.Errorf("a second server: %v %s", err, out)
	}
	if out, err := run(t, nil, "recover", "admin-key", "--data", data); err == nil {
		t.Errorf("recover beside a server: %s", out)
	}
	old := s.admin(t)
	s.stop(t)

	out, err := run(t, nil, "recover", "root-password", "--data", data)
	if err != nil || !strings.Contains(out, "new password of root") {
		t.Errorf("%v %s", err, out)
	}
	if out, err := run(t, nil, "recover", "admin-key", "--data", data); err != nil || !strings.Contains(out, "secret access key") {
		t.Errorf("%v %s", err, out)
	}
	s = start(t, data)
	fresh := s.admin(t)
	if fresh == old {
		t.Error("the key is the old one")
	}
	if a := s.post(t, fresh, "iam", "Action=ListUsers"+iamVersion, nil); a.Status != 200 {
		t.Errorf("%+v", a)
	}
	s.stop(t)

	for _, c := range []struct {
		name, want string
		args       []string
		env        []string
	}{
		{"plain HTTP for others", "without TLS", []string{"serve", "--listen", "0.0.0.0:0"}, nil},
		{"unknown variable", "not a setting", []string{"serve"}, []string{"ARATAME_LISSTEN=x"}},
		{"another account", "account", []string{"serve", "--data", data, "--account-id", "000000000001"}, nil},
		{"no store", "recover", []string{"recover", "admin-key", "--data", filepath.Join(data, "nothing")}, nil},
	} {
		if out, err := run(t, c.env, c.args...); err == nil || !strings.Contains(out, c.want) && c.want != "recover" {
			t.Errorf("%s: %v %s", c.name, err, out)
		}
	}

	database := filepath.Join(data, "aratame.db")
	whole, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"truncated": whole[:len(whole)/2], "foreign": []byte("not a database"), "empty": nil} {
		if err := os.WriteFile(database, content, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := run(t, nil, "serve", "--data", data, "--listen", "127.0.0.1:0")
		if err == nil || !strings.Contains(out, "aratame.db") {
			t.Errorf("%s: %v %s", name, err, out)
		}
		if now, _ := os.ReadFile(database); !bytes.Equal(now, content) {
			t.Errorf("%s: the file was changed", name)
		}
	}
	if err := os.WriteFile(database, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(data, "aratame.key")
	if err := os.Rename(keyFile, keyFile+".away"); err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, nil, "serve", "--data", data, "--listen", "127.0.0.1:0"); err == nil || !strings.Contains(out, "aratame.key") {
		t.Errorf("without the key file: %v %s", err, out)
	}
	if err := os.Rename(keyFile+".away", keyFile); err != nil {
		t.Fatal(err)
	}
	if a := start(t, data).post(t, fresh, "iam", "Action=ListUsers"+iamVersion, nil); a.Status != 200 {
		t.Errorf("after all that: %+v", a)
	}
}

// The set-up of a test environment that must know its key beforehand.
func TestRootKeyFromEnvironment(t *testing.T) {
	k := key{id: "TESTROOTKEY00001", secret: "testrootsecret0001"}
	s := start(t, filepath.Join(t.TempDir(), "data"), "ARATAME_ROOT_ACCESS_KEY_ID="+k.id, "ARATAME_ROOT_SECRET_ACCESS_KEY="+k.secret)
	id := must(s.sts(k).GetCallerIdentity(ctx, nil))(t)
	if *id.Arn != "arn:aws:iam::"+*id.Account+":root" || *id.UserId != *id.Account {
		t.Errorf("%s %s", *id.Arn, *id.UserId)
	}
	if !strings.Contains(s.out.String(), "against AWS's advice") {
		t.Error("the banner doesn't warn")
	}
	s.holdsNowhere(t, k.secret)
}

package clients

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/sqlite"
	"github.com/aratame/aratame/sigv4"
)

// A denial can be decoded by who may, and by nobody else; a forged one is none.
func TestDecodeAuthorizationMessage(t *testing.T) {
	g := newStage(t)
	form := "Action=ListUsers" + iamVersion
	r, err := http.NewRequest(http.MethodPost, g.s.url+"/", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sigv4.Sign(r, sigv4.Credentials{AccessKeyID: g.no.id, SecretAccessKey: g.no.secret}, "us-east-1", "iam", sigv4.HashPayload([]byte(form)), time.Now(), sigv4.SignOptions{})
	resp := must(http.DefaultClient.Do(r))(t)
	resp.Body.Close()
	message := resp.Header.Get("X-Aratame-Encoded-Message")
	if message == "" {
		t.Fatal("no message")
	}
	out := must(g.s.sts(g.may).DecodeAuthorizationMessage(ctx, &sts.DecodeAuthorizationMessageInput{EncodedMessage: &message}))(t)
	var decoded struct {
		Allowed bool
		Context struct {
			Action    string
			Principal struct{ ARN string }
		}
	}
	if err := json.Unmarshal([]byte(*out.DecodedMessage), &decoded); err != nil || decoded.Allowed || decoded.Context.Action != "iam:ListUsers" || !strings.HasSuffix(decoded.Context.Principal.ARN, ":user/no") {
		t.Errorf("%s, %v", *out.DecodedMessage, err)
	}
	_, err = g.s.sts(g.no).DecodeAuthorizationMessage(ctx, &sts.DecodeAuthorizationMessageInput{EncodedMessage: &message})
	refused(t, err, "AccessDenied", "sts:DecodeAuthorizationMessage")
	_, err = g.s.sts(g.may).DecodeAuthorizationMessage(ctx, &sts.DecodeAuthorizationMessageInput{EncodedMessage: aws.String(message[:len(message)-4] + "AAAA")})
	refused(t, err, "InvalidAuthorizationMessageException", "")
}

// Operations that aren't served say so with a 400: clients retry a 5xx.
func TestNotServed(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"))
	admin := s.admin(t)
	all := append(iamshape.Operations(), stsshape.Operations()...)
	refused := 0
	for _, op := range all {
		a := s.post(t, admin, op.Service, "Action="+op.Name+"&Version="+op.APIVersion, nil)
		switch {
		case a.Status >= 500:
			t.Errorf("%s: %d", op.Name, a.Status)
		case a.Code == "InvalidAction":
			refused++
			if !strings.Contains(a.Message, op.Name) || a.Status != 400 {
				t.Errorf("%s: %+v", op.Name, a)
			}
		}
	}
	listed := strings.Count(string(must(os.ReadFile("../../docs/operations.md"))(t)), "| not yet |")
	if refused != listed || len(all)-refused < 89 {
		t.Errorf("%d of %d operations are not served; docs/operations.md lists %d", refused, len(all), listed)
	}
}

// 10,000 users: ready within a second.
func TestReadyWithManyUsers(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, data)
	acct := *must(s.sts(s.admin(t)).GetCallerIdentity(ctx, nil))(t).Account
	s.stop(t)
	st := must(sqlite.Open(ctx, sqlite.Options{Dir: data}))(t)
	cache := store.NewCache(st, rand.Reader)
	for i := 0; i < 10_000; i += 100 {
		err := cache.Update(ctx, acct, func(tx *account.Tx) (store.Effects, error) {
			for j := i; j < i+100; j++ {
				tx.PutUser(&account.User{ID: fmt.Sprintf("AIDAMANY%013d", j), Name: fmt.Sprintf("many%05d", j), Path: "/", Created: time.Unix(1e9, 0).UTC(),
					Attached: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, Tags: []account.Tag{{Key: "n", Value: "v"}}})
			}
			return store.Effects{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	var times []time.Duration
	for range 3 {
		s := start(t, data)
		times = append(times, s.ready)
		s.stop(t)
	}
	if min(times[0], times[1], times[2]) > time.Second {
		t.Errorf("ready after %v", times)
	}
	t.Log(times)
}

// Browsers of configured origins may read answers, with the request id.
func TestCORS(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"), "ARATAME_CORS_ORIGINS=https://console.example")
	for origin, want := range map[string]string{"https://console.example": "https://console.example", "https://evil.example": ""} {
		r, err := http.NewRequest(http.MethodOptions, s.url+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		resp := must(http.DefaultClient.Do(r))(t)
		resp.Body.Close()
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != want || want != "" && !strings.Contains(resp.Header.Get("Access-Control-Expose-Headers"), "x-amzn-requestid") {
			t.Errorf("%s: %v", origin, resp.Header)
		}
	}
	resp := must(http.Get(s.url + "/-/metrics"))(t)
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Error(resp.Status)
	}
}

// A denial says the same of an entity that is there, under a path and with
// tags, and of one that isn't; not even its length differs.
func TestDenialTellsNothing(t *testing.T) {
	g := newStage(t)
	if a := g.s.post(t, g.admin, "iam", "Action=CreateUser&UserName=hidden&Path=%2Fsecret%2F&Tags.member.1.Key=k&Tags.member.1.Value=v"+iamVersion, nil); a.Status != 200 {
		t.Fatalf("%+v", a)
	}
	var messages, lengths [2]string
	for i, name := range []string{"hidden", "absent"} {
		form := "Action=GetUser&UserName=" + name + iamVersion
		r, err := http.NewRequest(http.MethodPost, g.s.url+"/", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		sigv4.Sign(r, sigv4.Credentials{AccessKeyID: g.no.id, SecretAccessKey: g.no.secret}, "us-east-1", "iam", sigv4.HashPayload([]byte(form)), time.Now(), sigv4.SignOptions{})
		resp := must(http.DefaultClient.Do(r))(t)
		body := must(io.ReadAll(resp.Body))(t)
		resp.Body.Close()
		messages[i] = strings.Replace(string(body), resp.Header.Get("X-Amzn-Requestid"), "ID", 1)
		lengths[i] = fmt.Sprint(resp.ContentLength, len(resp.Header.Get("X-Aratame-Encoded-Message")))
	}
	if strings.Replace(messages[0], "hidden", "absent", 1) != messages[1] || lengths[0] != lengths[1] {
		t.Errorf("%s\n%s\n%v", messages[0], messages[1], lengths)
	}
	if !strings.Contains(messages[0], "is not authorized to perform: iam:GetUser on resource: user hidden because no identity-based policy allows the iam:GetUser action") {
		t.Error(messages[0])
	}
}

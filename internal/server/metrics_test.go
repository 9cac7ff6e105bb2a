package server

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/sigv4"
)

// No client makes series: what requests say never becomes a label.
func TestSeriesAreBounded(t *testing.T) {
	s, err := Open(context.Background(), Options{Config: &config.Config{Ephemeral: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	h := s.Handler()
	creds := sigv4.Credentials{AccessKeyID: s.First().KeyID, SecretAccessKey: s.First().Secret}
	series := func() (n int) {
		families, err := s.metrics.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if strings.HasPrefix(f.GetName(), "aratame_") {
				n += len(f.GetMetric())
			}
		}
		return n
	}
	round := func(i int) {
		word := fmt.Sprintf("word%d", i)
		for _, form := range []string{
			"Action=" + word + "&Version=2010-05-08", "Action=ListUsers&Version=" + word, "Action=GetUser&Version=2010-05-08&UserName=" + word,
			word, "%" + word, "Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/" + word + "&RoleSessionName=" + word,
		} {
			for _, service := range []string{"iam", "sts", word} {
				for _, signed := range []bool{true, false} {
					r := httptest.NewRequest(http.MethodPost, "http://"+word+".test/", strings.NewReader(form))
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					r.Header.Set("User-Agent", word)
					if signed {
						if err := sigv4.Sign(r, creds, word, service, sigv4.HashPayload([]byte(form)), s.now(), sigv4.SignOptions{}); err != nil {
							t.Fatal(err)
						}
					}
					h.ServeHTTP(httptest.NewRecorder(), r)
				}
			}
		}
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(word, "http://aws.test/"+word, nil))
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "http://aws.test/-/"+word, nil))
	}
	round(0)
	want := series()
	for i := range 20 {
		round(i + 1)
	}
	if got := series(); got != want || want == 0 {
		t.Errorf("%d series after the first round, %d after more", want, got)
	}
}

package aratametest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/internal/server"
	"github.com/aratame/aratame/sigv4"
)

// BenchmarkGate is the choke point without the network: the same signed
// GetCallerIdentity again and again.
func BenchmarkGate(b *testing.B) {
	s, err := server.Open(context.Background(), server.Options{Config: &config.Config{Data: b.TempDir()}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const form = "Action=GetCallerIdentity&Version=2011-06-15"
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8470/", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	sigv4.Sign(r, sigv4.Credentials{AccessKeyID: s.First().KeyID, SecretAccessKey: s.First().Secret}, "us-east-1", "sts",
		sigv4.HashPayload([]byte(form)), time.Now(), sigv4.SignOptions{})
	h := s.Handler()
	b.ReportAllocs()
	for b.Loop() {
		r.Body = io.NopCloser(strings.NewReader(form))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}

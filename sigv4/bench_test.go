package sigv4

import (
	"testing"
)

func benchRequest(b *testing.B, service string) (string, func(*testing.B)) {
	const body = "Action=GetCallerIdentity&Version=2011-06-15"
	r := newRequest(b, "POST", "http://localhost:8470/", body)
	r.Header.Set("Amz-Sdk-Invocation-Id", "c6b5dc8a-6a5c-4f0b-8d0d-5d9bfa2e5b1f")
	r.Header.Set("Amz-Sdk-Request", "attempt=1; max=3")
	hash := HashPayload([]byte(body))
	opts := SignOptions{Headers: []string{"content-length", "amz-sdk-invocation-id", "amz-sdk-request"}}
	if err := Sign(r, Credentials{AccessKeyID: exampleKey, SecretAccessKey: exampleSecret}, "us-east-1", service, hash, may24, opts); err != nil {
		b.Fatal(err)
	}
	r = sent(b, r)
	cache := NewKeyCache(0)
	return hash, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s, err := Parse(r, may24)
			if err == nil {
				err = s.CheckScope("iam", "sts", "s3")
			}
			if err == nil {
				err = s.Verify(r, hash, exampleSecret, cache)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkVerify is Parse, CheckScope and Verify of an SDK's POST with a cached key.
func BenchmarkVerify(b *testing.B) {
	_, run := benchRequest(b, "sts")
	run(b)
}

// BenchmarkVerifyS3 is the same by S3's rules.
func BenchmarkVerifyS3(b *testing.B) {
	_, run := benchRequest(b, "s3")
	run(b)
}

func BenchmarkDeriveKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		deriveKey(exampleSecret, "20130524", "us-east-1", "sts")
	}
}

package clients

import (
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// A denial is read whole however fast it comes: each call has a client of its
// own, with the SDK's own HTTP client, as a command has, and isn't tried again.
func TestDenialsAreReadWhole(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"))
	admin := s.admin(t)
	must(s.iam(admin).CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("alice")}))(t)
	made := must(s.iam(admin).CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("alice")}))(t)
	alice := key{id: *made.AccessKey.AccessKeyId, secret: *made.AccessKey.SecretAccessKey}
	for range 500 {
		plain := iam.New(iam.Options{BaseEndpoint: &s.url, Region: "us-east-1", Credentials: alice.provider(), RetryMaxAttempts: 1})
		_, err := plain.ListUsers(ctx, nil)
		refused(t, err, "AccessDenied", "because no identity-based policy allows the iam:ListUsers action")
	}
}

package clients

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// The SDK's waiters go on as long as there is nothing, give up when their time
// is over, succeed once it is there, and don't wait behind a refusal.
func TestWaiters(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"))
	c := s.iam(s.admin(t))
	must(c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("nobody")}))(t)
	k := must(c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("nobody")}))(t).AccessKey
	nobody := s.iam(key{id: *k.AccessKeyId, secret: *k.SecretAccessKey})
	account := *must(s.sts(s.admin(t)).GetCallerIdentity(ctx, nil))(t).Account
	it, arn := aws.String("it"), aws.String("arn:aws:iam::"+account+":policy/it")
	trust := aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)

	const least, most = time.Millisecond, 5 * time.Millisecond
	for _, w := range []struct {
		name string
		wait func(c *iam.Client, atMost time.Duration) error
		make func() error
	}{
		{"UserExists", func(c *iam.Client, atMost time.Duration) error {
			return iam.NewUserExistsWaiter(c, func(o *iam.UserExistsWaiterOptions) { o.MinDelay, o.MaxDelay = least, most }).Wait(ctx, &iam.GetUserInput{UserName: it}, atMost)
		}, func() error {
			_, err := c.CreateUser(ctx, &iam.CreateUserInput{UserName: it})
			return err
		}},
		{"RoleExists", func(c *iam.Client, atMost time.Duration) error {
			return iam.NewRoleExistsWaiter(c, func(o *iam.RoleExistsWaiterOptions) { o.MinDelay, o.MaxDelay = least, most }).Wait(ctx, &iam.GetRoleInput{RoleName: it}, atMost)
		}, func() error {
			_, err := c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: it, AssumeRolePolicyDocument: trust})
			return err
		}},
		{"PolicyExists", func(c *iam.Client, atMost time.Duration) error {
			return iam.NewPolicyExistsWaiter(c, func(o *iam.PolicyExistsWaiterOptions) { o.MinDelay, o.MaxDelay = least, most }).Wait(ctx, &iam.GetPolicyInput{PolicyArn: arn}, atMost)
		}, func() error {
			_, err := c.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: it, PolicyDocument: aws.String(anything)})
			return err
		}},
		{"InstanceProfileExists", func(c *iam.Client, atMost time.Duration) error {
			return iam.NewInstanceProfileExistsWaiter(c, func(o *iam.InstanceProfileExistsWaiterOptions) { o.MinDelay, o.MaxDelay = least, most }).Wait(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: it}, atMost)
		}, func() error {
			_, err := c.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: it})
			return err
		}},
	} {
		// The SDK says "exceeded max wait time" or, between two calls or in one,
		// "context deadline exceeded".
		if err := w.wait(c, 200*time.Millisecond); err == nil || !strings.Contains(err.Error(), "exceeded") {
			t.Errorf("%s, of nothing: %v", w.name, err)
		}
		if err := w.wait(nobody, time.Minute); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("%s, of somebody without permission: %v", w.name, err)
		}
		done := make(chan error)
		go func() { done <- w.wait(c, time.Minute) }()
		if err := w.make(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Errorf("%s, while it is made: %v", w.name, err)
		}
		if err := w.wait(c, time.Minute); err != nil {
			t.Errorf("%s, of what is there: %v", w.name, err)
		}
	}
}

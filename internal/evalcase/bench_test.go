package evalcase

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// BenchmarkRun answers 10,000 cases of two or three documents each, which are
// all different. GOMAXPROCS=1 gives the time on one core.
func BenchmarkRun(b *testing.B) {
	const cases = 10_000
	for _, explain := range []bool{false, true} {
		b.Run(fmt.Sprintf("explain=%t", explain), func(b *testing.B) {
			input := generate(cases, 1)
			b.SetBytes(int64(len(input)))
			b.ReportAllocs()
			seen := 0
			for b.Loop() {
				r := Run{Explain: explain}
				if err := r.Do(context.Background(), bytes.NewReader(input), io.Discard); err != nil || r.Failures > 0 {
					b.Fatal(err, r.Failures)
				}
				seen += r.Cases
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(seen), "ns/case")
		})
	}
}

// generate writes cases as people write them: documents of one to three
// statements about a handful of services, some with conditions and variables.
func generate(n int, seed uint64) []byte {
	g := generator{rand.New(rand.NewPCG(seed, 2))}
	var b bytes.Buffer
	for i := range n {
		account := fmt.Sprintf("%012d", 100_000_000_000+g.IntN(900))
		user := fmt.Sprintf("user-%d", g.IntN(5000))
		bucket := fmt.Sprintf("bucket-%d", g.IntN(300))
		fmt.Fprintf(&b, `{"id": "case-%d", "name": "%s reads from %s", "principal": "arn:aws:iam::%s:user/staff/%s", `, i, user, bucket, account, user)
		fmt.Fprintf(&b, `"action": "%s", "resource": "arn:aws:s3:::%s/home/%s/report-%d.csv", "resourceAccount": "%s", `,
			g.pick("s3:GetObject", "s3:PutObject", "s3:DeleteObject"), bucket, user, g.IntN(100), account)
		fmt.Fprintf(&b, `"context": {"aws:username": "%s", "aws:SourceIp": "10.%d.%d.%d", "aws:MultiFactorAuthPresent": %t, "aws:PrincipalTag/team": "%s", "aws:TagKeys": ["a", "b"]}, `,
			user, g.IntN(256), g.IntN(256), g.IntN(256), g.IntN(2) == 0, g.pick("red", "green", "blue"))
		fmt.Fprintf(&b, `"identityPolicies": [%s], `, g.document("", bucket, account))
		switch g.IntN(3) {
		case 0:
			fmt.Fprintf(&b, `"groupPolicies": [%s], `, g.document("", bucket, account))
		case 1:
			fmt.Fprintf(&b, `"permissionsBoundary": %s, `, g.document("", bucket, account))
		}
		if g.IntN(2) == 0 {
			fmt.Fprintf(&b, `"resourcePolicy": %s, `, g.document(fmt.Sprintf(`"Principal": {"AWS": "arn:aws:iam::%s:user/staff/%s"}, `, account, user), bucket, account))
		} else {
			fmt.Fprintf(&b, `"sessionPolicies": [%s], `, g.document("", bucket, account))
		}
		b.WriteString("\"labels\": [\"generated\"]}\n")
	}
	return b.Bytes()
}

type generator struct{ *rand.Rand }

func (g generator) pick(s ...string) string { return s[g.IntN(len(s))] }

func (g generator) document(principal, bucket, account string) string {
	var statements []string
	for i := range 1 + g.IntN(3) {
		resource := fmt.Sprintf(`["arn:aws:s3:::%s", "arn:aws:s3:::%s/*"]`, bucket, bucket)
		switch g.IntN(4) {
		case 0:
			resource = fmt.Sprintf(`"arn:aws:s3:::%s/home/${aws:username}/*"`, bucket)
		case 1:
			resource = fmt.Sprintf(`"arn:aws:dynamodb:eu-central-1:%s:table/t-%d"`, account, g.IntN(1000))
		}
		condition := ""
		switch g.IntN(4) {
		case 0:
			condition = fmt.Sprintf(`, "Condition": {"IpAddress": {"aws:SourceIp": ["10.%d.0.0/16", "192.0.2.0/24"]}}`, g.IntN(256))
		case 1:
			condition = `, "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["red", "green"]}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}`
		}
		statements = append(statements, fmt.Sprintf(`{"Sid": "S%dn%d", "Effect": "%s", %s"Action": %s, "Resource": %s%s}`, i, g.IntN(1_000_000),
			g.pick("Allow", "Allow", "Allow", "Deny"), principal,
			g.pick(`"s3:*"`, `["s3:GetObject", "s3:PutObject"]`, `["s3:Get*", "s3:List*", "s3:DeleteObject"]`, `"s3:GetObject"`), resource, condition))
	}
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ", ") + `]}`
}

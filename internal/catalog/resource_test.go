package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestMatchARN(t *testing.T) {
	for _, c := range []struct{ action, arn, types string }{
		{"s3:GetObject", "arn:aws:s3:::b/k", "s3:object"},
		{"s3:GetObject", "arn:aws:s3:::b/a/b:c", "s3:object"},
		{"s3:GetObject", "arn:aws-cn:s3:::b/k", "s3:object"},
		{"s3:GetObject", "arn:aws:s3:::b", ""},
		{"s3:GetObject", "arn:aws:s3:::b/", ""},
		{"s3:GetObject", "arn:aws:s3::111122223333:b/k", ""},
		{"s3:GetObject", "arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/a/b", "s3:accesspointobject"},
		{"s3:ListBucket", "arn:aws:s3:::b", "s3:bucket"},
		{"s3:ListBucket", "arn:aws:s3:::b/k", ""},
		{"s3:ListBucket", "arn:aws:s3:eu-west-1:111122223333:accesspoint/p", "s3:accesspoint"},
		{"iam:GetRole", "arn:aws:iam::111122223333:role/a/b/r", "iam:role"},
		{"iam:GetRole", "arn:aws:iam::111122223333:user/u", ""},
		{"iam:GetRole", "arn:aws:iam::111122223333:role/", ""},
		{"iam:GetRole", "arn:aws:iam::111122223333:role", ""},
		{"dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i", "dynamodb:index"},
		{"dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111122223333:table/t", "dynamodb:table"},
		{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q", "sqs:queue"},
		{"sqs:SendMessage", "arn:aws:sns:eu-west-1:111122223333:q", ""},
		{"ec2:RunInstances", "arn:aws:ec2:eu-west-1::image/ami-1", "ec2:image"},
		{"ec2:RunInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/*", "ec2:instance"},
		{"ec2:DescribeInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", ""},
		{"s3:GetObject", "*", ""},
		{"s3:GetObject", "", ""},
		{"s3:GetObject", "arn:aws:s3", ""},
	} {
		var got []string
		for _, r := range mustAction(t, c.action).ResourceTypes(c.arn) {
			got = append(got, r.String())
		}
		if strings.Join(got, " ") != c.types {
			t.Errorf("%s on %s: %v, want %s", c.action, c.arn, got, c.types)
		}
	}
}

// Each format fits the ARNs that are made of it.
func TestFormatsFitTheirARNs(t *testing.T) {
	checked := 0
	for _, s := range Services() {
		for i := range s.Resources {
			r := &s.Resources[i]
			arn := strings.ReplaceAll(strings.ReplaceAll(unnamed(r.ARN), "${}", "x1"), "*", "x2")
			if !r.MatchARN(arn) {
				t.Errorf("%s: %s doesn't fit %s", r, arn, r.ARN)
			}
			if p := newResourcePattern(arn); !p.fit(r, nil) {
				t.Errorf("%s: the pattern %s doesn't fit", r, arn)
			}
			if r.MatchARN("arn:aws:nosuch:::x") && !strings.Contains(r.ARN, "${Vendor}") {
				t.Errorf("%s fits an ARN of no service", r)
			}
			checked++
		}
	}
	if checked < 2000 {
		t.Errorf("%d formats", checked)
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		action, resource string
		want             bool
	}{
		{"s3:GetObject", "*", true},
		{"s3:GetObject", "**", true},
		{"s3:GetObject", "arn:aws:s3:::b/*", true},
		{"s3:GetObject", "arn:aws:s3:::b*", true},
		{"s3:GetObject", "arn:aws:s3:::b", false},
		{"s3:GetObject", "arn:aws:s3:::b/${aws:username}/*", true},
		{"s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/b}", true},
		{"s3:GetObject", "arn:aws:s3", true},
		{"s3:GetObject", "arn:*:s3:::?/?", true},
		{"s3:ListBucket", "arn:aws:s3:::b/*", false},
		{"s3:ListBucket", "arn:aws:s3:::b*", true},
		{"ec2:DescribeInstances", "*", true},
		{"ec2:DescribeInstances", "arn:aws:ec2:*:*:instance/*", false},
		{"ec2:DescribeInstances", "arn:aws:ec2:*", false},
		{"ec2:RunInstances", "arn:aws:ec2:*:*:instance/*", true},
		{"ec2:RunInstances", "arn:aws:ec2:*:*:*", true},
		{"ec2:RunInstances", "arn:aws:ec2:*:*:vpc/*", false},
		{"logs:PutLogEvents", "arn:aws:logs:*:*:log-group:/aws/lambda/*:*", true},
		{"logs:CreateLogGroup", "arn:aws:logs:*:*:*", true},
		{"logs:CreateLogStream", "arn:aws:logs:*:*:log-group:/x:*", true},
	} {
		if got := mustAction(t, c.action).Covers(c.resource); got != c.want {
			t.Errorf("%s on %s: %v", c.action, c.resource, got)
		}
	}
}

// The intersection of patterns against all short texts.
func TestCommon(t *testing.T) {
	var texts []string
	for i := 0; len(texts) < 3+9+27+81+1; i++ {
		s := ""
		for n := i; n > 0; n = (n - 1) / 3 {
			s += string("ab/"[(n-1)%3])
		}
		texts = append(texts, s)
	}
	inside := func(p string) []token { // "+" and "%" are "?" and "*" without "/"
		tokens := wild(p)
		for i := range tokens {
			switch {
			case tokens[i].kind == literal && tokens[i].char == '+':
				tokens[i] = token{kind: oneInside}
			case tokens[i].kind == literal && tokens[i].char == '%':
				tokens[i] = token{kind: manyInside}
			}
		}
		return tokens
	}
	patterns := []string{"", "*", "?", "a", "a*", "*a", "a?", "*b*", "?*", "/", "a/*", "+", "%", "a%", "+%", "%/a", "a/+", "*/*", "b*a", "??", "+/%", "ab", "%b"}
	matches := func(p, s string) bool { return common(inside(p), exact(s), nil) }
	checked := 0
	for _, p := range patterns {
		for _, s := range texts {
			want := naiveInside(p, s)
			if got := matches(p, s); got != want {
				t.Errorf("%q on %q: %v", p, s, got)
			}
		}
		for _, q := range patterns {
			want := slices.ContainsFunc(texts, func(s string) bool { return naiveInside(p, s) && naiveInside(q, s) })
			if got := common(inside(p), inside(q), nil); got != want {
				t.Errorf("%q and %q: %v", p, q, got)
			}
			checked++
		}
	}
	if checked != len(patterns)*len(patterns) || len(texts) < 100 {
		t.Error(fmt.Sprint(checked, len(texts)))
	}
}

func naiveInside(p, s string) bool {
	if p == "" {
		return s == ""
	}
	if p[0] == '*' || p[0] == '%' {
		return naiveInside(p[1:], s) || s != "" && (p[0] == '*' || s[0] != '/') && naiveInside(p, s[1:])
	}
	return s != "" && (p[0] == s[0] || p[0] == '?' || p[0] == '+' && s[0] != '/') && naiveInside(p[1:], s[1:])
}

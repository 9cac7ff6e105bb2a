package policy_test

import (
	"fmt"

	"github.com/aratame/aratame/policy"
)

// A program that authorizes an action of its own.
func Example() {
	doc, err := policy.Parse(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
		"Action": "myapp:DeleteReport", "Resource": "arn:aws:myapp:::report/draft-*"}}`, policy.Identity)
	if err != nil {
		panic(err)
	}
	may := &policy.Policies{Identity: policy.Compile(policy.Policy{Document: doc})}
	ann := &policy.Principal{Kind: policy.User, ARN: "arn:aws:iam::111122223333:user/ann", Account: "111122223333"}
	for _, report := range []string{"draft-1", "final-1"} {
		fmt.Println(report, policy.Evaluate(&policy.Request{Principal: ann, Action: "myapp:DeleteReport", Resource: "arn:aws:myapp:::report/" + report}, may).Effect)
	}
	// Output:
	// draft-1 allowed
	// final-1 implicitDeny
}

func ExampleParse() {
	_, err := policy.Parse(`{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Action": "GetObject", "Resource": "*"}
}`, policy.Identity)
	fmt.Println(err)
	// Output:
	// MalformedPolicyDocument: Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. (line 3, column 46, Statement[0].Action)
}

func ExampleExplain() {
	doc, err := policy.Parse(`{"Version": "2012-10-17", "Statement": {"Sid": "Home", "Effect": "Allow",
		"Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:username}/*"}}`, policy.Identity)
	if err != nil {
		panic(err)
	}
	ctx := policy.MapContext{}
	ctx.Set("aws:username", "ann")
	d := policy.Explain(&policy.Request{
		Principal:       &policy.Principal{Kind: policy.User, ARN: "arn:aws:iam::111122223333:user/ann", Account: "111122223333"},
		Action:          "s3:GetObject",
		Resource:        "arn:aws:s3:::home/bob/notes",
		ResourceAccount: "111122223333",
		Context:         ctx,
	}, &policy.Policies{Identity: policy.Compile(policy.Policy{Source: policy.Source{Type: policy.UserInline, Name: "home"}, Document: doc})})
	fmt.Println(d.Message())
	fmt.Print(d)
	// Output:
	// User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::home/bob/notes because no identity-based policy allows the s3:GetObject action
	// implicitDeny (identity policy): arn:aws:iam::111122223333:user/ann may not s3:GetObject on arn:aws:s3:::home/bob/notes
	//   Allow doesn't apply: identity policy home, statement 0 (Home), line 1 column 40: Resource: the resource arn:aws:s3:::home/bob/notes matches none of "arn:aws:s3:::home/${aws:username}/*"
}

// A permissions boundary limits what identity policies allow, and a resource
// policy that names the user goes past it.
func ExampleEvaluate() {
	set := func(text string, kind policy.Kind) *policy.Set {
		doc, err := policy.Parse(text, kind)
		if err != nil {
			panic(err)
		}
		return policy.Compile(policy.Policy{Document: doc})
	}
	ann := &policy.Principal{Kind: policy.User, ARN: "arn:aws:iam::111122223333:user/ann", Account: "111122223333"}
	get := &policy.Request{Principal: ann, Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/may.csv", ResourceAccount: ann.Account}
	may := &policy.Policies{
		Identity: set(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}`, policy.Identity),
		Boundary: set(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}`, policy.Boundary),
	}
	out := policy.Evaluate(get, may)
	fmt.Println(out.Effect, out.By)
	may.Resource = set(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ann"},
		"Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}}`, policy.Resource)
	out = policy.Evaluate(get, may)
	fmt.Println(out.Effect, out.By)
	// Output:
	// implicitDeny boundary
	// allowed resource
}

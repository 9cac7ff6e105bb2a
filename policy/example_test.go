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

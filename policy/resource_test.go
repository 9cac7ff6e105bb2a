package policy

import "testing"

func TestParseResource(t *testing.T) {
	const head, who = `{"Version":"2012-10-17","Statement":[{`, `"Effect":"Allow","Principal":"*",`
	const ecr = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'"
	for _, c := range []struct{ service, text, code, message string }{
		{"s3", head + who + `"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`, "", ""},
		{"s3", head + who + `"Action":"S3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}]}`, "", ""},
		{"s3", head + who + `"Action":"*","Resource":"arn:aws:s3:::b/*"}]}`, "", ""},
		{"s3", "\n{" + `"Statement":[]}`, "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'"},
		{"s3", `[`, "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'"},
		{"s3", `"x"`, "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'"},
		{"s3", head + who + `"Action":"s3:GetObject","Resource":"*"}]}`, "MalformedPolicy", "Policy has invalid resource"},
		{"s3", head + who + `"Action":"s3:GetObject","Resource":"b"}]}`, "MalformedPolicy", "Policy has invalid resource"},
		{"s3", head + who + `"Action":"s3:GetObject","Resource":"arn:aws:sqs:::b"}]}`, "MalformedPolicy", "Policy has invalid resource"},
		{"s3", head + who + `"Action":"invalid_action","Resource":"arn:aws:s3:::b"}]}`, "MalformedPolicy", "Policy has invalid action"},
		{"s3", head + who + `"Action":"sqs:SendMessage","Resource":"arn:aws:s3:::b"}]}`, "MalformedPolicy", "Policy has invalid action"},
		{"s3", head + `"Effect":"hello","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}]}`, "MalformedPolicy", "Invalid effect: hello"},
		{"s3", head + `"Effect":"allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}]}`, "MalformedPolicy", "Invalid effect: allow"},
		{"s3", head + `"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}]}`, "MalformedPolicy", "Missing required field Effect"},
		{"s3", head + who + `"Resource":"arn:aws:s3:::b"}]}`, "MalformedPolicy", "Missing required field Action"},
		{"s3", head + who + `"Action":"s3:GetObject"}]}`, "MalformedPolicy", "Statement is missing required element"},
		{"s3", head + `"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}]}`, "MalformedPolicy", "Missing required field Principal"},
		{"s3", head + `"Effect":"Allow","Principal":{"AWS":"bob"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}]}`, "MalformedPolicy", "Invalid principal in policy"},
		{"s3", head + who + `"Action":"s3:GetObject","Resource":"arn:aws:s3:::b","Colour":"red"}]}`, "MalformedPolicy", "Unknown field Colour"},
		{"kms", head + who + `"Action":"kms:*","Resource":"*"}]}`, "", ""},
		{"kms", head + who + `"Action":"s3:*","Resource":"*"}]}`, "MalformedPolicyDocumentException", msgForeignAction},
		{"sqs", head + who + `"Action":"SQS:SendMessage","Resource":"arn:aws:sqs:us-east-1:111122223333:q"}]}`, "", ""},
		{"sqs", head + who + `"Action":"sns:Publish","Resource":"*"}]}`, "InvalidAttributeValue", "Invalid value for the parameter Policy."},
		{"sns", head + who + `"Action":"sns:Publish","Resource":"arn:aws:sqs:us-east-1:111122223333:q"}]}`, "InvalidParameter", "Invalid parameter: Policy Error: null"},
		{"ecr", head + who + `"Action":"ecr:BatchGetImage"}]}`, "", ""},
		{"ecr", head + who + `"Action":"ecr:BatchGetImage","Resource":"*"}]}`, "InvalidParameterException", ecr},
		{"ecr", head + who + `"Action":"ecr:BatchGetImage","Resource":[null]}]}`, "InvalidParameterException", ecr},
		{"s3", head + who + `"Action":"s3:GetObject","Resource":"arn:aws:S3:::b/*"}]}`, "MalformedPolicy", "Policy has invalid resource"},
		{"glue", head + who + `"Action":"glue:*","Resource":"*"}]}`, "", ""},
		{"glue", head + who + `"Action":"glue:*"}]}`, MalformedPolicyDocument, msgNoResources},
	} {
		d, err := ParseResource(c.text, c.service)
		if c.code == "" {
			if err != nil || d.Kind() != Resource {
				t.Errorf("%s %s: %v", c.service, c.text, err)
			}
			continue
		}
		if e, ok := err.(*ParseError); !ok || e.Code != c.code || e.Message != c.message {
			t.Errorf("%s %s: %v", c.service, c.text, err)
		}
	}
}

// A policy without Resource speaks of what it is attached to.
func TestBareResourcePolicy(t *testing.T) {
	d, err := ParseStoredResource(`{"Statement":{"Effect":"Allow","Principal":{"AWS":"`+other+`"},"Action":"ecr:*"}}`, "ecr")
	if err != nil {
		t.Fatal(err)
	}
	pol := &Policies{Identity: setOf(t, Identity, full), Resource: Compile(Policy{Document: d})}
	req := &Request{Principal: &Principal{Kind: User, ARN: "arn:aws:iam::" + other + ":user/bob", Account: other}, Action: "ecr:BatchGetImage", Resource: "arn:aws:ecr:us-east-1:" + acct + ":repository/r"}
	if out := Evaluate(req, pol); !out.Allowed() {
		t.Error(Explain(req, pol))
	}
	// A Resource that is there counts, although the service would refuse it.
	d, err = ParseStoredResource(`{"Statement":{"Effect":"Allow","Principal":{"AWS":"`+other+`"},"Action":"ecr:*","Resource":"arn:aws:ecr:us-east-1:`+acct+`:repository/other"}}`, "ecr")
	if err != nil {
		t.Fatal(err)
	}
	pol.Resource = Compile(Policy{Document: d})
	if out := Evaluate(req, pol); out.Allowed() {
		t.Error(out)
	}
	if _, err := ParseStored(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"ecr:*"}}`, Resource); err == nil {
		t.Error("accepted for any service")
	}
}

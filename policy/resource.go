package policy

import (
	"slices"
	"strings"
)

// resourceRule is what a service asks of the policies of its own resources
// beyond the grammar, and how it refuses one.
type resourceRule struct {
	code    string
	message string // the only sentence the service has; "" where it says more
	vendors []string
	bare    bool // no Resource element: a policy is about what it is attached to
	named   bool // a Resource names the service's own; "*" isn't enough
}

// resourceRules holds services by the prefix of their actions. Codes are those
// of the services' models; sentences were seen in public reports.
var resourceRules = map[string]resourceRule{
	"s3":             {code: "MalformedPolicy", vendors: []string{"s3", "s3-object-lambda", "s3-outposts", "s3express"}, named: true},
	"kms":            {code: "MalformedPolicyDocumentException", vendors: []string{"kms"}},
	"secretsmanager": {code: "MalformedPolicyDocumentException", vendors: []string{"secretsmanager"}},
	"sqs":            {code: "InvalidAttributeValue", message: "Invalid value for the parameter Policy.", vendors: []string{"sqs"}},
	"sns":            {code: "InvalidParameter", message: "Invalid parameter: Policy Error: null", vendors: []string{"sns"}},
	"ecr": {code: "InvalidParameterException", message: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
		vendors: []string{"ecr"}, bare: true},
}

// ParseResource is Parse for the policy of a resource of one service, named by
// the prefix of its actions in lower case ("s3", "kms", …). The error has the
// code and, where it is known, the sentence of that service; Detail then says
// what is wrong.
// Beyond the grammar, actions and resources must be the service's own, and
// policies of ECR repositories have no Resource element. Services without
// rules of their own are held to those of Parse. Whether the resources are the
// one that the policy is attached to is the caller's to check.
func ParseResource(text, service string) (*Document, error) {
	return parse(text, Resource, service, true)
}

// ParseStoredResource is ParseStored for the policy of a resource of one
// service.
func ParseStoredResource(text, service string) (*Document, error) {
	return parse(text, Resource, service, false)
}

// checkService holds actions and resources to the service.
func checkService(p *parser, st *Statement, i int) *ParseError {
	rule, ok := resourceRules[p.service]
	if !ok {
		return nil
	}
	own := func(vendor string) bool { return slices.Contains(rule.vendors, vendor) }
	for _, a := range st.Actions {
		if vendor, _, _ := strings.Cut(lowerASCII(a), ":"); a != "*" && !own(vendor) {
			return p.refuse(i, msgForeignAction, "Action", "NotAction")
		}
	}
	if rule.bare && len(st.Resources)+st.nulls > 0 {
		return p.refuse(i, msgForeignResource, "Resource", "NotResource")
	}
	for _, r := range st.Resources {
		f, _, _ := splitARN(r, false)
		if r == "*" && rule.named || r != "*" && !own(f[2]) {
			return p.refuse(i, msgForeignResource, "Resource", "NotResource")
		}
	}
	return nil
}

const (
	msgForeignAction   = "Policy has an action of another service."
	msgForeignResource = "Policy has a resource that isn't the service's."
)

// inServiceWords gives an error the code and the sentence of the service.
func (p *parser) inServiceWords(e *ParseError) *ParseError {
	rule, ok := resourceRules[p.service]
	if !ok {
		return e
	}
	e.Code = rule.code
	said := e.Message
	switch {
	case rule.message != "":
		e.Message = rule.message
	case p.service == "s3":
		e.Message = p.bucketPolicyMessage(e)
	}
	if e.Detail == "" && e.Message != said {
		e.Detail = said
	}
	return e
}

// bucketPolicyMessage returns S3's sentence, as seen in public reports.
func (p *parser) bucketPolicyMessage(e *ParseError) string {
	if p.root.kind != nodeObject {
		return "Policies must be valid JSON and the first byte must be '{'"
	}
	_, element, _ := strings.Cut(e.Path, ".")
	element, _, _ = strings.Cut(element, ".")
	element, _, _ = strings.Cut(element, "[")
	switch {
	case e.Message == msgNoResources && element == "":
		return "Statement is missing required element"
	case e.Message == msgNoActions && element == "":
		return "Missing required field Action"
	case e.Detail == detailNoEffect:
		return "Missing required field Effect"
	case e.Detail == detailUnknown:
		return "Unknown field " + e.Path[strings.LastIndexByte(e.Path, '.')+1:]
	case element == "Effect":
		return "Invalid effect: " + p.text(e)
	case element == "Action", element == "NotAction":
		return "Policy has invalid action"
	case element == "Resource", element == "NotResource":
		return "Policy has invalid resource"
	case (element == "Principal" || element == "NotPrincipal") && !strings.HasPrefix(e.Message, "Missing"):
		return "Invalid principal in policy"
	}
	return e.Message
}

// text is the string that stands where an error is.
func (p *parser) text(e *ParseError) string {
	for _, n := range p.nodes {
		if v, ok := n.get("Effect"); ok && v.start == e.Offset {
			return v.text
		}
	}
	return ""
}

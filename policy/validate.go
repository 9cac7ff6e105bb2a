package policy

import (
	"fmt"
	"strings"
)

// AWS's sentences for refused documents, as recorded from IAM.
const (
	msgSyntax       = "Syntax errors in policy."
	msgVersion      = "Policy document must be version 2012-10-17 or greater."
	msgPrincipal    = "Policy document should not specify a principal."
	msgLegacy       = "The policy failed legacy parsing"
	msgSidCharset   = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
	msgSidUnique    = "Statement IDs (SID) in a single policy must be unique."
	msgNoActions    = "Policy statement must contain actions."
	msgNoResources  = "Policy statement must contain resources."
	msgVendorRegex  = "Resource vendor must be fully qualified and cannot contain regexes."
	msgActionVendor = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	msgActionColons = "Actions/Condition can contain only one colon."
	detailUnknown   = "unknown element"
	detailNoEffect  = "Effect is missing"
	msgIAMPath      = "IAM resource path must either be \"*\", root, or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, " +
		"server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/."
)

var partitions = map[string]bool{
	"aws": true, "aws-cn": true, "aws-us-gov": true, "aws-iso": true, "aws-iso-b": true, "aws-iso-e": true, "aws-iso-f": true, "aws-eusc": true,
	"*": true, // as in AWS's own managed policies
}

var iamResourceTypes = []string{"user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
	"sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
	// Newer than the sentence, and in AWS's own policies.
	"delegation-request/", "role-template/"}

// check is one class of failures. IAM reports the first class that a document
// fails, wherever in the document the failure is.
type check func(*parser, *Statement, int) *ParseError

func (p *parser) validate() *ParseError {
	if p.strict && p.doc.Version != version2012 && p.needs2012() {
		message := msgVersion
		if p.kind == RCP {
			message = msgOrganizations
		}
		return p.errorAt(p.root.start, "Version", message, "")
	}
	var checks []check
	switch {
	case p.kind == Trust && p.strict:
		checks = []check{checkTrustElements, checkEffect, checkDates, checkSid, checkPrincipals, checkTrustActions}
	case p.kind == Trust:
		checks = []check{checkTrustElements, checkEffect}
	case p.strict:
		checks = []check{checkPrincipalElement, checkEffect, checkDates, checkLegacyARNs, checkSid, checkNoActions, checkResources,
			checkActions, checkNoResources, checkPrincipals, checkOrganizations, checkService}
	default:
		checks = []check{checkPrincipalElement, checkEffect, checkNoActions, checkNoResources}
	}
	for _, c := range checks {
		for i := range p.doc.Statements {
			if e := c(p, &p.doc.Statements[i], i); e != nil {
				return e
			}
		}
	}
	return nil
}

// needs2012 tells which kinds refuse the older version of the language.
func (p *parser) needs2012() bool {
	return p.kind == Identity || p.kind == Boundary || p.kind == Session || p.kind == RCP
}

// refuse makes an error at a member of a statement, or at the statement.
func (p *parser) refuse(i int, message string, members ...string) *ParseError {
	for _, m := range members {
		if n, ok := p.nodes[i].get(m); ok {
			return p.errorAt(n.start, path(i, m), message, "")
		}
	}
	return p.errorAt(p.nodes[i].start, path(i, ""), message, "")
}

func checkEffect(p *parser, _ *Statement, i int) *ParseError {
	if n, _ := p.nodes[i].get("Effect"); n.text != "Allow" && n.text != "Deny" {
		return p.refuse(i, msgLegacy, "Effect")
	}
	return nil
}

func checkDates(p *parser, st *Statement, i int) *ParseError {
	for _, c := range st.Conditions {
		if op, ok := parseOperator(c.Operator); !ok || !op.base.isDate() {
			continue
		}
		for _, v := range c.Values {
			if _, ok := parseInstant(v); !ok {
				return p.errorAt(c.Pos.Offset, path(i, "Condition."+c.Operator+"."+c.Key), msgLegacy, "not a date")
			}
		}
	}
	return nil
}

// checkLegacyARNs refuses ARNs that leave out fields around an empty one, those
// with an empty service, and those whose region or account can be none.
func checkLegacyARNs(p *parser, st *Statement, i int) *ParseError {
	for _, r := range st.Resources {
		f, n, _ := splitARN(r, false)
		if n > 1 && !partitions[f[1]] {
			continue // reported as a partition later
		}
		if n < arnFields && strings.Contains(r, "::") || n > 2 && f[2] == "" || n == arnFields && !(isLabel(f[3]) && isLabel(f[4])) {
			return p.refuse(i, msgLegacy, "Resource", "NotResource")
		}
	}
	return nil
}

// isLabel reports whether a region or account field is empty, or consists of
// lower-case letters, digits and wildcards in groups between single hyphens.
// AWS's documents don't say; ACCOUNT_ID, <ACCOUNT_ID> and us-west--2 are known
// from public reports to be refused, region and account-id to be accepted. A
// variable is accepted: AWS's own managed policies have some.
func isLabel(s string) bool {
	if s == "" || strings.Contains(s, "${") {
		return true
	}
	for i := range len(s) {
		c := s[i]
		if c == '-' && i > 0 && i < len(s)-1 && s[i-1] != '-' {
			continue
		}
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '*' && c != '?' {
			return false
		}
	}
	return true
}

func checkSid(p *parser, st *Statement, i int) *ParseError {
	if st.Sid == "" {
		return nil
	}
	if p.needs2012() && p.kind != RCP && strings.ContainsFunc(st.Sid, func(c rune) bool { return !isAlnum(c) }) {
		return p.refuse(i, msgSidCharset, "Sid")
	}
	if p.sids == nil {
		p.sids = make(map[string]bool)
	}
	if p.sids[st.Sid] {
		return p.refuse(i, msgSidUnique, "Sid")
	}
	p.sids[st.Sid] = true
	return nil
}

func isAlnum(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func checkNoActions(p *parser, st *Statement, i int) *ParseError {
	if len(st.Actions) == 0 {
		return p.refuse(i, msgNoActions, "Action", "NotAction")
	}
	return nil
}

func checkNoResources(p *parser, st *Statement, i int) *ParseError {
	if len(st.Resources)+st.nulls == 0 && !p.doc.bare {
		return p.refuse(i, msgNoResources, "Resource", "NotResource")
	}
	return nil
}

func checkResources(p *parser, st *Statement, i int) *ParseError {
	for _, r := range st.Resources {
		if m := resourceMessage(r); m != "" {
			return p.refuse(i, m, "Resource", "NotResource")
		}
	}
	return nil
}

// resourceMessage returns what IAM says against a resource, "" if nothing.
func resourceMessage(r string) string {
	if r == "*" {
		return ""
	}
	if !strings.Contains(r, ":") {
		return fmt.Sprintf("Resource %s must be in ARN format or \"*\".", r)
	}
	f, given, _ := splitARN(r, false)
	f[0] = "arn"
	for i := given; i < arnFields; i++ {
		f[i] = "*"
	}
	arn := func() string { return strings.Join(f[:], ":") }
	partition, service, region, resource := f[1], f[2], f[3], f[5]
	switch {
	case !partitions[partition]:
		return fmt.Sprintf("Partition \"%s\" is not valid for resource \"%s\".", partition, arn())
	case given < 3 || service == "" || strings.ContainsAny(service, "*?"):
		return msgVendorRegex
	case service == "iam" && given > 3 && region != "":
		return fmt.Sprintf("IAM resource %s cannot contain region information.", arn())
	case service == "s3" && given > 3 && region != "" && !strings.HasPrefix(resource, "accesspoint/") && !strings.HasPrefix(resource, "access-grants/"):
		return fmt.Sprintf("Resource %s can not contain region information.", arn())
	case service == "iam" && resource != "*" && resource != "root" && !hasAnyPrefix(resource, iamResourceTypes):
		return msgIAMPath
	}
	return ""
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func checkActions(p *parser, st *Statement, i int) *ParseError {
	for _, a := range st.Actions {
		if m := actionMessage(a); m != "" {
			return p.refuse(i, m, "Action", "NotAction")
		}
	}
	return nil
}

// actionMessage returns what IAM says against an action, "" if nothing.
func actionMessage(a string) string {
	if a == "*" {
		return ""
	}
	vendor, name, ok := strings.Cut(a, ":")
	switch {
	case !ok:
		return msgActionVendor
	case vendor == "" || strings.ContainsFunc(vendor, func(c rune) bool { return !isAlnum(c) && c != '.' && c != '-' }):
		return fmt.Sprintf("Vendor %s is not valid", vendor)
	case strings.Contains(name, ":"):
		return msgActionColons
	}
	return ""
}

package catalog

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/aratame/aratame/policy"
)

// An operator is a condition operator taken apart.
type operator struct {
	reads Type // what it compares; 0 for Null
	wild  bool // values hold wildcards

	all, any bool // ForAllValues, ForAnyValue
}

// variables reports whether values may hold policy variables.
func (o *operator) variables() bool { return o.reads == String || o.reads == ARN || o.reads == Bool }

var operators = map[string]operator{
	"stringequals":              {reads: String},
	"stringnotequals":           {reads: String},
	"stringequalsignorecase":    {reads: String},
	"stringnotequalsignorecase": {reads: String},
	"stringlike":                {reads: String, wild: true},
	"stringnotlike":             {reads: String, wild: true},
	"numericequals":             {reads: Numeric},
	"numericnotequals":          {reads: Numeric},
	"numericlessthan":           {reads: Numeric},
	"numericlessthanequals":     {reads: Numeric},
	"numericgreaterthan":        {reads: Numeric},
	"numericgreaterthanequals":  {reads: Numeric},
	"dateequals":                {reads: Date},
	"datenotequals":             {reads: Date},
	"datelessthan":              {reads: Date},
	"datelessthanequals":        {reads: Date},
	"dategreaterthan":           {reads: Date},
	"dategreaterthanequals":     {reads: Date},
	"bool":                      {reads: Bool},
	"binaryequals":              {reads: Binary},
	"ipaddress":                 {reads: IPAddress},
	"notipaddress":              {reads: IPAddress},
	"arnequals":                 {reads: ARN, wild: true},
	"arnnotequals":              {reads: ARN, wild: true},
	"arnlike":                   {reads: ARN, wild: true},
	"arnnotlike":                {reads: ARN, wild: true},
}

// parseOperator takes an operator's name apart as package policy does; the
// case of ASCII letters doesn't matter. Null takes neither prefix nor suffix.
func parseOperator(name string) (operator, bool) {
	s := lowerASCII(name)
	if s == "null" {
		return operator{}, true
	}
	s, all := strings.CutPrefix(s, "forallvalues:")
	any := false
	if !all {
		s, any = strings.CutPrefix(s, "foranyvalue:")
	}
	o, ok := operators[strings.TrimSuffix(s, "ifexists")]
	o.all, o.any = all, any
	return o, ok
}

func (f *finder) conditions() {
	f.required = map[string]bool{}
	for _, c := range f.st.Conditions {
		if equalFolded(c.Operator, "null") && len(c.Values) == 1 && equalFolded(c.Values[0], "false") {
			f.required[policy.FoldKey(c.Key)] = true
		}
	}
	for i := range f.st.Conditions {
		c := &f.st.Conditions[i]
		path := fmt.Sprintf("Condition.%s.%s", shorten(c.Operator), shorten(c.Key))
		o, ok := parseOperator(c.Operator)
		if !ok {
			f.say(Error, "INVALID_CONDITION_OPERATOR", path, c.Pos, "there is no condition operator %q", c.Operator)
			continue
		}
		if key, ok := f.key(c.Key, path, c.Pos); ok {
			f.operator(c, path, o, key)
		}
		for _, v := range c.Values {
			f.value(c, path, o, v)
		}
	}
}

// key finds the key, or says what is wrong with it.
func (f *finder) key(name, path string, pos policy.Position) (Key, bool) {
	k, ok := LookupKey(name)
	if ok {
		return k, true
	}
	vendor, rest, hasColon := strings.Cut(name, ":")
	switch {
	case !hasColon || vendor == "" || rest == "":
		f.say(Error, "INVALID_CONDITION_KEY_FORMAT", path, pos, "%q isn't a condition key: keys have a service before a colon", name)
	case strings.EqualFold(vendor, "aws") && isTagKey(rest):
		f.say(Error, "MISSING_TAG_KEY_IN_CONDITION", path, pos, "%q needs the key of a tag after a slash", name)
	case strings.EqualFold(vendor, "aws"):
		f.say(Error, "INVALID_GLOBAL_CONDITION_KEY", path, pos, "there is no global condition key %q", name)
	case strings.Contains(vendor, "."):
		f.say(Warning, "INVALID_SERVICE_CONDITION_KEY", path, pos, "the claim in %q isn't known to be a condition key of its identity provider", name)
	default:
		f.say(Error, "INVALID_SERVICE_CONDITION_KEY", path, pos, "there is no condition key %q", name)
	}
	return Key{}, false
}

func isTagKey(name string) bool {
	switch strings.TrimSuffix(strings.ToLower(name), "/") {
	case "principaltag", "requesttag", "resourcetag":
		return true
	}
	return false
}

// operator looks at how the operator and the key go together.
func (f *finder) operator(c *policy.Condition, path string, o operator, k Key) {
	if o.reads == 0 {
		return
	}
	if !comparable(o.reads, k) {
		f.say(Warning, "TYPE_MISMATCH", path, c.Pos, "%s compares values of type %s, but %s has type %s", c.Operator, o.reads, k.Name, k.TypeName())
	}
	switch {
	case k.Multi && !o.all && !o.any:
		f.say(Error, "MISSING_QUALIFIER", path, c.Pos, "requests have a list of values for %s: put ForAllValues: or ForAnyValue: before %s", k.Name, c.Operator)
	case o.all && !k.Multi && !f.st.Deny:
		f.say(Security, "FORALLVALUES_WITH_SINGLE_VALUED_KEY", path, c.Pos,
			"%s has one value, and ForAllValues is true for requests without it: leave ForAllValues out", k.Name)
	case o.all && !k.Multi:
		f.say(Warning, "FORALLVALUES_WITH_SINGLE_VALUED_KEY", path, c.Pos,
			"%s has one value, and ForAllValues is true for requests without it, which are denied", k.Name)
	case o.all && !f.st.Deny && !f.required[policy.FoldKey(c.Key)]:
		f.say(Security, "FORALLVALUES_WITHOUT_NULL_CHECK", path, c.Pos,
			`ForAllValues is true for requests without %s: add "Null": {%q: "false"} if these shall not be allowed`, k.Name, c.Key)
	}
}

// comparable reports whether an operator's type suits a key. ARNs are compared
// as strings, too; tags and the like, whose keys are templates, hold anything;
// aws:EpochTime is a date and a number.
func comparable(reads Type, k Key) bool {
	switch {
	case strings.ContainsAny(k.Name, "${<"):
		return true
	case reads == k.Type, reads == String && (k.Type == ARN || k.Type == Binary):
		return true
	case k.Name == "aws:EpochTime":
		return reads == Numeric
	case k.Name == "aws:FederatedProvider", k.Name == "iam:PermissionsBoundary":
		return reads == ARN || reads == String
	}
	return false
}

// value looks at one value of a condition.
func (f *finder) value(c *policy.Condition, path string, o operator, v string) {
	if strings.Contains(v, "${") {
		if !o.variables() {
			f.say(Error, "INVALID_VARIABLE_FOR_OPERATOR", path, c.Pos, "%s doesn't replace variables", c.Operator)
			return
		}
		f.checkVariables(v, path, c.Pos)
		return
	}
	switch o.reads {
	case 0, Bool:
		if !equalFolded(v, "true") && !equalFolded(v, "false") {
			f.say(Warning, "TYPE_MISMATCH_BOOLEAN", path, c.Pos, "%q is neither true nor false", v)
		}
	case Numeric:
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			f.say(Warning, "TYPE_MISMATCH_NUMBER", path, c.Pos, "%q isn't a number", v)
		}
	case IPAddress:
		_, err := netip.ParsePrefix(v)
		if _, err2 := netip.ParseAddr(v); err != nil && err2 != nil {
			f.say(Warning, "TYPE_MISMATCH_IP_RANGE", path, c.Pos, "%q is neither an address nor a range", v)
		}
	case String:
		if !o.wild && strings.ContainsAny(v, "*?") {
			f.say(Warning, "WILDCARD_WITHOUT_LIKE_OPERATOR", path, c.Pos, "%s takes the wildcard in %q literally", c.Operator, v)
		}
	}
}

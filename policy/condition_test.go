package policy

import (
	"encoding/json"
	"strings"
	"testing"
)

// mustParse reads a stored document of the kind.
func mustParse(t testing.TB, text string, kind Kind) *Document {
	t.Helper()
	d, err := ParseStored(text, kind)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

// contextOf reads {"key": "value", "list": ["a", "b"]}.
func contextOf(t testing.TB, text string) MapContext {
	t.Helper()
	m := MapContext{}
	if text == "" {
		return m
	}
	var raw map[string]any
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	for k, v := range raw {
		switch v := v.(type) {
		case string:
			m.Set(k, v)
		case []any:
			var list []string
			for _, s := range v {
				list = append(list, s.(string))
			}
			m.SetList(k, list...)
		}
	}
	return m
}

// Each case gives a condition, a context, and the truth of the condition: Y,
// N, or U for what can't be evaluated.
var conditionCases = []struct{ name, condition, context, want string }{
	{"StringEquals", `{"StringEquals":{"k":"a"}}`, `{"k":"a"}`, "Y"},
	{"StringEquals case", `{"StringEquals":{"k":"a"}}`, `{"k":"A"}`, "N"},
	{"StringEquals no wildcard", `{"StringEquals":{"k":"a*"}}`, `{"k":"ab"}`, "N"},
	{"StringEquals literal star", `{"StringEquals":{"k":"a*"}}`, `{"k":"a*"}`, "Y"},
	{"StringEquals one of several", `{"StringEquals":{"k":["b","a"]}}`, `{"k":"a"}`, "Y"},
	{"StringEquals none of several", `{"StringEquals":{"k":["b","c"]}}`, `{"k":"a"}`, "N"},
	{"StringEquals no values", `{"StringEquals":{"k":[]}}`, `{"k":"a"}`, "N"},
	{"StringEquals absent", `{"StringEquals":{"k":"a"}}`, ``, "N"},
	{"StringEquals empty value is present", `{"StringEquals":{"k":""}}`, `{"k":""}`, "Y"},
	{"StringEquals empty list is absent", `{"StringEqualsIfExists":{"k":"a"}}`, `{"k":[]}`, "Y"},
	{"StringNotEquals", `{"StringNotEquals":{"k":"a"}}`, `{"k":"b"}`, "Y"},
	{"StringNotEquals same", `{"StringNotEquals":{"k":"a"}}`, `{"k":"a"}`, "N"},
	{"StringNotEquals several means none", `{"StringNotEquals":{"k":["a","b"]}}`, `{"k":"b"}`, "N"},
	{"StringNotEquals absent is true", `{"StringNotEquals":{"k":"a"}}`, ``, "Y"},
	{"StringNotEquals no values", `{"StringNotEquals":{"k":[]}}`, `{"k":"b"}`, "Y"},
	{"StringEqualsIgnoreCase", `{"StringEqualsIgnoreCase":{"k":"aÉ"}}`, `{"k":"Aé"}`, "Y"},
	{"StringEqualsIgnoreCase other", `{"StringEqualsIgnoreCase":{"k":"a"}}`, `{"k":"b"}`, "N"},
	{"StringNotEqualsIgnoreCase", `{"StringNotEqualsIgnoreCase":{"k":"a"}}`, `{"k":"A"}`, "N"},
	{"StringNotEqualsIgnoreCase absent", `{"StringNotEqualsIgnoreCase":{"k":"a"}}`, ``, "Y"},
	{"StringLike", `{"StringLike":{"k":"a*c?"}}`, `{"k":"abbcd"}`, "Y"},
	{"StringLike case", `{"StringLike":{"k":"a*"}}`, `{"k":"Ab"}`, "N"},
	{"StringLike star takes slash", `{"StringLike":{"k":"a*c"}}`, `{"k":"a/b/c"}`, "Y"},
	{"StringLike star is present", `{"StringLike":{"k":"*"}}`, `{"k":""}`, "Y"},
	{"StringLike star absent", `{"StringLike":{"k":"*"}}`, ``, "N"},
	{"StringLike one character", `{"StringLike":{"k":"a?"}}`, `{"k":"a"}`, "N"},
	{"StringLike character not byte", `{"StringLike":{"k":"a?"}}`, `{"k":"aé"}`, "Y"},
	{"StringLike ends with one character", `{"StringLike":{"k":"*a?"}}`, `{"k":"xaé"}`, "Y"},
	{"StringLike ends with two characters", `{"StringLike":{"k":"*a??"}}`, `{"k":"xaé"}`, "N"},
	{"StringLike end", `{"StringLike":{"k":"*c*d"}}`, `{"k":"cdx"}`, "N"},
	{"StringLike no overlap", `{"StringLike":{"k":"ab*ba"}}`, `{"k":"aba"}`, "N"},
	{"StringNotLike", `{"StringNotLike":{"k":["a*","b*"]}}`, `{"k":"bc"}`, "N"},
	{"StringNotLike other", `{"StringNotLike":{"k":["a*","b*"]}}`, `{"k":"c"}`, "Y"},
	{"StringNotLike absent", `{"StringNotLike":{"k":"a*"}}`, ``, "Y"},
	{"operator case", `{"stringlike":{"k":"a*"}}`, `{"k":"ab"}`, "Y"},
	{"key case", `{"StringEquals":{"AWS:PrincipalTag/Team":"a"}}`, `{"aws:principaltag/TEAM":"a"}`, "Y"},

	{"NumericEquals", `{"NumericEquals":{"k":"10"}}`, `{"k":"10.0"}`, "Y"},
	{"NumericEquals exponent", `{"NumericEquals":{"k":1e3}}`, `{"k":"1000"}`, "Y"},
	{"NumericEquals large", `{"NumericEquals":{"k":"9007199254740993"}}`, `{"k":"9007199254740992"}`, "N"},
	{"NumericEquals text in request", `{"NumericEquals":{"k":"10"}}`, `{"k":"ten"}`, "U"},
	{"NumericEquals text in policy", `{"NumericEquals":{"k":"ten"}}`, `{"k":"10"}`, "U"},
	{"NumericEquals text beside match", `{"NumericEquals":{"k":["ten","10"]}}`, `{"k":"10"}`, "Y"},
	{"NumericEquals no variable", `{"NumericEquals":{"k":"${v}"}}`, `{"k":"10","v":"10"}`, "U"},
	{"NumericNotEquals", `{"NumericNotEquals":{"k":["1","2"]}}`, `{"k":"3"}`, "Y"},
	{"NumericNotEquals one", `{"NumericNotEquals":{"k":["1","3"]}}`, `{"k":"3"}`, "N"},
	{"NumericNotEquals text", `{"NumericNotEquals":{"k":"x"}}`, `{"k":"3"}`, "U"},
	{"NumericNotEquals absent", `{"NumericNotEquals":{"k":"1"}}`, ``, "Y"},
	{"NumericLessThan", `{"NumericLessThan":{"k":"10"}}`, `{"k":"9.99"}`, "Y"},
	{"NumericLessThan equal", `{"NumericLessThan":{"k":"10"}}`, `{"k":"10"}`, "N"},
	{"NumericLessThan not by text", `{"NumericLessThan":{"k":"10"}}`, `{"k":"9"}`, "Y"},
	{"NumericLessThan negative", `{"NumericLessThan":{"k":"-9"}}`, `{"k":"-10"}`, "Y"},
	{"NumericLessThanEquals", `{"NumericLessThanEquals":{"k":10}}`, `{"k":"10"}`, "Y"},
	{"NumericGreaterThan", `{"NumericGreaterThan":{"k":"0.1"}}`, `{"k":"0.10001"}`, "Y"},
	{"NumericGreaterThan zero", `{"NumericGreaterThan":{"k":"-0"}}`, `{"k":"0"}`, "N"},
	{"NumericGreaterThanEquals", `{"NumericGreaterThanEquals":{"k":"5"}}`, `{"k":"4"}`, "N"},
	{"NumericGreaterThanEquals absent", `{"NumericGreaterThanEquals":{"k":"5"}}`, ``, "N"},

	{"DateEquals zones", `{"DateEquals":{"k":"2020-01-01T12:00:00+02:00"}}`, `{"k":"2020-01-01T10:00:00Z"}`, "Y"},
	{"DateEquals epoch", `{"DateEquals":{"k":"1577836800"}}`, `{"k":"2020-01-01"}`, "Y"},
	{"DateEquals year", `{"DateEquals":{"k":"2020"}}`, `{"k":"2020-01-01T00:00Z"}`, "Y"},
	{"DateEquals text", `{"DateEquals":{"k":"soon"}}`, `{"k":"2020"}`, "U"},
	{"DateNotEquals", `{"DateNotEquals":{"k":"2020"}}`, `{"k":"2021"}`, "Y"},
	{"DateNotEquals absent", `{"DateNotEquals":{"k":"2020"}}`, ``, "Y"},
	{"DateLessThan", `{"DateLessThan":{"k":"2020-01-01T00:00:00Z"}}`, `{"k":"2019-12-31T23:59:59.999999999Z"}`, "Y"},
	{"DateLessThanEquals", `{"DateLessThanEquals":{"k":"2020-01-01"}}`, `{"k":"2020-01-01T00:00:00.000000001Z"}`, "N"},
	{"DateGreaterThan", `{"DateGreaterThan":{"k":"2020-02"}}`, `{"k":"2020-02-29"}`, "Y"},
	{"DateGreaterThan request unreadable", `{"DateGreaterThan":{"k":"2020-02"}}`, `{"k":"x"}`, "U"},
	{"DateGreaterThanEquals", `{"DateGreaterThanEquals":{"k":"2020"}}`, `{"k":"2020-01-01T00:00:00-01"}`, "Y"},

	{"Bool", `{"Bool":{"k":"true"}}`, `{"k":"True"}`, "Y"},
	{"Bool bare", `{"Bool":{"k":false}}`, `{"k":"false"}`, "Y"},
	{"Bool other", `{"Bool":{"k":"true"}}`, `{"k":"false"}`, "N"},
	{"Bool false doesn't match absent", `{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`, ``, "N"},
	{"BoolIfExists false matches absent", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`, ``, "Y"},
	{"Bool text in request", `{"Bool":{"k":"true"}}`, `{"k":"yes"}`, "U"},
	{"Bool text in policy", `{"Bool":{"k":"yes"}}`, `{"k":"true"}`, "U"},
	{"Bool variable", `{"Bool":{"k":"${v}"}}`, `{"k":"true","v":"TRUE"}`, "Y"},
	{"Bool escape", `{"Bool":{"k":"${*}"}}`, `{"k":"false"}`, "U"},
	{"Bool variable absent", `{"Bool":{"k":"${v}"}}`, `{"k":"true"}`, "N"},

	{"BinaryEquals", `{"BinaryEquals":{"k":"QmluYXJ5"}}`, `{"k":"QmluYXJ5"}`, "Y"},
	{"BinaryEquals other", `{"BinaryEquals":{"k":"QmluYXJ5"}}`, `{"k":"QmluYXJ4"}`, "N"},
	{"BinaryEquals no base64", `{"BinaryEquals":{"k":"QmluYXJ5"}}`, `{"k":"***"}`, "U"},
	{"BinaryEquals no base64 in policy", `{"BinaryEquals":{"k":"a"}}`, `{"k":"QmluYXJ5"}`, "U"},

	{"IpAddress", `{"IpAddress":{"k":"10.0.0.0/8"}}`, `{"k":"10.255.1.2"}`, "Y"},
	{"IpAddress outside", `{"IpAddress":{"k":"10.0.0.0/8"}}`, `{"k":"11.0.0.1"}`, "N"},
	{"IpAddress single", `{"IpAddress":{"k":"10.0.0.1"}}`, `{"k":"10.0.0.1"}`, "Y"},
	{"IpAddress host bits", `{"IpAddress":{"k":"10.0.0.1/8"}}`, `{"k":"10.9.9.9"}`, "Y"},
	{"IpAddress all", `{"IpAddress":{"k":"0.0.0.0/0"}}`, `{"k":"1.2.3.4"}`, "Y"},
	{"IpAddress IPv6", `{"IpAddress":{"k":"2001:DB8::/32"}}`, `{"k":"2001:db8:0:0::1"}`, "Y"},
	{"IpAddress other family", `{"IpAddress":{"k":"::/0"}}`, `{"k":"1.2.3.4"}`, "N"},
	{"IpAddress mapped", `{"IpAddress":{"k":"1.2.3.0/24"}}`, `{"k":"::ffff:1.2.3.4"}`, "Y"},
	{"IpAddress mapped network", `{"IpAddress":{"k":"::ffff:1.2.3.0/120"}}`, `{"k":"1.2.3.4"}`, "Y"},
	{"IpAddress unreadable", `{"IpAddress":{"k":"10.0.0.0/8"}}`, `{"k":"10.0.0"}`, "U"},
	{"IpAddress zone", `{"IpAddress":{"k":"fe80::/10"}}`, `{"k":"fe80::1%eth0"}`, "U"},
	{"IpAddress leading zero", `{"IpAddress":{"k":"10.0.0.0/8"}}`, `{"k":"010.0.0.1"}`, "U"},
	{"IpAddress bad network", `{"IpAddress":{"k":"10.0.0.0/33"}}`, `{"k":"10.0.0.1"}`, "U"},
	{"IpAddress bad network length", `{"IpAddress":{"k":"10.0.0.0/+8"}}`, `{"k":"10.0.0.1"}`, "U"},
	{"NotIpAddress", `{"NotIpAddress":{"k":["10.0.0.0/8","192.168.0.0/16"]}}`, `{"k":"192.168.1.1"}`, "N"},
	{"NotIpAddress outside", `{"NotIpAddress":{"k":["10.0.0.0/8","192.168.0.0/16"]}}`, `{"k":"8.8.8.8"}`, "Y"},
	{"NotIpAddress other family", `{"NotIpAddress":{"k":"10.0.0.0/8"}}`, `{"k":"2001:db8::1"}`, "Y"},
	{"NotIpAddress absent", `{"NotIpAddress":{"k":"10.0.0.0/8"}}`, ``, "Y"},
	{"NotIpAddress unreadable", `{"NotIpAddress":{"k":"10.0.0.0/8"}}`, `{"k":"x"}`, "U"},

	{"ArnLike", `{"ArnLike":{"k":"arn:aws:sns:*:123456789012:t-*"}}`, `{"k":"arn:aws:sns:us-east-1:123456789012:t-1"}`, "Y"},
	{"ArnLike field by field", `{"ArnLike":{"k":"arn:aws:sns:*:t"}}`, `{"k":"arn:aws:sns:us-east-1:123456789012:t"}`, "U"},
	{"ArnLike star stays in its field", `{"ArnLike":{"k":"arn:aws:s*:1:123456789012:t"}}`, `{"k":"arn:aws:sns:us:1:123456789012:t"}`, "N"},
	{"ArnLike last field takes colons", `{"ArnLike":{"k":"arn:aws:logs:*:*:log-group:*"}}`, `{"k":"arn:aws:logs:r:1:log-group:a:log-stream:b"}`, "Y"},
	{"ArnEquals takes wildcards", `{"ArnEquals":{"k":"arn:aws:iam::1:role/*"}}`, `{"k":"arn:aws:iam::1:role/x/y"}`, "Y"},
	{"ArnLike empty field", `{"ArnLike":{"k":"arn:aws:s3:::b"}}`, `{"k":"arn:aws:s3:r::b"}`, "N"},
	{"ArnLike lone star", `{"ArnLike":{"k":"*"}}`, `{"k":"arn:aws:s3:::b"}`, "Y"},
	{"ArnLike no ARN", `{"ArnLike":{"k":"arn:aws:s3:::b"}}`, `{"k":"b"}`, "U"},
	{"ArnLike case", `{"ArnLike":{"k":"arn:aws:s3:::B"}}`, `{"k":"arn:aws:s3:::b"}`, "N"},
	{"ArnNotEquals", `{"ArnNotEquals":{"k":["arn:aws:s3:::a","arn:aws:s3:::b"]}}`, `{"k":"arn:aws:s3:::b"}`, "N"},
	{"ArnNotLike", `{"ArnNotLike":{"k":"arn:aws:s3:::a*"}}`, `{"k":"arn:aws:s3:::b"}`, "Y"},
	{"ArnNotLike absent", `{"ArnNotLike":{"k":"arn:aws:s3:::a*"}}`, ``, "Y"},
	{"ArnLike variable", `{"ArnLike":{"k":"arn:aws:s3:::${v}-*"}}`, `{"k":"arn:aws:s3:::x-1","v":"x"}`, "Y"},
	{"ArnLike variable field", `{"ArnLike":{"k":"arn:aws:sqs:*:${v}:q"}}`, `{"k":"arn:aws:sqs:r:12:q","v":"12"}`, "Y"},
	{"ArnLike variable is literal", `{"ArnLike":{"k":"arn:aws:s3:::${v}"}}`, `{"k":"arn:aws:s3:::xy","v":"*"}`, "N"},
	{"ArnEquals whole variable", `{"ArnEquals":{"k":"${v}"}}`, `{"k":"arn:aws:s3:::b","v":"arn:aws:s3:::b"}`, "Y"},

	{"Null true absent", `{"Null":{"k":"true"}}`, ``, "Y"},
	{"Null true present", `{"Null":{"k":"true"}}`, `{"k":""}`, "N"},
	{"Null false present", `{"Null":{"k":false}}`, `{"k":"a"}`, "Y"},
	{"Null false absent", `{"Null":{"k":"False"}}`, ``, "N"},
	{"Null false list", `{"Null":{"k":"false"}}`, `{"k":["a","b"]}`, "Y"},
	{"Null true empty list", `{"Null":{"k":"true"}}`, `{"k":[]}`, "Y"},
	{"Null both", `{"Null":{"k":["true","false"]}}`, ``, "Y"},
	{"Null text", `{"Null":{"k":"yes"}}`, ``, "U"},

	{"IfExists absent", `{"StringEqualsIfExists":{"k":"a"}}`, ``, "Y"},
	{"IfExists present", `{"StringEqualsIfExists":{"k":"a"}}`, `{"k":"b"}`, "N"},
	{"IfExists negated absent", `{"StringNotEqualsIfExists":{"k":"a"}}`, ``, "Y"},
	{"IfExists negated present", `{"StringNotEqualsIfExists":{"k":"a"}}`, `{"k":"a"}`, "N"},
	{"NumericIfExists absent", `{"NumericLessThanIfExists":{"k":"1"}}`, ``, "Y"},
	{"DateIfExists absent", `{"DateLessThanIfExists":{"k":"2020"}}`, ``, "Y"},
	{"IpIfExists absent", `{"IpAddressIfExists":{"k":"10.0.0.0/8"}}`, ``, "Y"},
	{"ArnIfExists absent", `{"ArnLikeIfExists":{"k":"arn:aws:s3:::b"}}`, ``, "Y"},
	{"BinaryIfExists absent", `{"BinaryEqualsIfExists":{"k":"QQ=="}}`, ``, "Y"},

	{"ForAllValues all", `{"ForAllValues:StringEquals":{"k":["a","b","c"]}}`, `{"k":["a","b"]}`, "Y"},
	{"ForAllValues one too many", `{"ForAllValues:StringEquals":{"k":["a","b"]}}`, `{"k":["a","x"]}`, "N"},
	{"ForAllValues absent", `{"ForAllValues:StringEquals":{"k":"a"}}`, ``, "Y"},
	{"ForAllValues empty list", `{"ForAllValues:StringEquals":{"k":"a"}}`, `{"k":[]}`, "Y"},
	{"ForAllValues negated", `{"ForAllValues:StringNotEquals":{"k":["a","b"]}}`, `{"k":["c","d"]}`, "Y"},
	{"ForAllValues negated one", `{"ForAllValues:StringNotEquals":{"k":["a","b"]}}`, `{"k":["c","b"]}`, "N"},
	{"ForAllValues negated absent", `{"ForAllValues:StringNotEquals":{"k":"a"}}`, ``, "Y"},
	{"ForAllValues single value", `{"ForAllValues:StringLike":{"k":"a*"}}`, `{"k":"ab"}`, "Y"},
	{"ForAllValues unreadable", `{"ForAllValues:NumericEquals":{"k":"1"}}`, `{"k":["1","x"]}`, "U"},
	{"ForAllValues unreadable and false", `{"ForAllValues:NumericEquals":{"k":"1"}}`, `{"k":["2","x"]}`, "N"},
	{"ForAnyValue some", `{"ForAnyValue:StringEquals":{"k":["a","b"]}}`, `{"k":["x","b"]}`, "Y"},
	{"ForAnyValue none", `{"ForAnyValue:StringEquals":{"k":["a","b"]}}`, `{"k":["x","y"]}`, "N"},
	{"ForAnyValue absent", `{"ForAnyValue:StringEquals":{"k":"a"}}`, ``, "N"},
	{"ForAnyValue empty list", `{"ForAnyValue:StringEquals":{"k":"a"}}`, `{"k":[]}`, "N"},
	{"ForAnyValue negated", `{"ForAnyValue:StringNotEquals":{"k":["a","b"]}}`, `{"k":["a","x"]}`, "Y"},
	{"ForAnyValue negated all listed", `{"ForAnyValue:StringNotEquals":{"k":["a","b"]}}`, `{"k":["a","b"]}`, "N"},
	{"ForAnyValue negated absent", `{"ForAnyValue:StringNotEquals":{"k":"a"}}`, ``, "N"},
	{"ForAnyValue IfExists absent", `{"ForAnyValue:StringEqualsIfExists":{"k":"a"}}`, ``, "U"},
	{"ForAnyValue NotIfExists absent", `{"ForAnyValue:StringNotEqualsIfExists":{"k":"a"}}`, ``, "U"},
	{"ForAnyValue unreadable", `{"ForAnyValue:NumericEquals":{"k":"1"}}`, `{"k":["2","x"]}`, "U"},
	{"list under plain operator", `{"StringEquals":{"k":"a"}}`, `{"k":["x","a"]}`, "U"},
	{"list of one under plain operator", `{"StringEquals":{"k":"a"}}`, `{"k":["a"]}`, "Y"},
	{"list under plain operator, none fits", `{"StringEquals":{"k":"a"}}`, `{"k":["x","y"]}`, "N"},
	{"list under plain negated operator", `{"StringNotEquals":{"k":"a"}}`, `{"k":["x","a"]}`, "U"},
	{"list under plain negated operator, none fits", `{"StringNotEquals":{"k":"a"}}`, `{"k":["x","y"]}`, "Y"},
	{"ForAnyValue of nothing but an empty string", `{"ForAnyValue:StringLike":{"k":"*"}}`, `{"k":""}`, "U"},
	{"ForAllValues of nothing but an empty string", `{"ForAllValues:StringEquals":{"k":"a"}}`, `{"k":[""]}`, "U"},
	{"ForAllValues that fits an empty string", `{"ForAllValues:StringLike":{"k":"*"}}`, `{"k":[""]}`, "Y"},
	{"negated unreadable, absent", `{"NumericNotEquals":{"k":"ten"}}`, ``, "U"},
	{"IfExists unreadable, absent", `{"NumericEqualsIfExists":{"k":"ten"}}`, ``, "U"},
	{"unreadable, absent", `{"NumericEquals":{"k":"ten"}}`, ``, "N"},
	{"key with dotted capital I", `{"StringEquals":{"adm\u0130n":"a"}}`, `{"admin":"a"}`, "N"},
	{"key with Kelvin sign", `{"StringEquals":{"\u212Aey":"a"}}`, `{"key":"a"}`, "Y"},
	{"bool with long s", `{"Bool":{"k":"false"}}`, `{"k":"fal\u017fe"}`, "U"},

	{"keys are all needed", `{"StringEquals":{"k":"a","l":"b"}}`, `{"k":"a","l":"x"}`, "N"},
	{"operators are all needed", `{"StringEquals":{"k":"a"},"Bool":{"l":"true"}}`, `{"k":"a","l":"false"}`, "N"},
	{"all hold", `{"StringEquals":{"k":"a"},"Bool":{"l":"true"}}`, `{"k":"a","l":"true"}`, "Y"},
	{"unknown operator", `{"StringSame":{"k":"a"}}`, `{"k":"a"}`, "U"},
	{"unknown operator absent key", `{"StringSame":{"k":"a"}}`, ``, "U"},
	{"unknown operator beside false", `{"StringSame":{"k":"a"},"StringEquals":{"k":"b"}}`, `{"k":"a"}`, "N"},
	{"unknown operator without keys", `{"StringSame":{}}`, ``, "Y"},
	{"no condition", `{}`, ``, "Y"},

	{"variable", `{"StringEquals":{"k":"${v}"}}`, `{"k":"x","v":"x"}`, "Y"},
	{"variable key case and space", `{"StringEquals":{"k":"${ AWS:PrincipalTag/Cost Center }"}}`, `{"k":"x","aws:principaltag/cost center":"x"}`, "Y"},
	{"variable within text", `{"StringEquals":{"k":"a-${v}-b"}}`, `{"k":"a-x-b","v":"x"}`, "Y"},
	{"two variables", `{"StringLike":{"k":"${v}/${w}/*"}}`, `{"k":"x/y/z","v":"x","w":"y"}`, "Y"},
	{"variable absent", `{"StringEquals":{"k":"${v}"}}`, `{"k":"x"}`, "N"},
	{"variable absent negated", `{"StringNotEquals":{"k":"${v}"}}`, `{"k":"x"}`, "Y"},
	{"variable absent beside match", `{"StringEquals":{"k":["${v}","x"]}}`, `{"k":"x"}`, "Y"},
	{"variable empty", `{"StringEquals":{"k":"a${v}"}}`, `{"k":"a","v":""}`, "Y"},
	{"variable default", `{"StringEquals":{"k":"${v, 'd'}"}}`, `{"k":"d"}`, "Y"},
	{"variable default unused", `{"StringEquals":{"k":"${v,'d'}"}}`, `{"k":"d","v":"x"}`, "N"},
	{"variable default with brace", `{"StringEquals":{"k":"${v, 'a}b'}"}}`, `{"k":"a}b"}`, "Y"},
	{"variable default empty", `{"StringEquals":{"k":"x${v, ''}"}}`, `{"k":"x"}`, "Y"},
	{"variable list", `{"StringEquals":{"k":"${v}"}}`, `{"k":"x","v":["x"]}`, "N"},
	{"variable list has no default", `{"StringEquals":{"k":"${v, 'x'}"}}`, `{"k":"x","v":["y"]}`, "N"},
	{"variable value is literal", `{"StringLike":{"k":"${v}"}}`, `{"k":"ab","v":"a*"}`, "N"},
	{"variable value isn't a variable", `{"StringEquals":{"k":"${v}"}}`, `{"k":"x","v":"${w}","w":"x"}`, "N"},
	{"star beside variable", `{"StringLike":{"k":"${v}*"}}`, `{"k":"abc","v":"ab"}`, "Y"},
	{"variable between stars", `{"StringLike":{"k":"*${v}*"}}`, `{"k":"1ab2","v":"ab"}`, "Y"},
	{"variable between stars absent text", `{"StringLike":{"k":"*${v}*"}}`, `{"k":"1a2","v":"ab"}`, "N"},
	{"variable ignoring case", `{"StringEqualsIgnoreCase":{"k":"a${v}c"}}`, `{"k":"AÉC","v":"é"}`, "Y"},
	{"variable ignoring case short", `{"StringEqualsIgnoreCase":{"k":"a${v}"}}`, `{"k":"A","v":"b"}`, "N"},
	{"escaped star", `{"StringLike":{"k":"a${*}"}}`, `{"k":"ab"}`, "N"},
	{"escaped star matches star", `{"StringLike":{"k":"a${*}*"}}`, `{"k":"a*b"}`, "Y"},
	{"escaped question mark", `{"StringLike":{"k":"a${?}"}}`, `{"k":"a?"}`, "Y"},
	{"escaped dollar", `{"StringEquals":{"k":"${$}{v}"}}`, `{"k":"${v}"}`, "Y"},
	{"dollar alone", `{"StringEquals":{"k":"$v"}}`, `{"k":"$v"}`, "Y"},
	{"variable unclosed", `{"StringEquals":{"k":"${v"}}`, `{"k":"${v"}`, "U"},
	{"variable empty name", `{"StringEquals":{"k":"${}"}}`, `{"k":""}`, "U"},
	{"variable nested", `{"StringEquals":{"k":"${a${v}}"}}`, `{"k":"x"}`, "U"},
	{"variable bad default", `{"StringEquals":{"k":"${v, d}"}}`, `{"k":"d"}`, "U"},
	{"variable unclosed default", `{"StringEquals":{"k":"${v, 'd}"}}`, `{"k":"d"}`, "U"},
	{"ten variables", `{"StringEquals":{"k":"` + strings.Repeat("${v}", 10) + `"}}`, `{"k":"xxxxxxxxxx","v":"x"}`, "Y"},
}

// TestConditions evaluates each condition under an Allow and under a Deny:
// what can't be evaluated counts against the caller in both.
func TestConditions(t *testing.T) {
	for _, c := range conditionCases {
		ctx := contextOf(t, c.context)
		for _, deny := range []bool{false, true} {
			effect := map[bool]string{false: "Allow", true: "Deny"}[deny]
			d := mustParse(t, identity(`"Effect":"`+effect+`","Action":"*","Resource":"*","Condition":`+c.condition), Identity)
			want := c.want == "Y" || c.want == "U" && deny
			out := Evaluate(&Request{Principal: alice, Action: "s3:GetObject", Resource: "*", Context: ctx}, &Policies{Identity: Compile(Policy{Document: d})})
			got := out.Effect == Allowed
			if deny {
				got = out.Effect == ExplicitDeny
			}
			if got != want {
				t.Errorf("%s: %s applies: %v, want %v", c.name, effect, got, want)
			}
		}
	}
}

func TestOldVersionHasNoVariables(t *testing.T) {
	for _, c := range []struct {
		version string
		value   string
		want    bool
	}{
		{"2008-10-17", "${v}", true},
		{"2008-10-17", "x", false},
		{"2012-10-17", "${v}", false},
		{"2012-10-17", "x", true},
	} {
		d := mustParse(t, `{"Version":"`+c.version+`","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"k":"${v}"}}}]}`, Identity)
		out := Evaluate(&Request{Principal: alice, Action: "a:B", Context: MapContext{"k": One(c.value), "v": One("x")}}, &Policies{Identity: Compile(Policy{Document: d})})
		if out.Allowed() != c.want {
			t.Errorf("%+v: %v", c, out)
		}
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct {
		text string
		sec  int64
		ok   bool
	}{
		{"1970", 0, true}, {"1970-01", 0, true}, {"1970-01-01", 0, true}, {"1970-01-01T", 0, true}, {"1970-01-01T00", 0, true},
		{"1970-01-01T00:01", 60, true}, {"1970-01-01T00:00:01,5", 1, true}, {"1970-01-01T00:00-0130", 5400, true}, {"1970-01-01T00:00+01:30", -5400, true},
		{"0", 0, true}, {"12345", 12345, true}, {"1969-12-31T23:59:59z", -1, true}, {"2000-02-29", 951782400, true}, {"1900-03-01", -2203891200, true},
		{"0001", -62135596800, true}, {"-1-01-01", -62198755200, true}, {"10000-01-01", 253402300800, true},
		{"", 0, false}, {"-", 0, false}, {"1900-02-29", 0, false}, {"2020-00", 0, false}, {"2020-1", 0, false}, {"2020-01-32", 0, false},
		{"2020-01-01T24:00", 0, false}, {"2020-01-01T10:60", 0, false}, {"2020-01-01T10:00:00.", 0, false}, {"2020-01-01T10:", 0, false},
		{"2020-01-01 10:00", 0, false}, {"2020-01-01T10:00+24", 0, false}, {"2020-01-01T10:00Zx", 0, false}, {"292278994-01-01", 0, false}, {"+2020", 0, false},
	} {
		got, ok := parseInstant(c.text)
		if ok != c.ok || ok && got.sec != c.sec {
			t.Errorf("%q: %v %v, want %d %v", c.text, got, ok, c.sec, c.ok)
		}
	}
}

func TestDecimals(t *testing.T) {
	ordered := []string{"-1e5", "-10", "-9.5", "-0.001", "0", "1e-9", "0.001", ".5", "1", "1.0000000000000000000000000001", "9", "10", "99.9", "1e2", "100.01", "1e100000"}
	for i, a := range ordered {
		for j, b := range ordered {
			x, ok := parseDecimal(a)
			y, ok2 := parseDecimal(b)
			if got := x.compare(y); !ok || !ok2 || (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%s and %s: %d", a, b, got)
			}
		}
	}
	for _, same := range [][2]string{{"1", "1.000"}, {"+1", "01"}, {"100", "1e2"}, {"0.01", "1E-2"}, {"-0", "0.0"}, {"12.5", "1.25e1"}} {
		x, _ := parseDecimal(same[0])
		y, _ := parseDecimal(same[1])
		if x.compare(y) != 0 {
			t.Errorf("%v differ", same)
		}
	}
	for _, bad := range []string{"", "-", ".", "1e", "1.2.3", "0x1", "1_0", " 1", "NaN", "Inf", "1e99999999"} {
		if _, ok := parseDecimal(bad); ok {
			t.Errorf("%q is no number", bad)
		}
	}
}

package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	version2008 = "2008-10-17"
	version2012 = "2012-10-17"
)

// MalformedPolicyDocument is the Code of every ParseError but those of
// ParseResource.
const MalformedPolicyDocument = "MalformedPolicyDocument"

// ParseError says why a document was refused. Message is AWS's sentence where
// it is known; Detail and the position say more and are safe to show.
type ParseError struct {
	Code    string // MalformedPolicyDocument, or that of a service for ParseResource
	Message string
	Detail  string // what is wrong at that place; may be ""
	Path    string // such as Statement[0].Condition.StringLike
	Position
}

// Error returns code and message with the place.
func (e *ParseError) Error() string {
	s := fmt.Sprintf("%s: %s (line %d, column %d", e.Code, e.Message, e.Line, e.Column)
	if e.Path != "" {
		s += ", " + e.Path
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s + ")"
}

// Parse reads and validates a document that somebody wants to save or pass
// along. Each failure has the message AWS gives, one at a time, and the first
// failing class of AWS's order wins. Errors are *ParseError.
//
// Documents are at most 131072 characters long. Identity, Boundary, Session
// and Trust documents hold only tab, line feed, carriage return and U+0020 to
// U+00FF. Existence of principals and the syntax that a service demands of its
// own resource policies are the caller's to check.
func Parse(text string, kind Kind) (*Document, error) { return parse(text, kind, "", true) }

// ParseStored reads a document that was validated before, perhaps by other
// rules: AWS's managed policies, records of a store. Versions, formats of
// ARNs, actions and principals, unknown operators and unreadable condition
// values aren't refused; what can't be evaluated counts against the caller of
// a request, and nothing is left out. The structure is checked as by Parse.
// Documents are at most 4194304 characters long: some of AWS's own exceed what
// IAM takes from others.
func ParseStored(text string, kind Kind) (*Document, error) { return parse(text, kind, "", false) }

func parse(text string, kind Kind, service string, strict bool) (*Document, error) {
	p := &parser{kind: kind, service: service, strict: strict, pos: positions{text: text}}
	p.doc = &Document{kind: kind, text: text, bare: kind == Trust || resourceRules[service].bare}
	if e := p.read(text); e != nil {
		return nil, p.inServiceWords(e)
	}
	p.doc.compile()
	return p.doc, nil
}

// parser turns a JSON tree into statements.
type parser struct {
	kind    Kind
	service string // of a resource policy; "" for any
	strict  bool
	pos     positions
	doc     *Document
	root    node
	nodes   []*node // of the statements
	sids    map[string]bool
}

func (p *parser) errorAt(offset int, path, message, detail string) *ParseError {
	return &ParseError{Code: MalformedPolicyDocument, Message: message, Detail: detail, Path: path, Position: p.pos.at(offset)}
}

func (p *parser) syntax(n *node, path, detail string) *ParseError {
	return p.errorAt(n.start, path, msgSyntax, detail)
}

func (p *parser) read(text string) *ParseError {
	notJSON := msgSyntax
	if p.kind == Trust {
		notJSON = msgTrustJSON
	}
	if p.kind == 0 || int(p.kind) >= len(kindNames) {
		return p.errorAt(0, "", notJSON, "unknown kind of policy")
	}
	limit := maxDocument
	if !p.strict {
		limit = maxStored
	}
	if len(text) > limit && utf8.RuneCountInString(text) > limit {
		return p.errorAt(0, "", notJSON, fmt.Sprintf("longer than %d characters", limit))
	}
	if p.strict && p.latin() {
		for i, c := range text {
			if c > 0xFF || c < ' ' && c != '\t' && c != '\n' && c != '\r' {
				if i == firstInvalid(text) {
					break // the reader says so
				}
				return p.errorAt(i, "", notJSON, "character outside of tab, LF, CR, U+0020 to U+00FF")
			}
		}
	}
	if e := p.leadingSpace(text); e != nil {
		return e
	}
	r := reader{text: text}
	root, ok := r.readJSON()
	if !ok {
		return p.errorAt(min(r.at, len(text)), "", notJSON, r.err)
	}
	p.doc.size = sizeOf(text, r.space)
	p.root = root
	if e := p.document(); e != nil {
		return e
	}
	return p.validate()
}

// leadingSpace refuses what JSON allows and AWS doesn't, as seen in public
// reports: white space before the document.
func (p *parser) leadingSpace(text string) *ParseError {
	if !p.strict || text == "" || !strings.ContainsRune(" \t\r\n", rune(text[0])) || strings.TrimLeft(text, " \t\r\n") == "" {
		return nil
	}
	switch {
	case p.kind == Trust:
		return p.errorAt(0, "", msgTrustSpace, "")
	case p.latin():
		return p.errorAt(0, "", msgLegacy, "white space before the document")
	case p.service == "s3":
		return p.errorAt(0, "", msgSyntax, "white space before the document")
	}
	return nil
}

func sizeOf(text string, space int) int { return utf8.RuneCountInString(text) - space }

// latin reports whether the text is a parameter of IAM or STS, whose
// character set ends at U+00FF.
func (p *parser) latin() bool {
	return p.kind == Identity || p.kind == Boundary || p.kind == Session || p.kind == Trust
}

func (p *parser) document() *ParseError {
	n := &p.root
	if n.kind != nodeObject {
		return p.syntax(n, "", "a policy is a JSON object")
	}
	var statement *node
	for i := range n.members {
		m := &n.members[i]
		switch m.name {
		case "Version":
			if m.value.kind != nodeString || m.value.text != version2008 && m.value.text != version2012 {
				return p.syntax(&m.value, "Version", "neither 2008-10-17 nor 2012-10-17")
			}
			p.doc.Version = m.value.text
		case "Id":
			if m.value.kind != nodeString {
				return p.syntax(&m.value, "Id", "a string is expected")
			}
			p.doc.ID = m.value.text
		case "Statement":
			statement = &m.value
		default:
			return p.unknown(m, m.name)
		}
	}
	if statement == nil {
		return p.syntax(n, "", "Statement is missing")
	}
	switch {
	case statement.kind == nodeObject:
		p.nodes = []*node{statement}
	case statement.kind == nodeArray && len(statement.items) > 0:
		for i := range statement.items {
			p.nodes = append(p.nodes, &statement.items[i])
		}
	default:
		return p.syntax(statement, "Statement", "an object or a non-empty list of objects is expected")
	}
	p.doc.Statements = make([]Statement, len(p.nodes))
	for i, n := range p.nodes {
		if e := p.statement(n, i); e != nil {
			return e
		}
	}
	return nil
}

// unknown refuses a member that the grammar doesn't have.
func (p *parser) unknown(m *member, path string) *ParseError {
	if p.kind == Trust {
		return p.errorAt(m.start, path, "Unknown field "+m.name, "")
	}
	return p.errorAt(m.start, path, msgSyntax, detailUnknown)
}

// path names a member of the statement.
func path(statement int, member string) string {
	s := fmt.Sprintf("Statement[%d]", statement)
	if member != "" {
		s += "." + member
	}
	return s
}

func (p *parser) statement(n *node, i int) *ParseError {
	if n.kind != nodeObject {
		return p.syntax(n, path(i, ""), "a statement is a JSON object")
	}
	st := &p.doc.Statements[i]
	st.Start, st.End = p.pos.at(n.start), p.pos.at(n.end)
	for j := range n.members {
		m := &n.members[j]
		where := func() string { return path(i, m.name) }
		var e *ParseError
		switch m.name {
		case "Sid":
			st.Sid = m.value.text
			if m.value.kind != nodeString {
				e = p.syntax(&m.value, where(), "a string is expected")
			}
		case "Effect":
			switch {
			case m.value.kind != nodeString:
				e = p.syntax(&m.value, where(), "a string is expected")
			case !strings.EqualFold(m.value.text, "Allow") && !strings.EqualFold(m.value.text, "Deny"):
				e = p.syntax(&m.value, where(), "neither Allow nor Deny")
			}
			st.Deny = m.value.text != "Allow"
		case "Principal", "NotPrincipal":
			st.hasPrincipal = true
			st.NotPrincipal = m.name == "NotPrincipal"
			e = p.principal(&m.value, st, i, where)
		case "Action", "NotAction":
			st.NotAction = m.name == "NotAction"
			st.Actions, e = p.strings(&m.value, where, nil)
		case "Resource", "NotResource":
			st.NotResource = m.name == "NotResource"
			st.Resources, e = p.strings(&m.value, where, &st.nulls)
		case "Condition":
			e = p.condition(&m.value, st, where)
		default:
			e = p.unknown(m, where())
		}
		if e != nil {
			return e
		}
	}
	if _, ok := n.get("Effect"); !ok {
		return p.syntax(n, path(i, ""), detailNoEffect)
	}
	for _, element := range [...]string{"Action", "Resource", "Principal"} {
		_, plain := n.get(element)
		if not, ok := n.get("Not" + element); ok && plain {
			return p.syntax(not, path(i, "Not"+element), "stands beside "+element)
		}
	}
	return nil
}

// strings reads a string or a list of strings; null members are counted
// where nulls isn't nil.
func (p *parser) strings(n *node, where func() string, nulls *int) ([]string, *ParseError) {
	if n.kind == nodeString {
		return []string{n.text}, nil
	}
	if n.kind != nodeArray {
		return nil, p.syntax(n, where(), "a string or a list of strings is expected")
	}
	list := make([]string, 0, len(n.items))
	for i := range n.items {
		item := &n.items[i]
		switch {
		case item.kind == nodeString:
			list = append(list, item.text)
		case item.kind == nodeNull && nulls != nil:
			*nulls++
		default:
			return nil, p.syntax(item, fmt.Sprintf("%s[%d]", where(), i), "a string is expected")
		}
	}
	return list, nil
}

func (p *parser) principal(n *node, st *Statement, i int, where func() string) *ParseError {
	add := func(kind string, v *node) {
		st.Principals = append(st.Principals, PrincipalValue{Kind: kind, Value: v.text, Negated: st.NotPrincipal,
			Statement: i, Pos: p.pos.at(v.start), start: v.start, end: v.end})
	}
	if n.kind == nodeString && n.text == "*" {
		add("STAR", n)
		return nil
	}
	if n.kind != nodeObject {
		return p.syntax(n, where(), `"*" or an object is expected`)
	}
	for j := range n.members {
		m := &n.members[j]
		switch m.name {
		case "AWS", "Service", "Federated", "CanonicalUser":
		default:
			return p.errorAt(m.start, where()+"."+m.name, msgSyntax, "unknown kind of principal")
		}
		if _, e := p.strings(&m.value, func() string { return where() + "." + m.name }, nil); e != nil {
			return e
		}
		if m.value.kind == nodeString {
			add(m.name, &m.value)
		}
		for k := range m.value.items {
			add(m.name, &m.value.items[k])
		}
	}
	return nil
}

func (p *parser) condition(n *node, st *Statement, where func() string) *ParseError {
	if n.kind != nodeObject {
		return p.syntax(n, where(), "an object is expected")
	}
	for i := range n.members {
		op := &n.members[i]
		if op.value.kind != nodeObject {
			return p.syntax(&op.value, where()+"."+op.name, "an object is expected")
		}
		_, known := parseOperator(op.name)
		if !known && p.strict && len(op.value.members) > 0 {
			return p.errorAt(op.start, where()+"."+op.name, msgSyntax, "unknown condition operator")
		}
		for j := range op.value.members {
			key := &op.value.members[j]
			c := Condition{Operator: op.name, Key: key.name, Pos: p.pos.at(key.start)}
			at := func() string { return where() + "." + op.name + "." + key.name }
			items := key.value.items
			switch key.value.kind {
			case nodeString, nodeBool, nodeNumber:
				c.Values = []string{key.value.text}
			case nodeArray:
				c.Values = make([]string, len(items))
				for k := range items {
					switch items[k].kind {
					case nodeString, nodeBool, nodeNumber:
						c.Values[k] = items[k].text
					default:
						return p.syntax(&items[k], fmt.Sprintf("%s[%d]", at(), k), "a string, number or boolean is expected")
					}
				}
			default:
				return p.syntax(&key.value, at(), "a string, number, boolean or a list of them is expected")
			}
			st.Conditions = append(st.Conditions, c)
		}
	}
	return nil
}

package evalcase

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/policy"
)

// Case is a line, read.
type Case struct {
	ID       string // the line's number if it has none; a number as it is written
	Expected string // a decision or "error"; "" if the line says nothing

	// Name, Source and Labels are JSON as it stands in the line, "" when
	// absent. They have no meaning here.
	Name, Source, Labels string

	Request  policy.Request
	Policies policy.Policies

	numeric bool // the ID is a number
}

// Decisions are the words of an answer.
const (
	Allowed      = "allowed"
	ExplicitDeny = "explicitDeny"
	ImplicitDeny = "implicitDeny"
	Error        = "error"
)

// members are the values of a case as they stand in its line; "" is absent.
type members struct {
	id, name, source, labels, expected                            string
	principal, action, resource, resourceAccount, context         string
	identityPolicies, groupPolicies, permissionsBoundary          string
	sessionPolicies, resourcePolicy, scps, rcps, endpointPolicies string
	roleArn, userArn                                              string
}

// at returns the place of a member, nil if the format has none of that name.
func (m *members) at(name string) *string {
	switch name {
	case "id":
		return &m.id
	case "name":
		return &m.name
	case "source":
		return &m.source
	case "labels":
		return &m.labels
	case "expected":
		return &m.expected
	case "principal":
		return &m.principal
	case "action":
		return &m.action
	case "resource":
		return &m.resource
	case "resourceAccount":
		return &m.resourceAccount
	case "context":
		return &m.context
	case "identityPolicies":
		return &m.identityPolicies
	case "groupPolicies":
		return &m.groupPolicies
	case "permissionsBoundary":
		return &m.permissionsBoundary
	case "sessionPolicies":
		return &m.sessionPolicies
	case "resourcePolicy":
		return &m.resourcePolicy
	case "scps":
		return &m.scps
	case "rcps":
		return &m.rcps
	case "endpointPolicies":
		return &m.endpointPolicies
	case "roleArn":
		return &m.roleArn
	case "userArn":
		return &m.userArn
	}
	return nil
}

// given reports whether a member is there; null counts as absent.
func given(raw string) bool { return raw != "" && raw != "null" }

// Parse reads a line, whose number counts from 1. With strict, documents are
// held to what AWS asks of a document that is saved. The case is returned with
// an error too, with what could be read of ID, Expected, Name, Source and
// Labels; its Request then must not be decided.
func Parse(line string, number int, strict bool) (*Case, error) {
	c := &Case{ID: strconv.Itoa(number)}
	if !utf8.ValidString(line) {
		return c, fmt.Errorf("line %d is not JSON: invalid UTF-8", number)
	}
	var m members
	err := m.split(line)
	if wrong := c.labels(&m); err == nil {
		err = wrong
	}
	if err == nil {
		err = c.fill(&m, strict)
	}
	if errors.Is(err, errSyntax) {
		err = notJSON(line, number)
	}
	return c, err
}

// split finds the members. It goes on behind one that is wrong, so that the
// answer has the case's id.
func (m *members) split(line string) error {
	if !strings.HasPrefix(strings.TrimLeft(line, " \t\r\n"), "{") {
		if json.Valid([]byte(line)) {
			return errors.New("a case is a JSON object")
		}
		return errSyntax
	}
	var first error
	err := eachMember(line, func(name, value string) error {
		place := m.at(name)
		if place == nil {
			if first == nil {
				first = fmt.Errorf("unknown member %q", name)
			}
			return nil
		}
		if *place != "" {
			if first == nil {
				first = fmt.Errorf("the member %q is there twice", name)
			}
			if name == "expected" || name == "id" {
				value = "null" // neither is the one that was meant
			}
		}
		*place = value
		return nil
	})
	if err != nil {
		*m = members{}
		return err
	}
	return first
}

// labels reads what an answer has in any case.
func (c *Case) labels(m *members) error {
	var wrong error
	if given(m.id) {
		switch id, ok := unquote(m.id); {
		case ok && id != "":
			c.ID = id
		case (m.id[0] == '-' || '0' <= m.id[0] && m.id[0] <= '9') && json.Valid([]byte(m.id)):
			c.ID, c.numeric = m.id, true
		default:
			wrong = errors.New("id: a number or a string that isn't empty is expected")
		}
	}
	if given(m.expected) {
		switch s, _ := unquote(m.expected); s {
		case Allowed, ExplicitDeny, ImplicitDeny, Error:
			c.Expected = s
		default:
			wrong = errors.New("expected: none of allowed, explicitDeny, implicitDeny, error")
		}
	}
	for _, l := range [...]struct {
		to   *string
		from string
	}{{&c.Name, m.name}, {&c.Source, m.source}, {&c.Labels, m.labels}} {
		if l.from == "" {
			continue
		}
		if !json.Valid([]byte(l.from)) {
			return errSyntax
		}
		*l.to = l.from
	}
	return wrong
}

// fill makes request and policies.
func (c *Case) fill(m *members, strict bool) (err error) {
	var principal, role, user string
	c.Request.Resource = "*"
	for _, t := range [...]struct {
		name, raw string
		to        *string
	}{
		{"principal", m.principal, &principal}, {"roleArn", m.roleArn, &role}, {"userArn", m.userArn, &user},
		{"action", m.action, &c.Request.Action}, {"resource", m.resource, &c.Request.Resource},
		{"resourceAccount", m.resourceAccount, &c.Request.ResourceAccount},
	} {
		if !given(t.raw) {
			continue
		}
		s, ok := unquote(t.raw)
		if !ok || s == "" {
			return fmt.Errorf("%s: a string that isn't empty is expected", t.name)
		}
		*t.to = s
	}
	switch {
	case principal == "":
		return errors.New("principal is missing")
	case c.Request.Action == "":
		return errors.New("action is missing")
	case !isAction(c.Request.Action):
		return errors.New("action: service:Name without wildcards is expected")
	case c.Request.ResourceAccount != "" && !awsid.ValidAccountID(c.Request.ResourceAccount):
		return errors.New("resourceAccount: 12 digits are expected")
	}
	if c.Request.Principal, err = parsePrincipal(principal, role, user); err != nil {
		return err
	}
	ctx := policy.MapContext{}
	if given(m.context) {
		if ctx, err = parseContext(m.context); err != nil {
			return err
		}
	}
	c.Request.Context = ctx
	setID(c.Request.Principal, ctx)
	c.Policies, err = documents{strict}.policies(m, &c.Request)
	return err
}

// setID takes the unique id of a user or role from aws:userid, so that a
// policy which names its principal by id means it.
func setID(p *policy.Principal, ctx policy.MapContext) {
	v, ok := ctx["aws:userid"]
	if !ok || v.Len() != 1 {
		return
	}
	switch p.Kind {
	case policy.User:
		p.ID = v.At(0)
	case policy.AssumedRole:
		p.ID, _, _ = strings.Cut(v.At(0), ":")
	}
}

// isAction reports whether s names one action. "s3:Get*" doesn't: a policy that
// allows it may deny some of what it stands for.
func isAction(s string) bool {
	service, name, ok := strings.Cut(s, ":")
	return ok && service != "" && name != "" && !strings.Contains(name, ":") && !strings.ContainsAny(s, "*?")
}

// notJSON says where a line stops being JSON.
func notJSON(line string, number int) error {
	var v json.RawMessage
	err := json.Unmarshal([]byte(line), &v)
	var at *json.SyntaxError
	switch {
	case errors.As(err, &at):
		return fmt.Errorf("line %d is not JSON: %w (byte %d)", number, err, at.Offset)
	case err != nil:
		return fmt.Errorf("line %d is not JSON: %w", number, err)
	}
	return fmt.Errorf("line %d is not JSON: half a surrogate pair in a string", number)
}

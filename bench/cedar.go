package main

import (
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"github.com/aratame/aratame/policy"
)

// cedarEngine is cedar-go. Each principal has a policy set of its own, which
// is the best case: cedar-go looks at every policy of a set, so that one set
// for all principals would take a thousand times as long in W4. The ARN and
// the condition keys stand in the context, which is found faster than
// attributes of an entity. All of them are prepared, addresses parsed.
//
// There are two translations. The usual one limits the action in the scope of
// a policy, by lists and groups, as Cedar's documentation has it. The tuned one
// makes use of how cedar-go evaluates: it asks for the ARN first, because most
// policies fail there, and spells lists and groups of actions as comparisons,
// because an "in" makes a set each time.
type cedarEngine struct {
	sets     []*cedar.PolicySet // by principal
	entities cedar.EntityMap    // actions with their groups
	requests []cedar.Request
	of       []*cedar.PolicySet // by request
	tuned    bool
}

func newCedar(w *workload, tuned bool) (*cedarEngine, error) {
	e := &cedarEngine{entities: cedar.EntityMap{}, tuned: tuned}
	groups := map[string][]cedar.EntityUID{}
	for _, policies := range w.principals {
		var text strings.Builder
		for _, statements := range policies {
			for _, s := range statements {
				for _, a := range s.actions {
					if strings.HasSuffix(a, "*") && a != "s3:*" {
						groups[a] = nil
					}
				}
				text.WriteString(cedarText(&s, tuned))
			}
		}
		set, err := cedar.NewPolicySetFromBytes(w.name, []byte(text.String()))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		e.sets = append(e.sets, set)
	}
	parents := map[string][]cedar.EntityUID{}
	for g := range groups {
		for _, a := range expand(g, allActions) {
			parents[a] = append(parents[a], cedar.NewEntityUID("Action", cedar.String(g)))
		}
		uid := cedar.NewEntityUID("Action", cedar.String(g))
		e.entities[uid] = cedar.Entity{UID: uid}
	}
	for _, a := range allActions {
		uid := cedar.NewEntityUID("Action", cedar.String(a))
		e.entities[uid] = cedar.Entity{UID: uid, Parents: cedar.NewEntityUIDSet(parents[a]...)}
	}
	for i := range w.requests {
		r, err := cedarRequest(&w.requests[i])
		if err != nil {
			return nil, err
		}
		e.requests, e.of = append(e.requests, r), append(e.of, e.sets[w.requests[i].principal])
	}
	return e, nil
}

func cedarRequest(r *request) (cedar.Request, error) {
	ctx := cedar.RecordMap{"arn": cedar.String(r.resource())}
	for k, v := range r.context {
		ctx[cedar.String(k)] = cedar.String(v)
	}
	ip, err := types.ParseIPAddr(r.context[keyIP])
	ctx[keyIP] = ip
	return cedar.Request{
		Principal: cedar.NewEntityUID("User", cedar.String(fmt.Sprintf("user%04d", r.principal))),
		Action:    cedar.NewEntityUID("Action", cedar.String(r.action)),
		Resource:  cedar.NewEntityUID("Object", cedar.String(r.resource())),
		Context:   cedar.NewRecord(ctx),
	}, err
}

// cedarText is a statement in Cedar.
func cedarText(s *statement, tuned bool) string {
	effect, action, also := "permit", cedarActions(s.actions), ""
	if s.deny {
		effect = "forbid"
	}
	if tuned && strings.Contains(action, " in ") {
		var same []string
		for _, pattern := range s.actions {
			for _, a := range expand(pattern, allActions) {
				same = append(same, fmt.Sprintf("action == Action::%q", a))
			}
		}
		action, also = "action", " && ("+strings.Join(same, " || ")+")"
	}
	arns := make([]string, len(s.resources))
	for i, r := range s.resources {
		arns[i] = fmt.Sprintf("context.arn == %q", r)
		if strings.Contains(r, "*") {
			arns[i] = fmt.Sprintf("context.arn like %q", r)
		}
	}
	when := "(" + strings.Join(arns, " || ") + ")" + also
	if s.test != nil {
		tests := make([]string, len(s.test.values))
		for i, v := range s.test.values {
			switch s.test.operator {
			case "StringEquals":
				tests[i] = fmt.Sprintf("context[%q] == %q", s.test.key, v)
			case "StringLike":
				tests[i] = fmt.Sprintf("context[%q] like %q", s.test.key, v)
			case "IpAddress":
				tests[i] = fmt.Sprintf("context[%q].isInRange(ip(%q))", s.test.key, v)
			}
		}
		when += " && (" + strings.Join(tests, " || ") + ")"
	}
	return fmt.Sprintf("%s (principal, %s, resource) when { %s };\n", effect, action, when)
}

// cedarActions is the scope of an action element: a wildcard is a group of
// actions, s3:* is no limit at all, since there are no other actions.
func cedarActions(actions []string) string {
	uids := make([]string, len(actions))
	for i, a := range actions {
		uids[i] = fmt.Sprintf("Action::%q", a)
	}
	switch {
	case len(uids) > 1:
		return "action in [" + strings.Join(uids, ", ") + "]"
	case actions[0] == "s3:*":
		return "action"
	case strings.HasSuffix(actions[0], "*"):
		return "action in " + uids[0]
	}
	return "action == " + uids[0]
}

func (e *cedarEngine) name() string {
	if e.tuned {
		return "cedar-go tuned"
	}
	return "cedar-go"
}

func (e *cedarEngine) decide(i int) (policy.Effect, error) {
	decision, diag := cedar.Authorize(e.of[i], e.entities, e.requests[i])
	switch {
	case len(diag.Errors) > 0:
		return 0, fmt.Errorf("%s", diag.Errors[0].Message)
	case decision == cedar.Allow:
		return policy.Allowed, nil
	case len(diag.Reasons) > 0:
		return policy.ExplicitDeny, nil
	}
	return policy.ImplicitDeny, nil
}

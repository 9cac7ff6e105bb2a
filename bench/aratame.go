package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/aratame/aratame/policy"
)

const accountID = "111122223333"

// ownEngine is this product's engine.
type ownEngine struct {
	policies   []*policy.Policies // by principal
	principals []*policy.Principal
	requests   []policy.Request
	of         []*policy.Policies // by request
}

func newOwn(w *workload) (*ownEngine, error) {
	e := &ownEngine{}
	for i, policies := range w.principals {
		list := make([]policy.Policy, len(policies))
		for j, statements := range policies {
			doc, err := policy.Parse(document(statements), policy.Identity)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", w.name, err)
			}
			list[j].Document = doc
		}
		e.policies = append(e.policies, &policy.Policies{Identity: policy.Compile(list...)})
		name := fmt.Sprintf("user%04d", i)
		e.principals = append(e.principals, &policy.Principal{
			Kind: policy.User, ARN: "arn:aws:iam::" + accountID + ":user/" + name, ID: "AIDAEXAMPLE" + name, Account: accountID,
		})
	}
	for i := range w.requests {
		e.requests = append(e.requests, e.request(&w.requests[i]))
		e.of = append(e.of, e.policies[w.requests[i].principal])
	}
	return e, nil
}

func (e *ownEngine) request(r *request) policy.Request {
	ctx := &policy.Pairs{}
	for _, k := range slices.Sorted(maps.Keys(r.context)) {
		ctx.Set(k, r.context[k])
	}
	return policy.Request{Principal: e.principals[r.principal], Action: r.action, Resource: r.resource(), ResourceAccount: accountID, Context: ctx}
}

// answer decides about a request that hasn't been prepared.
func (e *ownEngine) answer(r *request) policy.Effect {
	req := e.request(r)
	return policy.Evaluate(&req, e.policies[r.principal]).Effect
}

func (e *ownEngine) name() string { return "aratame" }

func (e *ownEngine) decide(i int) (policy.Effect, error) {
	return policy.Evaluate(&e.requests[i], e.of[i]).Effect, nil
}

// document is a policy in IAM's language.
func document(statements []statement) string {
	list := make([]map[string]any, len(statements))
	for i, s := range statements {
		list[i] = map[string]any{"Effect": "Allow", "Action": s.actions, "Resource": s.resources}
		if s.deny {
			list[i]["Effect"] = "Deny"
		}
		if s.test != nil {
			list[i]["Condition"] = map[string]any{s.test.operator: map[string]any{s.test.key: s.test.values}}
		}
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": list})
	if err != nil {
		panic(err) // strings only
	}
	return string(text)
}

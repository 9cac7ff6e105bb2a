package iam

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

// noCaller is aws:userid where a simulation has no caller (recorded).
const noCaller = "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR"

// give takes the condition keys of the request.
func (s *simulation) give(entries []iamshape.ContextEntry) error {
	for i := range entries {
		e := &entries[i]
		if e.ContextKeyName == nil || *e.ContextKeyName == "" {
			return invalidInput("ContextKeyName cannot be null or empty.")
		}
		name := *e.ContextKeyName
		if s.given[policy.FoldKey(name)] {
			return invalidInput("Duplicate context key: %s.", name)
		}
		s.given[policy.FoldKey(name)] = true
		if e.ContextKeyType == nil {
			return invalidInput("Context key %s has invalid type null.", name)
		}
		kind, list := strings.CutSuffix(*e.ContextKeyType, "List")
		switch n := len(e.ContextKeyValues); {
		case n == 0:
			return invalidInput("Context values for context key %s cannot be null or empty.", name)
		case n > 1 && !list:
			return invalidInput("Context key %s expected a single value, but received %d.", kind, n)
		}
		values := slices.Clone(e.ContextKeyValues)
		for j := range values {
			if len(values[j]) > maxContextValue {
				return invalidInput("Context values for context key %s cannot be longer than %d bytes.", name, maxContextValue)
			}
			if kind == "boolean" { // whatever isn't true is false (recorded)
				values[j] = strconv.FormatBool(strings.EqualFold(values[j], "true"))
			}
			if t, ok := valueTypes[kind]; ok && !t.reads(values[j]) {
				return invalidInput("Invalid context value for key %s: expected %s.", name, t.form)
			}
		}
		if list {
			s.context.SetList(name, values...)
		} else {
			s.context.Set(name, values[0])
		}
	}
	return nil
}

// A valueType is a type of condition keys whose values have a form.
type valueType struct {
	form  string // as IAM calls it
	never *policy.Set
}

var valueTypes = map[string]valueType{
	"numeric": newValueType("numeric format", "NumericEquals", "0", "1"),
	"date":    newValueType("DateTime format", "DateEquals", "0", "1"),
	"ip":      newValueType("IP address", "IpAddress", "0.0.0.0", "::"),
	"binary":  newValueType("base-64 encoded binary format", "BinaryEquals", "AA==", "AQ=="),
}

// newValueType makes a Deny of what can't be: a key that equals both of two
// values. It denies nothing but what the engine can't read as the type.
func newValueType(form, operator, a, b string) valueType {
	doc, err := policy.Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"`+
		operator+`":{"a:key":"`+a+`"},"`+operator+`IfExists":{"a:key":"`+b+`"}}}}`, policy.Identity)
	if err != nil {
		panic(err) // only for an operator that isn't one
	}
	return valueType{form, policy.Compile(policy.Policy{Document: doc})}
}

// reads asks the engine whether it can read a value.
func (t valueType) reads(value string) bool {
	out := policy.Evaluate(&policy.Request{
		Principal: &policy.Principal{Kind: policy.User}, Action: "a:b", Resource: "*", Context: policy.MapContext{"a:key": policy.One(value)},
	}, &policy.Policies{Identity: t.never})
	return out.Effect != policy.ExplicitDeny
}

// call sets the caller and what is known of it; what the request gives is not
// overridden. All of that stands in its ARN, whether or not an entity has it, or
// the call would be a way to read entities that it isn't authorized on. Only of
// the source are the unique id and the tags known.
func (s *simulation) call(caller string, arn *string, from *source) error {
	p := &s.principal
	if arn == nil {
		*p = policy.Principal{Kind: policy.User, Account: caller}
		s.know("aws:PrincipalAccount", p.Account)
		s.know("aws:userid", noCaller)
		return nil
	}
	acct, kind, name, ok := entityARN(*arn)
	if !ok {
		return invalidInput("Invalid caller - Caller must be an IAM user, role or group in this context.")
	}
	*p = policy.Principal{Kind: policy.User, ARN: *arn, Account: acct}
	userID := *arn
	self := *arn == from.arn
	switch kind {
	case "user":
		s.know("aws:username", name)
		s.know("aws:PrincipalType", "User")
		if self {
			userID = from.id
		}
	case "role": // a session of it whose name nobody knows
		*p = policy.Principal{Kind: policy.AssumedRole, RoleARN: *arn, Account: acct, ServiceLinked: strings.Contains(*arn, ":role/aws-service-role/")}
		s.know("aws:PrincipalType", "AssumedRole")
	}
	s.know("aws:PrincipalArn", *arn)
	s.know("aws:PrincipalAccount", acct)
	s.know("aws:userid", userID)
	if self {
		p.ID = from.id
		for _, t := range from.tags {
			s.know("aws:PrincipalTag/"+t.Key, t.Value)
		}
	}
	return nil
}

func (s *simulation) know(key, value string) {
	if !s.given[policy.FoldKey(key)] {
		s.context.Set(key, value)
	}
}

// own reads ResourceOwner, which the API Reference calls an account id and IAM
// takes as an ARN of the account only.
func (s *simulation) own(owner *string) error {
	s.owner = s.principal.Account
	if owner == nil {
		return nil
	}
	a, err := awsid.ParseARN(*owner)
	if err != nil || a.Service != "iam" || a.Region != "" || !awsid.ValidAccountID(a.Account) {
		return invalidInput("'%s' is not a valid as a Resource Owner.", *owner)
	}
	s.owner = a.Account
	return nil
}

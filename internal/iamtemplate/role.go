package iamtemplate

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/awsid"
)

// A RoleVersion is one version of a role template, as GetRoleTemplateVersion
// shows it; the members are those of its answer.
type RoleVersion struct {
	TemplateArn           string
	TemplateName          string
	TemplateVersionId     string
	Description           string
	MajorVersion          int
	MinorVersion          int
	DefaultMinorVersion   int
	Enabled               bool
	VersionEnabled        bool
	ManagedByType         string
	ManagedByValue        string
	RoleNamePattern       string
	RolePathPattern       string
	RoleDescription       string         `json:"RoleDescriptionPattern"`
	Trust                 Doc            `json:"AssumeRolePolicyDocumentTemplate"`
	Inline                []InlinePolicy `json:"InlinePolicyTemplates"`
	ManagedPolicyArns     []string
	PermissionBoundaryArn string
	MaxSessionDuration    int
	Parameters            []Parameter `json:"ParametersDefinition"`
	Tags                  []Tag       `json:"RoleTagsTemplate"`
	CreateTimestamp       time.Time
	UpdateTimestamp       time.Time
}

// An InlinePolicy is the template of an inline policy.
type InlinePolicy struct {
	PolicyName     string
	PolicyDocument Doc
}

// A Tag is the template of a tag.
type Tag struct{ Key, Value string }

// A Parameter is a place that is filled in.
type Parameter struct {
	Name         string
	Type         string // String, StringList, Number, NumberList, Arn or ArnList
	SubType      string
	Description  string
	DefaultValue *string
	IsRequired   bool
	Immutable    bool
}

// A Doc is a document, which a file has as an object or as text.
type Doc string

// UnmarshalJSON takes both forms.
func (d *Doc) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		err := json.Unmarshal(b, &s)
		*d = Doc(s)
		return err
	}
	n, err := parse(string(b))
	if err != nil {
		return err
	}
	*d = Doc(n.String())
	return nil
}

// A CountError is a single value that is none or many.
type CountError struct {
	Name string
	N    int
}

func (e *CountError) Error() string {
	return e.Name + " replacement value must contain exactly one value, got " + strconv.Itoa(e.N)
}

// An UnknownError is a value for a parameter that the template doesn't have.
type UnknownError struct{ Name string }

func (e *UnknownError) Error() string { return "Unrecognized parameter: " + e.Name }

// A TypeError is a value that isn't of its parameter's type.
type TypeError struct{ Name, Type string }

func (e *TypeError) Error() string {
	return "The value of parameter '" + e.Name + "' is not of type " + e.Type + "."
}

// Values joins what was given with the defaults. A required parameter may be
// missing as long as nothing that is enabled needs it. The error is one of
// *CountError, *UnknownError and *TypeError.
func (r *RoleVersion) Values(given map[string][]string) (Values, error) {
	out := Values{}
	for _, p := range r.Parameters {
		v, ok := given[p.Name]
		switch {
		case !ok && p.DefaultValue != nil:
			v = []string{*p.DefaultValue}
		case !ok:
			continue
		}
		kind, isList := strings.CutSuffix(p.Type, "List")
		if !isList && len(v) != 1 {
			return nil, &CountError{p.Name, len(v)}
		}
		for _, s := range v {
			if !isOf(kind, s) {
				return nil, &TypeError{p.Name, p.Type}
			}
		}
		out[p.Name] = v
	}
	for _, name := range sortedKeys(given) {
		if !slices.ContainsFunc(r.Parameters, func(p Parameter) bool { return p.Name == name }) {
			return nil, &UnknownError{name}
		}
	}
	return out, nil
}

func isOf(kind, value string) bool {
	switch kind {
	case "Number":
		_, err := strconv.ParseFloat(value, 64)
		return err == nil
	case "Arn":
		_, err := awsid.ParseARN(value)
		return err == nil
	}
	return true
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// check tells what is wrong with a version.
func (r *RoleVersion) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	service, name, major, ok := splitRoleARN(r.TemplateArn)
	if !ok {
		bad("TemplateArn %q is none of a role template: arn:aws:iam::aws:role-template/SERVICE/NAME:MAJOR", r.TemplateArn)
	} else if name != r.TemplateName || major != r.MajorVersion || service != r.ManagedByValue {
		bad("TemplateName, MajorVersion and ManagedByValue must be those of TemplateArn")
	}
	if r.MinorVersion < 0 || r.DefaultMinorVersion < 0 {
		bad("a minor version is negative")
	}
	if r.ManagedByType != "Service" {
		bad("ManagedByType must be Service")
	}
	if r.RoleNamePattern == "" {
		bad("RoleNamePattern is missing")
	}
	if r.MaxSessionDuration < 3600 || r.MaxSessionDuration > 43200 {
		bad("MaxSessionDuration must be 3600 to 43200")
	}
	documents := []string{string(r.Trust)}
	texts := []string{r.RoleNamePattern, r.RolePathPattern, r.RoleDescription}
	for _, p := range r.Inline {
		documents, texts = append(documents, string(p.PolicyDocument)), append(texts, p.PolicyName)
	}
	for _, t := range r.Tags {
		texts = append(texts, t.Key, t.Value)
	}
	for _, d := range documents {
		if n, err := parse(d); err != nil || n.member("Statement") == nil {
			bad("a document is no policy: %.80s", d)
		}
	}
	names := map[string]bool{}
	for _, p := range r.Parameters {
		if p.Name == "" || names[p.Name] {
			bad("the parameter %q is there twice, or has no name", p.Name)
		}
		names[p.Name] = true
		if !slices.Contains([]string{"String", "StringList", "Number", "NumberList", "Arn", "ArnList"}, p.Type) {
			bad("the parameter %s has the type %q", p.Name, p.Type)
		}
	}
	for _, name := range Names(append(documents, texts...)...) {
		if !names[name] {
			bad("@{%s} is no parameter", name)
		}
	}
	return errors.Join(errs...)
}

// splitRoleARN reads arn:aws:iam::aws:role-template/SERVICE/NAME:MAJOR.
func splitRoleARN(arn string) (service, name string, major int, ok bool) {
	rest, ok := strings.CutPrefix(arn, "arn:"+awsid.Partition+":iam::aws:role-template/")
	if !ok {
		return "", "", 0, false
	}
	service, rest, ok1 := strings.Cut(rest, "/")
	name, number, ok2 := strings.Cut(rest, ":")
	major, err := strconv.Atoi(number)
	ok = ok1 && ok2 && err == nil && major > 0 && service != "" && name != "" && !strings.ContainsAny(service+name, "/: ")
	return service, name, major, ok
}

package iam

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/iamtemplate"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

// A renderedRole is what a template with values says of a role.
type renderedRole struct {
	version     *iamtemplate.RoleVersion
	values      iamtemplate.Values // defaults included
	name, path  string
	description string
	trust       string
	inline      []account.Inline // sorted by name
	managed     []string
	boundary    string
	tags        []account.Tag
}

func isRoleTemplateARN(arn string) bool {
	a, err := awsid.ParseARN(arn)
	return err == nil && a.Partition == awsid.Partition && a.Service == "iam" && a.Region == "" && a.Account == awsAccount &&
		strings.HasPrefix(a.Resource, "role-template/")
}

// renderRole finds the template and fills it in.
func (s *Service) renderRole(in *iamshape.AcquireRoleInput) (*renderedRole, error) {
	if len(in.ReplacementValues) > maxReplacementValues {
		return nil, awserr.Newf("ValidationError", "1 validation error detected: Value at 'replacementValues' failed to satisfy constraint: Member must have length less than or equal to %d", maxReplacementValues)
	}
	t := s.templates().Role(in.TemplateArn, in.TemplateMinorVersion)
	if t == nil {
		return nil, awserr.Newf("NoSuchEntity", "Role template not found in repository: %s", in.TemplateArn)
	}
	if !t.Enabled || !t.VersionEnabled {
		return nil, awserr.Newf("RoleTemplateDisabled", "The role template %s is disabled and can't be used to create roles.", in.TemplateArn)
	}
	values, err := t.Values(replacementValues(in))
	if err != nil {
		return nil, templateError(err)
	}
	r := &renderedRole{version: t, values: values, managed: t.ManagedPolicyArns, boundary: t.PermissionBoundaryArn}
	text := func(pattern string) (out string) {
		if err == nil {
			out, err = iamtemplate.Text(pattern, values)
		}
		return out
	}
	document := func(d iamtemplate.Doc) (out string) {
		if err == nil {
			out, err = iamtemplate.Document(string(d), values)
		}
		return out
	}
	r.name, r.path, r.description, r.trust = text(t.RoleNamePattern), text(t.RolePathPattern), text(t.RoleDescription), document(t.Trust)
	if r.path == "" {
		r.path = "/"
	}
	for _, p := range t.Inline {
		name, doc := text(p.PolicyName), document(p.PolicyDocument)
		if doc != "" {
			r.inline = append(r.inline, account.Inline{Name: name, Document: doc})
		}
	}
	slices.SortFunc(r.inline, func(a, b account.Inline) int { return strings.Compare(a.Name, b.Name) })
	for _, tag := range t.Tags {
		r.tags = append(r.tags, account.Tag{Key: text(tag.Key), Value: text(tag.Value)})
	}
	if err != nil {
		return nil, templateError(err)
	}
	return r, r.check()
}

// check holds what parameters have made against the rules of the model, which
// nobody else asks about.
func (r *renderedRole) check() error {
	bad := func(field, rule string) error {
		return awserr.Newf("InvalidInput", "Failed to render template: the %s that results %s.", field, rule)
	}
	switch {
	case !isName(r.name, 64):
		return bad("role name", "must have 1 to 64 letters, digits or characters of +=,.@_-")
	case !isPath(r.path):
		return bad("path", "must begin and end with / and have at most 512 characters")
	case utf8.RuneCountInString(r.description) > 1000 || strings.ContainsFunc(r.description, notDescription):
		return bad("description", "has other characters than it may, or more than 1000")
	}
	for _, p := range r.inline {
		if !isName(p.Name, 128) {
			return bad("policy name", "must have 1 to 128 letters, digits or characters of +=,.@_-")
		}
	}
	for _, t := range r.tags {
		if n := utf8.RuneCountInString(t.Key); n == 0 || n > 128 || utf8.RuneCountInString(t.Value) > 256 {
			return bad("tag", "has a key of other than 1 to 128 characters, or a value of more than 256")
		}
	}
	return nil
}

// isName is the pattern of names, [\w+=,.@-]+, with a length.
func isName(s string, most int) bool {
	if s == "" || len(s) > most {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune("_+=,.@-", c):
			return false
		}
		return true
	})
}

func isPath(s string) bool {
	return len(s) <= 512 && strings.HasPrefix(s, "/") && strings.HasSuffix(s, "/") &&
		!strings.ContainsFunc(s, func(c rune) bool { return c < '!' || c > 0x7f })
}

// notDescription is what the descriptions of roles may not hold.
func notDescription(c rune) bool {
	return c != '\t' && c != '\n' && c != '\r' && (c < ' ' || c > '~' && c < 0xa1 || c > 0xff)
}

// digest stands for the configuration in which nobody may have changed an
// acquired role. AWS doesn't look at the description and the duration of
// sessions.
func (r *renderedRole) digest() string {
	return roleDigest(&account.Role{Path: r.path, Trust: r.trust, Boundary: r.boundary, Tags: r.tags, Attached: r.managed, Inline: r.inline})
}

func roleDigest(r *account.Role) string {
	h := sha256.New()
	put := func(parts ...string) {
		for _, p := range parts {
			fmt.Fprintf(h, "%d:%s", len(p), p)
		}
	}
	put("role 1", r.Path, iamtemplate.Canonical(r.Trust), r.Boundary)
	put(fmt.Sprint(len(r.Tags)))
	for _, t := range sortedBy(r.Tags, tagKey) {
		put(t.Key, t.Value)
	}
	put(fmt.Sprint(len(r.Attached)))
	put(slices.Sorted(slices.Values(r.Attached))...)
	for _, p := range r.Inline {
		put(p.Name, iamtemplate.Canonical(p.Document))
	}
	return hex.EncodeToString(h.Sum(nil))
}

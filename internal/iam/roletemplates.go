package iam

import (
	"errors"
	"slices"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/iamtemplate"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) roleTemplates() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpAcquireRole, s.onAcquiredRole, s.acquireRole),
		api.Read(iamshape.OpGetRoleTemplateVersion, onRoleTemplate, s.getRoleTemplateVersion),
	}
}

const keyRoleTemplate = "iam:roletemplatearn"

// Limits of AcquireRole (IAM API Reference, AcquireRole).
const maxReplacementValues = 30

func (s *Service) templates() *iamtemplate.Catalog {
	if s.Templates == nil {
		return iamtemplate.Builtin()
	}
	return s.Templates
}

func onRoleTemplate(_ *api.Call, _ *account.View, in *iamshape.GetRoleTemplateVersionInput) (api.Target, error) {
	return api.Target{Resource: in.TemplateArn, Shown: "role-template " + in.TemplateArn}, nil
}

// onAcquiredRole asks for what the operation does (IAM User Guide, "Manage
// access to role manager"): to read the template, and then to read the role
// that is there, or to make it as the template says. There is no action of its
// own name. An unknown template, or values that don't fit, are told to whoever
// may read the template.
func (s *Service) onAcquiredRole(_ *api.Call, v *account.View, in *iamshape.AcquireRoleInput) (api.Target, error) {
	t := api.Target{Action: "iam:GetRoleTemplateVersion", Resource: in.TemplateArn, Shown: "role template " + in.TemplateArn}
	r, err := s.renderRole(in)
	if err != nil {
		return t, nil // it is found again, by who may know
	}
	key := map[string][]string{keyRoleTemplate: {in.TemplateArn}}
	if old := v.Role(r.name); old != nil {
		t.Also = append(t.Also, api.Check{Action: "iam:GetRole", Resource: old.ARN(v.Account()), Shown: "role " + r.name, Tags: old.Tags, Keys: key})
		if old.Source != nil && old.Source.Template == in.TemplateArn && old.Source.Minor != r.version.MinorVersion {
			t.RequestTags, t.TagKeys = r.tags, r.untagged(old)
			t.Also = append(t.Also, r.changes(v, old, key)...)
		}
		return t, nil
	}
	t.RequestTags = r.tags
	t.Also = append(t.Also, r.creation(v, key)...)
	return t, nil
}

// with returns the keys and one more.
func with(keys map[string][]string, name, value string) map[string][]string {
	out := map[string][]string{name: {value}}
	for k, v := range keys {
		out[k] = v
	}
	return out
}

// creation lists what making the role needs.
func (r *renderedRole) creation(v *account.View, keys map[string][]string) []api.Check {
	arn := awsid.IAM(v.Account(), "role", r.path, r.name)
	if r.boundary != "" {
		keys = with(keys, keyBoundary, r.boundary)
	}
	check := func(action string, keys map[string][]string) api.Check {
		return api.Check{Action: "iam:" + action, Resource: arn, Shown: "role/" + r.name, Keys: keys}
	}
	out := []api.Check{check("CreateRole", keys)}
	if len(r.tags) > 0 {
		out = append(out, check("TagRole", keys))
	}
	for _, p := range r.managed {
		out = append(out, check("AttachRolePolicy", with(keys, keyPolicyARN, p)))
	}
	if len(r.inline) > 0 {
		out = append(out, check("PutRolePolicy", keys))
	}
	return out
}

// changes lists what bringing a role to another version of its template needs.
func (r *renderedRole) changes(v *account.View, old *account.Role, keys map[string][]string) []api.Check {
	if old.Boundary != "" {
		keys = with(keys, keyBoundary, old.Boundary)
	}
	check := func(action string, keys map[string][]string) api.Check {
		return api.Check{Action: "iam:" + action, Resource: old.ARN(v.Account()), Shown: "role/" + r.name, Tags: old.Tags, Keys: keys}
	}
	out := []api.Check{check("UpdateAssumeRolePolicy", keys), check("UpdateRole", keys)}
	switch {
	case r.boundary != "" && r.boundary != old.Boundary:
		out = append(out, check("PutRolePermissionsBoundary", with(keys, keyBoundary, r.boundary)))
	case r.boundary == "" && old.Boundary != "":
		out = append(out, check("DeleteRolePermissionsBoundary", keys))
	}
	for _, p := range r.managed {
		if !slices.Contains(old.Attached, p) {
			out = append(out, check("AttachRolePolicy", with(keys, keyPolicyARN, p)))
		}
	}
	for _, p := range old.Attached {
		if !slices.Contains(r.managed, p) {
			out = append(out, check("DetachRolePolicy", with(keys, keyPolicyARN, p)))
		}
	}
	if len(r.inline) > 0 {
		out = append(out, check("PutRolePolicy", keys))
	}
	if slices.ContainsFunc(old.Inline, func(p account.Inline) bool { _, ok := findInline(r.inline, p.Name); return !ok }) {
		out = append(out, check("DeleteRolePolicy", keys))
	}
	if len(r.tags) > 0 {
		out = append(out, check("TagRole", keys))
	}
	if len(r.untagged(old)) > 0 {
		out = append(out, check("UntagRole", keys))
	}
	return out
}

// untagged lists the keys of the tags that a role loses to the template.
func (r *renderedRole) untagged(old *account.Role) (keys []string) {
	for _, t := range old.Tags {
		if foldedTags.index(r.tags, t.Key) < 0 {
			keys = append(keys, t.Key)
		}
	}
	return keys
}

// acquireRole makes the role that the template and the values give. A role that
// the same template has made with the same values is answered as it is, and
// brought to another minor version when that is asked for, as long as nobody has
// changed it.
func (s *Service) acquireRole(c *api.Call, tx *account.Tx, in *iamshape.AcquireRoleInput) (*iamshape.AcquireRoleOutput, error) {
	want, err := s.renderRole(in)
	if err != nil {
		return nil, err
	}
	v := tx.View()
	source := &account.RoleSource{
		Template: in.TemplateArn, Minor: want.version.MinorVersion, Values: want.values, Digest: want.digest(),
	}
	old := v.Role(want.name)
	if old == nil {
		if n := s.Quotas.Roles; v.Count().Roles >= n {
			return nil, errQuota("RolesPerAccount", n)
		}
		r := &account.Role{
			ID:   newID(c, v, awsid.RolePrefix, func(id string) bool { return v.RoleByID(id) != nil }),
			Name: want.name, Path: want.path, Created: c.Seconds(),
		}
		return s.applyTemplate(c, tx, r, want, source)
	}
	switch from := old.Source; {
	case from == nil || from.Template != in.TemplateArn:
		return nil, awserr.New("NameConflict", "A role with this name already exists in the account but was not created from this template. Choose a different role name, or remove the existing role if it is no longer needed.")
	case roleDigest(old) != from.Digest:
		return nil, awserr.Newf("RoleModified", "Role %s has been modified since it was created and is no longer managed.", old.Name)
	case old.Name != want.name, !sameValues(from, source, want.version), from.Minor == source.Minor && from.Digest != source.Digest:
		return nil, awserr.New("NameConflict", "A role with this name exists but was created with different parameters. Pass a unique roleName to create a new role.")
	case from.Minor == source.Minor:
		return s.acquired(c, v, old)
	case old.Path != want.path:
		return nil, awserr.New("NameConflict", "A role with this name exists and this version of the template has another path for it. Pass a unique roleName to create a new role.")
	}
	r := old.Clone()
	r.Attached, r.Inline, r.Tags, r.Boundary = nil, nil, nil, ""
	return s.applyTemplate(c, tx, r, want, source)
}

// sameValues reports whether a role's parameters keep their values in another
// version. Those that the version doesn't have don't matter.
func sameValues(from, to *account.RoleSource, version *iamtemplate.RoleVersion) bool {
	for _, p := range version.Parameters {
		if was, ok := from.Values[p.Name]; ok && !slices.Equal(was, to.Values[p.Name]) {
			return false
		}
	}
	return true
}

// applyTemplate gives a role the configuration of a template, under the rules
// that hold when each part is set by its own operation.
func (s *Service) applyTemplate(c *api.Call, tx *account.Tx, r *account.Role, want *renderedRole, source *account.RoleSource) (*iamshape.AcquireRoleOutput, error) {
	v := tx.View()
	if err := checkRolePath(want.path); err != nil {
		return nil, err
	}
	var err error
	if r.TrustIDs, err = s.newTrust(c, v, want.trust); err != nil {
		return nil, err
	}
	if r.Tags, err = foldedTags.add(nil, shownTags(want.tags)); err != nil {
		return nil, err
	}
	if want.boundary != "" {
		if err := checkBoundary(v, &want.boundary); err != nil {
			return nil, err
		}
	}
	r.Trust, r.Boundary, r.MaxSession, r.Source = want.trust, want.boundary, want.version.MaxSessionDuration, source
	if r.Description = nil; want.description != "" {
		r.Description = &want.description
	}
	tx.PutRole(r)
	for _, arn := range want.managed {
		if err := s.attach(tx, roleOwner, r.Name, arn); err != nil {
			return nil, err
		}
	}
	for _, p := range want.inline {
		if err := putInline(tx, roleOwner, r.Name, p.Name, p.Document); err != nil {
			return nil, err
		}
	}
	return s.acquired(c, tx.View(), tx.View().Role(r.Name))
}

func (s *Service) acquired(c *api.Call, v *account.View, r *account.Role) (*iamshape.AcquireRoleOutput, error) {
	out, err := s.shownRole(c, v, r)
	if err != nil {
		return nil, err
	}
	return &iamshape.AcquireRoleOutput{Role: &out}, nil
}

// sourceOut shows the template of an acquired role; nil for any other.
func sourceOut(r *account.RoleSource) *iamshape.SourceRoleTemplate {
	if r == nil {
		return nil
	}
	return &iamshape.SourceRoleTemplate{TemplateArn: &r.Template, TemplateMinorVersion: shape.Ptr(int32(r.Minor))}
}

func replacementValues(in *iamshape.AcquireRoleInput) map[string][]string {
	out := make(map[string][]string, len(in.ReplacementValues))
	for name, v := range in.ReplacementValues {
		out[name] = slices.Clone(v.Values)
	}
	return out
}

// templateError says in AWS's words why a template can't be filled in.
func templateError(err error) error {
	var count *iamtemplate.CountError
	if errors.As(err, &count) {
		return awserr.New("ValidationError", err.Error())
	}
	return awserr.New("InvalidInput", "Failed to render template: "+err.Error())
}

func (s *Service) getRoleTemplateVersion(_ *api.Call, _ *account.View, in *iamshape.GetRoleTemplateVersionInput) (*iamshape.GetRoleTemplateVersionOutput, error) {
	if !isRoleTemplateARN(in.TemplateArn) {
		return nil, awserr.Newf("InvalidInput", "ARN %s is not valid.", in.TemplateArn)
	}
	r := s.templates().Role(in.TemplateArn, in.MinorVersion)
	if r == nil {
		return nil, awserr.Newf("NoSuchEntity", "Role Template %s cannot be found.", in.TemplateArn)
	}
	return &iamshape.GetRoleTemplateVersionOutput{RoleTemplateVersion: roleVersionOut(r)}, nil
}

func roleVersionOut(r *iamtemplate.RoleVersion) *iamshape.RoleTemplateVersion {
	out := &iamshape.RoleTemplateVersion{
		TemplateArn: &r.TemplateArn, TemplateName: &r.TemplateName, TemplateVersionId: optional(r.TemplateVersionId), Description: optional(r.Description),
		MajorVersion: shape.Ptr(int32(r.MajorVersion)), MinorVersion: shape.Ptr(int32(r.MinorVersion)), DefaultMinorVersion: shape.Ptr(int32(r.DefaultMinorVersion)),
		Enabled: &r.Enabled, VersionEnabled: &r.VersionEnabled, ManagedByType: &r.ManagedByType, ManagedByValue: &r.ManagedByValue,
		RoleNamePattern: &r.RoleNamePattern, RolePathPattern: optional(r.RolePathPattern), RoleDescriptionPattern: optional(r.RoleDescription),
		AssumeRolePolicyDocumentTemplate: encodeDocument(string(r.Trust)), ManagedPolicyArns: r.ManagedPolicyArns,
		PermissionBoundaryArn: optional(r.PermissionBoundaryArn), MaxSessionDuration: shape.Ptr(int32(r.MaxSessionDuration)),
	}
	if !r.CreateTimestamp.IsZero() {
		out.CreateTimestamp = &r.CreateTimestamp
	}
	if !r.UpdateTimestamp.IsZero() {
		out.UpdateTimestamp = &r.UpdateTimestamp
	}
	for _, p := range r.Inline {
		out.InlinePolicyTemplates = append(out.InlinePolicyTemplates, iamshape.InlinePolicy{PolicyName: &p.PolicyName, PolicyDocument: encodeDocument(string(p.PolicyDocument))})
	}
	for _, t := range r.Tags {
		out.RoleTagsTemplate = append(out.RoleTagsTemplate, iamshape.TagTemplate{Key: &t.Key, Value: &t.Value})
	}
	for _, p := range r.Parameters {
		out.ParametersDefinition = append(out.ParametersDefinition, iamshape.ParameterDefinition{
			Name: &p.Name, Type: &p.Type, SubType: optional(p.SubType), Description: optional(p.Description),
			DefaultValue: p.DefaultValue, IsRequired: &p.IsRequired, Immutable: &p.Immutable,
		})
	}
	return out
}

// optional leaves an empty text out.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

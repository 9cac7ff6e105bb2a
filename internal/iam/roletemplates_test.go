package iam

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/iamtemplate"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

const (
	templatePrefix = "arn:aws:iam::aws:role-template/"
	powerTemplate  = templatePrefix + "iam.amazonaws.com/PowerUserRoleTemplate:1"
	ownTemplate    = templatePrefix + "x.example/T:1"

	modifiedPower = "Role power has been modified since it was created and is no longer managed."
	otherValues   = "A role with this name exists but was created with different parameters. Pass a unique roleName to create a new role."
	notTemplate   = "A role with this name already exists in the account but was not created from this template. Choose a different role name, or remove the existing role if it is no longer needed."
)

func replacing(pairs ...string) map[string]iamshape.ReplacementValueEntry {
	out := map[string]iamshape.ReplacementValueEntry{}
	for i := 0; i < len(pairs); i += 2 {
		e := out[pairs[i]]
		e.Values = append(e.Values, pairs[i+1])
		out[pairs[i]] = e
	}
	return out
}

func power(pairs ...string) *iamshape.AcquireRoleInput {
	return &iamshape.AcquireRoleInput{TemplateArn: powerTemplate, ReplacementValues: replacing(append([]string{"RoleName", "power"}, pairs...)...)}
}

var lambda = []string{"AWSServiceName", "lambda.amazonaws.com"}

func acquire(x *tester, in *iamshape.AcquireRoleInput) *iamshape.Role {
	x.Helper()
	return do[iamshape.AcquireRoleOutput](x, "AcquireRole", in).Role
}

func TestAcquireRole(t *testing.T) {
	x := newTest(t)
	made := acquire(x, power(lambda...))
	if *made.RoleName != "power" || made.Description != nil || made.MaxSessionDuration != nil || made.SourceRoleTemplate != nil {
		t.Errorf("%+v", made)
	}
	got := do[iamshape.GetRoleOutput](x, "GetRole", &iamshape.GetRoleInput{RoleName: "power"}).Role
	if *got.Description != "Power user role for lambda.amazonaws.com" || *got.SourceRoleTemplate.TemplateArn != powerTemplate || *got.SourceRoleTemplate.TemplateMinorVersion != 0 {
		t.Errorf("%+v", got)
	}
	if trust := decoded(t, got.AssumeRolePolicyDocument); !strings.Contains(trust, `"lambda.amazonaws.com"`) {
		t.Error(trust)
	}
	if r := x.view.Role("power"); len(r.Attached) != 1 || r.Attached[0] != "arn:aws:iam::aws:policy/PowerUserAccess" {
		t.Errorf("%v", r.Attached)
	}
	again := acquire(x, power(lambda...))
	if *again.RoleId != *made.RoleId {
		t.Error("another role")
	}
	x.fails("AcquireRole", power("AWSServiceName", "ec2.amazonaws.com"), "NameConflict", otherValues)
	in := power(lambda...)
	in.ReplacementValues["RoleName"] = iamshape.ReplacementValueEntry{Values: []string{"POWER"}}
	x.fails("AcquireRole", in, "NameConflict", otherValues)
	newRole(x, "/", "plain")
	in.ReplacementValues["RoleName"] = iamshape.ReplacementValueEntry{Values: []string{"plain"}}
	x.fails("AcquireRole", in, "NameConflict", notTemplate)
	in.ReplacementValues = replacing(lambda...)
	if r := acquire(x, in); *r.RoleName != "PowerUserRole" {
		t.Errorf("default name: %s", *r.RoleName)
	}
}

// What AWS was seen to mind, and what not.
func TestAcquireModifiedRole(t *testing.T) {
	x := newTest(t)
	acquire(x, power(lambda...))
	role := func(change func(r *account.Role)) {
		x.change(func(tx *account.Tx) {
			r := x.view.Role("power").Clone()
			change(r)
			tx.PutRole(r)
		})
	}
	was := *x.view.Role("power")
	for name, change := range map[string]func(r *account.Role){
		"tags":       func(r *account.Role) { r.Tags = []account.Tag{{Key: "a", Value: "b"}} },
		"attachment": func(r *account.Role) { r.Attached = append(r.Attached, "arn:aws:iam::aws:policy/ReadOnlyAccess") },
		"detachment": func(r *account.Role) { r.Attached = nil },
		"trust":      func(r *account.Role) { r.Trust = ec2Trust },
		"boundary":   func(r *account.Role) { r.Boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess" },
		"inline":     func(r *account.Role) { r.Inline = []account.Inline{{Name: "p", Document: allowAll}} },
	} {
		role(change)
		x.fails("AcquireRole", power(lambda...), "RoleModified", modifiedPower)
		role(func(r *account.Role) { *r = was })
		if acquire(x, power(lambda...)); t.Failed() {
			t.Fatal(name)
		}
	}
	role(func(r *account.Role) { r.Description, r.MaxSession = ptr("mine"), 7200 })
	role(func(r *account.Role) {
		r.Trust = ` {"Statement":{"Action":["sts:AssumeRole"],"Principal":{"Service":["lambda.amazonaws.com"]},"Effect":"Allow"},"Version":"2012-10-17"}`
	})
	acquire(x, power(lambda...))
}

func TestAcquireRoleValues(t *testing.T) {
	x := newTest(t)
	x.fails("AcquireRole", power(), "InvalidInput", "Failed to render template: Parameter 'AWSServiceName' not found.")
	x.fails("AcquireRole", power(append(lambda, "AWSServiceName", "ec2.amazonaws.com")...), "ValidationError", "AWSServiceName replacement value must contain exactly one value, got 2")
	x.fails("AcquireRole", power(append(lambda, "Unused", "x")...), "InvalidInput", "Failed to render template: Unrecognized parameter: Unused")
	in := power(lambda...)
	in.ReplacementValues["RoleName"] = iamshape.ReplacementValueEntry{Values: []string{strings.Repeat("x", 65)}}
	x.fails("AcquireRole", in, "InvalidInput", "Failed to render template: the role name that results must have 1 to 64 letters, digits or characters of +=,.@_-.")
	in.ReplacementValues["RoleName"] = iamshape.ReplacementValueEntry{Values: []string{strings.Repeat("x", 64)}}
	acquire(x, in)
	for _, minor := range []int32{-1, 1} {
		in := power(lambda...)
		in.TemplateMinorVersion = &minor
		x.fails("AcquireRole", in, "NoSuchEntity", "Role template not found in repository: "+powerTemplate)
	}
	many := power(lambda...)
	for i := range 29 {
		many.ReplacementValues[fmt.Sprint("p", i)] = iamshape.ReplacementValueEntry{Values: []string{"x"}}
	}
	x.fails("AcquireRole", many, "ValidationError", "1 validation error detected: Value at 'replacementValues' failed to satisfy constraint: Member must have length less than or equal to 30")
	delete(many.ReplacementValues, "p0")
	x.fails("AcquireRole", many, "InvalidInput", "Failed to render template: Unrecognized parameter: p1")
	if n := x.view.Count().Roles; n != 1 {
		t.Errorf("%d roles", n)
	}
}

func TestAcquireRoleStatements(t *testing.T) {
	x := newTest(t)
	const rotation = templatePrefix + "secretsmanager.amazonaws.com/AWSSecretsManagerRotationRoleTemplate:1"
	base := []string{"accountId", testAccount, "region", "us-east-1", "resourceType", "probe"}
	for _, c := range []struct {
		name       string
		more       []string
		statements int
	}{
		{"plain", nil, 2},
		{"both", []string{"adminType", "a", "ADMIN_RESOURCE_ENABLED", "True", "CMK_ENABLED", "true", "kmsKeyArn", "arn:aws:kms:us-east-1:1:key/1", "kmsKeyArn", "arn:aws:kms:us-east-1:1:key/2"}, 4},
	} {
		r := acquire(x, &iamshape.AcquireRoleInput{TemplateArn: rotation, ReplacementValues: replacing(append(append(base, "RoleName", c.name), c.more...)...)})
		if *r.Path != "/service-role/" {
			t.Error(*r.Path)
		}
		inline := x.view.Role(c.name).Inline
		if len(inline) != 1 || strings.Count(inline[0].Document, `"Effect"`) != c.statements || strings.Contains(inline[0].Document, "@") {
			t.Errorf("%s: %v", c.name, inline)
		}
	}
	if doc := x.view.Role("both").Inline[0].Document; !strings.Contains(doc, `["arn:aws:kms:us-east-1:1:key/1","arn:aws:kms:us-east-1:1:key/2"]`) {
		t.Error(doc)
	}
	x.fails("AcquireRole", &iamshape.AcquireRoleInput{TemplateArn: rotation, ReplacementValues: replacing(append(base, "CMK_ENABLED", "True")...)},
		"InvalidInput", "Failed to render template: Parameter 'kmsKeyArn' not found.")
	const studio = templatePrefix + "datazone.amazonaws.com/AmazonSageMakerAdminIAMPermissiveExecutionRoleTemplate:1"
	acquire(x, &iamshape.AcquireRoleInput{TemplateArn: studio, ReplacementValues: replacing("accountId", testAccount)})
	if r := x.view.Role("AmazonSageMakerAdminIAMExecutionRole"); len(r.Inline) != 0 {
		t.Errorf("a policy without statements: %v", r.Inline)
	}
}

// withTemplate gives the service templates of its own: three versions, of which
// the last is disabled, and a disabled template.
func withTemplate(x *tester) {
	version := func(minor int, members string) string {
		return fmt.Sprintf(`{"RoleTemplateVersion":{"TemplateArn":%q,"TemplateName":"T","MajorVersion":1,"DefaultMinorVersion":0,"Enabled":true,
			"ManagedByType":"Service","ManagedByValue":"x.example","RoleNamePattern":"R-@{p}","MaxSessionDuration":7200,"MinorVersion":%d,
			"AssumeRolePolicyDocumentTemplate":%s,"ParametersDefinition":[{"Name":"p","Type":"String"},{"Name":"q","Type":"String","DefaultValue":"d"}],%s}}`, ownTemplate, minor, ec2Trust, members)
	}
	c, err := iamtemplate.Load(fstest.MapFS{
		"0.json": {Data: []byte(version(0, `"VersionEnabled":true,"RoleTagsTemplate":[{"Key":"k","Value":"@{q}"}],"PermissionBoundaryArn":"arn:aws:iam::aws:policy/ReadOnlyAccess",
			"ManagedPolicyArns":["arn:aws:iam::aws:policy/IAMReadOnlyAccess"],"InlinePolicyTemplates":[{"PolicyName":"i","PolicyDocument":`+allowAll+`}]`))},
		"1.json": {Data: []byte(version(1, `"VersionEnabled":true,"RoleDescriptionPattern":"one","ManagedPolicyArns":["arn:aws:iam::aws:policy/PowerUserAccess"]`))},
		"2.json": {Data: []byte(version(2, `"VersionEnabled":false`))},
		"3.json": {Data: []byte(strings.NewReplacer("T:1", "U:1", `"T"`, `"U"`, `"Enabled":true`, `"Enabled":false`).Replace(version(0, `"VersionEnabled":true`)))},
	})
	if err != nil {
		x.Fatal(err)
	}
	x.svc.Templates = c
}

func own(minor int32, pairs ...string) *iamshape.AcquireRoleInput {
	return &iamshape.AcquireRoleInput{TemplateArn: ownTemplate, TemplateMinorVersion: &minor, ReplacementValues: replacing(pairs...)}
}

func TestAcquireRoleVersions(t *testing.T) {
	x := newTest(t)
	withTemplate(x)
	r := acquire(x, own(0, "p", "a"))
	first := x.view.Role("R-a")
	if first.Boundary == "" || len(first.Tags) != 1 || len(first.Inline) != 1 || first.MaxSession != 7200 {
		t.Errorf("%+v", first)
	}
	x.fails("AcquireRole", own(2, "p", "a"), "RoleTemplateDisabled", "The role template "+ownTemplate+" is disabled and can't be used to create roles.")
	disabled := own(0, "p", "a")
	disabled.TemplateArn = templatePrefix + "x.example/U:1"
	x.fails("AcquireRole", disabled, "RoleTemplateDisabled", "The role template "+disabled.TemplateArn+" is disabled and can't be used to create roles.")
	x.fails("AcquireRole", own(1, "p", "a", "q", "other"), "NameConflict", otherValues)
	if next := acquire(x, own(1, "p", "a")); *next.RoleId != *r.RoleId {
		t.Error("another role")
	}
	now := x.view.Role("R-a")
	if now.Boundary != "" || len(now.Tags)+len(now.Inline) != 0 || now.Attached[0] != "arn:aws:iam::aws:policy/PowerUserAccess" || now.Source.Minor != 1 || *now.Description != "one" {
		t.Errorf("%+v", now)
	}
	acquire(x, own(0, "p", "a"))
	if back := x.view.Role("R-a"); back.Source.Digest != first.Source.Digest || back.ID != first.ID {
		t.Errorf("%+v", back)
	}
	x.must("TagRole", &iamshape.TagRoleInput{RoleName: "R-a", Tags: tags("x", "y")})
	x.fails("AcquireRole", own(1, "p", "a"), "RoleModified", "Role R-a has been modified since it was created and is no longer managed.")
}

func TestAcquireRoleRules(t *testing.T) {
	x := newTest(t)
	x.svc.Quotas.Roles = 1
	acquire(x, power(lambda...))
	in := power(lambda...)
	in.ReplacementValues["RoleName"] = iamshape.ReplacementValueEntry{Values: []string{"second"}}
	x.fails("AcquireRole", in, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1")
	acquire(x, power(lambda...)) // there is nothing to make
	x.svc.Quotas.Roles, x.svc.Quotas.AttachedPoliciesPerRole = 2, 0
	x.fails("AcquireRole", in, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 0")
	x.svc.Quotas.AttachedPoliciesPerRole, x.svc.Quotas.TrustPolicySize = 1, 10
	x.fails("AcquireRole", in, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 10")
	if x.view.Role("second") != nil {
		t.Error("a part of a role is left")
	}
}

func TestRoleTemplateTargets(t *testing.T) {
	x := newTest(t)
	withTemplate(x)
	got := x.wholeTarget("GetRoleTemplateVersion", &iamshape.GetRoleTemplateVersionInput{TemplateArn: powerTemplate})
	if got.Resource != powerTemplate || got.Shown != "role-template "+powerTemplate {
		t.Errorf("%+v", got)
	}
	actions := func(in *iamshape.AcquireRoleInput) string {
		t.Helper()
		got := x.wholeTarget("AcquireRole", in)
		if got.Resource != in.TemplateArn || got.Shown != "role template "+in.TemplateArn {
			t.Errorf("%+v", got)
		}
		all := []string{got.Action}
		for _, k := range got.Also {
			if k.Keys[keyRoleTemplate][0] != in.TemplateArn || k.Resource != "arn:aws:iam::"+testAccount+":role/R-a" {
				t.Errorf("%+v", k)
			}
			all = append(all, k.Action)
		}
		return strings.ReplaceAll(strings.Join(all, " "), "iam:", "")
	}
	for _, c := range []struct {
		in   *iamshape.AcquireRoleInput
		want string
	}{
		{own(9, "p", "a"), "GetRoleTemplateVersion"},
		{own(0), "GetRoleTemplateVersion"},
		{own(0, "p", "a"), "GetRoleTemplateVersion CreateRole TagRole AttachRolePolicy PutRolePolicy"},
		{own(1, "p", "a"), "GetRoleTemplateVersion CreateRole AttachRolePolicy"},
	} {
		if got := actions(c.in); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	acquire(x, own(0, "p", "a"))
	for _, c := range []struct {
		minor int32
		want  string
	}{
		{0, "GetRoleTemplateVersion GetRole"},
		{1, "GetRoleTemplateVersion GetRole UpdateAssumeRolePolicy UpdateRole DeleteRolePermissionsBoundary AttachRolePolicy DetachRolePolicy DeleteRolePolicy UntagRole"},
	} {
		if got := actions(own(c.minor, "p", "a")); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	if got := x.wholeTarget("AcquireRole", own(1, "p", "a")); len(got.RequestTags) != 0 || !slices.Equal(got.TagKeys, []string{"k"}) {
		t.Errorf("tags that go: %+v %v", got.RequestTags, got.TagKeys)
	}
	acquire(x, own(1, "p", "a"))
	if got := x.wholeTarget("AcquireRole", own(0, "p", "a")); len(got.RequestTags) != 1 || got.RequestTags[0].Key != "k" || len(got.TagKeys) != 0 {
		t.Errorf("tags that come: %+v %v", got.RequestTags, got.TagKeys)
	}
	if got := actions(own(0, "p", "a")); got != "GetRoleTemplateVersion GetRole UpdateAssumeRolePolicy UpdateRole PutRolePermissionsBoundary AttachRolePolicy DetachRolePolicy PutRolePolicy TagRole" {
		t.Error(got)
	}
	if k := x.wholeTarget("AcquireRole", own(0, "p", "b")).Also[0]; k.Keys[keyBoundary][0] != "arn:aws:iam::aws:policy/ReadOnlyAccess" {
		t.Errorf("%+v", k)
	}
	k := x.wholeTarget("AcquireRole", own(1, "p", "b")).Also[1]
	if k.Keys[keyPolicyARN][0] != "arn:aws:iam::aws:policy/PowerUserAccess" || k.Shown != "role/R-b" {
		t.Errorf("%+v", k)
	}
}

func TestGetRoleTemplateVersion(t *testing.T) {
	x := newTest(t)
	withTemplate(x)
	get := func(arn string, minor *int32) *iamshape.RoleTemplateVersion {
		t.Helper()
		return do[iamshape.GetRoleTemplateVersionOutput](x, "GetRoleTemplateVersion", &iamshape.GetRoleTemplateVersionInput{TemplateArn: arn, MinorVersion: minor}).RoleTemplateVersion
	}
	r := get(powerTemplate, nil)
	if *r.RoleNamePattern != "@{RoleName}" || *r.MinorVersion != 0 || !*r.Enabled || len(r.ParametersDefinition) != 2 || *r.TemplateVersionId != "AVTAZKAPJZG4N6BGA67NU" {
		t.Errorf("%+v", r)
	}
	if doc := decoded(t, r.AssumeRolePolicyDocumentTemplate); !strings.Contains(doc, "@{AWSServiceName}") {
		t.Error(doc)
	}
	if r := get(ownTemplate, ptr[int32](2)); *r.VersionEnabled || *r.DefaultMinorVersion != 0 {
		t.Errorf("%+v", r)
	}
	x.fails("GetRoleTemplateVersion", &iamshape.GetRoleTemplateVersionInput{TemplateArn: ownTemplate, MinorVersion: ptr[int32](7)}, "NoSuchEntity", "Role Template "+ownTemplate+" cannot be found.")
	x.fails("GetRoleTemplateVersion", &iamshape.GetRoleTemplateVersionInput{TemplateArn: "arn:aws:iam::aws:policy/PowerUserAccess"}, "InvalidInput", "ARN arn:aws:iam::aws:policy/PowerUserAccess is not valid.")
}

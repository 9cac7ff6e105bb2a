package iamtemplate

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/aratame/aratame/internal/awsid"
)

// A Policy is a policy template for delegation requests.
type Policy struct {
	PolicyTemplateArn string
	// RequestorName is who asks, as people are shown it.
	RequestorName string
	// RequestorAccountIds are the accounts that may use it.
	RequestorAccountIds []string
	PolicyDocument      Doc
}

// A Catalog holds templates. It isn't changed once it is made.
type Catalog struct {
	roles    map[string][]*RoleVersion // by ARN; versions by number
	policies map[string]*Policy
}

// A file is one template.
type file struct {
	RoleTemplateVersion *RoleVersion
	PolicyTemplate      *Policy
}

//go:embed builtin/*.json
var builtin embed.FS

// Builtin returns the role templates that come with the program: those of AWS
// whose content is known. It has no policy templates.
var Builtin = sync.OnceValue(func() *Catalog {
	c := &Catalog{roles: map[string][]*RoleVersion{}, policies: map[string]*Policy{}}
	sub, err := fs.Sub(builtin, "builtin")
	if err == nil {
		err = c.load(sub)
	}
	if err != nil {
		panic("iamtemplate: " + err.Error()) // a test reads them all
	}
	return c
})

// Load returns the built-in templates and those of a directory: each file whose
// name ends in .json holds one template. A RoleTemplateVersion is as the CLI
// writes the answer of GetRoleTemplateVersion, and takes the place of a built-in
// version. The error names every mistake.
func Load(dir fs.FS) (*Catalog, error) {
	own := &Catalog{roles: map[string][]*RoleVersion{}, policies: map[string]*Policy{}}
	if err := own.load(dir); err != nil {
		return nil, err
	}
	for arn, versions := range Builtin().roles {
		if own.roles[arn] == nil {
			own.roles[arn] = versions
		}
	}
	return own, nil
}

func (c *Catalog) load(dir fs.FS) error {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".json" {
			continue
		}
		data, err := fs.ReadFile(dir, e.Name())
		if err == nil {
			err = c.add(data)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("template %s: %w", e.Name(), err))
		}
	}
	for _, arn := range sortedKeys(c.roles) {
		versions := c.roles[arn]
		slices.SortFunc(versions, func(a, b *RoleVersion) int { return cmp.Compare(a.MinorVersion, b.MinorVersion) })
		for i, v := range versions {
			switch {
			case i > 0 && v.MinorVersion == versions[i-1].MinorVersion:
				errs = append(errs, fmt.Errorf("%s: minor version %d is there twice", arn, v.MinorVersion))
			case v.Enabled != versions[0].Enabled || v.DefaultMinorVersion != versions[0].DefaultMinorVersion:
				errs = append(errs, fmt.Errorf("%s: its versions differ in Enabled or DefaultMinorVersion, which are the template's", arn))
			}
		}
		if c.Role(arn, nil) == nil {
			errs = append(errs, fmt.Errorf("%s: there is no minor version %d, its default", arn, versions[0].DefaultMinorVersion))
		}
	}
	return errors.Join(errs...)
}

func (c *Catalog) add(data []byte) error {
	var f file
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errSyntax
	}
	switch {
	case (f.RoleTemplateVersion == nil) == (f.PolicyTemplate == nil):
		return errors.New("it must hold either a RoleTemplateVersion or a PolicyTemplate")
	case f.RoleTemplateVersion != nil:
		r := f.RoleTemplateVersion
		c.roles[r.TemplateArn] = append(c.roles[r.TemplateArn], r)
		return r.check()
	}
	p := f.PolicyTemplate
	if c.policies[p.PolicyTemplateArn] != nil {
		return fmt.Errorf("the template %s is there twice", p.PolicyTemplateArn)
	}
	c.policies[p.PolicyTemplateArn] = p
	return p.check()
}

func (p *Policy) check() error {
	var errs []error
	a, err := awsid.ParseARN(p.PolicyTemplateArn)
	if err != nil || a.Service != "iam" || strings.HasPrefix(a.Resource, "policy/") || len(p.PolicyTemplateArn) > 2048 {
		errs = append(errs, fmt.Errorf("PolicyTemplateArn %q is none of IAM, or that of a managed policy", p.PolicyTemplateArn))
	}
	if n := len([]rune(p.RequestorName)); n == 0 || n > 30 {
		errs = append(errs, errors.New("RequestorName must have 1 to 30 characters"))
	}
	if len(p.RequestorAccountIds) == 0 {
		errs = append(errs, errors.New("RequestorAccountIds must name the accounts that may use it"))
	}
	for _, id := range p.RequestorAccountIds {
		if !awsid.ValidAccountID(id) {
			errs = append(errs, fmt.Errorf("%q is no account number", id))
		}
	}
	if n, err := parse(string(p.PolicyDocument)); err != nil || n.member("Statement") == nil {
		errs = append(errs, errors.New("PolicyDocument is no policy"))
	}
	return errors.Join(errs...)
}

// Role returns a version of a role template, the default one for a nil minor,
// or nil.
func (c *Catalog) Role(arn string, minor *int32) *RoleVersion {
	versions := c.roles[arn]
	for _, v := range versions {
		if minor == nil && v.MinorVersion == v.DefaultMinorVersion || minor != nil && v.MinorVersion == int(*minor) {
			return v
		}
	}
	return nil
}

// Policy returns the policy template of an ARN for an account that may use it,
// or nil.
func (c *Catalog) Policy(arn, acct string) *Policy {
	if p := c.policies[arn]; p != nil && slices.Contains(p.RequestorAccountIds, acct) {
		return p
	}
	return nil
}

// Roles lists the ARNs of the role templates, sorted.
func (c *Catalog) Roles() []string { return sortedKeys(c.roles) }

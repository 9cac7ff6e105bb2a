// Package iamtemplate knows the templates of IAM: policy templates, from which
// a delegation request takes its permissions, and role templates, from which
// AcquireRole makes roles.
//
//   - render.go  parameters put into a document or a text
//   - tree.go    JSON that keeps the order of members
//   - role.go    role templates and their versions
//   - load.go    the templates of the program and those of a directory
//
// The syntax is AWS's (IAM User Guide, "Policy templates"): @{name} stands for a
// parameter, and a statement with "@Enabled": "name", or "!name", is left out
// unless the parameter is True, or is not.
package iamtemplate

// Package awsid holds the identifiers of AWS: ARNs, account numbers, unique
// ids, access key ids, secrets, and the one function that folds the case of
// names. The forms are those of the IAM User Guide's "IAM identifiers" and the
// limits of docs/design.
package awsid

import (
	"errors"
	"strings"
)

// Partition is the only partition served.
const Partition = "aws"

// An ARN is an Amazon Resource Name in its six fields; the first is always
// "arn".
type ARN struct {
	Partition, Service, Region, Account, Resource string
}

// ErrARN says that a string isn't an ARN of six fields.
var ErrARN = errors.New("awsid: not an ARN")

// ParseARN splits s at its first five colons. Partition, service and resource
// must not be empty.
func ParseARN(s string) (ARN, error) {
	rest, ok := strings.CutPrefix(s, "arn:")
	if !ok {
		return ARN{}, ErrARN
	}
	f := strings.SplitN(rest, ":", 5)
	if len(f) != 5 || f[0] == "" || f[1] == "" || f[4] == "" {
		return ARN{}, ErrARN
	}
	return ARN{f[0], f[1], f[2], f[3], f[4]}, nil
}

// String joins the fields again.
func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}

// IAM returns the ARN of an IAM entity: kind is "user", "role", "policy" …,
// path begins and ends with "/".
func IAM(account, kind, path, name string) string {
	return "arn:" + Partition + ":iam::" + account + ":" + kind + path + name
}

// Root returns the ARN of an account's root user.
func Root(account string) string { return "arn:" + Partition + ":iam::" + account + ":root" }

// AssumedRole returns the ARN of a role session; the role's path is no part of
// it.
func AssumedRole(account, role, session string) string {
	return "arn:" + Partition + ":sts::" + account + ":assumed-role/" + role + "/" + session
}

// FederatedUser returns the ARN of a federated user's session.
func FederatedUser(account, name string) string {
	return "arn:" + Partition + ":sts::" + account + ":federated-user/" + name
}

// SplitPath cuts the resource part of an IAM ARN ("role/a/b/Name") into kind,
// path ("/a/b/") and name.
func SplitPath(resource string) (kind, path, name string, ok bool) {
	i := strings.IndexByte(resource, '/')
	j := strings.LastIndexByte(resource, '/')
	if i < 1 || j == len(resource)-1 {
		return "", "", "", false
	}
	return resource[:i], resource[i : j+1], resource[j+1:], true
}

// Fold returns the form under which two names are the same name. IAM compares
// names of users, groups, roles, policies and instance profiles without regard
// to case; their character set is ASCII.
func Fold(name string) string {
	for i := 0; i < len(name); i++ {
		if c := name[i]; 'A' <= c && c <= 'Z' || c >= 0x80 {
			return strings.ToLower(name)
		}
	}
	return name
}

package mirror

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/awsid"
)

// MaxFile is the size in bytes up to which a file is read. The greatest account
// (5,000 users, 10,000 roles and policies at their limits) takes less.
const MaxFile = 1 << 30

// A File is what GetAccountAuthorizationDetails answers, all pages together, as
// the AWS CLI prints it.
type File struct {
	UserDetailList  []User   `json:"UserDetailList"`
	GroupDetailList []Group  `json:"GroupDetailList"`
	RoleDetailList  []Role   `json:"RoleDetailList"`
	Policies        []Policy `json:"Policies"`

	// IsTruncated is true in a single page of several.
	IsTruncated bool `json:"IsTruncated,omitempty"`
}

type User struct {
	Path                    string         `json:"Path"`
	UserName                string         `json:"UserName"`
	UserID                  string         `json:"UserId"`
	ARN                     string         `json:"Arn"`
	CreateDate              time.Time      `json:"CreateDate"`
	UserPolicyList          []PolicyDetail `json:"UserPolicyList,omitempty"`
	GroupList               []string       `json:"GroupList"`
	AttachedManagedPolicies []Attached     `json:"AttachedManagedPolicies"`
	PermissionsBoundary     *Boundary      `json:"PermissionsBoundary,omitempty"`
	Tags                    []Tag          `json:"Tags"`
}

type Group struct {
	Path                    string         `json:"Path"`
	GroupName               string         `json:"GroupName"`
	GroupID                 string         `json:"GroupId"`
	ARN                     string         `json:"Arn"`
	CreateDate              time.Time      `json:"CreateDate"`
	GroupPolicyList         []PolicyDetail `json:"GroupPolicyList"`
	AttachedManagedPolicies []Attached     `json:"AttachedManagedPolicies"`
}

type Role struct {
	Path                     string         `json:"Path"`
	RoleName                 string         `json:"RoleName"`
	RoleID                   string         `json:"RoleId"`
	ARN                      string         `json:"Arn"`
	CreateDate               time.Time      `json:"CreateDate"`
	AssumeRolePolicyDocument Document       `json:"AssumeRolePolicyDocument"`
	InstanceProfileList      []Profile      `json:"InstanceProfileList"`
	RolePolicyList           []PolicyDetail `json:"RolePolicyList"`
	AttachedManagedPolicies  []Attached     `json:"AttachedManagedPolicies"`
	PermissionsBoundary      *Boundary      `json:"PermissionsBoundary,omitempty"`
	Tags                     []Tag          `json:"Tags"`
	RoleLastUsed             *LastUsed      `json:"RoleLastUsed,omitempty"`

	// AWS leaves these out; an export of this program has them, so that nothing
	// is lost on the way.
	Description        *string `json:"Description,omitempty"`
	MaxSessionDuration int     `json:"MaxSessionDuration,omitempty"`
}

type Profile struct {
	Path                string    `json:"Path"`
	InstanceProfileName string    `json:"InstanceProfileName"`
	InstanceProfileID   string    `json:"InstanceProfileId"`
	ARN                 string    `json:"Arn"`
	CreateDate          time.Time `json:"CreateDate"`
	Roles               []RoleRef `json:"Roles"`
	Tags                []Tag     `json:"Tags,omitempty"`
}

// A RoleRef is a role as instance profiles show it.
type RoleRef struct {
	Path                     string    `json:"Path"`
	RoleName                 string    `json:"RoleName"`
	RoleID                   string    `json:"RoleId"`
	ARN                      string    `json:"Arn"`
	CreateDate               time.Time `json:"CreateDate"`
	AssumeRolePolicyDocument Document  `json:"AssumeRolePolicyDocument"`
}

type Policy struct {
	PolicyName                    string    `json:"PolicyName"`
	PolicyID                      string    `json:"PolicyId"`
	ARN                           string    `json:"Arn"`
	Path                          string    `json:"Path"`
	DefaultVersionID              string    `json:"DefaultVersionId"`
	AttachmentCount               int       `json:"AttachmentCount"`
	PermissionsBoundaryUsageCount int       `json:"PermissionsBoundaryUsageCount"`
	IsAttachable                  bool      `json:"IsAttachable"`
	Description                   string    `json:"Description,omitempty"`
	CreateDate                    time.Time `json:"CreateDate"`
	UpdateDate                    time.Time `json:"UpdateDate"`
	PolicyVersionList             []Version `json:"PolicyVersionList"`
	// Tags are left out by AWS, as Role's Description is.
	Tags []Tag `json:"Tags,omitempty"`
}

type Version struct {
	Document         Document  `json:"Document"`
	VersionID        string    `json:"VersionId"`
	IsDefaultVersion bool      `json:"IsDefaultVersion"`
	CreateDate       time.Time `json:"CreateDate"`
}

type PolicyDetail struct {
	PolicyName     string   `json:"PolicyName"`
	PolicyDocument Document `json:"PolicyDocument"`
}

type Attached struct {
	PolicyName string `json:"PolicyName"`
	PolicyARN  string `json:"PolicyArn"`
}

type Boundary struct {
	Type string `json:"PermissionsBoundaryType"`
	ARN  string `json:"PermissionsBoundaryArn"`
}

type Tag struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

type LastUsed struct {
	LastUsedDate *time.Time `json:"LastUsedDate,omitempty"`
	Region       string     `json:"Region,omitempty"`
}

// A Document is the text of a policy. In a file it is a JSON value, as the CLI
// prints it, or a string, as the API has it: percent-encoded or plain.
type Document string

// UnmarshalJSON reads either form.
func (d *Document) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '"' {
		var out bytes.Buffer
		if err := json.Compact(&out, b); err != nil {
			return err
		}
		*d = Document(out.String())
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	if strings.HasPrefix(text, "%7B") || strings.HasPrefix(text, "%0A") || strings.HasPrefix(text, "%20") {
		decoded, err := url.PathUnescape(text)
		if err != nil || !utf8.ValidString(decoded) {
			return errors.New("a policy document is not percent-encoded as IAM does")
		}
		text = decoded
	}
	*d = Document(text)
	return nil
}

// MarshalJSON writes the document as JSON where it is JSON. Its white space is
// lost, as the CLI loses it.
func (d Document) MarshalJSON() ([]byte, error) {
	if b := []byte(d); json.Valid(b) {
		return b, nil
	}
	return json.Marshal(string(d))
}

// Read reads a file. Unknown members are passed over, since AWS adds some now
// and then.
func Read(r io.Reader) (*File, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxFile {
		return nil, fmt.Errorf("the file is larger than %d bytes", MaxFile)
	}
	f := &File{}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("the file is not the JSON of get-account-authorization-details: %w", err)
	}
	if d.More() {
		return nil, errors.New("the file holds more than one JSON value: it has to be one answer, as the AWS CLI prints it")
	}
	switch {
	case f.IsTruncated:
		return nil, errors.New("the file is one page of several: let the AWS CLI fetch them all (without --max-items and --no-paginate)")
	case len(f.UserDetailList)+len(f.GroupDetailList)+len(f.RoleDetailList)+len(f.Policies) == 0:
		return nil, errors.New("the file holds no user, group, role or policy: it has to be what get-account-authorization-details prints")
	}
	return f, nil
}

// Write writes the file as the AWS CLI prints it.
func (f *File) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "    ")
	return e.Encode(f)
}

// Account is the number of the account that the file is about.
func (f *File) Account() (string, error) {
	found := ""
	see := func(arn string) error {
		a, err := awsid.ParseARN(arn)
		switch {
		case err != nil || a.Service != "iam":
			return fmt.Errorf("%q is not the ARN of anything in IAM", arn)
		case a.Account == "aws":
			return nil
		case !awsid.ValidAccountID(a.Account):
			return fmt.Errorf("%q names no account", arn)
		case found != "" && found != a.Account:
			return fmt.Errorf("the file is about the accounts %s and %s", found, a.Account)
		}
		found = a.Account
		return nil
	}
	for _, arn := range f.arns() {
		if err := see(arn); err != nil {
			return "", err
		}
	}
	if found == "" {
		return "", errors.New("the file holds nothing but policies of AWS")
	}
	return found, nil
}

func (f *File) arns() (arns []string) {
	for i := range f.UserDetailList {
		arns = append(arns, f.UserDetailList[i].ARN)
	}
	for i := range f.GroupDetailList {
		arns = append(arns, f.GroupDetailList[i].ARN)
	}
	for i := range f.RoleDetailList {
		arns = append(arns, f.RoleDetailList[i].ARN)
	}
	for i := range f.Policies {
		arns = append(arns, f.Policies[i].ARN)
	}
	return arns
}

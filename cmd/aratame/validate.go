package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/evalcase"
	"github.com/aratame/aratame/policy"
)

// refused is the severity of what policy.Parse says.
const refused = "refused"

// A remark is one line of what aratame validate prints.
type remark struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Detail   string `json:"detail,omitempty"` // of a refusal
	Path     string `json:"path"`
}

func (r *remark) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s: %s", r.File, r.Line, r.Column, r.Code, r.Message)
	if where := strings.Trim(r.Path+": "+r.Detail, ": "); where != "" {
		s += " (" + where + ")"
	}
	return evalcase.Printable(s)
}

func validateCommand() *cobra.Command {
	var kind, service string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate [FILE…]",
		Short: "Say what is wrong with policy documents",
		Long: "Read policy documents, one from each file or one from standard input (\"-\"), and print what AWS would refuse\n" +
			"and what it would accept but is wrong, dangerous or idle. docs/validate.md lists the findings. The status is 1\n" +
			"if a document was refused or has an error.",
		RunE: func(cmd *cobra.Command, files []string) error {
			k, err := parseKind(kind)
			if err != nil {
				return err
			}
			if service != "" && k != policy.Resource {
				return errors.New("--service is for --kind resource")
			}
			parse := func(text string) (*policy.Document, error) { return policy.Parse(text, k) }
			if service != "" {
				parse = func(text string) (*policy.Document, error) { return policy.ParseResource(text, service) }
			}
			if len(files) == 0 {
				files = []string{"-"}
			}
			failed := 0
			for _, name := range files {
				remarks, err := validateFile(cmd, name, parse)
				if err != nil {
					return err
				}
				bad := false
				for i := range remarks {
					bad = bad || remarks[i].Severity == refused || remarks[i].Severity == string(catalog.Error)
					if err := printRemark(cmd.OutOrStdout(), &remarks[i], asJSON); err != nil {
						return err
					}
				}
				if bad {
					failed++
				}
			}
			if failed > 0 {
				return fmt.Errorf("%d of %d documents have errors", failed, len(files))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&kind, "kind", policy.Identity.String(), "kind of the documents: "+strings.Join(kindNames(), ", "))
	cmd.Flags().StringVar(&service, "service", "", "the service whose resources the policies are for, such as s3, with --kind resource")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

func kindNames() (names []string) {
	for k := policy.Identity; k <= policy.Endpoint; k++ {
		names = append(names, k.String())
	}
	return names
}

func parseKind(name string) (policy.Kind, error) {
	for k := policy.Identity; k <= policy.Endpoint; k++ {
		if k.String() == name {
			return k, nil
		}
	}
	return 0, fmt.Errorf("--kind %q is none of %s", name, strings.Join(kindNames(), ", "))
}

// maxFile is the length at which reading ends: longer than any document that
// the parser takes, so that it says so.
const maxFile = 1 << 20

func validateFile(cmd *cobra.Command, name string, parse func(string) (*policy.Document, error)) ([]remark, error) {
	in := cmd.InOrStdin()
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close() // read only
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxFile))
	if err != nil {
		return nil, err
	}
	doc, err := parse(string(text))
	if refusal := (*policy.ParseError)(nil); errors.As(err, &refusal) {
		return []remark{{name, refusal.Line, refusal.Column, refused, refusal.Code, refusal.Message, refusal.Detail, refusal.Path}}, nil
	}
	if err != nil {
		return nil, err
	}
	var remarks []remark
	for _, f := range catalog.Findings(doc) {
		remarks = append(remarks, remark{name, f.Line, f.Column, string(f.Severity), f.Code, f.Message, "", f.Path})
	}
	return remarks, nil
}

func printRemark(w io.Writer, r *remark, asJSON bool) error {
	if !asJSON {
		_, err := fmt.Fprintln(w, r)
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

package pack

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"strings"
)

// Encode writes the file. The same services give the same bytes (with the same
// release of Go, whose deflate decides). What the form can't hold, Decode
// refuses; so the result is decoded before it is returned.
func Encode(version string, services []Service) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "catalogue 1 %s\n", version)
	for _, s := range services {
		if len(s.Sets) == 0 || len(s.Lists) == 0 || len(s.Sets[0])+len(s.Lists[0]) > 0 {
			return nil, errors.New("pack: the first set and list of " + s.Prefix + " are not empty")
		}
		fmt.Fprintf(&b, "S%s\t%s\n", s.Prefix, s.Name)
		for _, k := range s.Keys {
			letter := string(k.Type)
			if k.List {
				letter = strings.ToUpper(letter)
			}
			fmt.Fprintf(&b, "K%s%s\n", letter, k.Name)
		}
		for _, set := range s.Sets[1:] {
			b.WriteString("s" + strings.Trim(fmt.Sprint(set), "[]") + "\n")
		}
		for _, r := range s.Resources {
			fmt.Fprintf(&b, "R%d\t%s\t%s\n", r.Set, r.Name, r.ARN)
		}
		for _, list := range s.Lists[1:] {
			var words []string
			for _, u := range list {
				mark := "?"
				if u.Required {
					mark = "!"
				}
				words = append(words, fmt.Sprintf("%d%s%d", u.Resource, mark, u.Set))
			}
			b.WriteString("u" + strings.Join(words, " ") + "\n")
		}
		for _, a := range s.Actions {
			fmt.Fprintf(&b, "A%c%s\t%d\t%d\n", a.Level, a.Name, a.Set, a.List)
		}
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if _, err := w.Write([]byte(b.String())); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	_, _, err := Decode(out.String())
	return out.Bytes(), err
}

package wire

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
)

// Decode turns a form into a pointer to the operation's input struct and checks
// it against the whole contract. Parameters that the operation doesn't have are
// ignored, as AWS does. A parameter whose structure can't be read (a list given
// as a scalar, an index that is no number, a word where a number belongs) is
// MalformedInput; constraint failures are one ValidationError that lists them
// all, in the order that AWS lists them in (messageOrder). Lists are Name.member.N
// in the order of their numbers, and a gap is an element that fails; maps are
// Name.entry.N.key and .value. Name with an empty value is an empty list or map to
// IAM and absent to STS. The size of the result is bounded by the number of
// parameters, whatever the indexes.
func Decode(op *shape.Operation, f Form) (any, error) {
	return decodeForm(op, decoder{form: f, errs: failures{service: op.Service}})
}

// Read is Decode without the constraints: what is missing stays zero, and no
// value is too long. Its result must not be acted on; it is for tools that look
// at requests.
func Read(op *shape.Operation, f Form) (any, error) {
	return decodeForm(op, decoder{form: f, unchecked: true})
}

func decodeForm(op *shape.Operation, d decoder) (any, error) {
	in := op.NewInput()
	if _, err := d.members(op.Input, reflect.ValueOf(in).Elem(), "", ""); err != nil {
		return nil, err
	}
	if err := d.errs.err(); err != nil && !d.unchecked {
		return nil, err
	}
	return in, nil
}

type decoder struct {
	form      Form
	errs      failures
	unchecked bool
}

func malformed(name, format string, args ...any) error {
	return awserr.New("MalformedInput", "Parameter "+shownName(name)+": "+fmt.Sprintf(format, args...))
}

// AWS's words for parameters of the wrong structure name none (recordings of 2026).
var (
	errComplexEnd = awserr.New("MalformedInput", "Unexpected complex element termination")
	errTopLevel   = awserr.New("MalformedInput", "Top level element may not be treated as a list")
	errListStart  = awserr.New("MalformedInput", "Start of list found where not expected")
)

// maxSkip is how far the number of a list's element may be ahead of the one before
// it, or of 1 (recordings of 2026).
const maxSkip = 10

// members decodes the members of a structure. prefix precedes their names on
// the wire ("Tags.member.1."), path their names in messages ("tags.1.member.").
// It reports whether any member is present: a structure of unknown parameters
// only is an absent one.
func (d *decoder) members(s *shape.Shape, v reflect.Value, prefix, path string) (bool, error) {
	present := 0
	for _, i := range planOf(s).order {
		m := &s.Members[i]
		ok, err := d.member(m.Shape, v.Field(i), prefix+m.Name, path+lowerFirst(m.Name))
		if err != nil {
			return false, err
		}
		if ok {
			present++
		} else if m.Required {
			d.errs.missing(path + lowerFirst(m.Name))
		}
	}
	if s.Union && present != 1 {
		return false, malformed(strings.TrimSuffix(prefix, "."), "exactly one member must be given")
	}
	return present > 0, nil
}

// member decodes one value and reports whether it was present.
func (d *decoder) member(s *shape.Shape, v reflect.Value, name, path string) (bool, error) {
	switch s.Kind {
	case shape.Structure:
		return d.structure(s, v, name, path)
	case shape.List, shape.Map:
		return d.collection(s, v, name, path)
	}
	text, ok := d.form.Get(name)
	if !ok {
		if len(d.form.under(name+".")) > 0 {
			return false, errComplexEnd
		}
		return false, nil
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	texts, err := setScalar(s, v, name, text)
	if err != nil {
		return true, err
	}
	d.report(s, path, text, texts)
	return true, nil
}

// report notes the failures of one scalar. A name or path of the right length
// with wrong characters gets IAM's own message instead.
func (d *decoder) report(s *shape.Shape, path, text string, texts []string) {
	if special := specialText(d.errs.service, path, s); special != "" && len(texts) > 0 {
		pattern := "Member must satisfy regular expression pattern: " + s.Pattern
		if d.errs.special == "" && slices.Contains(texts, pattern) {
			d.errs.special = special
		}
		texts = slices.DeleteFunc(texts, func(t string) bool { return t == pattern })
	}
	for _, t := range texts {
		d.errs.add(path, text, s, t)
	}
}

func (d *decoder) structure(s *shape.Shape, v reflect.Value, name, path string) (bool, error) {
	if _, ok := d.form.Get(name); ok {
		return false, malformed(name, "a structure may not be given as a single value")
	}
	if len(d.form.under(name+".")) == 0 {
		return false, nil
	}
	if v.Kind() != reflect.Pointer {
		return d.members(s, v, name+".", path+".")
	}
	target := reflect.New(v.Type().Elem())
	ok, err := d.members(s, target.Elem(), name+".", path+".")
	if ok {
		v.Set(target)
	}
	return ok, err
}

// An index is the number of a list's element, and how the request writes it.
type index struct {
	n    int
	text string
}

// indexes returns the numbers that follow prefix, ascending.
func (d *decoder) indexes(name, prefix string) ([]index, error) {
	params := d.form.under(prefix)
	out := make([]index, 0, min(len(params), 64))
	last := ""
	for _, p := range params {
		text, _, _ := strings.Cut(p.name[len(prefix):], ".")
		if text == last && text != "" {
			continue
		}
		last = text
		n, err := strconv.Atoi(text)
		switch {
		case strings.HasPrefix(text, "-"):
			return nil, awserr.Newf("MalformedInput", "Key %s may not have a leading '-'", shownName(text))
		case text == "" || strings.Trim(text, "0123456789") != "":
			return nil, errListStart
		case err != nil || n < 1 || n > 999_999_999:
			return nil, awserr.Newf("MalformedInput", "%s is not a valid index", shownName(text))
		}
		out = append(out, index{n, text})
	}
	slices.SortStableFunc(out, func(a, b index) int { return a.n - b.n })
	out = slices.Compact(out)
	before := 1
	for i, x := range out {
		if i > 0 && x.n == before {
			return nil, malformed(name, "index %d occurs more than once", x.n)
		}
		if x.n-before > maxSkip {
			return nil, awserr.Newf("MalformedInput", "Excessively sparse input would skip %d list elements", x.n-before)
		}
		before = x.n
	}
	return out, nil
}

func (d *decoder) collection(s *shape.Shape, v reflect.Value, name, path string) (bool, error) {
	step := ".member."
	if s.Kind == shape.Map {
		step = ".entry."
	}
	text, given := d.form.Get(name)
	under := d.form.under(name + ".")
	switch {
	case given && (text != "" || len(under) > 0):
		return false, malformed(name, "a list may not be given as a single value")
	case len(under) == 0 && (!given || d.errs.service == "sts"):
		return false, nil
	case len(under) != len(d.form.under(name+step)):
		return false, errTopLevel
	}
	idx, err := d.indexes(name, name+step)
	if err != nil {
		return false, err
	}
	length := 0
	if len(idx) > 0 {
		length = idx[len(idx)-1].n
	}
	if texts := lengthTexts(s, int64(length), nil); len(texts) > 0 {
		shown := s.Elem
		if k := shown.Kind; k == shape.Structure || k == shape.List || k == shape.Map {
			shown = &shape.Shape{Sensitive: true}
		}
		for _, t := range texts {
			d.errs.add(path, d.listText(name+step, idx), shown, t)
		}
		if s.HasMax && int64(length) > s.Max && !d.unchecked {
			return true, nil // too many to look at each
		}
	}
	if s.Kind == shape.Map {
		return true, d.entries(s, v, name+step, path, idx)
	}
	return true, d.elements(s, v, name+step, path, idx)
}

// listText is a list of scalars as messages show it.
func (d *decoder) listText(prefix string, idx []index) string {
	texts := make([]string, len(idx))
	for i, x := range idx {
		texts[i], _ = d.form.Get(prefix + x.text)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

func (d *decoder) elements(s *shape.Shape, v reflect.Value, prefix, path string, idx []index) error {
	list := reflect.MakeSlice(v.Type(), len(idx), len(idx))
	failed, next := false, 1
	for i, x := range idx {
		name := prefix + x.text
		if k := s.Elem.Kind; k == shape.Structure || k == shape.List || k == shape.Map {
			for ; next < x.n; next++ {
				d.errs.missing(path + "." + strconv.Itoa(next) + ".member")
			}
			next++
			at := path + "." + strconv.Itoa(x.n) + ".member"
			before := len(d.errs.items)
			ok, err := d.member(s.Elem, list.Index(i), name, at)
			if err != nil {
				return err
			}
			if !ok && len(d.errs.items) == before {
				d.errs.missing(at)
			}
			continue
		}
		text, ok := d.form.Get(name)
		if !ok || len(d.form.under(name+".")) > 0 {
			return errComplexEnd
		}
		texts, err := setScalar(s.Elem, list.Index(i), name, text)
		if err != nil {
			return err
		}
		failed = failed || len(texts) > 0 || x.n != i+1
	}
	if failed {
		d.errs.add(path, d.listText(prefix, idx), s.Elem, allTexts(d.errs.service, s.Elem))
	}
	v.Set(list)
	return nil
}

func (d *decoder) entries(s *shape.Shape, v reflect.Value, prefix, path string, idx []index) error {
	out := reflect.MakeMapWithSize(v.Type(), len(idx))
	for _, x := range idx {
		name := prefix + x.text
		at := path + "." + strconv.Itoa(x.n)
		key := reflect.New(v.Type().Key()).Elem()
		ok, err := d.member(s.Key, key, name+".key", at+".key")
		if err != nil {
			return err
		}
		if !ok {
			d.errs.missing(at + ".key")
			continue
		}
		value := reflect.New(v.Type().Elem()).Elem()
		if ok, err = d.member(s.Elem, value, name+".value", at+".value"); err != nil {
			return err
		}
		if !ok {
			d.errs.missing(at + ".value")
			continue
		}
		if out.MapIndex(key).IsValid() {
			return malformed(name, "a key of the map occurs more than once")
		}
		out.SetMapIndex(key, value)
	}
	v.Set(out)
	return nil
}

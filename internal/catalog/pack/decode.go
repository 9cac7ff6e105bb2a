package pack

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Decode reads a file. The strings of the result share one text. Whatever
// doesn't have the form is refused.
func Decode(data string) (version string, services []Service, err error) {
	text, err := inflate(data)
	if err != nil {
		return "", nil, err
	}
	line, text, _ := strings.Cut(text, "\n")
	version, ok := strings.CutPrefix(line, "catalogue 1 ")
	if !ok {
		return "", nil, errDamaged
	}
	var s *Service
	for n := 2; text != ""; n++ {
		line, text, ok = strings.Cut(text, "\n")
		if !ok || line == "" || line[0] != 'S' && s == nil {
			return "", nil, fmt.Errorf("%w, line %d", errDamaged, n)
		}
		if line[0] == 'S' {
			prefix, name, ok := strings.Cut(line[1:], "\t")
			if !ok || prefix == "" {
				return "", nil, fmt.Errorf("%w, line %d", errDamaged, n)
			}
			services = append(services, Service{Prefix: prefix, Name: name, Sets: make([][]int, 1), Lists: make([][]Use, 1)})
			s = &services[len(services)-1]
			continue
		}
		if !s.line(line[0], line[1:]) {
			return "", nil, fmt.Errorf("%w, line %d", errDamaged, n)
		}
	}
	return version, services, nil
}

func inflate(data string) (string, error) {
	in := bufio.NewReader(strings.NewReader(data))
	r, err := gzip.NewReader(in)
	if err != nil {
		return "", err
	}
	r.Multistream(false)
	var b strings.Builder
	if _, err := io.Copy(&b, io.LimitReader(r, maxText)); err != nil {
		return "", err
	}
	if _, err := in.ReadByte(); err != io.EOF || b.Len() == maxText {
		return "", errDamaged
	}
	return b.String(), nil
}

// line adds one line to the service and reports whether it has the form.
func (s *Service) line(kind byte, rest string) bool {
	switch kind {
	case 'K':
		return s.key(rest)
	case 's':
		var set []int
		for word := range strings.SplitSeq(rest, " ") {
			n, ok := number(word, len(s.Keys))
			if !ok {
				return false
			}
			set = append(set, n)
		}
		s.Sets = append(s.Sets, set)
		return true
	case 'R':
		f := strings.Split(rest, "\t")
		if len(f) != 3 || f[1] == "" || f[2] == "" {
			return false
		}
		set, ok := number(f[0], len(s.Sets))
		s.Resources = append(s.Resources, Resource{Name: f[1], ARN: f[2], Set: set})
		return ok
	case 'u':
		return s.list(rest)
	case 'A':
		name, rest, _ := strings.Cut(rest, "\t")
		set, list, _ := strings.Cut(rest, "\t")
		if len(name) < 2 || strings.IndexByte(Levels, name[0]) < 0 {
			return false
		}
		a := Action{Name: name[1:], Level: name[0]}
		var ok, ok2 bool
		a.Set, ok = number(set, len(s.Sets))
		a.List, ok2 = number(list, len(s.Lists))
		s.Actions = append(s.Actions, a)
		return ok && ok2
	}
	return false
}

func (s *Service) key(rest string) bool {
	if len(rest) < 2 {
		return false
	}
	k := Key{Name: rest[1:], Type: rest[0]}
	if 'A' <= k.Type && k.Type <= 'Z' {
		k.Type += 'a' - 'A'
		k.List = true
	}
	s.Keys = append(s.Keys, k)
	return strings.IndexByte(Types, k.Type) >= 0
}

func (s *Service) list(rest string) bool {
	var list []Use
	for word := range strings.SplitSeq(rest, " ") {
		i := strings.IndexAny(word, "!?")
		if i < 0 {
			return false
		}
		r, ok := number(word[:i], len(s.Resources))
		set, ok2 := number(word[i+1:], len(s.Sets))
		if !ok || !ok2 {
			return false
		}
		list = append(list, Use{Resource: r, Required: word[i] == '!', Set: set})
	}
	s.Lists = append(s.Lists, list)
	return true
}

// number reads a place below limit.
func number(s string, limit int) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 31)
	return int(n), err == nil && int(n) < limit
}

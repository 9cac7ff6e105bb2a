package scripttest

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var _ = add("json", func(x *script, neg bool, args []string) {
	const usage = "json PATH VALUE … | count N | like REGEXP | document FILE | absent"
	if len(args) == 0 {
		x.Fatalf("usage: %s", usage)
	}
	found := x.at(args[0])
	var got, want string
	var holds bool
	switch {
	case len(args) == 2 && args[1] == "absent":
		got, want, holds = string(compact(found)), "nothing", len(found) == 0
	case len(args) == 3 && args[1] == "count":
		list := []any{}
		if len(found) == 1 {
			list, _ = found[0].([]any)
		} else if strings.Contains(args[0], "[]") {
			list = found
		}
		got, want = strconv.Itoa(len(list)), args[2]
		holds = got == want
	case len(args) == 3 && args[1] == "like":
		got, want = x.one(args[0]), args[2]
		holds = regexp.MustCompile("^(?:" + want + ")$").MatchString(got)
	case len(args) == 3 && args[1] == "document":
		var err error
		if got, err = url.PathUnescape(x.one(args[0])); err != nil {
			x.Fatalf("%v", err)
		}
		want = x.expand(x.file(args[2]))
		holds = got == want
	default:
		values := make([]string, len(found))
		for i, v := range found {
			values[i] = shown(v)
		}
		got, want, holds = strings.Join(values, " "), strings.Join(args[1:], " "), slices.Equal(values, args[1:])
	}
	if holds == neg {
		x.Fatalf("%s is %s, want %s", args[0], got, want)
	}
})

var _ = add("error", func(x *script, neg bool, args []string) {
	x.plain(neg, args, 1, 1, "error 'CODE STATUS: message'")
	if x.failed != args[0] {
		x.Fatalf("the last failure was\n\t%s\nwant\n\t%s", x.failed, args[0])
	}
})

var _ = add("set", func(x *script, neg bool, args []string) {
	x.plain(neg, args, 2, 2, "set VAR PATH")
	x.Setenv(args[0], x.one(args[1]))
})

// at is what a path leads to in the last answer.
func (x *script) at(path string) []any {
	if x.last == nil {
		x.Fatalf("there was no answer yet")
	}
	found, err := find(x.last, path)
	x.Check(err)
	return found
}

func (x *script) one(path string) string {
	found := x.at(path)
	if len(found) != 1 {
		x.Fatalf("%s is there %d times", path, len(found))
	}
	return shown(found[0])
}

func statusText(status int) string { return strconv.Itoa(status) }

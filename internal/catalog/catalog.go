package catalog

import (
	_ "embed" // for the data file
	"slices"
	"strings"
	"sync"

	"github.com/aratame/aratame/internal/catalog/pack"
)

// A Service is a service that has actions.
type Service struct {
	Prefix string // "s3"
	Name   string // "Amazon S3"

	// Each by name, without regard to letter case. Keys are those that the
	// service documents, of other services and global ones among them.
	Actions   []Action
	Resources []ResourceType
	Keys      []Key
}

// AccessLevel says what an action does, in the classes of AWS's Service
// Authorization Reference.
type AccessLevel byte

// The access levels. The reference gives some actions two, of which the one
// that says more than Write is kept.
const (
	List AccessLevel = iota + 1
	Read
	Write
	PermissionsManagement
	Tagging
)

var levelNames = [...]string{"", "List", "Read", "Write", "Permissions management", "Tagging"}

// String returns the reference's word.
func (l AccessLevel) String() string {
	if int(l) >= len(levelNames) {
		return ""
	}
	return levelNames[l]
}

// An Action is what a policy allows or denies. The source doesn't say which
// actions depend on others, nor which have no API operation of their own.
type Action struct {
	Service *Service
	Name    string // "GetObject"
	Level   AccessLevel

	// Resources are the types of resource that the action is authorized on;
	// none means that only "*" ever is.
	Resources []Target

	// Keys are the condition keys beside the global ones and those of the
	// resources; KeysFor gathers all.
	Keys []*Key
}

// String returns the action as a policy names it, such as "s3:GetObject".
func (a *Action) String() string { return a.Service.Prefix + ":" + a.Name }

// A Target is a resource type of an action.
type Target struct {
	Type     *ResourceType
	Required bool   // a request always has a resource of the type
	Keys     []*Key // that the action sets for the type
}

//go:embed catalog.bin
var data string

type catalogue struct {
	version  string
	services []*Service
	byPrefix map[string]*Service
	keys     keyIndex
}

// The embedded file was written by the generator and is read whole by a test,
// so damage means a broken program.
var load = sync.OnceValue(func() *catalogue {
	c, err := build(data)
	if err != nil {
		panic("catalog: " + err.Error())
	}
	return c
})

func build(file string) (*catalogue, error) {
	version, packed, err := pack.Decode(file)
	if err != nil {
		return nil, err
	}
	c := &catalogue{version: version, byPrefix: make(map[string]*Service, len(packed))}
	all := make([]Service, len(packed))
	for i := range packed {
		s := &all[i]
		s.fill(&packed[i])
		c.services = append(c.services, s)
		c.byPrefix[s.Prefix] = s
	}
	c.keys.fill(c.services)
	return c, nil
}

// fill takes the service over; sets and lists are shared between its actions.
func (s *Service) fill(p *pack.Service) {
	s.Prefix, s.Name = p.Prefix, p.Name
	s.Keys = make([]Key, len(p.Keys))
	for i, k := range p.Keys {
		s.Keys[i] = Key{Name: k.Name, Type: keyTypes[k.Type], Multi: k.List}
	}
	sets := make([][]*Key, len(p.Sets))
	for i, set := range p.Sets {
		for _, k := range set {
			sets[i] = append(sets[i], &s.Keys[k])
		}
		sets[i] = slices.Clip(sets[i])
	}
	s.Resources = make([]ResourceType, len(p.Resources))
	for i, r := range p.Resources {
		s.Resources[i] = ResourceType{Service: s, Name: r.Name, ARN: r.ARN, Keys: sets[r.Set]}
	}
	s.compileFormats()
	lists := make([][]Target, len(p.Lists))
	for i, list := range p.Lists {
		if len(list) > 0 {
			lists[i] = make([]Target, len(list))
		}
		for j, u := range list {
			lists[i][j] = Target{Type: &s.Resources[u.Resource], Required: u.Required, Keys: sets[u.Set]}
		}
	}
	s.Actions = make([]Action, len(p.Actions))
	for i, a := range p.Actions {
		level := AccessLevel(strings.IndexByte(pack.Levels, a.Level) + 1)
		s.Actions[i] = Action{Service: s, Name: a.Name, Level: level, Resources: lists[a.List], Keys: sets[a.Set]}
	}
}

// Version returns the version of the source, whose last part begins with the
// day it was made: "0.21.202609261".
func Version() string { return load().version }

// Services returns every service by prefix.
func Services() []*Service { return load().services }

// LookupService returns the service of a prefix; the case of ASCII letters
// doesn't matter.
func LookupService(prefix string) (*Service, bool) {
	s, ok := load().byPrefix[lowerASCII(prefix)]
	return s, ok
}

// LookupAction returns the action of a name such as "s3:GetObject"; the case of
// ASCII letters doesn't matter.
func LookupAction(name string) (*Action, bool) {
	prefix, name, ok := strings.Cut(name, ":")
	if !ok {
		return nil, false
	}
	s, ok := LookupService(prefix)
	if !ok {
		return nil, false
	}
	i, ok := slices.BinarySearchFunc(s.Actions, lowerASCII(name), func(a Action, name string) int {
		return compareFolded(a.Name, name)
	})
	if !ok {
		return nil, false
	}
	return &s.Actions[i], true
}

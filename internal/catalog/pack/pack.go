// Package pack is the form of the catalogue's file: the generator encodes, and
// internal/catalog decodes.
//
// The file is one gzip member, so that its check sum finds damage, of lines of
// text:
//
//	catalogue 1 VERSION        first line; VERSION is that of the source
//	S PREFIX TAB NAME          a service; what follows up to the next S is its own
//	K TYPE NAME                a condition key; TYPE is one letter of Types, upper case for lists
//	s KEY KEY …                a set of keys, by their places
//	R SET TAB NAME TAB ARN     a resource type and the keys of its resources
//	u PLACE!SET PLACE?SET …    a list of resource types, required (!) or not (?), with the keys they bring
//	A LEVEL NAME TAB SET TAB LIST   an action; LEVEL is one letter of Levels
//
// Places count from 0, sets and lists from 1; 0 is the empty one. Keys stand
// before sets, sets before types, types before lists, lists before actions.
package pack

import "errors"

// Levels are the letters of access levels: List, Read, Write, Permissions
// management, Tagging.
const Levels = "LRWPT"

// Types are the letters of types of condition keys: String, ARN, Numeric, Bool,
// Date, IPAddress, Binary.
const Types = "sandtib"

// maxText bounds the inflated text.
const maxText = 16 << 20

var errDamaged = errors.New("pack: damaged catalogue")

// A Service is one service. Sets and Lists begin with an empty one.
type Service struct {
	Prefix, Name string
	Keys         []Key
	Sets         [][]int // places in Keys
	Resources    []Resource
	Lists        [][]Use
	Actions      []Action
}

// A Key is a condition key.
type Key struct {
	Name string
	Type byte // one of Types
	List bool // has a list of values
}

// A Resource is a resource type.
type Resource struct {
	Name, ARN string
	Set       int
}

// A Use is a resource type of an action.
type Use struct {
	Resource int
	Required bool
	Set      int
}

// An Action is an action.
type Action struct {
	Name      string
	Level     byte // one of Levels
	Set, List int
}

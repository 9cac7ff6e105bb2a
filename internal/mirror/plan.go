package mirror

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awsid"
)

// A Plan makes the entities of a file in an account, in an order in which each
// finds what it refers to. What is there under the same unique id is brought
// to what the file says, so that a file can be imported again; what the file
// doesn't have is left alone.
type Plan struct {
	file *File
	now  time.Time
	ids  map[string]string // ARN of a user or role in the file → its unique id
	// others are further accounts, whose users and roles trust policies may name.
	others map[string]*account.View

	step    int // the one at work
	results []result
	seen    map[string]int // id → the step that made an entity of it
}

// A result is what one step did. A step that is run again, on a newer state,
// starts a new one.
type result struct {
	notes []string
	made  Made
}

// Made counts what was made or brought up to date.
type Made struct{ Users, Groups, Roles, Policies, InstanceProfiles int }

// New returns the Plan of a file. Times that the file lacks are now. others are
// the accounts beside its own that are served here, by their numbers.
func New(f *File, now time.Time, others map[string]*account.View) *Plan {
	p := &Plan{file: f, others: others, now: now.UTC().Truncate(time.Second), ids: map[string]string{}, seen: map[string]int{}}
	for i := range f.UserDetailList {
		p.identify(f.UserDetailList[i].ARN, f.UserDetailList[i].UserID, awsid.UserPrefix)
	}
	for i := range f.RoleDetailList {
		p.identify(f.RoleDetailList[i].ARN, f.RoleDetailList[i].RoleID, awsid.RolePrefix)
	}
	return p
}

// identify keeps the id of a user or role for the trust policies that name it.
// One that isn't an id would make such a policy mean something else: "*" is
// everybody.
func (p *Plan) identify(arn, id, prefix string) {
	if isID(id, prefix) {
		p.ids[arn] = id
	}
}

// Steps are to be run in their order, each on the state that those before it
// have left, and again when that was not committed. Each writes one record at
// most.
func (p *Plan) Steps() []func(tx *account.Tx) {
	var steps []func(tx *account.Tx)
	for i := range p.file.Policies {
		steps = append(steps, func(tx *account.Tx) { p.policy(tx, &p.file.Policies[i]) })
	}
	for i := range p.file.GroupDetailList {
		steps = append(steps, func(tx *account.Tx) { p.group(tx, &p.file.GroupDetailList[i]) })
	}
	for i := range p.file.UserDetailList {
		steps = append(steps, func(tx *account.Tx) { p.user(tx, &p.file.UserDetailList[i]) })
	}
	for i := range p.file.RoleDetailList {
		role := &p.file.RoleDetailList[i]
		steps = append(steps, func(tx *account.Tx) { p.role(tx, role) })
		for j := range role.InstanceProfileList {
			steps = append(steps, func(tx *account.Tx) { p.profile(tx, role, &role.InstanceProfileList[j]) })
		}
	}
	p.results = make([]result, len(steps))
	for i, run := range steps {
		steps[i] = func(tx *account.Tx) {
			p.step, p.results[i] = i, result{}
			run(tx)
		}
	}
	return steps
}

// Notes tell what could not be taken over, in the order of the file.
func (p *Plan) Notes() (notes []string) {
	for _, r := range p.results {
		notes = append(notes, r.notes...)
	}
	return notes
}

// Made tells how much was taken over.
func (p *Plan) Made() (sum Made) {
	for _, r := range p.results {
		sum.Users += r.made.Users
		sum.Groups += r.made.Groups
		sum.Roles += r.made.Roles
		sum.Policies += r.made.Policies
		sum.InstanceProfiles += r.made.InstanceProfiles
	}
	return sum
}

// maxNote bounds a note, in bytes.
const maxNote = 1000

// note adds a note. Names that the file gives may be anything, and notes go to
// terminals: what isn't printable is shown as a question mark.
func (p *Plan) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(text) > maxNote {
		text = text[:maxNote] + "..."
	}
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
	r := &p.results[p.step]
	r.notes = append(r.notes, text)
}

// once reports whether no step before this one has had the id.
func (p *Plan) once(what, id string) bool {
	if first, ok := p.seen[id]; ok && first != p.step {
		p.note("%s: the file gives the id %s twice", what, id)
		return false
	}
	p.seen[id] = p.step
	return true
}

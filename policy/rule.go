package policy

import "slices"

// A rule is a statement with one of its resources: a statement has as many
// rules as resources. What can't be evaluated is settled here, where the effect
// is known: as an Allow it has no rule, as a Deny a rule that applies.
type rule struct {
	// words holds the resource's literal beginning from the offset of the
	// rule's list on; what stands before is common to the list. It is there
	// when spelled is set, and then length is that of the beginning.
	words    [ruleWords]uint64
	length   uint32
	verbs    verbs
	kind     patternKind // of the resource, when spelled is set
	spelled  bool
	deny     bool
	whole    bool // ask the statement's Resource element
	st       *stmt
	resource *resourcePattern // nil: any, or those of the statement when whole is set
	action   *actionPattern   // in a tree by action: the one that brought it there
	byAction *tree[rule]      // stands for rules that are many, by action
}

const ruleWords = 4

// spell writes the resource's literal beginning into the rule if it goes on
// past the offset of the rule's list and fits.
func (r *rule) spell(offset int) {
	p := r.prefix()
	if r.resource == nil || !r.resource.arn.whole || r.resource.beyond != nil || len(p) <= offset || len(p) > offset+ruleWords*windowSize {
		return
	}
	r.spelled, r.kind, r.length = true, r.resource.arn.plain.kind, uint32(len(p))
	for i := range r.words {
		r.words[i] = load(p, offset+i*windowSize)
	}
}

// begins reports whether a resource that begins as its list demands begins as
// the rule demands.
func (r *rule) begins(resource string, offset int) bool {
	left := int(r.length) - offset
	if len(resource) < int(r.length) {
		return false
	}
	for i := range r.words {
		if left <= windowSize {
			return (load(resource, offset+i*windowSize)^r.words[i])&windowMasks[left] == 0
		}
		if load(resource, offset+i*windowSize) != r.words[i] {
			return false
		}
		left -= windowSize
	}
	return true
}

func (st *stmt) rules(add func(r rule, resource int)) {
	r := rule{st: st, verbs: st.verbs, deny: st.deny, whole: st.notResource && !st.noResource}
	if st.noResource || st.notResource {
		add(r, -1)
		return
	}
	for i := range st.resources {
		p := &st.resources[i]
		r := r
		switch {
		case p.bad && !st.deny:
			continue
		case !p.bad && !p.all:
			r.resource = p
		}
		add(r, i)
	}
}

// arrange puts the rules that deny first, and those with the same resource side
// by side, with one pattern for all: texts[i] is the resource of rule i as
// written.
func arrange(rules []rule, texts []writtenResource) {
	patterns := make(map[writtenResource]*resourcePattern, len(rules))
	place := make(map[*resourcePattern]int, len(rules))
	for i := range rules {
		r := &rules[i]
		if r.resource == nil {
			continue
		}
		if first, ok := patterns[texts[i]]; ok {
			r.resource = first
			continue
		}
		patterns[texts[i]] = r.resource
		place[r.resource] = i + 1
	}
	slices.SortStableFunc(rules, func(a, b rule) int {
		if a.deny != b.deny {
			if a.deny {
				return -1
			}
			return 1
		}
		return place[a.resource] - place[b.resource]
	})
}

type writtenResource struct {
	text string
	vars bool // in a document that has variables
	deny bool // in a statement that denies
}

// prefix returns the literal text that every resource of the rule begins with.
func (r *rule) prefix() string {
	if r.resource == nil {
		return ""
	}
	return r.resource.prefix()
}

// counts reports whether an element's result lets the statement apply: what
// can't be evaluated counts against the caller.
func (r *rule) counts(t truth) bool { return t == yes || t == unknown && r.deny }

// applies tests a rule whose verbs have been tested, of a list with an offset.
func (r *rule) applies(a *asker, offset int) (grant, bool) {
	if r.spelled && (!r.begins(a.resource, offset) || r.kind == matchText && len(a.resource) != int(r.length)) {
		return grantNone, false
	}
	if r.resource != nil && r.resource == a.last && !a.lastFits {
		return grantNone, false
	}
	st := r.st
	if a.named && !r.deny && st.principals == nil {
		return grantNone, false
	}
	t := no
	if r.action != nil {
		t = r.action.match(a.action)
	} else {
		t = st.matchAction(a.action)
	}
	if !r.counts(t) {
		return grantNone, false
	}
	switch {
	case r.spelled && r.kind != matchGlob:
	case r.resource != nil:
		if r.resource != a.last {
			a.last, a.lastFits = r.resource, r.counts(r.resource.match(a.resource, a.ctx))
		}
		if !a.lastFits {
			return grantNone, false
		}
	case r.whole:
		if !r.counts(st.matchResource(a.resource, a.ctx)) {
			return grantNone, false
		}
	}
	g := grantNone
	if st.principals != nil {
		if g, t = st.matchPrincipal(a); !r.counts(t) {
			return grantNone, false
		}
	}
	for i := range st.conds {
		if !r.counts(st.conds[i].eval(a.ctx)) {
			return grantNone, false
		}
	}
	return g, true
}

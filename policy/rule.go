package policy

import "slices"

// A rule is a statement with one of its resources: a statement has as many
// rules as resources. What can't be evaluated is settled here, where the effect
// is known: as an Allow it has no rule, as a Deny a rule that applies.
type rule struct {
	// words holds the resource's literal beginning between two offsets when
	// spelled is set; what stands before was compared on the way to the rule.
	// The last word that is needed ends with the beginning, whatever the word
	// before it holds already: no word has to be masked.
	words    [ruleWords]uint64
	from, to uint32
	verbs    verbs
	kind     patternKind // of the resource, when spelled is set
	spelled  bool
	stars    uint8 // how many there are in a glob of literal text and "*" alone; 0: ask the glob
	inner    uint8 // length of the text between the first two
	deny     bool
	whole    bool             // ask the statement's Resource element
	named    bool             // the statement has principals
	resource *resourcePattern // nil: any, or those of the statement when whole is set

	actions  [fewActions]sharedAction // up to the first noAction; none: ask the statement
	tail     string                   // what follows the first of the stars
	cond     uint32                   // the first condition, in index.conds
	conds    uint32                   // how many
	st       *stmt
	byAction *tree[rule] // stands for rules that are many, by action
}

const ruleWords = 4

// spell writes the resource's literal beginning into the rule, from an offset
// on, if it fits.
func (r *rule) spell(from int) {
	p := r.prefix()
	if r.resource == nil || !r.resource.arn.whole || r.resource.beyond != nil {
		return
	}
	if len(p) < from || len(p) > from+ruleWords*windowSize || len(p) < windowSize {
		return
	}
	r.spelled, r.kind, r.from, r.to = true, r.resource.arn.plain.kind, uint32(from), uint32(len(p))
	for i := range r.words {
		r.words[i] = load(p, min(from+i*windowSize, len(p)-windowSize))
	}
}

// begins reports whether a resource of which the rest was compared begins as
// the rule demands.
func (r *rule) begins(resource string) bool {
	at, last := int(r.from), int(r.to)-windowSize
	if len(resource) < int(r.to) {
		return false
	}
	for i := range r.words {
		if at >= last {
			return load(resource, last) == r.words[i]
		}
		if load(resource, at) != r.words[i] {
			return false
		}
		at += windowSize
	}
	return true
}

// rules adds those of the statement, with what k keeps of it.
func (st *stmt) rules(k *kept, add func(r rule, resource int)) {
	r := rule{st: st, verbs: st.verbs, deny: st.deny, whole: st.notResource && !st.noResource, named: st.principals != nil}
	if !st.notAction && len(st.actions) <= fewActions {
		copy(r.actions[:], st.actions)
	}
	r.cond, r.conds = k.conditions(st.conds)
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
			r.tail, r.stars, r.inner = k.tail(p)
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

// applies tests a rule whose verbs have been tested.
func (r *rule) applies(x *index, a *asker) (grant, bool) {
	if r.spelled && (!r.begins(a.resource) || r.kind == matchText && len(a.resource) != int(r.to)) {
		return grantNone, false
	}
	if a.named && !r.deny && !r.named {
		return grantNone, false
	}
	if !r.counts(r.matchAction(a)) {
		return grantNone, false
	}
	switch {
	case r.spelled && r.kind != matchGlob:
	case r.resource != nil:
		if r.resource != a.last {
			a.last, a.lastFits = r.resource, r.matchResource(a)
		}
		if !a.lastFits {
			return grantNone, false
		}
	case r.whole:
		if !r.counts(r.st.matchResource(a.resource, a.ctx)) {
			return grantNone, false
		}
	}
	g := grantNone
	if r.named {
		closest, t := r.st.matchPrincipal(a)
		if !r.counts(t) {
			return grantNone, false
		}
		g = closest
	}
	if r.conds == 0 {
		return g, true
	}
	conds := x.conds[r.cond : r.cond+r.conds]
	for i := range conds {
		if !r.counts(conds[i].eval(a.ctx)) {
			return grantNone, false
		}
	}
	return g, true
}

func (r *rule) matchAction(a *asker) truth {
	if r.actions[0] == noAction {
		return r.st.matchAction(a.action)
	}
	t := no
	for _, action := range r.actions {
		if action == noAction {
			break
		}
		p := action.Value()
		if t = max(t, a.asks(&p)); t == yes {
			break
		}
	}
	return t
}

// matchResource asks a pattern that isn't settled by being spelled.
func (r *rule) matchResource(a *asker) bool {
	if r.spelled && r.stars > 0 {
		return tailFits(a.resource[r.to:], r.tail, int(r.inner), r.stars-1)
	}
	return r.counts(r.resource.match(a.resource, a.ctx))
}

package iam

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/policy"
)

const (
	maxSummary = 10000 // characters, by the model
	maxListed  = 8     // actions, resources or keys that one sentence names
)

// words are the sentences of one language, with arguments by number so that
// each language has its own order.
type words struct {
	head           string // who, for how long
	allow, deny    string // what is done, service, actions, resources, conditions
	levels         map[catalog.AccessLevel]string
	everything     string // all actions
	except         string // all but actions
	allServices    string
	anyResource    string
	otherResources string // all but resources
	conditions     string // keys
	boundary       string // ARNs
	more           string // number of what isn't named
	cut            string // the rest is left out
	comma, and     string
	hours, minutes func(n int) string
}

var languages = map[string]*words{
	"en": {
		head:  "%[1]s asks for access to this account for %[2]s.",
		allow: "It may %[1]s in %[2]s (%[3]s), on %[4]s%[5]s.",
		deny:  "It may not %[1]s in %[2]s (%[3]s), on %[4]s%[5]s.",
		levels: map[catalog.AccessLevel]string{
			0: "act", catalog.List: "list resources", catalog.Read: "read data", catalog.Write: "create, change or delete resources",
			catalog.PermissionsManagement: "manage permissions", catalog.Tagging: "change tags",
		},
		everything: "do everything", except: "everything but %[1]s", allServices: "all services", anyResource: "all resources",
		otherResources: "all resources but %[1]s", conditions: ", under conditions on %[1]s",
		boundary: "Roles that it makes must have a permissions boundary: %[1]s.",
		more:     "%[1]d more", cut: "There is more; read the policy.", comma: ", ", and: " and ",
		hours: plural("%d hour", "%d hours"), minutes: plural("%d minute", "%d minutes"),
	},
	"ja": {
		head:  "%[1]s が、このアカウントへの %[2]sのアクセスを求めています。",
		allow: "%[2]s で%[1]sことができます (%[3]s)。対象は%[4]s%[5]sです。",
		deny:  "%[2]s で%[1]sことはできません (%[3]s)。対象は%[4]s%[5]sです。",
		levels: map[catalog.AccessLevel]string{
			0: "操作を行う", catalog.List: "リソースの一覧を見る", catalog.Read: "データを読み取る", catalog.Write: "リソースを作成、変更、削除する",
			catalog.PermissionsManagement: "アクセス許可を管理する", catalog.Tagging: "タグを変更する",
		},
		everything: "すべてを行う", except: "%[1]s 以外のすべて", allServices: "すべてのサービス", anyResource: "すべてのリソース",
		otherResources: " %[1]s 以外のすべてのリソース", conditions: " (条件: %[1]s)",
		boundary: "作成されるロールには、アクセス許可の境界が必要です: %[1]s。",
		more:     "ほか %[1]d 件", cut: "続きはポリシーを読んでください。", comma: "、", and: "、",
		hours: plural("%d 時間", "%d 時間"), minutes: plural("%d 分", "%d 分"),
	},
}

func plural(one, many string) func(int) string {
	return func(n int) string {
		if n == 1 {
			return fmt.Sprintf(one, n)
		}
		return fmt.Sprintf(many, n)
	}
}

// summary words a request: who asks for how long, and a sentence for each
// service and kind of access in each statement.
func (w *words) summary(d *account.DelegationRequest, doc *policy.Document) string {
	who := d.Name
	if who == "" {
		who = d.Requestor
	}
	lines := []string{fmt.Sprintf(w.head, who, w.duration(d.Seconds))}
	for i := range doc.Statements {
		lines = append(lines, w.statement(&doc.Statements[i])...)
	}
	if arns := roleBoundaries(d.Policy); len(arns) > 0 {
		lines = append(lines, fmt.Sprintf(w.boundary, w.list(arns)))
	}
	out, length := lines[0], utf8.RuneCountInString(lines[0])
	for _, l := range lines[1:] {
		n := utf8.RuneCountInString(l) + 1
		if length+n+utf8.RuneCountInString(w.cut)+1 > maxSummary {
			return out + "\n" + w.cut
		}
		out, length = out+"\n"+l, length+n
	}
	return out
}

func (w *words) duration(seconds int) string {
	hours, minutes := seconds/3600, (seconds%3600+59)/60
	switch {
	case hours == 0:
		return w.minutes(minutes)
	case minutes == 0:
		return w.hours(hours)
	}
	return w.hours(hours) + " " + w.minutes(minutes)
}

// An accessKind is what a statement says of one service and one kind of access.
type accessKind struct {
	service string
	level   catalog.AccessLevel
	actions []string // as the statement has them
}

func (w *words) statement(st *policy.Statement) []string {
	sentence := w.allow
	if st.Deny {
		sentence = w.deny
	}
	resources := w.anyResource
	switch {
	case st.NotResource:
		resources = fmt.Sprintf(w.otherResources, w.list(st.Resources))
	case !slices.Contains(st.Resources, "*"):
		resources = w.list(st.Resources)
	}
	conditions := ""
	if len(st.Conditions) > 0 {
		var keys []string
		for _, k := range st.Conditions {
			keys = append(keys, k.Key)
		}
		slices.Sort(keys)
		conditions = fmt.Sprintf(w.conditions, w.list(slices.Compact(keys)))
	}
	say := func(what, service, actions string) string {
		return fmt.Sprintf(sentence, what, service, actions, resources, conditions)
	}
	switch {
	case st.NotAction:
		return []string{say(w.everything, w.allServices, fmt.Sprintf(w.except, w.list(st.Actions)))}
	case slices.ContainsFunc(st.Actions, func(a string) bool { return strings.Trim(a, "*") == "" }):
		return []string{say(w.everything, w.allServices, "*")}
	}
	var lines []string
	for _, g := range grantsOf(st.Actions) {
		what := w.levels[g.level]
		lines = append(lines, say(what, g.service, w.list(g.actions)))
	}
	return lines
}

// grantsOf sorts actions by service and by kind of access: a pattern counts for
// every kind of which it matches an action.
func grantsOf(patterns []string) []accessKind {
	var out []accessKind
	add := func(service string, level catalog.AccessLevel, pattern string) {
		i := slices.IndexFunc(out, func(g accessKind) bool { return g.service == service && g.level == level })
		if i < 0 {
			out = append(out, accessKind{service: service, level: level})
			i = len(out) - 1
		}
		if !slices.Contains(out[i].actions, pattern) {
			out[i].actions = append(out[i].actions, pattern)
		}
	}
	for _, p := range patterns {
		actions := catalog.Expand(p)
		if len(actions) == 0 {
			prefix, _, _ := strings.Cut(p, ":")
			add(prefix, 0, p)
		}
		for _, name := range actions {
			if a, ok := catalog.LookupAction(name); ok {
				add(a.Service.Name, a.Level, p)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b accessKind) int {
		if a.service != b.service {
			return strings.Compare(a.service, b.service)
		}
		return int(a.level) - int(b.level)
	})
	return out
}

// list names the first of many.
func (w *words) list(items []string) string {
	if n := len(items); n > maxListed {
		items = append(slices.Clone(items[:maxListed]), fmt.Sprintf(w.more, n-maxListed))
	}
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], w.comma) + w.and + items[last]
}

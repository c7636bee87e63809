package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/lockstep-tla/lockstep/trace"
)

// Coverage is what recorded traces have exercised of a spec.
//
// TLC's own statistics leave out branches that were never evaluated, where all
// others beside them were evaluated as often as what they stand in. So the
// branches of a copy of the spec are marked, and a mark speaks when TLC first
// comes by it while it replays the traces.
type Coverage struct {
	Actions []Exercised `json:"actions"` // each step that the Steps module names
	// Branches are the arms of IF and CASE, the disjuncts, and what follows from
	// a premise, in all that the actions stand on.
	Branches []Exercised `json:"branches"`
	Rules    []Exercised `json:"rules"`
	// Definitions are all those that the actions stand on, rules included.
	Definitions []Exercised `json:"definitions"`
	// Unsure says why what was not seen may have been exercised all the same;
	// "" if it was not.
	Unsure string `json:"unsure,omitempty"`
}

// Exercised is a part of the spec, and whether it was evaluated. A disjunct must
// have held.
type Exercised struct {
	Name  string   `json:"name"` // of the action or definition, or the branch's text
	Kind  string   `json:"kind"` // action, rule, definition, THEN, ELSE, CASE, \/ or =>
	In    string   `json:"in"`   // the definition that a branch is part of
	Place MapPlace `json:"place"`
	// From is the line, and Column the column, in which it begins; the Place of
	// a definition is where its name stands. End is where it ends. Columns begin
	// with 1.
	From      int      `json:"from"`
	Column    int      `json:"column"`
	End       MapPlace `json:"end"`
	EndColumn int      `json:"endColumn"`
	Done      bool     `json:"done"`
	// Taken says how often an action was taken; 0 for all else.
	Taken int `json:"taken,omitempty"`

	at span
}

// String says what it is and where.
func (e Exercised) String() string {
	switch e.Kind {
	case "action", "rule", "definition":
		return e.Place.String() + ": the " + e.Kind + " " + e.Name
	}
	return e.Place.String() + ": " + e.Kind + " " + clipped(e.Name) + ", in " + e.In
}

// Missed lists the actions, rules and branches that were never exercised. Of a
// branch that was not, those within it are left out.
func (c *Coverage) Missed() []Exercised {
	var list []Exercised
	for _, some := range [][]Exercised{c.Actions, c.Rules, c.Branches} {
		for _, e := range some {
			within := slices.ContainsFunc(list, func(outer Exercised) bool {
				return outer.at.module == e.at.module && outer.at.module != "" && inside(e.at, outer.at)
			})
			if !e.Done && !within {
				list = append(list, e)
			}
		}
	}
	return list
}

// Exercised says how many of how many actions, rules and branches were
// exercised.
func (c *Coverage) Exercised() (some, all int) {
	for _, list := range [][]Exercised{c.Actions, c.Rules, c.Branches} {
		for _, e := range list {
			if all++; e.Done {
				some++
			}
		}
	}
	return some, all
}

// covering is a spec with marks in it, and what they have said.
type covering struct {
	*Coverage
	spec *Spec // the copy
	mu   sync.Mutex
	said map[int]bool
	// failed says why not all may have been said.
	failed []string
}

// Hear takes in a message, and says whether it was a mark.
func (c *covering) Hear(said []trace.Value) bool {
	if len(said) != 2 || said[0] != "covered" {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said[numberAt(said, 1)] = true
	return true
}

// Cover says what of the spec some traces exercise that it accepts. It replays
// them once more, in a copy of the spec that says where TLC has been.
func (c *Checker) Cover(ctx context.Context, s *Spec, accepted []*trace.Trace) (*Coverage, error) {
	m, err := c.readSpec(ctx, s)
	if err != nil {
		return nil, err
	}
	rules, err := s.BrokenRules()
	if err != nil {
		return nil, err
	}
	cover := m.marked(s, rules)
	if _, err := c.replay(ctx, cover.spec, accepted, inquiry{observer: cover}); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		cover.failed = append(cover.failed, err.Error())
	}
	cover.conclude(accepted)
	return cover.Coverage, nil
}

// Fail notes why the marks may not have said all.
func (c *covering) Fail(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = append(c.failed, why)
}

// conclude counts the steps that the traces take, and puts down what the marks
// have said.
func (c *covering) conclude(traces []*trace.Trace) {
	taken := map[string]int{}
	for _, t := range traces {
		for _, e := range t.Events {
			taken[e.Step]++
		}
	}
	for i := range c.Actions {
		c.Actions[i].Taken = taken[c.Actions[i].Name]
		c.Actions[i].Done = c.Actions[i].Taken > 0
	}
	number := 0
	for _, list := range [][]Exercised{c.Definitions, c.Branches} {
		for i := range list {
			number++
			list[i].Done = c.said[number]
		}
	}
	for i := range c.Rules {
		for _, d := range c.Definitions {
			if d.Name == c.Rules[i].Name {
				c.Rules[i].Done = d.Done
			}
		}
	}
	if len(c.failed) > 0 {
		c.Unsure = c.failed[0]
	}
}

// marked makes a copy of the spec with a mark before each definition on which
// the actions stand, and before each of their branches.
func (m *specMap) marked(s *Spec, rules []string) *covering {
	c := &covering{Coverage: &Coverage{
		Actions: []Exercised{}, Branches: []Exercised{}, Rules: []Exercised{}, Definitions: []Exercised{},
	}, said: map[int]bool{}}
	for _, step := range m.steps {
		c.Actions = append(c.Actions, Exercised{Name: step.Step, Kind: "action", Place: step.Place})
	}
	reached := m.reached()
	tuples := m.unchangedIn(reached)
	for _, d := range reached {
		if tuples[d] {
			continue
		}
		if m.sources.has(d.body.at) && !strings.HasSuffix(d.body.operator(), "FcnSpec") && !overridden(s, d.name) {
			one := markable("definition", d.name, "", d.body.at)
			one.Place = placeOf(d.at)
			c.Definitions = append(c.Definitions, one)
			if one.Kind = "rule"; slices.Contains(rules, d.name) {
				c.Rules = append(c.Rules, one)
			}
		}
		m.branches(d, &c.Branches)
	}
	number := m.putMarks(slices.Concat(c.Definitions, c.Branches))
	spec := *s
	spec.files = maps.Clone(m.sources.all())
	for module := range m.sources.insert {
		spec.files[module+".tla"] = extending("Cover", spec.files[module+".tla"])
	}
	spec.files["Covered.tla"] = fmt.Appendf(nil, "---- MODULE Covered ----\nLOCAL INSTANCE Naturals\n"+
		"CoveredNumbers == 1 .. %d\nCoveredRegister(n) == %d + n\n====\n", number, firstRegister)
	c.spec = &spec
	return c
}

// putMarks puts a mark before each of the parts, and returns their number. A
// disjunct has its mark behind it: that it was evaluated says nothing, it must
// have held.
func (m *specMap) putMarks(parts []Exercised) int {
	for i, e := range parts {
		before := fmt.Sprintf("(IF CoverMark(%d) THEN", i+1)
		if e.Kind == `\/` {
			before = "(("
		}
		m.sources.before(e.at.module, e.at.line, e.at.column, strings.Repeat(" ", e.at.column-1)+before)
	}
	// Of two that end in one place, the inner one ends first. It begins later,
	// or is the later one in the list.
	order := make([]int, len(parts))
	for i := range order {
		order[i] = len(parts) - 1 - i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := parts[i].at, parts[j].at
		if a.line != b.line {
			return b.line - a.line
		}
		return b.column - a.column
	})
	for _, i := range order {
		e := parts[i]
		after := "ELSE FALSE)"
		if e.Kind == `\/` {
			after = fmt.Sprintf(") /\\ CoverMark(%d))", i+1)
		}
		m.sources.after(e.at, strings.Repeat(" ", e.at.column-1)+after)
	}
	return len(parts)
}

// firstRegister is where the marks begin among TLC's registers: a spec may well
// use the first few for itself.
const firstRegister = 100_000

// overridden says whether the model puts something else in a definition's place.
func overridden(s *Spec, name string) bool {
	_, ok := s.config.Constant(name)
	return ok
}

func markable(kind, name, in string, at span) Exercised {
	return Exercised{
		Kind: kind, Name: name, In: in, at: at, Place: placeOf(at), From: at.line, Column: at.column,
		End: MapPlace{at.module + ".tla", at.endLine}, EndColumn: at.endOfIt,
	}
}

// extending is a module that extends another one too.
func extending(module string, source []byte) []byte {
	text := string(source)
	for i := 0; i < len(text); {
		switch {
		case text[i] == '"':
			i = stringEnd(text, i)
		case strings.HasPrefix(text[i:], `\*`):
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				return source
			}
			i += end
		case strings.HasPrefix(text[i:], "(*"):
			i = commentEnd(text, i)
		case strings.HasPrefix(text[i:], "EXTENDS") && (i == 0 || strings.IndexByte(" \n\r\t", text[i-1]) >= 0):
			i += len("EXTENDS")
			return []byte(text[:i] + " " + module + "," + text[i:])
		default:
			i++
		}
	}
	head := strings.Index(text, "MODULE")
	end := strings.IndexByte(text[max(head, 0):], '\n') + max(head, 0)
	return []byte(text[:end] + "\nEXTENDS " + module + text[end:])
}

// inside says whether a place lies in another of the same module.
func inside(a, b span) bool {
	return (a.line > b.line || a.line == b.line && a.column >= b.column) &&
		(a.endLine < b.endLine || a.endLine == b.endLine && a.endOfIt <= b.endOfIt)
}

// reached lists the definitions on which the actions stand, each once, in the
// order of the sources.
func (m *specMap) reached() []*symbol {
	seen := map[*symbol]bool{}
	var list []*symbol
	var look func(d *symbol)
	look = func(d *symbol) {
		if seen[d] || d.body == nil {
			return
		}
		seen[d] = true
		list = append(list, d)
		for next := range m.operators(d.body) {
			look(next)
		}
	}
	for d := range m.actions {
		look(d)
	}
	slices.SortFunc(list, func(a, b *symbol) int {
		if a.at.module != b.at.module {
			return strings.Compare(a.at.module, b.at.module)
		}
		if a.at.line != b.at.line {
			return a.at.line - b.at.line
		}
		return a.at.column - b.at.column
	})
	return list
}

// unchangedIn finds the definitions that stand behind UNCHANGED: TLC looks at
// their text, and a mark would be in its way.
func (m *specMap) unchangedIn(list []*symbol) map[*symbol]bool {
	found := map[*symbol]bool{}
	var add func(e *expr)
	add = func(e *expr) {
		for d := range m.operators(e) {
			if !found[d] {
				found[d] = true
				add(d.body)
			}
		}
	}
	for _, d := range list {
		m.visit(d.body, func(e *expr) {
			if e.operator() == "UNCHANGED" {
				add(e)
			}
		})
	}
	return found
}

// branches adds the branches of a definition. One that is only @, the old
// value in an EXCEPT, is left out: SANY gives it the place of what it stands for.
func (m *specMap) branches(d *symbol, into *[]Exercised) {
	m.visit(d.body, func(e *expr) {
		add := func(kind string, arm *expr) {
			if m.sources.has(arm.at) && inside(arm.at, e.at) {
				*into = append(*into, markable(kind, m.sources.text(arm.at), d.name, arm.at))
			}
		}
		switch name := e.operator(); {
		case name == "$IfThenElse" && len(e.args) == 3:
			add("THEN", e.args[1])
			add("ELSE", e.args[2])
		case name == "$Case":
			for _, arm := range e.args {
				if len(arm.args) == 2 {
					add("CASE", arm.args[1])
				}
			}
		case name == "$DisjList":
			for _, arm := range e.args {
				add(`\/`, arm)
			}
		case name == `\lor` && len(e.args) == 2:
			for _, arm := range e.args {
				if arm.operator() != name {
					add(`\/`, arm)
				}
			}
		case name == "=>" && len(e.args) == 2:
			add("=>", e.args[1])
		}
	})
}

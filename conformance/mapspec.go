package conformance

import (
	"context"
	"regexp"
	"slices"
	"strings"
)

// specMap is what a Map has of the spec.
type specMap struct {
	steps   []MapStep
	fields  []MapField
	unseen  []MapOnly        // variables that no view shows
	unnamed []MapOnly        // actions that the Steps module does not name
	literal bool             // all steps are named literally
	actions map[*symbol]bool // what the Steps module names

	sources *sources
	syntax  *syntax
	modules []string
}

// readSpec lets SANY read a spec.
func (c *Checker) readSpec(ctx context.Context, s *Spec) (*specMap, error) {
	m := &specMap{sources: newSources(s.files), literal: s.forms != nil}
	root := s.Name + "Steps"
	document, err := c.TLC.Syntax(ctx, m.sources.files, root)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	if m.syntax, err = parseSyntax(document); err != nil {
		return nil, err
	}
	m.modules = m.sources.standsOn(root)
	m.actions = m.readSteps()
	m.readView()
	m.readUnnamed(m.actions)
	return m, nil
}

func placeOf(at span) MapPlace { return MapPlace{at.module + ".tla", at.line} }

// readSteps reads the uses of Step, in the order of the source, and returns the
// actions that they name.
func (m *specMap) readSteps() map[*symbol]bool {
	type use struct {
		at   span
		step MapStep
	}
	var uses []use
	actions := map[*symbol]bool{}
	m.syntax.uses("Step", "Steps", m.modules, func(_ *symbol, e *expr, _ []*expr) {
		if len(e.args) != 3 || e.args[0].kind != "StringNode" {
			return
		}
		name, action := e.args[0].text, e.args[2]
		step := MapStep{Step: name, Action: m.sources.text(action.at), Place: placeOf(action.at), Code: []MapCode{}}
		for d := range m.operators(action) {
			actions[d] = true
			if d.name == action.operator() {
				step.Place = placeOf(d.at)
			}
		}
		if !slices.ContainsFunc(uses, func(u use) bool { return u.step.Step == name }) {
			uses = append(uses, use{e.at, step})
		}
	})
	slices.SortFunc(uses, func(a, b use) int {
		if a.at.line != b.at.line {
			return a.at.line - b.at.line
		}
		return a.at.column - b.at.column
	})
	for _, u := range uses {
		m.steps = append(m.steps, u.step)
	}
	return actions
}

// operators are the definitions of the spec that an expression applies, without
// looking into them.
func (m *specMap) operators(e *expr) map[*symbol]bool {
	found := map[*symbol]bool{}
	m.visit(e, func(e *expr) {
		if e.op != nil && e.op.kind == "UserDefinedOpKind" && slices.Contains(m.modules, e.op.at.module) {
			found[e.op] = true
		}
	})
	return found
}

// visit goes through an expression.
func (m *specMap) visit(e *expr, do func(*expr)) {
	if e == nil {
		return
	}
	do(e)
	for _, b := range e.bounds {
		m.visit(b.set, do)
	}
	for _, a := range e.args {
		m.visit(a, do)
	}
	m.visit(e.body, do)
}

// readView reads the fields of the records that View is, and which variables it
// does not look at.
func (m *specMap) readView() {
	view := m.syntax.definition("View", m.modules)
	if view == nil || view.body == nil {
		return
	}
	m.readFields(view.body, map[*symbol]bool{})
	seen := map[string]bool{}
	m.variablesIn(view.body, map[*symbol]bool{}, seen)
	for _, name := range variablesOf(m.syntax, m.modules) {
		if !seen[name] {
			place, comment := m.variable(name)
			m.unseen = append(m.unseen, MapOnly{Name: name, Kind: "variable", Place: place, Reason: comment})
		}
	}
}

// readFields finds the records that an expression can be, through IF, CASE, LET
// and the spec's own operators.
func (m *specMap) readFields(e *expr, seen map[*symbol]bool) {
	if e == nil {
		return
	}
	if e.operator() == "$RcdConstructor" {
		for _, pair := range e.args {
			if len(pair.args) != 2 {
				continue
			}
			name := pair.args[0].text
			if slices.ContainsFunc(m.fields, func(f MapField) bool { return f.Field == name }) {
				continue
			}
			m.fields = append(m.fields, MapField{Field: name, Spec: m.sources.text(pair.args[1].at), Place: placeOf(pair.at)})
		}
		return
	}
	if e.op != nil && e.op.kind == "UserDefinedOpKind" && slices.Contains(m.modules, e.op.at.module) && !seen[e.op] {
		seen[e.op] = true
		m.readFields(e.op.body, seen)
	}
	for _, a := range e.args {
		m.readFields(a, seen)
	}
	m.readFields(e.body, seen)
}

// variablesIn finds the variables that an expression looks at, near or far.
func (m *specMap) variablesIn(e *expr, through map[*symbol]bool, found map[string]bool) {
	m.visit(e, func(e *expr) {
		switch {
		case e.op == nil:
		case e.op.kind == "OpDeclNode" && e.op.kindNo == "3":
			found[e.op.name] = true
		case e.op.kind == "UserDefinedOpKind" && !through[e.op]:
			through[e.op] = true
			m.variablesIn(e.op.body, through, found)
		}
	})
	if e != nil && e.kind == "LetInNode" {
		for _, d := range m.syntax.symbols {
			if d.local && d.body != nil && within(d.at, e.at) && !through[d] {
				through[d] = true
				m.variablesIn(d.body, through, found)
			}
		}
	}
}

func within(inner, outer span) bool {
	return inner.module == outer.module && inner.line >= outer.line && inner.endLine <= outer.endLine
}

// variable is where a variable is declared, and the comment beside it.
func (m *specMap) variable(name string) (MapPlace, string) {
	for _, module := range m.modules {
		lines := m.sources.lines[module]
		declared := regexp.MustCompile(`^\s*(VARIABLES?\s+)?` + name + `\s*,?\s*(\\\*\s*(.*))?$`)
		for n, line := range lines {
			found := declared.FindStringSubmatch(string(line))
			if found == nil {
				continue
			}
			comment := found[3]
			for _, next := range lines[n+1:] {
				more, ok := strings.CutPrefix(strings.TrimSpace(string(next)), `\*`)
				if !ok || comment == "" {
					break
				}
				comment += " " + strings.TrimSpace(more)
			}
			return MapPlace{module + ".tla", n + 1}, strings.TrimSpace(comment)
		}
	}
	return MapPlace{}, ""
}

// readUnnamed finds the actions of Next that no Step names. What consists of
// such that are named, or of parts of them, is no action by itself.
func (m *specMap) readUnnamed(named map[*symbol]bool) {
	next := m.syntax.definition("Next", m.modules)
	if next == nil || next.body == nil {
		return
	}
	found := map[*symbol]bool{}
	var look func(e *expr) (has bool)
	look = func(e *expr) bool {
		has := false
		for d := range m.operators(e) {
			switch {
			case named[d]:
				has = true
			case d.level != 2 || d.body == nil || d == next:
			case look(d.body):
				has = true
			default:
				found[d] = true
			}
		}
		return has
	}
	look(next.body)
	for d := range found {
		// A part of an action is no action of its own.
		if m.inNext(next.body, d, map[*symbol]bool{}) {
			m.unnamed = append(m.unnamed, MapOnly{Name: d.name, Kind: "action", Place: placeOf(d.at), Reason: m.comment(d.at)})
		}
	}
	slices.SortFunc(m.unnamed, func(a, b MapOnly) int { return strings.Compare(a.Name, b.Name) })
}

// inNext says whether a definition is one of the disjuncts of an expression.
func (m *specMap) inNext(e *expr, d *symbol, through map[*symbol]bool) bool {
	if e == nil {
		return false
	}
	switch name := e.operator(); {
	case e.op == d:
		return true
	case name == `\lor` || name == "$DisjList" || name == "$BoundedExists" || name == "$UnboundedExists":
		for _, a := range e.args {
			if m.inNext(a, d, through) {
				return true
			}
		}
	case e.op != nil && e.op.kind == "UserDefinedOpKind" && !through[e.op]:
		through[e.op] = true
		return m.inNext(e.op.body, d, through)
	}
	return m.inNext(e.body, d, through)
}

// comment is what stands in \* comments right above a place.
func (m *specMap) comment(at span) string {
	var lines []string
	for n := at.line - 2; n >= 0; n-- {
		text, ok := strings.CutPrefix(strings.TrimSpace(string(m.sources.lines[at.module][n])), `\*`)
		if !ok {
			break
		}
		lines = append(lines, strings.TrimSpace(text))
	}
	slices.Reverse(lines)
	return strings.Join(lines, " ")
}

// definition is the text of a definition and its place.
func (m *specMap) definition(name string) (string, MapPlace) {
	d := m.syntax.definition(name, m.modules)
	if d == nil || d.body == nil {
		return "", MapPlace{}
	}
	return m.sources.text(d.body.at), placeOf(d.at)
}

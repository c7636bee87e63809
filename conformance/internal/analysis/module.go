package analysis

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

// Module has the facts about a spec's text that a cross-reference and the
// coverage need.
type Module struct {
	Steps   []report.StepRow
	Fields  []report.FieldRow
	Unseen  []report.OneSided     // variables that no view shows
	Unnamed []report.OneSided     // actions that the Steps module does not name
	Literal bool                  // all steps are named literally
	Actions map[*sany.Symbol]bool // the actions that the Steps module names
	Sites   []Site                // each use of Step with a literal name

	Sources *sany.Sources
	syntax  *sany.Syntax
	modules []string
}

// ReadSpec analyses a spec for a cross-reference or the coverage.
func ReadSpec(ctx context.Context, c *run.Runner, s *spec.Spec) (*Module, error) {
	m := &Module{Sources: sany.NewSources(s.Files), Literal: s.Forms != nil}
	root := s.Name + "Steps"
	document, err := c.TLC.Syntax(ctx, m.Sources.Files, root)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	if m.syntax, err = sany.ParseSyntax(document); err != nil {
		return nil, err
	}
	m.modules = m.Sources.StandsOn(root)
	m.Actions = m.readSteps()
	m.readView()
	m.readUnnamed(m.Actions)
	return m, nil
}

// PlaceOf returns the file and line of a place.
func PlaceOf(at sany.Span) report.Place {
	return report.Place{File: at.Module + ".tla", Line: at.Line}
}

// readSteps reads the uses of Step, in the order of the source, and returns the
// actions that they name.
func (m *Module) readSteps() map[*sany.Symbol]bool {
	type use struct {
		at   sany.Span
		step report.StepRow
	}
	var uses []use
	actions := map[*sany.Symbol]bool{}
	m.syntax.Uses("Step", "Steps", m.modules, func(_ *sany.Symbol, e *sany.Expr, _ []*sany.Expr) {
		if len(e.Args) != 3 || e.Args[0].Kind != "StringNode" {
			return
		}
		name, action := e.Args[0].Text, e.Args[2]
		m.Sites = append(m.Sites, Site{name, action})
		step := report.StepRow{Step: name, Action: m.Sources.Text(action.At), Place: PlaceOf(action.At), Code: []report.Function{}}
		for d := range m.Operators(action) {
			actions[d] = true
			if d.Name == action.Operator() {
				step.Place = PlaceOf(d.At)
			}
		}
		if !slices.ContainsFunc(uses, func(u use) bool { return u.step.Step == name }) {
			uses = append(uses, use{e.At, step})
		}
	})
	slices.SortFunc(uses, func(a, b use) int {
		if a.at.Line != b.at.Line {
			return a.at.Line - b.at.Line
		}
		return a.at.Column - b.at.Column
	})
	for _, u := range uses {
		m.Steps = append(m.Steps, u.step)
	}
	return actions
}

// Site is one use of Step.
type Site struct {
	Step   string
	Action *sany.Expr
}

// Assignment is where an action says what a variable becomes.
type Assignment struct {
	Variable string
	At       sany.Span
}

// Assigned are the variables that an action assigns, each with the first place, in
// the action itself or in a definition on which it stands.
func (m *Module) Assigned(action *sany.Expr) []Assignment {
	var found []Assignment
	entered := map[*sany.Symbol]bool{}
	var look func(e *sany.Expr)
	look = func(e *sany.Expr) {
		m.Visit(e, func(e *sany.Expr) {
			name := e.Operator()
			if (name != "=" && name != `\in`) || len(e.Args) != 2 || e.Args[0].Operator() != "'" || len(e.Args[0].Args) != 1 {
				return
			}
			v := e.Args[0].Args[0].Op
			if sany.IsVariable(v) && !slices.ContainsFunc(found, func(a Assignment) bool { return a.Variable == v.Name }) {
				found = append(found, Assignment{v.Name, e.At})
			}
		})
		var next []*sany.Symbol
		for d := range m.Operators(e) {
			if !entered[d] && d.Body != nil {
				entered[d] = true
				next = append(next, d)
			}
		}
		slices.SortFunc(next, func(a, b *sany.Symbol) int { return strings.Compare(a.Name, b.Name) })
		for _, d := range next {
			look(d.Body)
		}
	}
	look(action)
	return found
}

// Operators returns the definitions of the spec that an expression applies
// directly.
func (m *Module) Operators(e *sany.Expr) map[*sany.Symbol]bool {
	found := map[*sany.Symbol]bool{}
	m.Visit(e, func(e *sany.Expr) {
		if e.Op != nil && e.Op.Kind == "UserDefinedOpKind" && slices.Contains(m.modules, e.Op.At.Module) {
			found[e.Op] = true
		}
	})
	return found
}

// Applied returns the definitions that an expression applies directly, as
// Operators does, and with a name such as S!A the definition of the module that
// S instantiates.
func (m *Module) Applied(e *sany.Expr) map[*sany.Symbol]bool {
	found := map[*sany.Symbol]bool{}
	m.Visit(e, func(e *sany.Expr) {
		d := e.Op
		if d != nil && d.Origin != nil {
			d = d.Origin
		}
		if d != nil && d.Kind == "UserDefinedOpKind" && m.Sources.Lines[d.At.Module] != nil {
			found[d] = true
		}
	})
	return found
}

// Definitions lists all definitions of the spec's modules, also those in a LET
// and those of the instantiated modules.
func (m *Module) Definitions() []*sany.Symbol {
	var list []*sany.Symbol
	for _, d := range m.syntax.Symbols {
		if d.Kind == "UserDefinedOpKind" && d.Body != nil && m.Sources.Lines[d.At.Module] != nil {
			list = append(list, d)
		}
	}
	return list
}

// Extends reports whether the Steps module is, or extends, a module.
func (m *Module) Extends(module string) bool { return slices.Contains(m.modules, module) }

// Visit visits an expression and its parts.
func (m *Module) Visit(e *sany.Expr, do func(*sany.Expr)) {
	if e == nil {
		return
	}
	do(e)
	for _, b := range e.Bounds {
		m.Visit(b.Set, do)
	}
	for _, a := range e.Args {
		m.Visit(a, do)
	}
	m.Visit(e.Body, do)
}

// readView reads the fields of the records that View returns, and finds the
// variables that it does not read.
func (m *Module) readView() {
	view := m.syntax.Definition("View", m.modules)
	if view == nil || view.Body == nil {
		return
	}
	m.readFields(view.Body, map[*sany.Symbol]bool{})
	seen := map[string]bool{}
	m.variablesIn(view.Body, map[*sany.Symbol]bool{}, seen)
	for _, name := range variablesOf(m.syntax, m.modules) {
		if !seen[name] {
			place, comment := m.variable(name)
			m.Unseen = append(m.Unseen, report.OneSided{Name: name, Kind: "variable", Place: place, Reason: comment})
		}
	}
}

// readFields finds the records that an expression can be equal to, through IF,
// CASE, LET and the spec's own operators.
func (m *Module) readFields(e *sany.Expr, seen map[*sany.Symbol]bool) {
	if e == nil {
		return
	}
	if e.Operator() == "$RcdConstructor" {
		for _, pair := range e.Args {
			if len(pair.Args) != 2 {
				continue
			}
			name := pair.Args[0].Text
			if slices.ContainsFunc(m.Fields, func(f report.FieldRow) bool { return f.Field == name }) {
				continue
			}
			m.Fields = append(m.Fields, report.FieldRow{Field: name, Spec: m.Sources.Text(pair.Args[1].At), Place: PlaceOf(pair.At)})
		}
		return
	}
	if e.Op != nil && e.Op.Kind == "UserDefinedOpKind" && slices.Contains(m.modules, e.Op.At.Module) && !seen[e.Op] {
		seen[e.Op] = true
		m.readFields(e.Op.Body, seen)
	}
	for _, a := range e.Args {
		m.readFields(a, seen)
	}
	m.readFields(e.Body, seen)
}

// variablesIn finds the variables that an expression reads, directly or
// indirectly.
func (m *Module) variablesIn(e *sany.Expr, through map[*sany.Symbol]bool, found map[string]bool) {
	m.Visit(e, func(e *sany.Expr) {
		switch {
		case e.Op == nil:
		case e.Op.Kind == "OpDeclNode" && e.Op.KindNo == "3":
			found[e.Op.Name] = true
		case e.Op.Kind == "UserDefinedOpKind" && !through[e.Op]:
			through[e.Op] = true
			m.variablesIn(e.Op.Body, through, found)
		}
	})
	if e != nil && e.Kind == "LetInNode" {
		for _, d := range m.syntax.Symbols {
			if d.Local && d.Body != nil && sany.Within(d.At, e.At) && !through[d] {
				through[d] = true
				m.variablesIn(d.Body, through, found)
			}
		}
	}
}

// variable returns the place of a variable's declaration and the comment beside
// it.
func (m *Module) variable(name string) (report.Place, string) {
	for _, module := range m.modules {
		lines := m.Sources.Lines[module]
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
			return report.Place{File: module + ".tla", Line: n + 1}, strings.TrimSpace(comment)
		}
	}
	return report.Place{}, ""
}

// readUnnamed finds the actions of Next that no Step names. It omits a
// definition that combines named actions or parts of them.
func (m *Module) readUnnamed(named map[*sany.Symbol]bool) {
	next := m.syntax.Definition("Next", m.modules)
	if next == nil || next.Body == nil {
		return
	}
	found := map[*sany.Symbol]bool{}
	var look func(e *sany.Expr) (has bool)
	look = func(e *sany.Expr) bool {
		has := false
		for d := range m.Operators(e) {
			switch {
			case named[d]:
				has = true
			case d.Level != 2 || d.Body == nil || d == next:
			case look(d.Body):
				has = true
			default:
				found[d] = true
			}
		}
		return has
	}
	look(next.Body)
	for d := range found {
		// A part of an action is no action of its own.
		if m.inNext(next.Body, d, map[*sany.Symbol]bool{}) {
			m.Unnamed = append(m.Unnamed, report.OneSided{Name: d.Name, Kind: "action", Place: PlaceOf(d.At), Reason: m.comment(d.At)})
		}
	}
	slices.SortFunc(m.Unnamed, func(a, b report.OneSided) int { return strings.Compare(a.Name, b.Name) })
}

// inNext reports whether a definition is one of the disjuncts of an expression.
func (m *Module) inNext(e *sany.Expr, d *sany.Symbol, through map[*sany.Symbol]bool) bool {
	if e == nil {
		return false
	}
	switch name := e.Operator(); {
	case e.Op == d:
		return true
	case name == `\lor` || name == "$DisjList" || name == "$BoundedExists" || name == "$UnboundedExists":
		for _, a := range e.Args {
			if m.inNext(a, d, through) {
				return true
			}
		}
	case e.Op != nil && e.Op.Kind == "UserDefinedOpKind" && !through[e.Op]:
		through[e.Op] = true
		return m.inNext(e.Op.Body, d, through)
	}
	return m.inNext(e.Body, d, through)
}

// comment returns the \* comment directly above a place.
func (m *Module) comment(at sany.Span) string {
	var lines []string
	for n := at.Line - 2; n >= 0; n-- {
		text, ok := strings.CutPrefix(strings.TrimSpace(string(m.Sources.Lines[at.Module][n])), `\*`)
		if !ok {
			break
		}
		lines = append(lines, strings.TrimSpace(text))
	}
	slices.Reverse(lines)
	return strings.Join(lines, " ")
}

// Definition returns the text of a definition and its place.
func (m *Module) Definition(name string) (string, report.Place) {
	d := m.syntax.Definition(name, m.modules)
	if d == nil || d.Body == nil {
		return "", report.Place{}
	}
	return m.Sources.Text(d.Body.At), PlaceOf(d.At)
}

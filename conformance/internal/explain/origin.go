package explain

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// trace finds the origin of the values in the false part.
func (e *explainer) trace(r *refusal) {
	if e.analysis == nil || r.collected == nil || r.collected.states == 0 {
		return
	}
	x := r.into
	sources := sany.NewSources(e.spec.Files)
	var rest []string // the variables whose origin is looked up
	for i := range x.Fields {
		f := &x.Fields[i]
		variables := e.analysis.VariablesIn(fieldOfView(e.analysis, f.Field)...)
		f.From = assignments(e.analysis, sources, r.verdict.Event.Step, variables)
		if !slices.ContainsFunc(f.From, func(a report.Assignment) bool { return !a.Unchanged }) {
			rest = append(rest, variables...)
		}
	}
	rest = append(rest, e.analysis.VariablesIn(x.Decided...)...)
	primed := e.primed(x)
	for _, name := range e.analysis.Variables {
		if !slices.Contains(rest, name) {
			continue
		}
		if slices.Contains(primed, name) { // the step itself gives it the value
			from := slices.DeleteFunc(assignments(e.analysis, sources, r.verdict.Event.Step, []string{name}), func(a report.Assignment) bool {
				return slices.ContainsFunc(x.Decided, func(d *sany.Expr) bool { return sources.Text(d.At) == a.Text })
			})
			x.Origins = append(x.Origins, report.Origin{Variable: name + "'", Step: r.verdict.Step, Event: r.verdict.Event, From: from})
			continue
		}
		o := report.Origin{Variable: name, Step: r.collected.changed[name]}
		if o.Step > 0 && o.Step <= len(r.trace.Events) {
			o.Event = &r.trace.Events[o.Step-1]
			o.From = assignments(e.analysis, sources, o.Event.Step, []string{name})
		}
		o.Kept = kept(e.analysis, sources, name, r.trace.Events[:max(o.Step, r.verdict.Step-1)], o.Step)
		x.Origins = append(x.Origins, o)
	}
	if x.Held || x.Primed { // the code departs from the whole action
		for _, site := range e.analysis.Steps() {
			if site.Step == r.verdict.Event.Step {
				x.Rules = append(x.Rules, e.analysis.Operators(site.Action)...)
			}
		}
	}
	for _, decisive := range x.Decided { // the definitions in the false comparison
		for _, name := range e.analysis.Operators(decisive) {
			named := slices.Contains(x.Breakable, name) || slices.Contains(e.analysis.Applied(decisive), name)
			if named && !slices.Contains(x.Rules, name) {
				x.Rules = append(x.Rules, name)
			}
		}
	}
	x.Node = ofNode(x.State, r.verdict.Event.Args["node"])
	for _, i := range r.collected.unnamed {
		x.Unnamed = append(x.Unnamed, e.analysis.UnnamedName(i))
	}
	if len(e.analysis.WithoutOne) > 0 {
		x.Note("%sSteps.tla names no Step for %s, so no trace can take it", e.spec.Name, strings.Join(e.analysis.WithoutOne, ", "))
	}
}

// primed returns the variables whose next values stand in a false part about the
// next state.
func (e *explainer) primed(x *report.Explanation) []string {
	var names []string
	if !x.Primed {
		return nil
	}
	for _, d := range x.Decided {
		sany.WalkOver(d, sany.Once(), func(p *sany.Expr) {
			if (p.Operator() == "'" || p.Operator() == "UNCHANGED") && len(p.Args) == 1 {
				names = append(names, e.analysis.VariablesIn(p.Args[0])...)
			}
		})
	}
	return names
}

// kept returns the last of the steps, from index first on, whose action assigns
// a variable. None of them has changed it.
func kept(y *analysis.Analysis, s *sany.Sources, variable string, steps []trace.Event, first int) *report.Origin {
	for i := len(steps) - 1; i >= first; i-- {
		from := slices.DeleteFunc(assignments(y, s, steps[i].Step, []string{variable}), func(a report.Assignment) bool { return a.Unchanged })
		if len(from) > 0 {
			return &report.Origin{Variable: variable, Step: i + 1, Event: &steps[i], From: from}
		}
	}
	return nil
}

// ofNode returns the part of a state that belongs to one node: the values of
// functions over nodes at that node.
func ofNode(state []report.Variable, node trace.Value) []report.Variable {
	var own []report.Variable
	for _, v := range state {
		value, err := tlc.ParseValue(v.Value)
		if err != nil {
			continue
		}
		switch value := value.(type) {
		case map[string]tlc.Value:
			name, _ := node.(string)
			if part, ok := value[name]; ok {
				own = append(own, report.Variable{Name: fmt.Sprintf("%s[%q]", v.Name, name), Value: tla.Text(part)})
			}
		case tlc.Func:
			for _, pair := range value {
				if name := tla.Text(pair.Arg); name == fmt.Sprint(node) {
					own = append(own, report.Variable{Name: v.Name + "[" + name + "]", Value: tla.Text(pair.Result)})
				}
			}
		}
	}
	return own
}

// fieldOfView returns the expressions by which View gives a field its value.
func fieldOfView(y *analysis.Analysis, field string) []*sany.Expr {
	view := y.Syntax.Definition("View", y.Modules)
	if view == nil {
		return nil
	}
	var found []*sany.Expr
	sany.WalkOver(view.Body, sany.Once(), func(e *sany.Expr) {
		if e.Operator() == "$Pair" && len(e.Args) == 2 && e.Args[0].Text == field {
			found = append(found, e.Args[1])
		}
	})
	if found == nil { // the view is not written as a record
		return []*sany.Expr{view.Body}
	}
	return found
}

// assignments returns the places where the actions of a step assign variables.
func assignments(y *analysis.Analysis, s *sany.Sources, step string, variables []string) []report.Assignment {
	a := &assigned{Analysis: y, Sources: s, wanted: variables}
	for _, site := range y.Steps() {
		if site.Step == step {
			a.visit(site.Action, site.Definition, nil, nil)
		}
	}
	return a.found
}

// assigned collects assignments.
type assigned struct {
	*analysis.Analysis
	*sany.Sources
	wanted []string
	found  []report.Assignment
	substs map[*sany.Symbol]*sany.Expr // of the named instances on the way
}

// variablesIn lists the variables of the spec that expressions speak of, which in
// an instantiated module have other names.
func (a *assigned) variablesIn(list ...*sany.Expr) []string {
	var names []string
	for _, e := range list {
		sany.WalkOver(e, sany.Once(), func(e *sany.Expr) {
			if !sany.IsVariable(e.Op) {
				return
			}
			if by := a.substs[e.Op]; by != nil {
				names = append(names, a.variablesIn(by)...)
			} else {
				names = append(names, e.Op.Name)
			}
		})
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// visit walks through an action. in is the definition that contains e, entered
// are the definitions that were opened on the way, and on are the conditions of
// e.
func (a *assigned) visit(e *sany.Expr, in *sany.Symbol, entered []*sany.Symbol, on []*sany.Expr) {
	if e == nil || e.Level < 2 {
		return
	}
	name := e.Operator()
	switch {
	case e.Kind == "LetInNode":
		a.visit(e.Body, in, entered, on)
	case (name == "=" || name == `\in`) && len(e.Args) == 2 && e.Args[0].Operator() == "'":
		for _, variable := range a.variablesIn(e.Args[0]) {
			if slices.Contains(a.wanted, variable) {
				a.add(variable, e, in, append(slices.Clone(on), e.Args[1]))
			}
		}
	case name == "UNCHANGED":
		for _, variable := range a.variablesIn(e.Args...) {
			if slices.Contains(a.wanted, variable) {
				a.add(variable, e, in, on)
			}
		}
	case name == "$IfThenElse" || name == "=>":
		on = append(slices.Clone(on), e.Args[0])
		for _, branch := range e.Args[1:] {
			a.visit(branch, in, entered, on)
		}
	case name == "$Case":
		for _, arm := range e.Args {
			a.visit(arm, in, entered, on)
		}
	case name == "$Pair" && len(e.Args) == 2:
		a.visit(e.Args[1], in, entered, append(slices.Clone(on), e.Args[0]))
	case name == "$BoundedExists":
		on = slices.Clone(on)
		for _, b := range e.Bounds {
			on = append(on, b.Set)
		}
		a.visit(e.Args[0], in, entered, on)
	case e.Op != nil && e.Op.Origin != nil && e.Op.Body != nil:
		if !slices.Contains(entered, e.Op) && !slices.Contains(a.Overridden, e.Op.Origin.Name) {
			within := a.substs
			a.substs = maps.Clone(within)
			if a.substs == nil {
				a.substs = map[*sany.Symbol]*sany.Expr{}
			}
			maps.Copy(a.substs, e.Op.Body.Substs)
			a.visit(e.Op.Origin.Body, e.Op.Origin, append(slices.Clone(entered), e.Op), append(slices.Clone(on), e.Args...))
			a.substs = within
		}
	case e.Op != nil && e.Op.Kind == "UserDefinedOpKind" && e.Op.Body != nil:
		if !slices.Contains(entered, e.Op) && !slices.Contains(a.Overridden, e.Op.Name) {
			a.visit(e.Op.Body, e.Op, append(slices.Clone(entered), e.Op), append(slices.Clone(on), e.Args...))
		}
	default:
		for _, p := range e.Args {
			a.visit(p, in, entered, on)
		}
	}
}

func (a *assigned) add(variable string, e *sany.Expr, in *sany.Symbol, on []*sany.Expr) {
	found := report.Assignment{Variable: variable, Text: a.Sources.Text(e.At), Place: e.At.String(), In: in.Name, Uses: a.Operators(on...), Unchanged: e.Operator() == "UNCHANGED"}
	for _, name := range a.Operators(in.Body) {
		if !slices.Contains(found.Uses, name) {
			found.Beside = append(found.Beside, name)
		}
	}
	if !slices.ContainsFunc(a.found, func(known report.Assignment) bool { return known.Text == found.Text && known.Place == found.Place }) {
		a.found = append(a.found, found)
	}
}

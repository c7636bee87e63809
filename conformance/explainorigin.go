package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Origin says since when a variable has its value.
type Origin struct {
	Variable string `json:"variable"`
	// Step is the number of the step that changed it last; 0 if none did.
	Step  int          `json:"step"`
	Event *trace.Event `json:"event,omitempty"`
	// From is what that step's action says about it.
	From []Assignment `json:"from,omitempty"`
	// Kept is the last step since that could have changed it and did not: its
	// action says what the variable becomes, and it becomes what it was. nil if
	// there is none.
	Kept *Origin `json:"kept,omitempty"`
}

// Assignment is a place where the spec says what a variable becomes.
type Assignment struct {
	Variable string `json:"variable"`
	Text     string `json:"text"`
	Place    string `json:"place"`
	// In is the definition in which it stands.
	In string `json:"in"`
	// Uses are the definitions by which it goes: those in it and in the
	// conditions under which it stands. Beside are others in the definition in
	// which it stands.
	Uses   []string `json:"uses,omitempty"`
	Beside []string `json:"beside,omitempty"`

	unchanged bool // it says that the variable stays as it is
}

// trace looks up where the values come from on which the reason rests.
func (e *explainer) trace(r *refusal) {
	if e.study == nil || r.heard == nil || r.heard.states == 0 {
		return
	}
	x := r.into
	sources := newSources(e.spec.files)
	var rest []string // the variables whose origin is asked for
	for i := range x.Fields {
		f := &x.Fields[i]
		variables := e.study.variablesIn(e.study.fieldOfView(f.Field)...)
		f.From = e.study.assignments(sources, r.verdict.Event.Step, variables)
		if !slices.ContainsFunc(f.From, func(a Assignment) bool { return !a.unchanged }) {
			rest = append(rest, variables...)
		}
	}
	rest = append(rest, e.study.variablesIn(x.decided...)...)
	for _, name := range e.study.variables {
		if !slices.Contains(rest, name) {
			continue
		}
		o := Origin{Variable: name, Step: r.heard.changed[name]}
		if o.Step > 0 && o.Step <= len(r.trace.Events) {
			o.Event = &r.trace.Events[o.Step-1]
			o.From = e.study.assignments(sources, o.Event.Step, []string{name})
		}
		o.Kept = e.study.kept(sources, name, r.trace.Events[:max(o.Step, r.verdict.Step-1)], o.Step)
		x.Origins = append(x.Origins, o)
	}
	if x.held { // it is all of the action that the code does not follow
		for _, site := range e.study.steps() {
			if site.step == r.verdict.Event.Step {
				x.Rules = append(x.Rules, e.study.operators(site.action)...)
			}
		}
	}
	for _, decisive := range x.decided { // what is held against something else there
		for _, name := range e.study.operators(decisive) {
			named := slices.Contains(x.breakable, name) || slices.Contains(e.study.applied(decisive), name)
			if named && !slices.Contains(x.Rules, name) {
				x.Rules = append(x.Rules, name)
			}
		}
	}
	x.Node = ofNode(x.State, r.verdict.Event.Args["node"])
	for _, i := range r.heard.unnamed {
		x.Unnamed = append(x.Unnamed, e.study.unnamedName(i))
	}
	if len(e.study.withoutOne) > 0 {
		x.note("%sSteps.tla names no Step for %s, so no trace can take it", e.spec.Name, strings.Join(e.study.withoutOne, ", "))
	}
}

// kept looks for the last of some steps, but the first so many, that could have
// changed a variable. None of them has.
func (y *study) kept(s *sources, variable string, steps []trace.Event, first int) *Origin {
	for i := len(steps) - 1; i >= first; i-- {
		from := slices.DeleteFunc(y.assignments(s, steps[i].Step, []string{variable}), func(a Assignment) bool { return a.unchanged })
		if len(from) > 0 {
			return &Origin{Variable: variable, Step: i + 1, Event: &steps[i], From: from}
		}
	}
	return nil
}

// ofNode is what of a state belongs to one node: the values that functions over
// nodes have for it.
func ofNode(state []Variable, node trace.Value) []Variable {
	var own []Variable
	for _, v := range state {
		value, err := tlc.ParseValue(v.Value)
		if err != nil {
			continue
		}
		switch value := value.(type) {
		case map[string]tlc.Value:
			name, _ := node.(string)
			if part, ok := value[name]; ok {
				own = append(own, Variable{fmt.Sprintf("%s[%q]", v.Name, name), text(part)})
			}
		case tlc.Func:
			for _, pair := range value {
				if name := text(pair.Arg); name == fmt.Sprint(node) {
					own = append(own, Variable{v.Name + "[" + name + "]", text(pair.Result)})
				}
			}
		}
	}
	return own
}

// fieldOfView are the expressions by which View gives a field its value.
func (y *study) fieldOfView(field string) []*expr {
	view := y.syntax.definition("View", y.modules)
	if view == nil {
		return nil
	}
	var found []*expr
	walkOver(view.body, once(), func(e *expr) {
		if e.operator() == "$Pair" && len(e.args) == 2 && e.args[0].text == field {
			found = append(found, e.args[1])
		}
	})
	if found == nil { // a view that is not written as a record
		return []*expr{view.body}
	}
	return found
}

// assignments are what the actions of the step of that name say about the next
// values of variables.
func (y *study) assignments(s *sources, step string, variables []string) []Assignment {
	a := &assigned{study: y, sources: s, wanted: variables}
	for _, site := range y.steps() {
		if site.step == step {
			a.visit(site.action, site.definition, nil, nil)
		}
	}
	return a.found
}

// assigned collects assignments.
type assigned struct {
	*study
	*sources
	wanted []string
	found  []Assignment
}

// visit goes through an action. In is the definition in which e stands, entered
// are those that were opened on the way, and on is what e depends on.
func (a *assigned) visit(e *expr, in *symbol, entered []*symbol, on []*expr) {
	if e == nil || e.level < 2 {
		return
	}
	name := e.operator()
	switch {
	case e.kind == "LetInNode":
		a.visit(e.body, in, entered, on)
	case (name == "=" || name == `\in`) && len(e.args) == 2 && e.args[0].operator() == "'":
		for _, variable := range a.variablesIn(e.args[0]) {
			if slices.Contains(a.wanted, variable) {
				a.add(variable, e, in, append(slices.Clone(on), e.args[1]))
			}
		}
	case name == "UNCHANGED":
		for _, variable := range a.variablesIn(e.args...) {
			if slices.Contains(a.wanted, variable) {
				a.add(variable, e, in, on)
			}
		}
	case name == "$IfThenElse" || name == "=>":
		on = append(slices.Clone(on), e.args[0])
		for _, branch := range e.args[1:] {
			a.visit(branch, in, entered, on)
		}
	case name == "$Case":
		for _, arm := range e.args {
			a.visit(arm, in, entered, on)
		}
	case name == "$Pair" && len(e.args) == 2:
		a.visit(e.args[1], in, entered, append(slices.Clone(on), e.args[0]))
	case name == "$BoundedExists":
		on = slices.Clone(on)
		for _, b := range e.bounds {
			on = append(on, b.set)
		}
		a.visit(e.args[0], in, entered, on)
	case e.op != nil && e.op.kind == "UserDefinedOpKind" && e.op.body != nil:
		if !slices.Contains(entered, e.op) && !slices.Contains(a.overridden, e.op.name) {
			a.visit(e.op.body, e.op, append(slices.Clone(entered), e.op), append(slices.Clone(on), e.args...))
		}
	default:
		for _, p := range e.args {
			a.visit(p, in, entered, on)
		}
	}
}

func (a *assigned) add(variable string, e *expr, in *symbol, on []*expr) {
	found := Assignment{Variable: variable, Text: a.sources.text(e.at), Place: e.at.String(), In: in.name, Uses: a.operators(on...), unchanged: e.operator() == "UNCHANGED"}
	for _, name := range a.operators(in.body) {
		if !slices.Contains(found.Uses, name) {
			found.Beside = append(found.Beside, name)
		}
	}
	if !slices.ContainsFunc(a.found, func(known Assignment) bool { return known.Text == found.Text && known.Place == found.Place }) {
		a.found = append(a.found, found)
	}
}

// String is the assignment in a line.
func (a Assignment) String() string { return fmt.Sprintf("%s  (%s, %s)", short(a.Text), a.In, a.Place) }

// Names says in which part of the explanation a definition of the spec is
// named: "reason", where it is what does not hold or a part of that; "view",
// where a field that differs goes by it; "origin", where a value does on which
// the reason rests; "hint", where a step does that may be missing; "" if nowhere.
func (x *Explanation) Names(definition string) string {
	if slices.Contains(x.Rules, definition) {
		return "reason"
	}
	for _, f := range x.Fields {
		for _, a := range f.From {
			if slices.Contains(a.Uses, definition) || slices.Contains(a.Beside, definition) {
				return "view"
			}
		}
	}
	for _, o := range x.Origins {
		for _, a := range o.From {
			if slices.Contains(a.Uses, definition) || slices.Contains(a.Beside, definition) {
				return "origin"
			}
		}
		if o.Kept != nil && slices.ContainsFunc(o.Kept.From, func(a Assignment) bool { return slices.Contains(a.Uses, definition) }) {
			return "origin"
		}
	}
	for _, h := range x.Hints {
		if slices.Contains(h.Rules, definition) {
			return "hint"
		}
	}
	return ""
}

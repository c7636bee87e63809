package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// audit holds the Steps module to what the checker relies on, and what TLC by
// itself would let pass: each part of StepsNext stands under a Step, and vars
// names every variable. What is wrong is ErrInput; any other error says that the
// module could not be looked at.
func (c *Checker) audit(ctx context.Context, s *Spec) error {
	y, err := s.study(ctx, c)
	if err != nil {
		return err
	}
	a := &auditor{study: y, sources: newSources(s.files)}
	a.everyLineHasAStep(s)
	a.varsNamesAll()
	if len(a.wrong) > 0 {
		return fmt.Errorf("%w: %s", ErrInput, strings.Join(a.wrong, "\n"))
	}
	return nil
}

type auditor struct {
	*study
	sources *sources
	wrong   []string
}

func (a *auditor) report(at span, format string, args ...any) {
	a.wrong = append(a.wrong, fmt.Sprintf("%s.tla:%d:%d: %s", at.module, at.line, at.column, fmt.Sprintf(format, args...)))
}

// varsNamesAll looks for variables that vars leaves out: TLC would take states
// for the same that differ in them.
func (a *auditor) varsNamesAll() {
	d := a.syntax.definition("vars", a.modules)
	if d == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(a.declared())) {
		if !slices.Contains(a.variables, name) {
			a.report(d.at, "vars leaves out the variable %s; it must be the tuple of all variables", name)
		}
	}
}

// declared are the variables of the modules that the Steps module extends.
func (a *auditor) declared() map[string]bool {
	names := map[string]bool{}
	for _, d := range a.syntax.symbols {
		if isVariable(d) && slices.Contains(a.modules, d.at.module) {
			names[d.name] = true
		}
	}
	return names
}

// everyLineHasAStep looks for the parts of StepsNext that could make a step
// without a Step. A line of a trace that such a part took would be compared with
// nothing.
func (a *auditor) everyLineHasAStep(s *Spec) {
	name := "StepsNext"
	if c, ok := s.config.Constant(name); ok && c.Definition != "" {
		name = c.Definition
	}
	d := a.syntax.definition(name, a.modules)
	if d == nil || d.body == nil {
		return
	}
	found := a.named(d.body, given{})
	if found.steps == 0 && len(found.bare) == 0 {
		found.bare = []*expr{d.body}
	}
	for _, e := range found.bare {
		a.report(e.at, "%s is not under a Step: only a Step can take a line of a trace", clipped(a.sources.text(e.at)))
	}
}

// naming is what is known of an expression: how many Steps it can come to, and
// which of its parts can make a step without one.
type naming struct {
	steps int
	bare  []*expr
}

func (n *naming) add(other naming) {
	n.steps += other.steps
	n.bare = append(n.bare, other.bare...)
}

// given says what the parameters of the definitions that were entered stand for.
type given struct {
	params  map[*symbol]*expr
	outer   *given
	entered []*symbol
}

// named looks at an expression that must make a whole step.
func (a *auditor) named(e *expr, in given) naming {
	if e == nil || !isAction(e, in) {
		return naming{}
	}
	switch name := e.operator(); {
	case name == "Step" && e.op.at.module == "Steps":
		return naming{steps: 1}
	case e.kind == "LetInNode":
		return a.named(e.body, in)
	case slices.Contains(orNames, name):
		return a.all(parts(e, orNames...), in)
	case slices.Contains(andNames, name):
		return a.conjunction(e, in)
	case name == "$IfThenElse" && len(e.args) == 3:
		return a.all(e.args[1:], in)
	case name == "$Case":
		return a.arms(e, in)
	case name == "$BoundedExists" && len(e.args) == 1:
		return a.named(e.args[0], in)
	case e.op != nil:
		return a.applied(e, in)
	}
	return naming{bare: []*expr{e}}
}

// isAction says whether an expression speaks of the next state. SANY's level of
// one in the body of a definition knows nothing of what the parameters stand for.
func isAction(e *expr, in given) bool {
	found := e.level >= 2
	walkOver(e, nowhere, func(e *expr) {
		if arg, ok := in.params[e.op]; ok && e.op != nil && arg != nil {
			found = found || arg.kind == "OpArgNode" || isAction(arg, *in.outer)
		}
	})
	return found
}

func (a *auditor) all(list []*expr, in given) naming {
	var n naming
	for _, e := range list {
		n.add(a.named(e, in))
	}
	return n
}

// conjunction needs a Step in one of its parts, and in all branches of that.
func (a *auditor) conjunction(e *expr, in given) naming {
	var all naming
	for _, p := range parts(e, andNames...) {
		n := a.named(p, in)
		if n.steps > 0 && len(n.bare) == 0 {
			return n
		}
		all.add(n)
	}
	if all.steps == 0 && len(all.bare) > 0 {
		all.bare = []*expr{e}
	}
	return all
}

func (a *auditor) arms(e *expr, in given) naming {
	var n naming
	for _, arm := range e.args {
		if arm.operator() == "$Pair" && len(arm.args) == 2 {
			arm = arm.args[1]
		}
		n.add(a.named(arm, in))
	}
	return n
}

// applied goes on in the definition that is applied, or in what was handed over
// for a parameter.
func (a *auditor) applied(e *expr, in given) naming {
	bare := naming{bare: []*expr{e}}
	if arg, ok := in.params[e.op]; ok {
		outer := *in.outer
		outer.entered = in.entered
		if arg.kind == "OpArgNode" && arg.op != nil {
			return a.enter(arg.op, e, given{params: in.params, outer: in.outer, entered: in.entered}, bare)
		}
		return a.named(arg, outer)
	}
	return a.enter(e.op, e, in, bare)
}

func (a *auditor) enter(d *symbol, e *expr, in given, bare naming) naming {
	if d.body == nil || d.kind != "UserDefinedOpKind" || slices.Contains(in.entered, d) {
		return bare
	}
	inner := given{params: map[*symbol]*expr{}, outer: &in, entered: append(slices.Clone(in.entered), d)}
	if d.local {
		maps.Copy(inner.params, in.params) // a LET sees what is around it
	}
	for i, p := range d.params {
		if i < len(e.args) {
			inner.params[p] = e.args[i]
		}
	}
	n := a.named(d.body, inner)
	if n.steps == 0 && len(n.bare) > 0 {
		return bare // the whole of it, where it is applied
	}
	return n
}

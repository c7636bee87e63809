package analysis

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
)

// Audit holds the Steps module to what the checker relies on, and what TLC by
// itself would let pass: each part of StepsNext stands under a Step, vars names every
// variable, and each Arg around a Step is one of its arguments. A fault is ErrInput; any other error says that the
// module could not be looked at.
func Audit(ctx context.Context, s *spec.Spec, c *run.Runner) error {
	y, err := Of(ctx, s, c)
	if err != nil {
		return err
	}
	a := &auditor{Analysis: y, sources: sany.NewSources(s.Files)}
	a.everyLineHasAStep(s)
	a.varsNamesAll()
	a.eachArgIsAnArgument()
	a.constantsAreThere(s)
	if len(a.wrong) > 0 {
		return fmt.Errorf("%w: %s", spec.ErrInput, strings.Join(a.wrong, "\n"))
	}
	return nil
}

// WithoutAStep is the error for a part of StepsNext that is not under a Step, on
// which TLC has ended; with its place, if that can be found.
func WithoutAStep(ctx context.Context, s *spec.Spec, c *run.Runner) error {
	if err := Audit(ctx, s, c); err != nil {
		return err
	}
	return fmt.Errorf("%w: %sSteps.tla: a part of StepsNext is not under a Step: only a Step can take a line of a trace", spec.ErrInput, s.Name)
}

type auditor struct {
	*Analysis
	sources *sany.Sources
	wrong   []string
}

func (a *auditor) report(at sany.Span, format string, args ...any) {
	a.wrong = append(a.wrong, fmt.Sprintf("%s.tla:%d:%d: %s", at.Module, at.Line, at.Column, fmt.Sprintf(format, args...)))
}

// varsNamesAll looks for variables that vars leaves out: TLC would take states
// for the same that differ in them.
func (a *auditor) varsNamesAll() {
	d := a.Syntax.Definition("vars", a.Modules)
	if d == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(a.declared())) {
		if !slices.Contains(a.Variables, name) {
			a.report(d.At, "vars leaves out the variable %s; it must be the tuple of all variables", name)
		}
	}
}

// declared are the variables of the modules that the Steps module extends. Those of a module
// that stands within another one are an INSTANCE's to replace.
func (a *auditor) declared() map[string]bool {
	var within []sany.Span
	for _, d := range a.Syntax.Symbols {
		if d.Kind == "ModuleNode" && d.Name != d.At.Module {
			within = append(within, d.At)
		}
	}
	names := map[string]bool{}
	for _, d := range a.Syntax.Symbols {
		isWithin := func(m sany.Span) bool { return sany.Within(d.At, m) }
		if sany.IsVariable(d) && slices.Contains(a.Modules, d.At.Module) && !slices.ContainsFunc(within, isWithin) {
			names[d.Name] = true
		}
	}
	return names
}

// eachArgIsAnArgument looks for Steps that no trace can take: a line of theirs has no value
// for an Arg around them that is none of their arguments.
func (a *auditor) eachArgIsAnArgument() {
	for _, site := range a.Steps() {
		if site.Args.Operator() != "$RcdConstructor" {
			continue
		}
		isArgument := map[string]bool{}
		for _, pair := range site.Args.Args {
			if len(pair.Args) > 0 {
				isArgument[pair.Args[0].Text] = true
			}
		}
		for _, arg := range argsAround(site) {
			if name := arg.Args[0].Text; !isArgument[name] {
				a.report(arg.At, "Arg %q stands around the step %s and is none of its arguments, so no line of a trace can take the step", name, site.Step)
			}
		}
	}
}

// constantsAreThere looks for constants that have a value and no module, which TLC lets pass.
func (a *auditor) constantsAreThere(s *spec.Spec) {
	names := map[string]bool{}
	for _, d := range a.Syntax.Symbols {
		names[d.Name] = true
	}
	for _, c := range s.Config.Constants {
		if !names[c.Name] {
			a.wrong = append(a.wrong, fmt.Sprintf("%sSteps.cfg: no module has the constant %s", s.Name, c.Name))
		}
	}
}

// argsAround are the uses of Arg that bind the variables of a Step.
func argsAround(s site) (all []*sany.Expr) {
	for _, outer := range s.Scope {
		for _, b := range outer.Bounds {
			sany.WalkOver(b.Set, sany.Once(), func(e *sany.Expr) {
				if e.Operator() == "Arg" && len(e.Args) == 2 && e.Args[0].Text != "" {
					all = append(all, e)
				}
			})
		}
	}
	return all
}

// everyLineHasAStep looks for the parts of StepsNext that could make a step
// without a Step. A line of a trace that such a part took would be compared with
// nothing.
func (a *auditor) everyLineHasAStep(s *spec.Spec) {
	name := "StepsNext"
	if c, ok := s.Config.Constant(name); ok && c.Definition != "" {
		name = c.Definition
	}
	d := a.Syntax.Definition(name, a.Modules)
	if d == nil || d.Body == nil {
		return
	}
	found := a.named(d.Body, given{})
	if found.steps == 0 && len(found.bare) == 0 {
		found.bare = []*sany.Expr{d.Body}
	}
	for _, e := range found.bare {
		a.report(e.At, "%s is not under a Step: only a Step can take a line of a trace", tla.Clipped(a.sources.Text(e.At)))
	}
}

// naming is what is known of an expression: how many Steps it can come to, and
// which of its parts can make a step without one.
type naming struct {
	steps int
	bare  []*sany.Expr
}

func (n *naming) add(other naming) {
	n.steps += other.steps
	n.bare = append(n.bare, other.bare...)
}

// given says what the parameters of the definitions that were entered stand for.
type given struct {
	params  map[*sany.Symbol]*sany.Expr
	outer   *given
	entered []*sany.Symbol
}

// named looks at an expression that must make a whole step.
func (a *auditor) named(e *sany.Expr, in given) naming {
	if e == nil || !isAction(e, in) {
		return naming{}
	}
	switch name := e.Operator(); {
	case name == "Step" && e.Op.At.Module == "Steps":
		return naming{steps: 1}
	case e.Kind == "LetInNode":
		return a.named(e.Body, in)
	case slices.Contains(sany.OrNames, name):
		return a.all(sany.Parts(e, sany.OrNames...), in)
	case slices.Contains(sany.AndNames, name):
		return a.conjunction(e, in)
	case name == "$IfThenElse" && len(e.Args) == 3:
		return a.all(e.Args[1:], in)
	case name == "$Case":
		return a.arms(e, in)
	case name == "$BoundedExists" && len(e.Args) == 1:
		return a.named(e.Args[0], in)
	case e.Op != nil:
		return a.applied(e, in)
	}
	return naming{bare: []*sany.Expr{e}}
}

// isAction says whether an expression speaks of the next state. SANY's level of
// one in the body of a definition knows nothing of what the parameters stand for.
func isAction(e *sany.Expr, in given) bool {
	found := e.Level >= 2
	sany.WalkOver(e, sany.Nowhere, func(e *sany.Expr) {
		if arg, ok := in.params[e.Op]; ok && e.Op != nil && arg != nil {
			found = found || arg.Kind == "OpArgNode" || isAction(arg, *in.outer)
		}
	})
	return found
}

func (a *auditor) all(list []*sany.Expr, in given) naming {
	var n naming
	for _, e := range list {
		n.add(a.named(e, in))
	}
	return n
}

// conjunction needs a Step in one of its parts, and in all branches of that.
func (a *auditor) conjunction(e *sany.Expr, in given) naming {
	var all naming
	for _, p := range sany.Parts(e, sany.AndNames...) {
		n := a.named(p, in)
		if n.steps > 0 && len(n.bare) == 0 {
			return n
		}
		all.add(n)
	}
	if all.steps == 0 && len(all.bare) > 0 {
		all.bare = []*sany.Expr{e}
	}
	return all
}

func (a *auditor) arms(e *sany.Expr, in given) naming {
	var n naming
	for _, arm := range e.Args {
		if arm.Operator() == "$Pair" && len(arm.Args) == 2 {
			arm = arm.Args[1]
		}
		n.add(a.named(arm, in))
	}
	return n
}

// applied goes on in the definition that is applied, or in what was handed over
// for a parameter.
func (a *auditor) applied(e *sany.Expr, in given) naming {
	bare := naming{bare: []*sany.Expr{e}}
	if arg, ok := in.params[e.Op]; ok {
		outer := *in.outer
		outer.entered = in.entered
		if arg.Kind == "OpArgNode" && arg.Op != nil {
			return a.enter(arg.Op, e, given{params: in.params, outer: in.outer, entered: in.entered}, bare)
		}
		return a.named(arg, outer)
	}
	return a.enter(e.Op, e, in, bare)
}

func (a *auditor) enter(d *sany.Symbol, e *sany.Expr, in given, bare naming) naming {
	if d.Body == nil || d.Kind != "UserDefinedOpKind" || slices.Contains(in.entered, d) {
		return bare
	}
	inner := given{params: map[*sany.Symbol]*sany.Expr{}, outer: &in, entered: append(slices.Clone(in.entered), d)}
	if d.Local {
		maps.Copy(inner.params, in.params) // a LET sees what is around it
	}
	for i, p := range d.Params {
		if i < len(e.Args) {
			inner.params[p] = e.Args[i]
		}
	}
	n := a.named(d.Body, inner)
	if n.steps == 0 && len(n.bare) > 0 {
		return bare // the whole of it, where it is applied
	}
	return n
}

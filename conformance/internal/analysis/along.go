package analysis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// Along is what the properties of a Steps.cfg say of a behaviour that is known up
// to a point only: []P of each of its states, and [][A]_v of each of its steps.
// Both are written into a copy of the spec as operators, without the boxes.
type Along struct {
	Files  map[string][]byte // the modules with the operators in them
	states []spec.Kept       // state functions, to hold in every state
	steps  []spec.Kept       // actions, to hold of every step
}

// AlongTraces makes the operators, once for each spec. A property that says more
// than that is bad input: a trace ends somewhere, and the end of a behaviour
// cannot be seen in it.
func AlongTraces(ctx context.Context, s *spec.Spec, c *run.Runner) (*Along, error) {
	if len(s.Config.Properties) == 0 {
		return &Along{}, nil
	}
	y, err := Of(ctx, s, c)
	if errors.Is(err, tlc.ErrSyntax) {
		return nil, fmt.Errorf("%w: %w", spec.ErrInput, err)
	} else if err != nil {
		return nil, err
	}
	w := &alongWriter{Analysis: y, sources: sany.NewSources(s.Files), into: &Along{}}
	for _, name := range s.Config.Properties {
		d := y.Syntax.Definition(name, y.Modules)
		if d == nil || d.Body == nil {
			return nil, fmt.Errorf("%w: %sSteps.cfg: the property %s is defined in no module that %sSteps extends", spec.ErrInput, s.Name, name, s.Name)
		}
		if err := w.write(name, d, d.Body, nil); err != nil {
			return nil, fmt.Errorf("%w: %sSteps.cfg: the property %s cannot be checked along a trace: %w", spec.ErrInput, s.Name, name, err)
		}
	}
	w.into.Files = w.sources.All()
	return w.into, nil
}

type alongWriter struct {
	*Analysis
	sources *sany.Sources
	into    *Along
	number  int
}

// write goes through the conjuncts of a property. The quantifiers are those that
// stand around e in the definition d.
func (w *alongWriter) write(property string, d *sany.Symbol, e *sany.Expr, quantifiers []*sany.Expr) error {
	switch name := e.Operator(); {
	case !w.sources.Has(e.At):
	case slices.Contains(sany.AndNames, name):
		for _, p := range sany.Parts(e, sany.AndNames...) {
			if err := w.write(property, d, p, quantifiers); err != nil {
				return err
			}
		}
		return nil
	case name == "$BoundedForall" && len(e.Args) == 1:
		return w.write(property, d, e.Args[0], append(slices.Clone(quantifiers), e))
	case name == "[]" && len(e.Args) == 1 && w.sources.Has(e.Args[0].At):
		inner := e.Args[0]
		switch {
		case inner.Operator() == "$SquareAct":
			w.into.steps = append(w.into.steps, spec.Kept{Name: property, Operator: w.operator(d, inner, quantifiers)})
			return nil
		case inner.Level <= 1:
			w.into.states = append(w.into.states, spec.Kept{Name: property, Operator: w.operator(d, inner, quantifiers)})
			return nil
		}
	case e.Op != nil && e.Op.Origin != nil:
		return fmt.Errorf("%s: %s stands in %s.tla, with other names for the variables; write here what it says, as []P or [][A]_v",
			placeText(e.At), e.Op.Name, e.Op.Origin.At.Module)
	case w.isOwn(e.Op) && len(e.Op.Params) == 0 && len(quantifiers) == 0 && e.Op.Body != nil:
		return w.write(property, e.Op, e.Op.Body, nil)
	}
	return fmt.Errorf("%s: %s is neither []P nor [][A]_v; let a model of the spec itself check it", placeText(e.At), tla.Clipped(w.sources.Text(e.At)))
}

func placeText(at sany.Span) string {
	return fmt.Sprintf("%s.tla:%d:%d", at.Module, at.Line, at.Column)
}

// operator puts a definition of the expression behind the one that it stands in.
func (w *alongWriter) operator(d *sany.Symbol, e *sany.Expr, quantifiers []*sany.Expr) string {
	w.number++
	name := fmt.Sprintf("InstanceKeep%d", w.number)
	var b strings.Builder
	fmt.Fprintf(&b, "%s ==\n", name)
	for _, q := range quantifiers {
		b.WriteString(forAll(w.sources, q))
	}
	b.WriteString(w.sources.Block(e.At))
	w.sources.After(d.At, b.String())
	return name
}

// forAll is a quantifier with its bounds, in front of what it says.
func forAll(sources *sany.Sources, q *sany.Expr) string {
	var b strings.Builder
	for _, bound := range q.Bounds {
		var names []string
		for _, s := range bound.Symbols {
			names = append(names, s.Name)
		}
		list := strings.Join(names, ", ")
		if bound.Tuple {
			list = "<<" + list + ">>"
		}
		fmt.Fprintf(&b, "\\A %s \\in\n%s  :\n", list, sources.Block(bound.Set.At))
	}
	return b.String()
}

// Empty says whether there is nothing to check.
func (a *Along) Empty() bool { return len(a.states)+len(a.steps) == 0 }

// Instance defines what Replay asks of each state and of each step.
func (a *Along) Instance(invariants []string) string {
	var states []spec.Kept
	for _, name := range invariants {
		states = append(states, spec.Kept{Name: name, Operator: name})
	}
	return spec.Instance(append(states, a.states...), a.steps)
}

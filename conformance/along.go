package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// along is what the properties of a Steps.cfg say of a behaviour that is known up
// to a point only: []P of each of its states, and [][A]_v of each of its steps.
// Both are written into a copy of the spec as operators, without the boxes.
type along struct {
	files  map[string][]byte // the modules with the operators in them
	states []kept            // state functions, to hold in every state
	steps  []kept            // actions, to hold of every step
}

// kept is one part of a property, with the operator that stands for it.
type kept struct{ property, operator string }

// along makes the operators, once for each spec. A property that says more than
// that is bad input: a trace ends somewhere, and what comes in the end cannot be
// seen in it.
func (s *Spec) along(ctx context.Context, c *Checker) (*along, error) {
	if len(s.config.Properties) == 0 {
		return &along{}, nil
	}
	y, err := s.study(ctx, c)
	if errors.Is(err, tlc.ErrSyntax) {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	} else if err != nil {
		return nil, err
	}
	w := &alongWriter{study: y, sources: newSources(s.files), into: &along{}}
	for _, name := range s.config.Properties {
		d := y.syntax.definition(name, y.modules)
		if d == nil || d.body == nil {
			return nil, fmt.Errorf("%w: %sSteps.cfg: the property %s is defined in no module that %sSteps extends", ErrInput, s.Name, name, s.Name)
		}
		if err := w.write(name, d, d.body, nil); err != nil {
			return nil, fmt.Errorf("%w: %sSteps.cfg: the property %s cannot be checked along a trace: %w", ErrInput, s.Name, name, err)
		}
	}
	w.into.files = w.sources.all()
	return w.into, nil
}

type alongWriter struct {
	*study
	sources *sources
	into    *along
	number  int
}

// write goes through the conjuncts of a property. The quantifiers are those that
// stand around e in the definition d.
func (w *alongWriter) write(property string, d *symbol, e *expr, quantifiers []*expr) error {
	switch name := e.operator(); {
	case !w.sources.has(e.at):
	case slices.Contains(andNames, name):
		for _, p := range parts(e, andNames...) {
			if err := w.write(property, d, p, quantifiers); err != nil {
				return err
			}
		}
		return nil
	case name == "$BoundedForall" && len(e.args) == 1:
		return w.write(property, d, e.args[0], append(slices.Clone(quantifiers), e))
	case name == "[]" && len(e.args) == 1 && w.sources.has(e.args[0].at):
		inner := e.args[0]
		switch {
		case inner.operator() == "$SquareAct":
			w.into.steps = append(w.into.steps, kept{property, w.operator(d, inner, quantifiers)})
			return nil
		case inner.level <= 1:
			w.into.states = append(w.into.states, kept{property, w.operator(d, inner, quantifiers)})
			return nil
		}
	case w.isOwn(e.op) && len(e.op.params) == 0 && len(quantifiers) == 0 && e.op.body != nil:
		return w.write(property, e.op, e.op.body, nil)
	}
	return fmt.Errorf("%s: %s is neither []P nor [][A]_v; let a model of the spec itself check it", placeText(e.at), clipped(w.sources.text(e.at)))
}

func placeText(at span) string { return fmt.Sprintf("%s.tla:%d:%d", at.module, at.line, at.column) }

// operator puts a definition of the expression behind the one that it stands in.
func (w *alongWriter) operator(d *symbol, e *expr, quantifiers []*expr) string {
	w.number++
	name := fmt.Sprintf("SubjectKeep%d", w.number)
	var b strings.Builder
	fmt.Fprintf(&b, "%s ==\n", name)
	for _, q := range quantifiers {
		for _, bound := range q.bounds {
			var names []string
			for _, s := range bound.symbols {
				names = append(names, s.name)
			}
			list := strings.Join(names, ", ")
			if bound.tuple {
				list = "<<" + list + ">>"
			}
			fmt.Fprintf(&b, "\\A %s \\in\n%s  :\n", list, w.sources.block(bound.set.at))
		}
	}
	b.WriteString(w.sources.block(e.at))
	w.sources.after(d.at, b.String())
	return name
}

// subject defines what Replay asks of each state and of each step, so that each
// part that does not hold says its name.
func (a *along) subject(invariants []string) string {
	var b strings.Builder
	part := func(operator, name string) {
		fmt.Fprintf(&b, "  /\\ IF %s THEN TRUE ELSE SubjectBreaks(%q) /\\ FALSE\n", operator, name)
	}
	b.WriteString("SubjectHolds(SubjectBreaks(_)) ==\n  /\\ TRUE\n")
	for _, name := range invariants {
		part(name, name)
	}
	for _, k := range a.states {
		part(k.operator, k.property)
	}
	b.WriteString("SubjectKeeps(SubjectBreaks(_)) ==\n  /\\ TRUE\n")
	for _, k := range a.steps {
		part(k.operator, k.property)
	}
	return b.String()
}

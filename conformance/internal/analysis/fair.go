package analysis

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// LivenessOfBound checks the liveness properties of a model with a CONSTRAINT once more, with
// the fairness of those steps only that stay inside. To TLC no behaviour counts in which
// fairness demands a step that leads outside: one that takes it breaks the CONSTRAINT, and one
// that stays is unfair. So a property may hold because of the bound alone. With this fairness
// a behaviour may end at the bound, and counts. The sentence that is returned says which
// property fails then; it is "" if none does, and for a model without a bound or without
// liveness. A formula whose fairness it cannot read is an error.
func LivenessOfBound(ctx context.Context, s *spec.Spec, c *run.Runner, name string) (string, error) {
	job, config, err := s.Model(name)
	if err != nil {
		return "", err
	}
	alone := *config
	alone.Expect, alone.Invariants, alone.Properties = nil, nil, nil
	for _, property := range config.Properties {
		if s.IsLiveness(property) && !strings.HasPrefix(property, "Refines") {
			alone.Properties = append(alone.Properties, property)
		}
	}
	if len(config.Constraints)+len(config.ActionConstraints) == 0 || len(alone.Properties) == 0 || config.Specification == "" {
		return "", nil
	}
	w := &fairness{config: config, sources: sany.NewSources(job.Files)}
	if w.Analysis, err = OfModule(ctx, c, w.sources, job.Module); err != nil {
		return "", err
	}
	if err := w.read(w.definition(config.Specification), nil); err != nil {
		return "", err
	}
	if len(w.steps) == 0 {
		return "", fmt.Errorf("%w: %s has a liveness property, and no fairness is found in %s", spec.ErrInput, job.Config, config.Specification)
	}
	var formula []string // joined by infix operators, so that the columns of the blocks do not matter
	for _, part := range w.rest {
		formula = append(formula, w.part(part))
	}
	for _, step := range w.steps {
		formula = append(formula, "(\n"+w.inside(step)+")")
	}
	text := "---- MODULE Fair ----\nEXTENDS " + job.Module + "\nFairInside ==\n" + strings.Join(formula, " /\\\n") + "\n"
	job.Files["Fair.tla"] = []byte(text + "====\n")
	alone.Specification = "FairInside"
	job.Files[job.Config] = []byte(alone.String())
	job.Module, job.Reaches, job.Short, job.Args = "Fair", nil, run.IsShort(config.Expect), run.SameEachTime
	result, err := c.Run(ctx, job)
	switch {
	case err != nil:
		return "", err
	case result.Outcome == tlc.OK:
		return "", nil
	case result.Outcome == tlc.Cancelled:
		return "", context.Cause(ctx)
	case result.Outcome != tlc.PropertyViolated:
		return "", fmt.Errorf("%s: liveness at the bound: %s: %s", job.Config, result.Outcome, result.Message)
	}
	return fmt.Sprintf("%s holds because of the bound: a behaviour of %d steps that goes on outside only does not have it",
		cmp.Or(result.Violated, strings.Join(alone.Properties, " or ")), len(result.Trace)-1), nil
}

// fairness is read from the formula of a model.
type fairness struct {
	*Analysis
	config  *tlc.Config
	sources *sany.Sources
	rest    []*sany.Expr // all other parts: Init, [][Next]_v
	next    []*sany.Expr // the A of each [][A]_v among them
	steps   []fairStep
}

// fairStep is one WF_v(A) or SF_v(A), with the quantifiers and parameters around it.
type fairStep struct {
	around    string
	v, action *sany.Expr
}

// definition is the one that the model takes for a name.
func (w *fairness) definition(name string) *sany.Symbol {
	for _, c := range w.config.Constants {
		if c.Name == name && c.Definition != "" {
			name = c.Definition
		}
	}
	return w.Syntax.Definition(name, w.Modules)
}

// read goes through the definition of a temporal formula; around are the quantifiers and
// parameters for it.
func (w *fairness) read(d *sany.Symbol, around []string) error {
	if d == nil || d.Body == nil {
		return nil
	}
	return w.conjuncts(d.Body, around)
}

func (w *fairness) conjuncts(e *sany.Expr, around []string) error {
	switch name := e.Operator(); {
	case !w.sources.Has(e.At):
	case e.Level < 2 && len(around) == 0: // what holds in the beginning
		w.rest = append(w.rest, e)
		return nil
	case slices.Contains(sany.AndNames, name):
		for _, p := range sany.Parts(e, sany.AndNames...) {
			if err := w.conjuncts(p, around); err != nil {
				return err
			}
		}
		return nil
	case name == "$BoundedForall" && len(e.Args) == 1:
		return w.conjuncts(e.Args[0], append(slices.Clone(around), forAll(w.sources, e)))
	case e.Kind == "LetInNode" && e.Body != nil && w.sources.Has(e.Body.At):
		let := sany.Span{Module: e.At.Module, Line: e.At.Line, Column: e.At.Column, EndLine: e.Body.At.Line, EndOfIt: e.Body.At.Column - 1}
		return w.conjuncts(e.Body, append(slices.Clone(around), w.sources.Block(let)))
	case (name == "$WF" || name == "$SF") && len(e.Args) == 2:
		w.steps = append(w.steps, fairStep{strings.Join(around, ""), e.Args[0], e.Args[1]})
		return nil
	case name == "[]" && len(around) == 0 && len(e.Args) == 1 && e.Args[0].Operator() == "$SquareAct":
		w.rest, w.next = append(w.rest, e), append(w.next, e.Args[0].Args[0])
		return nil
	case w.isOwn(e.Op) && e.Op.Origin == nil && len(e.Op.Params) == len(e.Args):
		d := w.definition(e.Op.Name)
		if d == nil || len(d.Params) != len(e.Args) {
			break
		}
		if len(e.Args) == 0 {
			return w.read(d, nil)
		}
		inner := slices.Clone(around)
		for i, p := range d.Params {
			if p.Name != w.sources.Text(e.Args[i].At) {
				inner = append(inner, "LET "+p.Name+" ==\n"+w.sources.Block(e.Args[i].At)+"IN\n")
			}
		}
		return w.read(d, inner)
	}
	return fmt.Errorf("%w: %s: whether a bound stops a fair step cannot be told of %s", spec.ErrInput, e.At, w.sources.Text(e.At))
}

// part is the text of an expression in parentheses.
func (w *fairness) part(e *sany.Expr) string { return "(\n" + w.sources.Block(e.At) + ")" }

// inside is the fairness of a step that stays in the model. It is strong also for WF: where a
// step stays inside now and then only, and is possible all the time, WF demands it.
func (w *fairness) inside(s fairStep) string {
	step := w.part(s.action)
	for _, next := range w.next {
		step += " /\\\n" + w.part(next)
	}
	for _, name := range w.config.ActionConstraints {
		step += " /\\ " + name
	}
	for _, name := range w.config.Constraints {
		step += " /\\ " + name + "'"
	}
	return s.around + "SF_" + w.part(s.v) + "(" + step + ")\n"
}

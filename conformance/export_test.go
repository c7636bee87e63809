package conformance

import (
	"context"

	"github.com/lockstep-tla/lockstep/trace"
)

// ExploreBroken is the part of BreakCode that Replay has not already decided.
func ExploreBroken(ctx context.Context, c *Checker, p *Pattern, b *Breaker, r *Rule) error {
	known, err := brokenRules(p.Code())
	if err != nil {
		return err
	}
	program, err := b.build(ctx)
	if err != nil {
		return err
	}
	return c.exploreBroken(ctx, program, p.Code(), known[0], r)
}

// FindHints is the part of Deepen that tries repairs.
func (c *Checker) FindHints(ctx context.Context, s *Spec, t *trace.Trace, v Verdict, x *Explanation) error {
	return c.findHints(ctx, s, t, v, x)
}

// Unchanged is what the check of views looks for.
var Unchanged = unchanged

// ReadAll is how a check reads what was recorded.
var ReadAll = readAll

// MaxTrace is the size of the largest trace that it reads, in bytes.
const MaxTrace = maxTrace

// BrokenScenarios are those that are recorded with a rule broken.
func (p *Pattern) BrokenScenarios() []Scenario { return p.broken().Scenarios }

// Repeatable are the traces that lies are told about.
func (p *Pattern) Repeatable(traces []*trace.Trace) []*trace.Trace { return p.repeatable(traces) }

// LieNames are the lies that are told about traces.
func LieNames(traces ...*trace.Trace) []string {
	var names []string
	for _, l := range invent(traces) {
		names = append(names, l.name)
	}
	return names
}

// CheckLimits is the part of a check that looks at models with an expected
// counterexample. It returns what is wrong.
func (c *Checker) CheckLimits(ctx context.Context, s *Spec) ([]string, error) {
	k := &check{Checker: c, spec: s}
	err := k.limits(ctx)
	return k.Problems, err
}

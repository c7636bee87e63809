package conformance

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/falsify"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// FindHints is the part of Deepen that tries repairs.
func FindHints(ctx context.Context, c *run.Runner, s *spec.Spec, t *trace.Trace, v report.Verdict, x *report.Explanation) error {
	return explain.FindHints(ctx, c, s, t, v, x)
}

// Unchanged is what the check of views looks for.
var Unchanged = unchanged

// ReadAll is how a check reads what was recorded.
var ReadAll = replay.ReadAll

// MaxTrace is the size of the largest trace that it reads, in bytes.
const MaxTrace = replay.MaxTrace

// BrokenScenarios are those that are recorded with a rule broken.
func (p *Pattern) BrokenScenarios() []Scenario { return p.broken().Scenarios }

// Repeatable are the traces that lies are told about.
func (p *Pattern) Repeatable(traces []*trace.Trace) []*trace.Trace { return p.repeatable(traces) }

// LieNames are the lies that are told about traces.
func LieNames(traces ...*trace.Trace) []string {
	var names []string
	for _, l := range falsify.Invent(traces) {
		names = append(names, l.Name)
	}
	return names
}

// CheckLimits is the part of a check that looks at models with an expected
// counterexample. It returns what is wrong.
func CheckLimits(ctx context.Context, c *run.Runner, s *spec.Spec) ([]string, error) {
	k := &check{Runner: c, spec: s}
	err := k.limits(ctx)
	return k.Problems, err
}

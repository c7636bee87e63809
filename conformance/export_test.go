package conformance

import (
	"context"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

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

// CheckAbstract is the part of a check that looks at the abstract specs. It
// returns what is wrong.
func CheckAbstract(ctx context.Context, c *run.Runner, s *spec.Spec) ([]string, error) {
	k := &check{Runner: c, spec: s}
	err := k.abstract(ctx)
	return k.Problems, err
}

// CheckModel is the part of a check that looks at the ordinary model and the small ones beside
// it. It returns its part of the report, and what is wrong.
func CheckModel(ctx context.Context, c *run.Runner, s *spec.Spec) (report.ModelReport, []string, error) {
	k := &check{Runner: c, spec: s}
	err := k.model(ctx)
	return k.Model, k.Problems, err
}

// CheckLimits is the part of a check that looks at models with an expected
// counterexample. It returns what is wrong.
func CheckLimits(ctx context.Context, c *run.Runner, s *spec.Spec) ([]string, error) {
	k := &check{Runner: c, spec: s}
	err := k.knownViolations(ctx)
	return k.Problems, err
}

// ErrRunTooLong is the error of a run that was given up.
var ErrRunTooLong = errRunTooLong

// NamedIn copies traces with the names that the messages of the check of a pattern give
// them.
func NamedIn(p *Pattern, traces []*trace.Trace) []*trace.Trace {
	return (&check{pattern: p}).named(traces)
}

// CheckTraces is the part of a check that records and replays. It returns the
// verdict on these traces and what is wrong.
func CheckTraces(ctx context.Context, c *run.Runner, p *Pattern) (Outcome, []string, error) {
	s, err := spec.Load(p.Spec, p.Library...)
	if err != nil {
		return Unknown, nil, err
	}
	k := &check{Runner: c, spec: s, pattern: p}
	k.Verdict = Accepted
	err = k.traces(ctx)
	return k.Verdict, k.Problems, err
}

// CheckViews is the part of a check that looks for fields that no step changes.
func CheckViews(ctx context.Context, c *run.Runner, s *spec.Spec, accepted []*trace.Trace) ([]string, error) {
	k := &check{Runner: c, spec: s, pattern: &Pattern{}}
	err := k.checkViews(ctx, accepted)
	return k.Problems, err
}

// CheckExplore is the part of a check that drives the code. It returns the verdict on the
// code and what is wrong.
func CheckExplore(ctx context.Context, c *run.Runner, p *Pattern) (Outcome, []string, error) {
	s, err := spec.Load(p.Spec, p.Library...)
	if err != nil {
		return Unknown, nil, err
	}
	k := &check{Runner: c, spec: s, pattern: p}
	k.Verdict = Accepted
	err = k.explore(ctx)
	return k.Verdict, k.Problems, err
}

// LimitRecording limits what a run may record, in bytes, while a test runs.
func LimitRecording(t *testing.T, bytes int64) {
	was := maxRecorded
	maxRecorded = bytes
	t.Cleanup(func() { maxRecorded = was })
}

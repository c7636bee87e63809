package rules

import (
	"context"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

// limit lets TLC find the counterexample of a limit, as if it were that of a
// rule, so that it can be drawn like one.
func limit(ctx context.Context, c *run.Runner, s *spec.Spec, name string) (*report.Rule, error) {
	job, config, err := s.Model(name)
	if err != nil {
		return nil, err
	}
	job.Short, job.Args = true, sameEachTime
	result, err := c.Run(ctx, job)
	if err != nil {
		return nil, err
	}
	if outcome, message := run.Expected(result, config.Expect); outcome != report.Accepted {
		return nil, fmt.Errorf("%w: %s shows no counterexample: %s", spec.ErrInput, name, message)
	}
	return &report.Rule{Name: name, Violates: result.Violated, Spec: report.CaughtRight, Counterexample: result.Trace, Loop: result.Loop}, nil
}

// sameEachTime are options with which TLC finds the same counterexample each time,
// with one worker: it looks at liveness once, when it has all states, and not
// whenever some time is over; and it files them by the same fingerprints.
var sameEachTime = []string{"-lncheck", "final", "-fp", "0"}

// Counterexample is what TLC finds without a rule, or for a limit.
func Counterexample(ctx context.Context, c *run.Runner, s *spec.Spec, name string) (*report.Rule, error) {
	limits, err := s.Limits()
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(limits, func(l spec.Limit) bool { return l.Name == name }) {
		return limit(ctx, c, s, name)
	}
	r := &report.Rule{Name: name}
	return r, breakSpec(ctx, c, s, name, r, sameEachTime...)
}

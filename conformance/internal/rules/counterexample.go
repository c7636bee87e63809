package rules

import (
	"context"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

// limit runs TLC on a model with a known violation and returns the
// counterexample in the form of a rule, so that it can be drawn like one.
func limit(ctx context.Context, c *run.Runner, s *spec.Spec, name string) (*report.Rule, error) {
	result, config, err := c.CheckModel(ctx, s, name)
	if err != nil {
		return nil, err
	}
	if outcome, message := run.Expected(result, config.Expect); outcome != report.Accepted {
		return nil, fmt.Errorf("%w: %s shows no counterexample: %s", spec.ErrInput, name, message)
	}
	return &report.Rule{Name: name, Violates: result.Violated, Spec: report.Detected, Counterexample: result.Trace, Loop: result.Loop}, nil
}

// Counterexample returns TLC's counterexample for a broken rule or for a known
// violation.
func Counterexample(ctx context.Context, c *run.Runner, s *spec.Spec, name string) (*report.Rule, error) {
	limits, err := s.KnownViolations()
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(limits, func(l spec.KnownViolation) bool { return l.Name == name }) {
		return limit(ctx, c, s, name)
	}
	r := &report.Rule{Name: name}
	return r, BreakSpec(ctx, c, s, name, r)
}

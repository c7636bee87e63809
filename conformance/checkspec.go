package conformance

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/trace"
)

// CheckSpec makes the part of a check that needs no Go code: TLC checks the models of a
// spec and those in which a rule is left out, and the traces, if there are any, are
// replayed and falsified. They may come from a program in any language. The report
// says nothing of Explore, nor of the rules in the code. An error means bad input, or
// that the check could not be made.
func (c *Checker) CheckSpec(ctx context.Context, s *Spec, traces []*trace.Trace) (*Report, error) {
	begun := time.Now()
	k := &check{Runner: c.Runner().Named(s.Name), pattern: &Pattern{Name: s.Name}, spec: s}
	k.building.Report = report.Report{Pattern: s.Name, Verdict: report.Accepted, Rules: []*report.Rule{}}
	k.Model = report.ModelReport{Properties: []string{}, Liveness: []string{}, Refines: []string{}}
	parts := []func(context.Context) error{k.model, k.abstract, k.knownViolations, k.specRules}
	if len(traces) > 0 {
		parts = append(parts, func(ctx context.Context) error { return k.judge(ctx, traces, nil) })
	}
	if err := run.Together(ctx, parts...); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	slices.Sort(k.Problems)
	k.Seconds = time.Since(begun).Round(time.Millisecond).Seconds()
	return &k.building.Report, nil
}

// specRules breaks every rule in the spec.
func (k *check) specRules(ctx context.Context) error {
	names, err := k.spec.BrokenRules()
	if err != nil {
		return err
	}
	all := make([]*report.Rule, len(names)) // no other part of the check writes rules
	var parts []func(context.Context) error
	for i, name := range names {
		all[i] = &report.Rule{Name: name}
		parts = append(parts, func(ctx context.Context) error { return rules.BreakSpec(ctx, k.Runner, k.spec, name, all[i]) })
	}
	if err := run.Together(ctx, parts...); err != nil {
		return err
	}
	k.Rules = all
	for _, r := range all {
		switch r.Spec {
		case report.Detected:
		case report.DetectionUnknown:
			k.problem(report.Unknown, "rule %s: %s in the spec: %s", r.Name, r.Spec, r.Message)
		default:
			k.problem(report.Rejected, "rule %s: %s in the spec: %s", r.Name, r.Spec, r.Message)
		}
	}
	return nil
}

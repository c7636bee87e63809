package explain

import (
	"context"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// ExplainRules explains how code with each of the broken rules was detected,
// all rejected traces in one run, and records whether the explanations name the
// rules.
func ExplainRules(ctx context.Context, c *run.Runner, s *spec.Spec, rules []*report.Rule) error {
	var refused []*report.Rule
	var traces []*trace.Trace
	var verdicts []report.Verdict
	var explored []*report.Rule
	var differences []*report.Difference
	for _, r := range rules {
		switch {
		case r.Refused != nil && r.Verdict.Outcome == report.Rejected:
			refused, traces, verdicts = append(refused, r), append(traces, r.Refused), append(verdicts, r.Verdict)
		case r.Difference != nil:
			explored, differences = append(explored, r), append(differences, r.Difference)
		}
	}
	explained, err := ExplainAll(ctx, c, s, traces, verdicts)
	if err != nil {
		return err
	}
	for i, r := range refused {
		r.Explanation = explained[i]
		r.Explanation.Trace = filepath.Base(r.Refused.Name) // its folder has been removed
	}
	if len(differences) > 0 {
		if err := explainDifferences(ctx, c, s, differences); err != nil {
			return err
		}
	}
	for i, r := range explored {
		r.Explanation = differences[i].Explanation
	}
	for _, r := range rules {
		if r.Explanation == nil {
			continue
		}
		r.Named = r.Explanation.Names(r.Name)
		if r.Named == "" && r.Refused != nil {
			// Code that omits a step is rejected later, at another step. Then a hint
			// can name the missing step.
			if err := FindHints(ctx, c, s, r.Refused, r.Verdict, r.Explanation); err != nil {
				return err
			}
			r.Named = r.Explanation.Names(r.Name)
		}
	}
	return nil
}

package conformance

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/trace"
)

// ExplainRules explains how the code without each of the rules was caught, all
// refused traces in one run, and says whether the explanations name the rules.
func (c *Checker) ExplainRules(ctx context.Context, s *Spec, rules []*Rule) error {
	var refused []*Rule
	var traces []*trace.Trace
	var verdicts []Verdict
	var explored []*Rule
	var differences []*Difference
	for _, r := range rules {
		switch {
		case r.Refused != nil && r.Verdict.Outcome == Rejected:
			refused, traces, verdicts = append(refused, r), append(traces, r.Refused), append(verdicts, r.Verdict)
		case r.Difference != nil:
			explored, differences = append(explored, r), append(differences, r.Difference)
		}
	}
	explained, err := c.ExplainAll(ctx, s, traces, verdicts)
	if err != nil {
		return err
	}
	for i, r := range refused {
		r.Explanation = explained[i]
		r.Explanation.Trace = filepath.Base(r.Refused.Name) // it lay in a folder that is gone
	}
	if len(differences) > 0 {
		if err := c.explainDifferences(ctx, s, differences); err != nil {
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
			// Code that does not do what it should is refused later, for something else.
			// Then a hint can say what is missing.
			if err := c.findHints(ctx, s, r.Refused, r.Verdict, r.Explanation); err != nil {
				return err
			}
			r.Named = r.Explanation.Names(r.Name)
		}
	}
	return nil
}

// ExplainedReport counts the refusals of the code without its rules, and those
// of them whose explanation names the rule.
type ExplainedReport struct {
	Rejected  int `json:"rejected"`
	Explained int `json:"explained"`
	// Without says of each of the others, a line each, what its explanation is.
	// The code was caught all the same, so this is no reason for a verdict.
	Without []string `json:"without,omitempty"`
}

// explainRules keeps the measure in check.
func (k *check) explainRules(ctx context.Context) error {
	k.progress("explain the refusals", 0, 0)
	if err := k.Checker.ExplainRules(ctx, k.spec, k.Rules); err != nil {
		return err
	}
	for _, r := range k.Rules {
		if r.Code != CaughtRight {
			continue
		}
		k.Explained.Rejected++
		switch {
		case r.Named != "":
			k.Explained.Explained++
		case r.Explanation == nil:
			k.problem(Unknown, "rule %s: nobody explains how the code without it is refused", r.Name)
		default:
			k.Explained.Without = append(k.Explained.Without, fmt.Sprintf("rule %s: the refusal of the code without it is explained without naming it: %s", r.Name, r.Explanation.Summary))
		}
	}
	return nil
}

// explainRefused explains the first traces that were refused though no rule was
// left out.
func (k *check) explainRefused(ctx context.Context, traces []*trace.Trace, verdicts []Verdict) error {
	var refused []*trace.Trace
	var why []Verdict
	for i, v := range verdicts {
		if v.Outcome == Rejected && len(refused) < maxExplained {
			refused, why = append(refused, traces[i]), append(why, v)
		}
	}
	if len(refused) == 0 {
		return nil
	}
	explained, err := k.ExplainAll(ctx, k.spec, refused, why)
	if err != nil {
		return err
	}
	for i, x := range explained {
		k.problem(Rejected, "replay: %s, seed %d, is refused because: %s", refused[i].Header.Scenario, refused[i].Header.Seed, x.Summary)
	}
	k.report.Replay.Refused = explained
	return nil
}

package conformance

import (
	"context"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/trace"
)

// explainRules explains the refusals of broken code and counts the explanations
// that name the rule.
func (k *check) explainRules(ctx context.Context) error {
	k.Advance("explain the refusals", 0, 0)
	if err := explain.ExplainRules(ctx, k.Runner, k.spec, k.Rules); err != nil {
		return err
	}
	for _, r := range k.Rules {
		if r.Code != report.Detected {
			continue
		}
		k.Explained.Rejected++
		switch {
		case r.Named != "":
			k.Explained.Explained++
		case r.Explanation == nil:
			k.problem(report.Unknown, "rule %s: the refusal of the code without it is not explained", r.Name)
		default:
			k.Explained.Without = append(k.Explained.Without, fmt.Sprintf("rule %s: the refusal of the code without it is explained without naming it: %s", r.Name, r.Explanation.Summary))
		}
	}
	return nil
}

// explainRefused explains the first refused traces of the code as it is.
func (k *check) explainRefused(ctx context.Context, traces []*trace.Trace, verdicts []report.Verdict) error {
	var refused []*trace.Trace
	var why []report.Verdict
	for i, v := range verdicts {
		if v.Outcome == report.Rejected && len(refused) < explain.MaxExplained {
			refused, why = append(refused, traces[i]), append(why, v)
		}
	}
	if len(refused) == 0 {
		return nil
	}
	explained, err := explain.ExplainAll(ctx, k.Runner, k.spec, refused, why)
	if err != nil {
		return err
	}
	for i, x := range explained {
		k.problem(report.Rejected, "replay: %s is refused because: %s", k.nameOf(refused[i]), x.Summary)
	}
	k.building.Replay.Refused = explained
	return nil
}

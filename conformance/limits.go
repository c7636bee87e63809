package conformance

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
)

// knownViolations checks that TLC finds the counterexamples that are to be there.
func (k *check) knownViolations(ctx context.Context) error {
	limits, err := k.spec.KnownViolations()
	if err != nil {
		return err
	}
	k.Model.KnownViolations = limits // nobody else writes this field
	for _, l := range limits {
		result, config, err := k.CheckModel(ctx, k.spec, l.Name)
		if err != nil {
			return err
		}
		if outcome, message := run.Expected(result, config.Expect); outcome != report.Accepted {
			k.problem(outcome, "model %s: %s", l.Name, message)
		}
	}
	return nil
}

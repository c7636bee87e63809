package conformance

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
)

// abstract checks each of the abstract specs by itself.
func (k *check) abstract(ctx context.Context) error {
	names, err := k.spec.Abstract()
	if err != nil {
		return err
	}
	k.Model.Abstract = names // nothing else writes this field
	return k.expect(ctx, names)
}

// knownViolations checks that TLC finds the counterexamples that are to be there.
func (k *check) knownViolations(ctx context.Context) error {
	limits, err := k.spec.KnownViolations()
	if err != nil {
		return err
	}
	k.Model.KnownViolations = limits // nothing else writes this field
	var names []string
	for _, l := range limits {
		names = append(names, l.Name)
	}
	return k.expect(ctx, names)
}

// expect checks that TLC says of each model what its first line announces.
func (k *check) expect(ctx context.Context, models []string) error {
	for _, name := range models {
		result, config, err := k.CheckModel(ctx, k.spec, name)
		if err != nil {
			return err
		}
		if outcome, message := run.Expected(result, config.Expect); outcome != report.Accepted {
			k.problem(outcome, "model %s: %s", name, message)
		}
	}
	return nil
}

package crossref

import (
	"context"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/diagram"
	"github.com/lockstep-tla/lockstep/conformance/internal/chart"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

// runRegion draws some steps of a recorded run: "SCENARIO SEED FIRST-LAST".
func runRegion(ctx context.Context, c *run.Runner, from Sources, what string) (string, error) {
	var scenario string
	var seed int64
	var o diagram.Options
	if _, err := fmt.Sscanf(what, "%s %d %d-%d", &scenario, &seed, &o.First, &o.Last); err != nil {
		return "", fmt.Errorf("%w: the page of %s: run %s: %w", spec.ErrInput, from.Code.Name, what, err)
	}
	if from.Record == nil {
		return "", fmt.Errorf("%w: the page of %s draws a run, and there are no scenarios", spec.ErrInput, from.Code.Name)
	}
	recorded, err := from.Record(ctx, scenario, seed)
	if err != nil {
		return "", err
	}
	if o.First < 1 || o.First > o.Last || o.Last > len(recorded.Events) {
		return "", fmt.Errorf("%w: the page of %s: run %s: it has %d steps", spec.ErrInput, from.Code.Name, what, len(recorded.Events))
	}
	source, err := chart.Trace(ctx, c, from.Spec, recorded.Trace, report.Verdict{Outcome: report.Accepted})
	if err != nil {
		return "", err
	}
	d, err := diagram.New(source, o)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Steps %d to %d of `%s`:\n\n```mermaid\n%s```\n", o.First, o.Last, recorded.Command, d.Mermaid()), nil
}

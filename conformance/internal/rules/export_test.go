package rules

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
)

// ExploreBroken is the part of BreakCode that Replay has not already decided.
func ExploreBroken(ctx context.Context, c *run.Runner, p *conformance.Pattern, b *Breaker, r *report.Rule) error {
	known, err := BrokenRules(p.Code())
	if err != nil {
		return err
	}
	program, err := b.build(ctx)
	if err != nil {
		return err
	}
	return exploreBroken(ctx, c, program, p.Code(), known[0], r)
}

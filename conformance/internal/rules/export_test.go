package rules

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
)

// ExploreBroken is the second part of BreakCode, which runs if replay does not
// detect the rule.
func ExploreBroken(ctx context.Context, c *run.Runner, p Code, b *Breaker, r *report.Rule) error {
	known, err := BrokenRules(p)
	if err != nil {
		return err
	}
	program, err := b.build(ctx)
	if err != nil {
		return err
	}
	return exploreBroken(ctx, c, program, p, known[0], r)
}

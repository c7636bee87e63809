package conformance

import "context"

// ExploreBroken is the part of BreakCode that Replay has not already decided.
func ExploreBroken(ctx context.Context, c *Checker, p *Pattern, b *Breaker, r *Rule) error {
	known, err := brokenRules(p)
	if err != nil {
		return err
	}
	program, err := b.build(ctx)
	if err != nil {
		return err
	}
	return c.exploreBroken(ctx, program, p, known[0], r)
}

// Unchanged is what the check of views looks for.
var Unchanged = unchanged

//go:build ignore

// Unanswered requests go out newest first.
//
// expect: refused at Open (state), Accept (state)
package singlesocketchannel

import "slices"

func (c *Core) Unanswered() []*Request {
	left := slices.Clone(c.pending)
	slices.Reverse(left)
	return left
}

//go:build ignore

// A handler whose own request finds the queue full waits for a place, as anybody does.
//
// expect: refused at Block (guard)

package singularupdatequeue

func (c *Core[S, Q, R]) MayBlock(from From) bool { return c.policy == Block }

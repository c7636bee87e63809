//go:build ignore

// A new request takes the place for which others wait.
//
// expect: explored at Submit (guard), Block (guard), Reject (guard)

package singularupdatequeue

func (c *Core[S, Q, R]) MayEnter() bool { return true }

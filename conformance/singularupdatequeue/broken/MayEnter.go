//go:build ignore

// A new request takes the place for which others wait.
//
// expect: refused at Submit (guard)

package singularupdatequeue

func (c *Core[S, Q, R]) MayEnter() bool { return true }

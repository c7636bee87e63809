//go:build ignore

// Calls have no deadline.
//
// expect: refused at Sweep (guard)

package requestwaitinglist

func (c *Core) IsExpired(one *call) bool { return false }

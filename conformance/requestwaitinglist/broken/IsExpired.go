//go:build ignore

// Calls that wait for an index have no deadline.
//
// expect: refused at Sweep (state)

package requestwaitinglist

func (c *Core) IsExpired(one *call) bool { return one.index == 0 && one.deadline <= c.now }

//go:build ignore

// What is being written counts as reserved.
//
// expect: refused at Now (guard), Receive (guard)

package hybridclock

func (c *Core) MayGive(s Stamp) bool { return s.Wall() <= c.asked }

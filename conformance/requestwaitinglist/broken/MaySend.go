//go:build ignore

// A request leaves before its entry is there.
//
// expect: refused at Send (guard)

package requestwaitinglist

func (c *Core) MaySend(number, call uint64, peer string) bool { return true }

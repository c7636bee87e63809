//go:build ignore

// A holder may hold what is gone.
//
// expect: refused at Hold (guard)

package lowwatermark

func (c *Core) MayHold(uint64) bool { return true }

//go:build ignore

// Holders are not looked at.
//
// expect: refused at DropOldest (guard)

package lowwatermark

func (c *Core) HolderBound() uint64 { return c.log.Length() }

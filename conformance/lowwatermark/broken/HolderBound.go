//go:build ignore

// Holders are not looked at.
//
// expect: refused at Hold (state), KeepSnapshot (state), RemoveSnapshot (state)

package lowwatermark

func (c *Core) HolderBound() uint64 { return c.log.Length() }

//go:build ignore

// The log may begin anywhere.
//
// expect: refused at Open (state)

package lowwatermark

func (c *Core) MayRestore(uint64) bool { return true }

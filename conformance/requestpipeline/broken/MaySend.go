//go:build ignore

// New requests leave before the old ones have left again.
//
// expect: refused at Send (guard)

package requestpipeline

func (c *Core) MaySend() bool { return true }

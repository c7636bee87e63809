//go:build ignore

// There is no bound.
//
// expect: refused at Send (guard)

package requestpipeline

func (c *Core) HasRoom() bool { return true }

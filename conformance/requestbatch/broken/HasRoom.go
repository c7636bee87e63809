//go:build ignore

// There is no bound.
//
// expect: refused at Ask (guard)

package requestbatch

func (c *Core) HasRoom() bool { return true }

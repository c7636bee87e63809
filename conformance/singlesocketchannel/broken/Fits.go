//go:build ignore

// Messages may have any length.
//
// expect: refused at Ask (guard)
package singlesocketchannel

func (c *Core) Fits(length int) bool { return true }

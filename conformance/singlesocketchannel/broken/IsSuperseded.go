//go:build ignore

// The connection that was open stays open beside the new one.
//
// expect: refused at Accept (state)
package singlesocketchannel

func (c *Core) IsSuperseded(old, by Connection) bool { return false }

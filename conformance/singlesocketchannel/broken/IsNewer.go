//go:build ignore

// Whoever dials is welcome, however late.
//
// expect: refused at Accept (guard)
package singlesocketchannel

func (c *Core) IsNewer(conn Connection) bool { return true }

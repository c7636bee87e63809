//go:build ignore

// Every connection that the other end dials is accepted, however late.
//
// expect: refused at Accept (guard)
package singlesocketchannel

func (c *Core) IsNewer(conn Connection) bool { return true }

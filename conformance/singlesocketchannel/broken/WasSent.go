//go:build ignore

// A caller that stops waiting is told that nothing was sent.
//
// expect: refused at Cancel (guard)
package singlesocketchannel

func (c *Core) WasSent(r *Request) bool { return false }

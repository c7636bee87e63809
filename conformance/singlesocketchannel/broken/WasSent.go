//go:build ignore

// Who gives up hears that nothing was sent.
//
// expect: refused at GiveUp (guard)
package singlesocketchannel

func (c *Core) WasSent(r *Request) bool { return false }

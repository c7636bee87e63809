//go:build ignore

// A request that was sent to one process is sent to the next one too.
//
// expect: refused at Open (state), Accept (state)
package singlesocketchannel

func (c *Core) MayResend(r *Request, to uint64) bool { return true }

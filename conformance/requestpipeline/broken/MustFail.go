//go:build ignore

// Only the callers of requests in flight are told that the client has closed.
//
// expect: refused at Close (guard)

package requestpipeline

func (c *Core) MustFail(call *Call) bool { return c.inFlight(call) >= 0 }

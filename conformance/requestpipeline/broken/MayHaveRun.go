//go:build ignore

// A request that the present connection has not carried counts as not sent.
//
// expect: refused at Cancel (guard), Close (guard)

package requestpipeline

func (c *Core) MayHaveRun(call *Call) bool {
	i := c.inFlight(call)
	return i >= 0 && i < c.out()
}

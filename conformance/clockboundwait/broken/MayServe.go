//go:build ignore

// There is no read wait.
//
// expect: refused at Serve (guard)

package clockboundwait

func (c *Core) MayServe(r Request) bool { return true }

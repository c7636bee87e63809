//go:build ignore

// A read looks only at what is visible.
//
// expect: refused at Serve (guard)

package clockboundwait

func (c *Core) IsSettled(r Request) bool { return true }

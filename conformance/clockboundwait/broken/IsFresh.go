//go:build ignore

// A reading from before the request gives its stamp.
//
// expect: refused at Begin (guard), Ask (guard)

package clockboundwait

func (c *Core) IsFresh() bool { return true }

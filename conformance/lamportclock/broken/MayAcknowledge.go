//go:build ignore

// The client hears that its write is done before it is durable.
//
// expect: refused at Reply (guard)

package lamportclock

func (c *Core) MayAcknowledge(a Answer) bool { return true }

//go:build ignore

// A client keeps its own stamp, whatever it hears.
//
// expect: refused at Hear (state)

package lamportclock

func (c *ClientCore) Merge(heard uint64) uint64 { return c.seen }

//go:build ignore

// A read looks at nothing but the server's own clock.
//
// expect: refused at Read (state)

package lamportclock

func (c *Core) ReadMoves(heard uint64) uint64 { return c.clock }

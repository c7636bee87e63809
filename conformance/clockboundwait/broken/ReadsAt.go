//go:build ignore

// A read gets the newest version of all.
//
// expect: refused at Serve (guard)

package clockboundwait

func (c *Core) ReadsAt(r Request) uint64 { return 1 << 62 }

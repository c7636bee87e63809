//go:build ignore

// The stamp may be the beginning of the interval.
//
// expect: refused at Commit (guard), Serve (guard)

package clockboundwait

func (c *Core) IsPast(stamp uint64) bool { return c.now.Earliest >= stamp }

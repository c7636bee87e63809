//go:build ignore

// The newest request is asked for its age.
//
// expect: refused at Tick (guard)

package requestbatch

func (c *Core) IsOld() bool { return c.now-c.queue[len(c.queue)-1].since >= c.limits.Linger }

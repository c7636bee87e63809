//go:build ignore

// The window may be as short as the detector says.
//
// expect: refused at Receive (guard)

package heartbeat

func (c *Core) MayAdapt(window int64) bool { return window <= c.config.Ceiling }

//go:build ignore

// The window is what the detector says, however short or long.
//
// expect: refused at Receive (guard)

package heartbeat

func (c *Core) MayAdapt(window int64) bool { return true }

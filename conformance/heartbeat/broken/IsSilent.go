//go:build ignore

// The silence is held against the interval instead of the window.
//
// expect: refused at Check (state)

package heartbeat

func (c *Core) IsSilent(p *peer, at Reading) bool { return Elapsed(p.heard, at) >= c.config.Interval }

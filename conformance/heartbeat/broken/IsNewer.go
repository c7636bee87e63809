//go:build ignore

// Any heartbeat is a sign of life, however old.
//
// expect: refused at Receive (guard)

package heartbeat

func (c *Core) IsNewer(h Heartbeat, p *peer) bool { return true }

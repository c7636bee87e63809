//go:build ignore

// Any heartbeat counts, however old.
//
// expect: refused at Receive (guard)

package heartbeat

func (c *Core) IsNewer(h Heartbeat, p *peer) bool { return true }

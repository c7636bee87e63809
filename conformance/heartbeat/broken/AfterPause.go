//go:build ignore

// A check that comes too late is left out, and the next one goes on as if
// nothing had been.
//
// expect: refused at Forgive (state)

package heartbeat

func (c *Core) AfterPause(p *peer, at Reading) {}

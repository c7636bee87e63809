//go:build ignore

// There is no deadline: the other end may be silent for ever.
//
// expect: refused at MissHeartbeat (guard)
package singlesocketchannel

func (c *Core) IsDead() bool { return false }

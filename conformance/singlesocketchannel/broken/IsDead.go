//go:build ignore

// There is no deadline: the other end may be silent for ever.
//
// expect: refused at Quiet (guard)
package singlesocketchannel

func (c *Core) IsDead() bool { return false }

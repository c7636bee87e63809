//go:build ignore

// A caller never waits for its turn.
//
// expect: refused at Ask (guard)
package singlesocketchannel

func (c *Core) HasRoom() bool { return true }

//go:build ignore

// Whoever asks never waits.
//
// expect: refused at Ask (guard)
package singlesocketchannel

func (c *Core) HasRoom() bool { return true }

//go:build ignore

// A full batch waits for the linger.
//
// expect: refused at Tick (guard)

package requestbatch

func (c *Core) IsFull() bool { return false }

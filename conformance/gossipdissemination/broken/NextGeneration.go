//go:build ignore

// A node counts its generations in memory only, and forgets the count in a crash.
//
// expect: refused at Start (state)

package gossipdissemination

func (c *Core) NextGeneration() uint32 { return 1 }

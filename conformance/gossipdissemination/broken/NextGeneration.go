//go:build ignore

// A node counts its lives in memory only, and forgets the count with everything else.
//
// expect: refused at Start (state)

package gossipdissemination

func (c *Core) NextGeneration() uint32 { return 1 }

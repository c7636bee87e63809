//go:build ignore

// A node counts its lives in memory only, and forgets the count with everything else.
//
// expect: refused at Start (guard)

package gossipdissemination

func (c *Core) NextGeneration() uint32 { return 1 }

//go:build ignore

// Nobody is asked for what he has more of.
//
// expect: refused at Merge (guard), Lose (guard)

package gossipdissemination

func (c *Core) Wanted(marks map[string]Mark) []string { return nil }

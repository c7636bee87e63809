//go:build ignore

// Who sends a digest is not answered with what it lacks.
//
// expect: refused at Answer (guard)

package gossipdissemination

func (c *Core) Offered(marks map[string]Mark, whole bool) []string { return nil }

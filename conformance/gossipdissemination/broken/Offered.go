//go:build ignore

// The sender of a digest does not get what it lacks.
//
// expect: refused at Answer (guard)

package gossipdissemination

func (c *Core) Offered(digests map[string]Digest, whole bool) []string { return nil }

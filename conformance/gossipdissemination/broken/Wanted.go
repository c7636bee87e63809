//go:build ignore

// A node requests nothing that the sender of a digest knows more of.
//
// expect: refused at Merge (guard), Lose (guard)

package gossipdissemination

func (c *Core) Wanted(digests map[string]Digest) []string { return nil }

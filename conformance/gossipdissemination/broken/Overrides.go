//go:build ignore

// The worse status always wins, also over a higher incarnation.
//
// expect: refused at Answer (guard), Merge (state), Merge (guard)

package gossipdissemination

func Overrides(b, a Digest) bool { return b.Status > a.Status }

//go:build ignore

// Bad news always win, whatever the owner has said since.
//
// expect: refused at Answer (guard)

package gossipdissemination

func Outweighs(b, a Mark) bool { return b.Status > a.Status }

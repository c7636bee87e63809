//go:build ignore

// A delta is taken wherever it begins.
//
// expect: refused at Merge (state)

package gossipdissemination

func Follows(e *Entry, d *Delta) bool { return true }

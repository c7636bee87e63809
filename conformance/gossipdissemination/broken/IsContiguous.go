//go:build ignore

// A delta is merged wherever it begins.
//
// expect: refused at Merge (state)

package gossipdissemination

func IsContiguous(e *Entry, d *Delta) bool { return true }

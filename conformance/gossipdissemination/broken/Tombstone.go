//go:build ignore

// A node that has left is forgotten.
//
// expect: refused at Merge (state)

package gossipdissemination

func Tombstone(d *Delta) *Entry { return &Entry{} }

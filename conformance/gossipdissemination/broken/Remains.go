//go:build ignore

// Who has left is removed.
//
// expect: refused at Merge (state)

package gossipdissemination

func Remains(d *Delta) *Entry { return &Entry{} }

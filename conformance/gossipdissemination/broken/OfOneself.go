//go:build ignore

// After a restart a node takes its old values back from those who remember more versions than it has.
//
// expect: refused at Merge (state)

package gossipdissemination

func OfOneself(e *Entry, d *Delta) *Entry {
	if d.Ver > e.Ver {
		return &Entry{Mark: d.Mark, Vals: d.Vals}
	}
	return e
}

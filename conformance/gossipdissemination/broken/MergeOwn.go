//go:build ignore

// A restarted node takes its old values back from nodes that remember more versions than it has.
//
// expect: refused at Merge (state)

package gossipdissemination

func MergeOwn(e *Entry, d *Delta) *Entry {
	if d.Ver > e.Ver {
		return &Entry{Digest: d.Digest, Vals: d.Vals}
	}
	return e
}

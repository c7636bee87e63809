//go:build ignore

// Each node that relays a delta counts that as a version.
//
// expect: refused at Merge (state), Answer (guard), Merge (guard)

package gossipdissemination

func RelayUnchanged(e *Entry, d *Delta) *Entry {
	after := *e
	after.Ver, after.Vals = d.Ver, MergeValues(e.Vals, d.Vals)
	if after.Ver < 9 { // a bound, so that the run ends
		after.Ver++
	}
	return &after
}

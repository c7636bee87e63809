//go:build ignore

// Each node that passes a value on counts that as a version.
//
// expect: refused at Merge (state), Answer (guard), Merge (guard)

package gossipdissemination

func AsHeard(d Delta) Delta {
	if d.Ver < 9 { // it need not be without end
		d.Ver++
	}
	return d
}

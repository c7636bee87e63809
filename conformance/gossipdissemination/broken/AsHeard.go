//go:build ignore

// Each node that passes a value on counts that as a version.
//
// expect: refused at Merge (state)

package gossipdissemination

func AsHeard(d Delta) Delta {
	d.Ver++
	return d
}

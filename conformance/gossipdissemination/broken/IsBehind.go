//go:build ignore

// Versions are compared, generations are not.
//
// expect: refused at Answer (guard), Merge (state), Merge (guard)

package gossipdissemination

func IsBehind(a, b Digest) bool {
	if a.Gen == 0 || b.Gen == 0 {
		return b.Gen > a.Gen
	}
	return a.Status != Left && (b.Status == Left || a.Ver < b.Ver || Overrides(b, a))
}

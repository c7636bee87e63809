//go:build ignore

// An actor that one of the vectors does not have is not compared.
//
// expect: refused at Ignore (guard), Ignore (state)

package versionvector

func IsBehind(v, w Vector) bool {
	for actor, n := range w {
		if seen, ok := v[actor]; ok && seen < n {
			return true
		}
	}
	return false
}

//go:build ignore

// The context has what is replaced, and not what the client has read.
//
// expect: refused at Read (guard)

package versionvector

func SeenByReader(s State) Vector {
	seen := Vector{}
	for actor, e := range s {
		if e.replaced() > 0 {
			seen[actor] = e.replaced()
		}
	}
	return seen
}

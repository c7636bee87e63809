package versionvector

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Vector counts the writes of each actor that were seen. An actor that it does not have
// counts as zero, so that the nil Vector has seen nothing. A Vector does not change after
// it was made.
type Vector map[string]uint64

// Order is how one Vector compares with another.
type Order int

// The results of Vector.Compare.
const (
	Equal      Order = iota // both have seen the same
	Before                  // the other has seen all of this, and more
	After                   // this has seen all of the other, and more
	Concurrent              // each has seen something that the other has not
)

// Compare says how v compares with w.
func (v Vector) Compare(w Vector) Order {
	switch behind, ahead := IsBehind(v, w), IsBehind(w, v); {
	case behind && ahead:
		return Concurrent
	case behind:
		return Before
	case ahead:
		return After
	}
	return Equal
}

// Join returns the vector that has seen what either has.
func (v Vector) Join(w Vector) Vector {
	all := make(Vector, len(v))
	maps.Copy(all, v)
	for actor, n := range w {
		all[actor] = max(all[actor], n)
	}
	return all
}

// View implements trace.Viewer.
func (v Vector) View(o *trace.Object) {
	for _, actor := range slices.Sorted(maps.Keys(v)) {
		o.Uint(actor, v[actor])
	}
}

package versionvector

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/trace"
)

// Vector counts the writes of each actor that were seen. An actor that it does not have
// counts as zero, so that the nil Vector has seen nothing. Actors that were pruned have one
// entry together for each replica, its floor. A Vector does not change after it was made.
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
	maps.DeleteFunc(all, func(actor string, _ uint64) bool { return all.isPruned(actor) })
	return all
}

// isPruned says whether an actor's entry was removed, since all of its writes were seen and
// are replaced. The floor of a replica is the number of the last such incarnation.
func (v Vector) isPruned(actor string) bool {
	replica, number := incarnationOf(actor)
	return number > 0 && number <= v[floorOf(replica)]
}

// floorOf is the name of a floor among the actors.
func floorOf(replica string) string { return replica + ".*" }

// actorOf is the name of an incarnation of a replica.
func actorOf(replica string, incarnation uint64) string { return fmt.Sprint(replica, ".", incarnation) }

// incarnationOf is the opposite of actorOf. Of a floor it returns 0.
func incarnationOf(actor string) (replica string, incarnation uint64) {
	if dot := strings.LastIndexByte(actor, '.'); dot >= 0 {
		replica = actor[:dot]
		incarnation, _ = strconv.ParseUint(actor[dot+1:], 10, 64)
	}
	return replica, incarnation
}

// View implements trace.Viewer.
func (v Vector) View(o *trace.Object) {
	for _, actor := range slices.Sorted(maps.Keys(v)) {
		o.Uint(actor, v[actor])
	}
}

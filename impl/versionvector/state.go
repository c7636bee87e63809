package versionvector

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Entry is what a state has of one actor. Its values are those of the actor's last
// writes, numbered N-len(Values)+1 to N: the number and the actor's name are the dot of a
// value. All earlier writes of the actor are replaced.
type Entry struct {
	N      uint64   `json:"n"`    // how many writes of the actor were seen
	Values []string `json:"vals"` // the oldest first
}

// State is the siblings of one key, with all that they replace: an entry of each actor
// that ever wrote, or the floor below which it was pruned. The nil State has seen nothing. A State does not change after it was
// made.
type State map[string]Entry

// ContextOf says what was seen: all values that are there, and all that they replace.
func ContextOf(s State) Vector {
	seen := make(Vector, len(s))
	for actor, e := range s {
		seen[actor] = e.N
	}
	return seen
}

// Values returns the siblings, in ascending order.
func (s State) Values() []string {
	var all []string
	for _, e := range s {
		all = append(all, e.Values...)
	}
	slices.Sort(all)
	return all
}

// Join returns what two states know together: a value of one stays, unless the other has
// seen it and has it no more. The order of joins and their repetition make no difference.
func Join(s, t State) State {
	joined, v, w := State{}, ContextOf(s), ContextOf(t)
	for _, actor := range Remembered(s, t) {
		if !v.isPruned(actor) && !w.isPruned(actor) {
			joined[actor] = joinEntry(s[actor], t[actor])
		}
	}
	return joined
}

// joinEntry takes the entry that has seen more, without what the other one knows to be
// replaced.
func joinEntry(d, e Entry) Entry {
	if d.N < e.N {
		d, e = e, d
	}
	first := slices.IndexFunc(d.numbers(), func(n uint64) bool { return IsKept(n, e) })
	if first < 0 {
		return Entry{N: d.N}
	}
	return Entry{N: d.N, Values: d.Values[first:]}
}

// replaced is the number of the last write that was replaced, 0 for none.
func (e Entry) replaced() uint64 { return e.N - uint64(len(e.Values)) }

// numbers returns the numbers of the values.
func (e Entry) numbers() []uint64 {
	all := make([]uint64, len(e.Values))
	for i := range all {
		all[i] = e.replaced() + uint64(i) + 1
	}
	return all
}

// put returns the state after a write by an actor, whose writer has seen a context.
func (s State) put(actor string, seen Vector, value string) State {
	rest := State{}
	for other, n := range seen {
		rest[other] = Entry{N: n}
	}
	rest = Join(s, rest)
	rest[actor] = Accepted(rest[actor], value)
	return rest
}

// View implements trace.Viewer.
func (s State) View(o *trace.Object) {
	for _, actor := range slices.Sorted(maps.Keys(s)) {
		o.Object(actor, s[actor])
	}
}

// View implements trace.Viewer.
func (e Entry) View(o *trace.Object) {
	o.Uint("n", e.N)
	o.Strings("vals", e.Values...)
}

// incarnations returns the numbers of a replica's incarnations that have an entry.
func (s State) incarnations(of string) (all []uint64) {
	for actor := range s {
		if replica, number := incarnationOf(actor); replica == of && number > 0 {
			all = append(all, number)
		}
	}
	slices.Sort(all)
	return all
}

// equal says whether two states are the same.
func (s State) equal(t State) bool {
	return maps.EqualFunc(s, t, func(d, e Entry) bool { return d.N == e.N && slices.Equal(d.Values, e.Values) })
}

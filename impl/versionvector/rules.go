package versionvector

import (
	"maps"
	"slices"
)

// SeenByReader is the context of a reply: a client has seen all of what it reads.
func SeenByReader(s State) Vector { return ContextOf(s) }

// SeenByWriter is what a write at this replica replaces: what its writer has seen. The
// replica may have seen more.
func (c *Core) SeenByWriter(context Vector) Vector { return context }

// Accepted returns an actor's entry with its next write, beside the values that are left.
func Accepted(e Entry, value string) Entry {
	return Entry{N: e.N + 1, Values: append(slices.Clone(e.Values), value)}
}

// IsKept says whether the value with a number stays beside another entry of its actor:
// unless the other has seen it and has it no more.
func IsKept(number uint64, other Entry) bool { return number > other.replaced() }

// Remembered returns the actors that a joined state has: all, those too of which no value
// is left.
func Remembered(s, t State) []string {
	all := maps.Clone(s)
	if all == nil {
		all = State{}
	}
	maps.Copy(all, t)
	return slices.Sorted(maps.Keys(all))
}

// IsBehind says whether w has seen something that v has not. An actor that v does not have
// counts as zero.
func IsBehind(v, w Vector) bool {
	for actor, n := range w {
		if v[actor] < n {
			return true
		}
	}
	return false
}

// IsNewName says whether a replica may begin an incarnation with this number, which is a
// part of its name as an actor. With an old name it would give numbers again that it has
// forgotten, and that other replicas have seen.
func (c *Core) IsNewName(incarnation uint64) bool { return incarnation > c.incarnation }

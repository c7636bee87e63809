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
// counts as zero, unless it is pruned.
func IsBehind(v, w Vector) bool {
	for actor, n := range w {
		if v[actor] < n && !v.isPruned(actor) {
			return true
		}
	}
	return false
}

// MayTake says whether a replica may take what a client or another replica has seen. Of an
// incarnation that it knows to have ended, it takes nothing new, unless that comes from a
// replica that knew the end too.
func (c *Core) MayTake(v, latest Vector) bool {
	seen := ContextOf(c.store)
	for actor, n := range v {
		replica, number := incarnationOf(actor)
		if latest[replica] <= number && number < c.latest[replica] && n > seen[actor] && !seen.isPruned(actor) {
			return false
		}
	}
	return true
}

// MayLearn says whether a replica may note that incarnations have ended: what it has of them
// must be durable before, since others count on it.
func (c *Core) MayLearn() bool { return !c.IsDirty() }

// MayPrune says whether no more can come of the incarnations that this replica knows to
// have ended: all others know that too, and what they have of them is here.
func (c *Core) MayPrune() bool { return len(c.heard) == len(c.latest)-1 }

// IsNewName says whether a replica may begin an incarnation with this number, which is a
// part of its name as an actor. With an old name it would give numbers again that it has
// forgotten, and that other replicas have seen.
func (c *Core) IsNewName(incarnation uint64) bool { return incarnation > c.Incarnation() }

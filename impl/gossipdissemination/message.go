package gossipdissemination

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Kind is the kind of a message.
type Kind uint8

const (
	// KindDigest says what the sender knows, and asks for what it lacks.
	KindDigest Kind = iota + 1
	// KindDelta brings what the receiver lacks, and may ask for more.
	KindDelta
)

func (k Kind) String() string {
	if k == KindDigest {
		return "Digest"
	}
	return "Delta"
}

// Message is a message between two nodes. It does not change once it is made.
type Message struct {
	Kind     Kind
	From, To string
	// Digests are by owner. In a digest: what the sender knows. In a delta: what
	// the sender knows of the owners that it asks for.
	Digests map[string]Digest
	// Whole says that a digest is about all owners that its sender knows, so that
	// it lacks all others.
	Whole bool
	// Entries are what a delta brings, by owner.
	Entries map[string]Delta
}

// View adds the message's fields, as the spec names them.
func (m *Message) View(o *trace.Object) {
	o.String("type", m.Kind.String()).String("from", m.From).String("to", m.To)
	digests := "digests"
	if m.Kind == KindDelta {
		digests = "wants"
		o.Record("entries", func(o *trace.Object) {
			for _, owner := range sorted(m.Entries) {
				d := m.Entries[owner]
				o.Object(owner, &d)
			}
		})
	} else {
		o.Bool("whole", m.Whole)
	}
	o.Record(digests, func(o *trace.Object) {
		for _, owner := range sorted(m.Digests) {
			digest := m.Digests[owner]
			o.Object(owner, &digest)
		}
	})
}

// Truncation says how a message is truncated: for each owner that the receiver is
// behind on, the last version that goes into the message, or Omit.
type Truncation map[string]int

// Omit is the truncation of an owner that has no place in a message.
const Omit = -1

// A Budget decides how much of what the receiver lacks goes into a message. If there
// are owners, at least one must get a place; if there are none, the truncation is empty.
type Budget func(updates *Updates) Truncation

// Updates are what a node can send to a receiver that is behind.
type Updates struct {
	Owners  []string          // the owners that the receiver is behind on, sorted
	Wants   map[string]Digest // what will be asked for in the same message
	From    string
	To      string
	digests map[string]Digest // what the receiver knows
	entry   func(owner string) *Entry
}

// Delta returns what is sent of one of the owners up to a version. The caller must not
// change it.
func (u *Updates) Delta(owner string, upTo uint32) Delta {
	return delta(u.entry(owner), u.digests[owner], upTo)
}

// CutPoints returns the versions of an owner at which a message may be truncated, in
// ascending order.
func (u *Updates) CutPoints(owner string) []uint32 {
	e, at := u.entry(owner), u.digests[owner]
	from := since(e, at)
	points := []uint32{from, e.Ver}
	for _, v := range e.Vals {
		if v.Ver > from {
			points = append(points, v.Ver)
		}
	}
	slices.Sort(points)
	return slices.DeleteFunc(slices.Compact(points), func(v uint32) bool { return !mayCutAt(e, at, v) })
}

// mayCutAt says whether a delta of an entry may end with a version, for a receiver
// with that digest: the delta must bring something. A goodbye is never truncated.
func mayCutAt(e *Entry, at Digest, upTo uint32) bool {
	part := e.Digest
	part.Ver = upTo
	return upTo >= since(e, at) && upTo <= e.Ver && (e.Status != Left || upTo == e.Ver) && IsBehind(at, part)
}

// allows says whether a message may be truncated like that.
func (u *Updates) allows(t Truncation) bool {
	if len(t) != len(u.Owners) {
		return false
	}
	some := len(u.Owners) == 0
	for _, owner := range u.Owners {
		upTo, ok := t[owner]
		if !ok || upTo < Omit {
			return false
		}
		if upTo == Omit {
			continue
		}
		some = true
		if !mayCutAt(u.entry(owner), u.digests[owner], uint32(upTo)) {
			return false
		}
	}
	return some
}

// entries returns the deltas of a message that is truncated like that.
func (u *Updates) entries(t Truncation) map[string]Delta {
	all := map[string]Delta{}
	for owner, upTo := range t {
		if upTo != Omit {
			all[owner] = u.Delta(owner, uint32(upTo))
		}
	}
	return all
}

// Everything is the Budget of a message without a bound on its size.
func Everything(u *Updates) Truncation {
	t := Truncation{}
	for _, owner := range u.Owners {
		t[owner] = int(u.entry(owner).Ver)
	}
	return t
}

func viewTruncation(o *trace.Object, t Truncation) {
	for _, owner := range sorted(t) {
		o.Int(owner, t[owner])
	}
}

// sorted returns a map's keys in order, so that equal runs give equal traces.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

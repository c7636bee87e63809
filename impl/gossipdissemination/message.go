package gossipdissemination

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Kind is what a message is for.
type Kind uint8

const (
	// Digests says what the sender knows, and asks for what it lacks.
	Digests Kind = iota + 1
	// Deltas brings news, and may ask for some.
	Deltas
)

func (k Kind) String() string {
	if k == Digests {
		return "Digest"
	}
	return "Delta"
}

// Message is what nodes send each other. It is not changed once it is made.
type Message struct {
	Kind     Kind
	From, To string
	// Marks are how far the sender is: all that a digest is about, or what a
	// delta asks for.
	Marks map[string]Mark
	// Whole says that a digest is about everything that its sender knows, so
	// that it lacks whatever is not there.
	Whole bool
	// Entries are the news in a delta.
	Entries map[string]Delta
}

// View adds the message's fields, as the spec names them.
func (m *Message) View(o *trace.Object) {
	o.String("type", m.Kind.String()).String("from", m.From).String("to", m.To)
	marks := "marks"
	if m.Kind == Deltas {
		marks = "wants"
		o.Record("entries", func(o *trace.Object) {
			for _, owner := range sorted(m.Entries) {
				d := m.Entries[owner]
				o.Object(owner, &d)
			}
		})
	} else {
		o.Bool("whole", m.Whole)
	}
	o.Record(marks, func(o *trace.Object) {
		for _, owner := range sorted(m.Marks) {
			mark := m.Marks[owner]
			o.Object(owner, &mark)
		}
	})
}

// Cut says how a message is cut to size: for each owner of whom there is news,
// up to which version it is told, or Omit.
type Cut map[string]int

// Omit is the cut of an owner that has no place in a message.
const Omit = -1

// A Fit decides how much of what there is to tell goes into a message. If there
// are owners, at least one must get a place; if there are none, the cut is empty.
type Fit func(news *News) Cut

// News is what there is to tell somebody.
type News struct {
	Who   []string        // the owners, sorted
	Wants map[string]Mark // what will be asked for in the same message
	From  string
	To    string
	marks map[string]Mark
	entry func(owner string) *Entry
}

// Delta returns what is told of one of the owners if it is told up to a
// version. It is only for looking at.
func (n *News) Delta(owner string, upTo uint32) Delta {
	return delta(n.entry(owner), n.marks[owner], upTo)
}

// Stops returns the versions of an owner up to which one may tell, in order.
func (n *News) Stops(owner string) []uint32 {
	e, at := n.entry(owner), n.marks[owner]
	from := since(e, at)
	stops := []uint32{from, e.Ver}
	for _, v := range e.Vals {
		if v.Ver > from {
			stops = append(stops, v.Ver)
		}
	}
	slices.Sort(stops)
	return slices.DeleteFunc(slices.Compact(stops), func(v uint32) bool { return !mayStop(e, at, v) })
}

// mayStop says whether a delta of an entry may end with a version, for somebody
// at a mark: it must be news.
func mayStop(e *Entry, at Mark, upTo uint32) bool {
	part := e.Mark
	part.Ver = upTo
	return upTo >= since(e, at) && upTo <= e.Ver && (e.Status != Left || upTo == e.Ver) && Lacks(at, part)
}

// allows says whether a message may be cut like that.
func (n *News) allows(cut Cut) bool {
	if len(cut) != len(n.Who) {
		return false
	}
	told := len(n.Who) == 0
	for _, owner := range n.Who {
		upTo, ok := cut[owner]
		if !ok || upTo < Omit {
			return false
		}
		if upTo == Omit {
			continue
		}
		told = true
		if !mayStop(n.entry(owner), n.marks[owner], uint32(upTo)) {
			return false
		}
	}
	return told
}

// entries returns the news in a message cut like that.
func (n *News) entries(cut Cut) map[string]Delta {
	told := map[string]Delta{}
	for owner, upTo := range cut {
		if upTo != Omit {
			told[owner] = n.Delta(owner, uint32(upTo))
		}
	}
	return told
}

// Everything is the Fit of a message that may be of any size.
func Everything(n *News) Cut {
	cut := Cut{}
	for _, owner := range n.Who {
		cut[owner] = int(n.entry(owner).Ver)
	}
	return cut
}

func viewCut(o *trace.Object, cut Cut) {
	for _, owner := range sorted(cut) {
		o.Int(owner, cut[owner])
	}
}

// sorted returns a map's keys in order, so that equal runs give equal traces.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

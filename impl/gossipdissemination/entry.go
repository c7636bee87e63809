package gossipdissemination

import (
	"fmt"
	"maps"

	"github.com/lockstep-tla/lockstep/trace"
)

// Status is what is thought of a node in one of its lives.
type Status uint8

// In the order in which one outweighs the other, within one incarnation.
const (
	Alive   Status = iota
	Suspect        // somebody has not heard from it
	Dead           // nor has anybody else for long
	Left           // it said goodbye: the last word on this life
)

func (s Status) String() string {
	switch s {
	case Alive:
		return "alive"
	case Suspect:
		return "suspect"
	case Dead:
		return "dead"
	case Left:
		return "left"
	}
	return fmt.Sprintf("status %d", uint8(s))
}

// Mark says how much of an owner is known, without its values.
type Mark struct {
	Gen    uint32 // the owner's life; 0 if nothing is known
	Ver    uint32 // everything up to this version is known
	Inc    uint32 // the incarnation within that life, which only the owner raises
	Status Status
}

// View adds the mark's fields.
func (m *Mark) View(o *trace.Object) {
	o.Uint("gen", uint64(m.Gen)).Uint("ver", uint64(m.Ver)).Uint("inc", uint64(m.Inc)).String("status", m.Status.String())
}

// Value is one of an owner's values, with the version that it came with.
type Value struct {
	Val string
	Ver uint32
}

// View adds the value's fields.
func (v *Value) View(o *trace.Object) { o.String("val", v.Val).Uint("ver", uint64(v.Ver)) }

// Entry is what is known of an owner.
type Entry struct {
	Mark
	Vals map[string]Value
}

// View adds the entry's fields.
func (e *Entry) View(o *trace.Object) {
	e.Mark.View(o)
	viewVals(o, e.Vals)
}

// Delta is news of an owner: its versions after Since, up to Ver.
type Delta struct {
	Mark
	Since uint32
	Vals  map[string]Value
}

// View adds the delta's fields.
func (d *Delta) View(o *trace.Object) {
	d.Mark.View(o)
	o.Uint("since", uint64(d.Since))
	viewVals(o, d.Vals)
}

func viewVals(o *trace.Object, vals map[string]Value) {
	o.Record("vals", func(o *trace.Object) {
		for _, key := range sorted(vals) {
			v := vals[key]
			o.Object(key, &v)
		}
	})
}

// The rules that need no node. Each is one reason why this works.

// Outweighs says whether b is the later of two opinions on one life of an
// owner: the owner's own last word is the incarnation, and only within it the
// worse opinion is the later.
func Outweighs(b, a Mark) bool {
	return b.Inc > a.Inc || b.Inc == a.Inc && b.Status > a.Status
}

// Lacks says whether whoever is at mark a lacks something that b has. The
// generation comes first: of an earlier life nothing counts any more.
func Lacks(a, b Mark) bool {
	return a.Gen < b.Gen ||
		a.Gen == b.Gen && a.Status != Left && (b.Status == Left || a.Ver < b.Ver || Outweighs(b, a))
}

// Between returns the values that are newer than since, up to a version.
func Between(vals map[string]Value, since, upTo uint32) map[string]Value {
	news := map[string]Value{}
	for key, v := range vals {
		if v.Ver > since && v.Ver <= upTo {
			news[key] = v
		}
	}
	return news
}

// Follows says whether a delta begins where the entry is, or before. Else there
// would be a hole that nobody fills.
func Follows(e *Entry, d *Delta) bool {
	if e.Gen != d.Gen {
		return d.Since == 0
	}
	return d.Since <= e.Ver
}

// Together adds news to what is there.
func Together(old, news map[string]Value) map[string]Value {
	all := maps.Clone(old)
	if all == nil {
		all = make(map[string]Value, len(news))
	}
	maps.Copy(all, news)
	return all
}

// AsHeard returns what a node knows after it has heard a delta, as it passes it
// on: the same. Only the owner makes versions.
func AsHeard(d Delta) Delta { return d }

// OfOneself returns what an owner knows of itself after it has heard about
// itself: what it knew, but that it learns of a suspicion.
func OfOneself(e *Entry, d *Delta) *Entry {
	if d.Gen != e.Gen || e.Status == Left || !Outweighs(d.Mark, e.Mark) {
		return e
	}
	accused := *e
	accused.Inc, accused.Status = d.Inc, d.Status
	return &accused
}

// Remains returns what is kept of a node that has left: enough that old news do
// not revive it.
func Remains(d *Delta) *Entry {
	return &Entry{Mark: Mark{Gen: d.Gen, Ver: d.Ver, Inc: d.Inc, Status: Left}}
}

// Copied returns values to be sent. A message must not change when its sender
// does, and it is encoded later, without the node's lock.
func Copied(vals map[string]Value) map[string]Value { return maps.Clone(vals) }

// since returns where the news in an entry begin for somebody at that mark.
func since(e *Entry, at Mark) uint32 {
	if at.Gen != e.Gen {
		return 0
	}
	return min(at.Ver, e.Ver)
}

// delta returns what somebody at that mark is told, up to a version.
func delta(e *Entry, at Mark, upTo uint32) Delta {
	d := Delta{Mark: e.Mark, Since: since(e, at)}
	d.Ver = upTo
	if d.Since == 0 && upTo == e.Ver {
		d.Vals = Copied(e.Vals)
	} else {
		d.Vals = Between(e.Vals, d.Since, upTo)
	}
	return d
}

// merged returns what is known of another node after a delta.
func merged(e *Entry, d *Delta) *Entry {
	switch {
	case !Lacks(e.Mark, d.Mark):
		return e
	case d.Status == Left:
		return Remains(d)
	}
	same := e.Gen == d.Gen
	after := *e
	if !same || Outweighs(d.Mark, e.Mark) {
		after.Inc, after.Status = d.Inc, d.Status
	}
	switch {
	case !Follows(e, d):
		if !same {
			return e
		}
	case !same:
		after.Gen, after.Ver, after.Vals = d.Gen, d.Ver, Together(nil, d.Vals)
	case d.Ver > e.Ver:
		after.Ver, after.Vals = d.Ver, Together(e.Vals, d.Vals)
	}
	return &after
}

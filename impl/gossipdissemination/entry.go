package gossipdissemination

import (
	"fmt"
	"maps"

	"github.com/lockstep-tla/lockstep/trace"
)

// Status is the others' opinion on a node in one of its generations.
type Status uint8

// In the order in which one overrides the other, within one incarnation.
const (
	Alive   Status = iota
	Suspect        // it has not answered some node
	Dead           // it has not refuted the suspicion for long
	Left           // it has left: no opinion overrides that in this generation
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

// Digest says how much of an owner is known, without its values.
type Digest struct {
	Gen    uint32 // the owner's generation; 0 if nothing is known
	Ver    uint32 // everything up to this version is known
	Inc    uint32 // the incarnation within that generation, which only the owner raises
	Status Status
}

// View adds the digest's fields.
func (d *Digest) View(o *trace.Object) {
	o.Count("gen", uint64(d.Gen)).Uint("ver", uint64(d.Ver)).Uint("inc", uint64(d.Inc)).String("status", d.Status.String())
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
	Digest
	Vals map[string]Value
}

// View adds the entry's fields.
func (e *Entry) View(o *trace.Object) {
	e.Digest.View(o)
	viewVals(o, e.Vals)
}

// Delta is what is new of an owner: its versions after Since, up to Ver.
type Delta struct {
	Digest
	Since uint32
	Vals  map[string]Value
}

// View adds the delta's fields.
func (d *Delta) View(o *trace.Object) {
	d.Digest.View(o)
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

// The rules that need no node. Each is one reason why the pattern works.

// Overrides says whether b is the later of two opinions on one generation of an
// owner. The higher incarnation is the later, because only the owner raises it; within
// one incarnation the worse status is.
func Overrides(b, a Digest) bool {
	return b.Inc > a.Inc || b.Inc == a.Inc && b.Status > a.Status
}

// IsBehind says whether a node with digest a lacks something that a node with digest b
// has. Generations are compared first: a later one replaces all that is known of an
// earlier one.
func IsBehind(a, b Digest) bool {
	return a.Gen < b.Gen ||
		a.Gen == b.Gen && a.Status != Left && (b.Status == Left || a.Ver < b.Ver || Overrides(b, a))
}

// InVersionOrder returns the values that are newer than since, up to a version: a
// truncated message takes the oldest ones.
func InVersionOrder(vals map[string]Value, since, upTo uint32) map[string]Value {
	newer := map[string]Value{}
	for key, v := range vals {
		if v.Ver > since && v.Ver <= upTo {
			newer[key] = v
		}
	}
	return newer
}

// IsContiguous says whether a delta begins where the entry ends, or before. Otherwise it
// would leave a hole that no later delta fills.
func IsContiguous(e *Entry, d *Delta) bool {
	if e.Gen != d.Gen {
		return d.Since == 0
	}
	return d.Since <= e.Ver
}

// MergeValues adds newer values to those that are there.
func MergeValues(old, newer map[string]Value) map[string]Value {
	all := maps.Clone(old)
	if all == nil {
		all = make(map[string]Value, len(newer))
	}
	maps.Copy(all, newer)
	return all
}

// RelayUnchanged returns an entry with the values of a delta, and with the version at
// which the delta ends. The receiver keeps these versions as they are, and so passes them
// on: only the owner makes new ones.
func RelayUnchanged(e *Entry, d *Delta) *Entry {
	after := *e
	after.Ver, after.Vals = d.Ver, MergeValues(e.Vals, d.Vals)
	return &after
}

// MergeOwn returns an owner's own entry after a delta about itself. Its own values are
// authoritative; it ignores older copies that others send back. It learns only that it
// is suspected.
func MergeOwn(e *Entry, d *Delta) *Entry {
	if d.Gen != e.Gen || e.Status == Left || !Overrides(d.Digest, e.Digest) {
		return e
	}
	accused := *e
	accused.Inc, accused.Status = d.Inc, d.Status
	return &accused
}

// Tombstone returns what stays of a node that has left, so that stale gossip cannot
// revive it.
func Tombstone(d *Delta) *Entry {
	return &Entry{Digest: Digest{Gen: d.Gen, Ver: d.Ver, Inc: d.Inc, Status: Left}}
}

// CopyValues returns values to be sent. A message must not change when its sender
// does: it is encoded later, without the node's lock.
func CopyValues(vals map[string]Value) map[string]Value { return maps.Clone(vals) }

// since returns the version after which a delta of an entry begins, for a receiver with
// that digest.
func since(e *Entry, at Digest) uint32 {
	if at.Gen != e.Gen {
		return 0
	}
	return min(at.Ver, e.Ver)
}

// delta returns what a receiver with that digest lacks, up to a version.
func delta(e *Entry, at Digest, upTo uint32) Delta {
	d := Delta{Digest: e.Digest, Since: since(e, at)}
	d.Ver = upTo
	if d.Since == 0 && upTo == e.Ver {
		d.Vals = CopyValues(e.Vals)
	} else {
		d.Vals = InVersionOrder(e.Vals, d.Since, upTo)
	}
	return d
}

// merged returns what is known of another node after a delta.
func merged(e *Entry, d *Delta) *Entry {
	switch {
	case !IsBehind(e.Digest, d.Digest):
		return e
	case d.Status == Left:
		return Tombstone(d)
	}
	if e.Gen != d.Gen {
		if !IsContiguous(e, d) {
			return e
		}
		return RelayUnchanged(&Entry{Digest: Digest{Gen: d.Gen, Inc: d.Inc, Status: d.Status}}, d)
	}
	after := *e
	if Overrides(d.Digest, e.Digest) {
		after.Inc, after.Status = d.Inc, d.Status
	}
	if IsContiguous(e, d) && d.Ver > e.Ver {
		return RelayUnchanged(&after, d)
	}
	return &after
}

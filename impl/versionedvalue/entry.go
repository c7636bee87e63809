package versionedvalue

import (
	"strings"

	"github.com/lockstep-tla/lockstep/trace"
)

// Tombstone is how a trace shows that a key was deleted.
const Tombstone = "deleted"

// Entry is one write of a key.
type Entry struct {
	Key     string
	Version uint64
	Value   string
	Deleted bool // a tombstone: the key has no value from this version on
}

// compare orders entries by key, and those of a key by version.
func compare(a, b Entry) int {
	if c := strings.Compare(a.Key, b.Key); c != 0 {
		return c
	}
	switch {
	case a.Version < b.Version:
		return -1
	case a.Version > b.Version:
		return 1
	}
	return 0
}

func less(a, b Entry) bool { return compare(a, b) < 0 }

// View implements trace.Viewer.
func (e Entry) View(o *trace.Object) {
	o.String("key", e.Key)
	e.version().View(o)
}

func (e Entry) version() versionOf { return versionOf{e} }

// versionOf is an entry without its key, for traces.
type versionOf struct{ Entry }

// View implements trace.Viewer.
func (e versionOf) View(o *trace.Object) {
	o.Count("ver", e.Version)
	o.String("val", shown(e.Value, e.Deleted))
}

func shown(value string, deleted bool) string {
	if deleted {
		return Tombstone
	}
	return value
}

// Change is what a writer wants.
type Change struct {
	Key    string
	Value  string
	Delete bool      // in place of a value
	If     Condition // the zero Condition: in any case
}

// Condition is the expectation of a conditional write.
type Condition struct {
	set     bool
	version uint64
}

// IfVersion is met by a key whose newest version is this one; 0 is the version of a key
// that has no value.
func IfVersion(v uint64) Condition { return Condition{true, v} }

// write is a change that has a version and is not over.
type write struct {
	Change
	version   uint64
	installed bool
}

func (w *write) entry() Entry {
	return Entry{Key: w.Key, Version: w.version, Value: w.Value, Deleted: w.Delete}
}

// View implements trace.Viewer.
func (w *write) View(o *trace.Object) {
	w.entry().View(o)
	showCondition(o, w.If)
	o.Bool("installed", w.installed)
}

// showCondition adds a condition to a step or an object of a trace: -1 is none.
func showCondition[T interface {
	Int(key string, v int) T
	Count(key string, v uint64) T
}](to T, c Condition) T {
	if !c.set {
		return to.Int("expect", -1)
	}
	return to.Count("expect", c.version)
}

package versionedvalue

import "github.com/lockstep-tla/lockstep/trace"

// IsNewer says whether a version is newer than all before it, whatever its source says.
func (c *Core) IsNewer(v uint64) bool { return v > c.last }

// IsSettled says whether no open write can still install a version below v.
func (c *Core) IsSettled(v uint64) bool {
	for i := range c.writes { // in ascending order
		if !c.writes[i].installed {
			return c.writes[i].version > v
		}
	}
	return true
}

// IsVisible says whether a version reads the same at all later times.
func (c *Core) IsVisible(v uint64) bool { return v <= c.visible }

// IsKept says whether a version has lost no entry.
func (c *Core) IsKept(v uint64) bool { return v >= c.compacted }

// ReadVersion is the version at which a snapshot reads: its own.
func (c *Core) ReadVersion(v uint64) uint64 { return v }

// IsOf says whether an entry is of the key. The floor search finds one of the key before,
// if this one has none so old.
func IsOf(e Entry, key string) bool { return e.Key == key }

// InRange says whether a key belongs to a range: the lower bound does, and the upper does
// not. An empty bound is open.
func InRange(key, from, to string) bool { return key >= from && (to == "" || key < to) }

// MayWrite says whether a change may be made. Another write of the key that is open may
// go either way.
func (c *Core) MayWrite(ch Change) bool {
	return !ch.If.set || ch.If.version == c.CurrentVersion(ch.Key) && !c.isTaken(ch.Key)
}

// MayAcknowledge says whether each snapshot at the newest version has the write.
func (c *Core) MayAcknowledge(version uint64) bool { return version <= c.visible }

// NoReaderBelow says whether all open snapshots are at or above a version.
func (c *Core) NoReaderBelow(v uint64) bool {
	oldest, found := c.oldestReader()
	return !found || v <= oldest
}

// IsCovered says whether there is a newer entry of the key that is at or below the
// compacted version.
func (c *Core) IsCovered(e Entry) bool {
	floor, ok := c.floor(e.Key, c.compacted)
	return ok && floor.Version > e.Version
}

// MayDropTombstone says whether a tombstone hides nothing any more.
func (c *Core) MayDropTombstone(e Entry) bool {
	_, older := c.floor(e.Key, e.Version-1)
	return !older
}

// StartsAt is the version above which a new process goes on: above the compacted one,
// too, since the newest entry may have been a tombstone that is removed.
func (c *Core) StartsAt() uint64 { return max(c.compacted, c.newestEntry()) }

// View adds what the spec's View has of the store.
func (c *Core) View(o *trace.Object) {
	o.Record("data", func(o *trace.Object) {
		var of []versionOf
		show := func() {
			if len(of) > 0 {
				o.Objects(of[0].Key, len(of), func(i int) trace.Viewer { return of[i] })
			}
		}
		c.data.Scan(func(e Entry) bool {
			if len(of) > 0 && of[0].Key != e.Key {
				show()
				of = of[:0]
			}
			of = append(of, e.version())
			return true
		})
		show()
	})
	o.Count("compacted", c.compacted)
	o.Count("last", c.last)
	o.Count("visible", c.visible)
	o.Objects("writes", len(c.writes), func(i int) trace.Viewer { return &c.writes[i] })
	open := c.openVersions()
	o.Objects("open", len(open), func(i int) trace.Viewer { return readers{open[i], c.open[open[i]]} })
}

// readers are the snapshots at a version.
type readers struct {
	version uint64
	count   int
}

// View implements trace.Viewer.
func (r readers) View(o *trace.Object) {
	o.Count("ver", r.version)
	o.Int("count", r.count)
}

package versionedvalue

import (
	"cmp"
	"maps"
	"slices"

	"github.com/tidwall/btree"

	"github.com/lockstep-tla/lockstep/trace"
)

// Core is a store without locks and goroutines: a method for each step of the spec, and
// one for each of its rules. A step that the present state does not allow returns
// ErrNotAllowed and changes nothing. Several goroutines may call Read, Range and Changes
// at once, and those alone.
type Core struct {
	rec       *trace.Recorder
	data      *btree.BTreeG[Entry] // by key, then version
	compacted uint64               // the oldest version that can be read
	last      uint64               // the newest version that was taken
	visible   uint64               // the newest version that can be read
	ahead     []uint64             // the installed versions above that, ascending
	writes    []write              // those that are open, by version
	open      map[uint64]int       // the number of snapshots at each version that has some
}

// NewCore returns an empty store.
func NewCore(rec *trace.Recorder) *Core {
	return &Core{
		rec:  rec,
		data: btree.NewBTreeGOptions(less, btree.Options{NoLocks: true}),
		open: map[uint64]int{},
	}
}

// Take gives a change a version, which must be newer than all before.
func (c *Core) Take(version uint64, ch Change) error {
	if !c.IsNewer(version) || !c.MayWrite(ch) {
		return ErrNotAllowed
	}
	c.last = version
	at, _ := c.find(version)
	c.writes = slices.Insert(c.writes, at, write{Change: ch, version: version})
	s := c.step("Take").String("key", ch.Key).String("value", shown(ch.Value, ch.Delete))
	showCondition(s, ch.If).Count("version", version).State(c)
	return nil
}

// Install puts a write's entry into the map.
func (c *Core) Install(version uint64) error {
	at, ok := c.find(version)
	if !ok || c.writes[at].installed {
		return ErrNotAllowed
	}
	c.writes[at].installed = true
	c.data.Set(c.writes[at].entry())
	place, _ := slices.BinarySearch(c.ahead, version)
	c.ahead = slices.Insert(c.ahead, place, version)
	c.advance()
	c.step("Install").Count("version", version).State(c)
	return nil
}

// Acknowledge ends a write that is visible.
func (c *Core) Acknowledge(version uint64) error {
	at, ok := c.find(version)
	if !ok || !c.writes[at].installed || !c.MayAcknowledge(version) {
		return ErrNotAllowed
	}
	c.writes = slices.Delete(c.writes, at, at+1)
	c.step("Acknowledge").Count("version", version).State(c)
	return nil
}

// Abandon ends a write. What it has installed stays.
func (c *Core) Abandon(version uint64) error {
	at, ok := c.find(version)
	if !ok {
		return ErrNotAllowed
	}
	c.writes = slices.Delete(c.writes, at, at+1)
	c.advance()
	c.step("Abandon").Count("version", version).State(c)
	return nil
}

// Open opens a snapshot at a version, one more if there is one.
func (c *Core) Open(version uint64) error {
	if !c.IsKept(version) || !c.IsVisible(version) {
		return ErrNotAllowed
	}
	c.open[version]++
	c.step("Open").Count("version", version).State(c)
	return nil
}

// Close closes a snapshot at a version, one of them if there are several.
func (c *Core) Close(version uint64) error {
	switch c.open[version] {
	case 0:
		return ErrNotAllowed
	case 1:
		delete(c.open, version)
	default:
		c.open[version]--
	}
	c.step("Close").Count("version", version).State(c)
	return nil
}

// Read returns what a key has in the snapshot at a version. A key without a value has the
// version 0 and is Deleted.
func (c *Core) Read(version uint64, key string) (Entry, error) {
	if c.open[version] == 0 {
		return Entry{}, ErrNotAllowed
	}
	e := c.Answer(version, key)
	if c.rec != nil {
		c.step("Read").Count("version", version).String("key", key).Object("answer", e.version()).State(c)
	}
	return e, nil
}

// Range returns the first keys of a range, up to a limit, that have a value in the
// snapshot at a version.
func (c *Core) Range(version uint64, from, to string, limit int) ([]Entry, error) {
	if c.open[version] == 0 {
		return nil, ErrNotAllowed
	}
	found := c.Found(version, from, to, limit)
	c.step("Range").Count("version", version).String("from", from).String("to", to).Int("limit", limit).
		Objects("answer", len(found), func(i int) trace.Viewer { return &found[i] }).State(c)
	return found, nil
}

// Changes returns the writes of a key above one version and up to another, in order.
func (c *Core) Changes(key string, from, to uint64) ([]Entry, error) {
	if !c.IsKept(from) || from > to || !c.IsVisible(to) {
		return nil, ErrNotAllowed
	}
	all := c.ChangesOf(key, from, to)
	c.step("Changes").String("key", key).Count("after", from).Count("upTo", to).
		Objects("answer", len(all), func(i int) trace.Viewer { return all[i].version() }).State(c)
	return all, nil
}

// Mark raises the compacted version.
func (c *Core) Mark(version uint64) error {
	if version <= c.compacted || !c.IsVisible(version) || !c.NoReaderBelow(version) {
		return ErrNotAllowed
	}
	c.compacted = version
	c.step("Mark").Count("version", version).State(c)
	return nil
}

// Remove removes an entry that can no longer be read.
func (c *Core) Remove(key string, version uint64) error {
	e, ok := c.data.Get(Entry{Key: key, Version: version})
	if !ok || !c.IsGarbage(e) {
		return ErrNotAllowed
	}
	c.data.Delete(e)
	c.step("Remove").String("key", key).Count("version", version).State(c)
	return nil
}

// Restart begins the next process with the entries and the compacted version.
func (c *Core) Restart() {
	c.last = c.StartsAt()
	c.visible = max(c.compacted, c.newestEntry())
	c.ahead, c.writes = nil, nil
	clear(c.open)
	c.step("Restart").State(c)
}

// Idle says whether nothing is owed: no writer waits, no snapshot is open, and there is no
// garbage.
func (c *Core) Idle() bool {
	garbage := false
	c.data.Scan(func(e Entry) bool {
		garbage = c.IsGarbage(e)
		return !garbage
	})
	return len(c.writes)+len(c.open) == 0 && !garbage
}

// Quiet records, for an observer, that nothing is owed.
func (c *Core) Quiet() { c.step("Quiet").State(c) }

// advance makes visible what no open write can precede any more.
func (c *Core) advance() {
	for len(c.ahead) > 0 && c.IsSettled(c.ahead[0]) {
		c.visible = max(c.visible, c.ahead[0])
		c.ahead = c.ahead[1:]
	}
}

// find returns the place of an open write.
func (c *Core) find(version uint64) (int, bool) {
	return slices.BinarySearchFunc(c.writes, version, func(w write, v uint64) int {
		return cmp.Compare(w.version, v)
	})
}

// isTaken says whether a write of the key is open that is not installed.
func (c *Core) isTaken(key string) bool {
	return slices.ContainsFunc(c.writes, func(w write) bool { return w.Key == key && !w.installed })
}

func (c *Core) openVersions() []uint64 { return slices.Sorted(maps.Keys(c.open)) }

// oldestReader returns the oldest version that has an open snapshot.
func (c *Core) oldestReader() (oldest uint64, found bool) {
	for v := range c.open {
		if !found || v < oldest {
			oldest, found = v, true
		}
	}
	return oldest, found
}

// newestEntry returns the newest version of all entries; 0 for none.
func (c *Core) newestEntry() (newest uint64) {
	c.data.Scan(func(e Entry) bool {
		newest = max(newest, e.Version)
		return true
	})
	return newest
}

func (c *Core) step(name string) *trace.Step { return c.rec.Step(name).String("node", "store") }

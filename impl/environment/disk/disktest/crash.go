package disktest

import (
	"maps"
	"math/rand/v2"
	"path"
	"slices"
)

// SectorSize is how many bytes a disk writes wholly or not at all.
const SectorSize = 512

// Length is the sector number under which CrashSectors asks for a file's new
// length.
const Length = -1

// Survival says what of the unsynced changes a crash by a seed keeps.
type Survival int

const (
	// Nothing loses all that was not synced.
	Nothing Survival = iota
	// Everything loses nothing, as when the cache was written just in time.
	Everything
	// Prefix keeps, of each file and each directory, the changes up to some
	// point; a write may be torn at any byte.
	Prefix
	// SectorPrefix is Prefix, but writes are torn at a sector's end only.
	SectorPrefix
	// AnySectors keeps any of the sectors that were written, each as it was
	// after any of the changes, any of the lengths that the file had, and any
	// of a directory's changes, whatever their order. What a longer file lacks
	// is zeros.
	AnySectors
)

// Kill ends the program but not the machine: every handle is dead, the cache
// stays, and what was not synced still is not. A later crash can lose what the
// restarted program has read.
func (f *Disk) Kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.revive()
}

// End ends the process that uses the disk as two numbers say, which a fuzzer has made: by
// alone is Kill, or else CrashRandomly with the survival that it says, modulo 5. The disk
// has no limit of space any more.
func (f *Disk) End(by uint8, seed int64) {
	if by %= 5; by == 0 {
		f.Kill()
	} else {
		f.CrashRandomly(seed, Survival(by))
	}
	f.LimitSpace(-1)
}

// Fail makes one of the next operations on the file fail as a number says, which a fuzzer
// has made: its next Sync, its next write, which is short, or one that needs more than a
// few bytes of space, which then no file of the disk has.
func (f *Disk) Fail(name string, how uint8) {
	switch how % 3 {
	case 0:
		f.FailSync(name)
	case 1:
		f.ShortWrite(name, int(how/3))
	case 2:
		f.LimitSpace(int64(how / 3))
	}
}

// revive starts the next life of the disk. The caller holds mu.
func (f *Disk) revive() {
	f.life++
	f.halted, f.haltAfter = false, -1
	f.faults = newFaults()
}

// Crash ends program and machine. Of each file and directory named in keep it
// keeps that number of units of the unsynced changes (see Unsynced), the oldest
// first; of all others it keeps none. Every handle
// is dead, and syncs and writes no longer fail that were still to. The disk can
// be used again at once.
func (f *Disk) Crash(keep map[string]int) {
	units := make(map[string]int, len(keep))
	for name, n := range keep {
		units[clean(name)] = n
	}
	f.crash(func(name string, n *node) {
		if n.file != nil {
			n.file.restart(n.file.keep(units[name]))
			return
		}
		n.dir.restart(func(i int) bool { return i < units[name] })
	})
}

// CrashSectors is Crash with another choice for files: of the sectors that
// have unsynced changes, those survive for which keep says so, and the file's
// new length does if keep says so for the sector Length. Directories keep all
// their changes.
func (f *Disk) CrashSectors(keep func(name string, sector int) bool) {
	f.crash(func(name string, n *node) {
		if n.dir != nil {
			n.dir.restart(func(int) bool { return true })
			return
		}
		n.file.restart(n.file.keepSectors(func(sector, versions int) int {
			if keep(name, sector) {
				return versions
			}
			return 0
		}))
	})
}

// CrashRandomly is Crash with the choice left to a seed: the same calls before
// it and the same seed give the same disk.
func (f *Disk) CrashRandomly(seed int64, survival Survival) {
	rng := rand.New(rand.NewPCG(uint64(seed), uint64(survival)))
	f.crash(func(_ string, n *node) {
		if n.file != nil {
			n.file.restart(survivingBytes(rng, n.file, survival))
			return
		}
		if survival == AnySectors {
			n.dir.restart(func(int) bool { return rng.IntN(2) == 0 })
			return
		}
		units := survivingUnits(rng, n.dir.units(), survival)
		n.dir.restart(func(i int) bool { return i < units })
	})
}

func survivingBytes(rng *rand.Rand, c *content, survival Survival) []byte {
	if survival == AnySectors {
		return c.keepSectors(func(_, versions int) int { return rng.IntN(versions + 1) })
	}
	units := survivingUnits(rng, c.units(), survival)
	if survival == SectorPrefix {
		units = c.wholeSectors(units)
	}
	return c.keep(units)
}

// survivingUnits chooses how many units survive; changes has the units of each
// change. Losing all, losing nothing and keeping whole changes are where bugs
// hide, so these are far more likely than their share of the outcomes.
func survivingUnits(rng *rand.Rand, changes []int, survival Survival) int {
	sum := 0
	for _, n := range changes {
		sum += n
	}
	switch survival {
	case Nothing:
		return 0
	case Everything:
		return sum
	}
	switch rng.IntN(5) {
	case 0:
		return 0
	case 1:
		return sum
	case 2:
		whole := 0
		for _, n := range changes[:rng.IntN(len(changes)+1)] {
			whole += n
		}
		return whole
	default:
		return rng.IntN(sum + 1)
	}
}

// wholeSectors returns the largest number of units, at most the given one, for
// which no write is torn within a sector.
func (c *content) wholeSectors(units int) int {
	whole := 0
	for _, ch := range c.changes {
		n := ch.units()
		if n > units-whole {
			end := ch.off + int64(units-whole)
			cut := end - end%SectorSize
			return whole + int(max(0, cut-ch.off))
		}
		whole += n
	}
	return whole
}

// keepSectors returns the bytes that are left if each sector, and the length,
// is as it was after some number of those changes that may be lost. Pick
// chooses that number, for each sector that they touch and then for Length.
func (c *content) keepSectors(pick func(sector, versions int) int) []byte {
	touched, versions := c.touched()
	if versions == 0 {
		return c.keep(0)
	}
	b := slices.Clone(c.cached)
	for _, s := range touched {
		start := s * SectorSize
		if len(b) < start+SectorSize {
			b = resize(b, int64(start+SectorSize))
		}
		c.sector(b[start:start+SectorSize], int64(start), pick(s, versions))
	}
	return resize(b, c.length(pick(Length, versions)))
}

// touched returns the sectors in which changes that may be lost make a
// difference, in ascending order, and how many such changes there are.
func (c *content) touched() (sectors []int, changes int) {
	seen := map[int]bool{}
	size := int64(len(c.durable))
	for _, ch := range c.changes {
		// A change of length makes a difference between the two lengths. The
		// zeros that fill a gap are zeros in every version.
		first, end := min(size, ch.off), max(size, ch.off)
		switch {
		case ch.data == nil:
			size = ch.off
		case !ch.flip:
			first, end = ch.off, ch.off+int64(len(ch.data))
			size = max(size, end)
		}
		if ch.fate == settled {
			continue
		}
		changes++
		for s := first / SectorSize; s*SectorSize < end; s++ {
			seen[int(s)] = true
		}
	}
	return slices.Sorted(maps.Keys(seen)), changes
}

// present calls do for the settled changes, and for as many of the others as the
// version counts, the oldest first.
func (c *content) present(version int, do func(change)) {
	for _, ch := range c.changes {
		if ch.fate != settled {
			if version == 0 {
				continue
			}
			version--
		}
		do(ch)
	}
}

// sector fills b with what the file held from start on, in that version; what
// it did not reach is zeros.
func (c *content) sector(b []byte, start int64, version int) {
	clear(b)
	if start < int64(len(c.durable)) {
		copy(b, c.durable[start:])
	}
	c.present(version, func(ch change) {
		from := min(max(0, ch.off-start), int64(len(b)))
		if ch.data == nil {
			clear(b[from:])
			return
		}
		to := min(max(0, ch.off+int64(len(ch.data))-start), int64(len(b)))
		for i := from; i < to; i++ {
			if v := ch.data[start+i-ch.off]; ch.flip {
				b[i] ^= v
			} else {
				b[i] = v
			}
		}
	})
}

// length returns how long the file was in that version.
func (c *content) length(version int) int64 {
	size := int64(len(c.durable))
	c.present(version, func(ch change) {
		switch {
		case ch.data == nil:
			size = ch.off
		case !ch.flip:
			size = max(size, ch.off+int64(len(ch.data)))
		}
	})
	return size
}

// crash lets decide restart each file and directory there is, in an order that
// depends on their names only, and starts the next life. Those that have lost
// their name, and may get it back, are called by no name.
func (f *Disk) crash(decide func(name string, n *node)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.use(-f.used())
	for _, n := range f.nodes() {
		decide(n.name, n.node)
	}
	f.use(f.used())
	f.revive()
}

// used sums up the lengths of the files that have a name. The caller holds mu.
func (f *Disk) used() int64 {
	var bytes int64
	var walk func(n *node)
	walk = func(n *node) {
		if n.file != nil {
			bytes += int64(len(n.file.cached))
			return
		}
		for _, child := range n.dir.cached {
			walk(child)
		}
	}
	walk(f.root)
	return bytes
}

// named is a node with the name by which it is reached now.
type named struct {
	name string
	*node
}

// nodes returns each node once: first those that have a name now, then those
// that have one only in what is durable or unsynced. The caller holds mu.
func (f *Disk) nodes() []named {
	seen := map[*node]bool{}
	var all []named
	var walk func(name string, n *node)
	walk = func(name string, n *node) {
		if seen[n] {
			return
		}
		seen[n] = true
		all = append(all, named{name, n})
		if n.dir == nil {
			return
		}
		for _, base := range slices.Sorted(maps.Keys(n.dir.cached)) {
			walk(path.Join(name, base), n.dir.cached[base])
		}
	}
	walk(".", f.root)
	for i := 0; i < len(all); i++ { // grows while it is walked
		d := all[i].dir
		if d == nil {
			continue
		}
		unnamed := func(m map[string]*node) {
			for _, base := range slices.Sorted(maps.Keys(m)) {
				if n := m[base]; n != nil && !seen[n] {
					seen[n] = true
					all = append(all, named{"", n})
				}
			}
		}
		unnamed(d.cached)
		unnamed(d.durable)
		for _, ch := range d.changes {
			unnamed(ch.names)
		}
	}
	return all
}

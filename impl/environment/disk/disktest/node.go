package disktest

import (
	"maps"
	"slices"
)

// fate says what a sync has made of a change.
type fate uint8

const (
	// pending changes are in the cache; the next sync makes them durable.
	pending fate = iota
	// doubtful changes were in the cache when a sync failed. No later sync
	// makes them durable, yet they may have reached the disk.
	doubtful
	// settled changes are durable. They are listed only as long as an older
	// change is doubtful, so that changes are applied in their order.
	settled
)

// node is a file or a directory, whatever its name. Exactly one field is set.
type node struct {
	file *content
	dir  *directory
}

func newFile() *node { return &node{file: &content{}} }

func newDir() *node {
	return &node{dir: &directory{cached: map[string]*node{}, durable: map[string]*node{}}}
}

// content is what a file holds.
type content struct {
	cached  []byte // what reads see
	durable []byte // what a crash leaves, before changes
	changes []change
	bad     []int64 // offsets that cannot be read
}

// change is one change of a file's bytes: a write of data at off, a flip of
// the bits in data at off, or, if data is nil, a truncation to the length off.
type change struct {
	off  int64
	data []byte
	flip bool
	fate fate
}

// units is how many outcomes, beside none of it, a crash has for this change:
// a write can be torn after each byte, a truncation happens or does not.
func (c change) units() int {
	switch {
	case c.fate == settled:
		return 0
	case c.data == nil:
		return 1
	default:
		return len(c.data)
	}
}

func (c change) apply(b []byte) []byte {
	if c.data == nil {
		return resize(b, c.off)
	}
	if end := c.off + int64(len(c.data)); end > int64(len(b)) {
		if c.flip {
			return b // the bits are gone that could have flipped
		}
		b = resize(b, end)
	}
	if !c.flip {
		copy(b[c.off:], c.data)
		return b
	}
	for i, mask := range c.data {
		b[c.off+int64(i)] ^= mask
	}
	return b
}

// resize cuts b to size bytes, or adds zeros.
func resize(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size]
	}
	have := len(b)
	b = slices.Grow(b, int(size)-have)[:size]
	clear(b[have:])
	return b
}

// do makes a change in the cache.
func (c *content) do(ch change) {
	c.cached = ch.apply(c.cached)
	c.changes = append(c.changes, ch)
}

func (c *content) write(off int64, p []byte) {
	if len(p) == 0 {
		return
	}
	c.do(change{off: off, data: slices.Clone(p)})
	end := off + int64(len(p))
	c.bad = slices.DeleteFunc(c.bad, func(bad int64) bool { return off <= bad && bad < end })
}

func (c *content) truncate(size int64) {
	if size != int64(len(c.cached)) {
		c.do(change{off: size})
	}
}

// sync makes the pending changes durable.
func (c *content) sync() {
	for i := range c.changes {
		if c.changes[i].fate == pending {
			c.changes[i].fate = settled
		}
	}
	c.fold()
}

// fold applies the changes whose fate is no longer open to what is durable.
func (c *content) fold() {
	n := 0
	for n < len(c.changes) && c.changes[n].fate == settled {
		c.durable = c.changes[n].apply(c.durable)
		n++
	}
	c.changes = slices.Delete(c.changes, 0, n)
}

// failSync leaves the fate of the pending changes open for good.
func (c *content) failSync() {
	for i := range c.changes {
		if c.changes[i].fate == pending {
			c.changes[i].fate = doubtful
		}
	}
}

// rot flips bits of the byte at off, of what is durable. What the cache holds
// of it changes too, except where an unsynced change covers it.
func (c *content) rot(off int64, mask byte) bool {
	if off < 0 || off >= int64(len(c.keep(0))) {
		return false
	}
	at := 0
	for i, ch := range c.changes {
		if ch.fate == settled {
			at = i + 1
		}
	}
	flip := change{off: off, data: []byte{mask}, flip: true, fate: settled}
	c.changes = slices.Insert(c.changes, at, flip)
	c.fold()
	c.cached = c.keep(c.unsynced())
	return true
}

// units returns how many units each of the changes has that a crash may lose.
func (c *content) units() []int {
	units := make([]int, len(c.changes))
	for i, ch := range c.changes {
		units[i] = ch.units()
	}
	return units
}

// unsynced counts the units of the changes that a crash may lose.
func (c *content) unsynced() int {
	n := 0
	for _, ch := range c.changes {
		n += ch.units()
	}
	return n
}

// keep returns the bytes that are left if the first units of the changes that
// may be lost are not.
func (c *content) keep(units int) []byte {
	b := slices.Clone(c.durable)
	for _, ch := range c.changes {
		n := ch.units()
		switch {
		case n <= units:
			b = ch.apply(b)
			units -= n
		case units > 0:
			ch.data = ch.data[:units]
			b = ch.apply(b)
			units = 0
		}
	}
	return b
}

// restart makes b all there is of the file.
func (c *content) restart(b []byte) {
	*c = content{cached: b, durable: slices.Clone(b), bad: c.bad}
}

// directory maps names to nodes.
type directory struct {
	cached  map[string]*node
	durable map[string]*node
	changes []dirChange
}

// dirChange gives names a new meaning, all of them at once; nil is none.
type dirChange struct {
	names map[string]*node
	fate  fate
}

func (c dirChange) apply(m map[string]*node) {
	for name, n := range c.names {
		if n == nil {
			delete(m, name)
		} else {
			m[name] = n
		}
	}
}

func (d *directory) do(names map[string]*node) {
	ch := dirChange{names: names}
	ch.apply(d.cached)
	d.changes = append(d.changes, ch)
}

func (d *directory) sync() {
	for i := range d.changes {
		if d.changes[i].fate == pending {
			d.changes[i].fate = settled
		}
	}
	n := 0
	for n < len(d.changes) && d.changes[n].fate == settled {
		d.changes[n].apply(d.durable)
		n++
	}
	d.changes = slices.Delete(d.changes, 0, n)
}

func (d *directory) failSync() {
	for i := range d.changes {
		if d.changes[i].fate == pending {
			d.changes[i].fate = doubtful
		}
	}
}

// unsynced counts the changes that a crash may lose; each is one unit.
func (d *directory) unsynced() int {
	n := 0
	for _, ch := range d.changes {
		if ch.fate != settled {
			n++
		}
	}
	return n
}

// units returns one unit for each change that a crash may lose.
func (d *directory) units() []int { return slices.Repeat([]int{1}, d.unsynced()) }

// restart applies the changes that are settled and, of the others, those whose
// number in their order is kept, and forgets the rest.
func (d *directory) restart(kept func(i int) bool) {
	i := 0
	for _, ch := range d.changes {
		keep := true
		if ch.fate != settled {
			keep = kept(i)
			i++
		}
		if keep {
			ch.apply(d.durable)
		}
	}
	d.cached, d.changes = maps.Clone(d.durable), nil
}

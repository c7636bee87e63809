package writeaheadlog

import (
	"sort"
	"sync"
)

// Positions is a sparse index of a file, in memory: where some of its records begin, so that
// a reader need not go through all those before its first entry. It grows by what a Core
// appends, or finds when it opens the file, and by what a FileReader reads. A wrong position
// gives a DamageError and not another entry, since each record's index and checksum are
// verified. For any number of goroutines.
type Positions struct {
	interval int64
	mutex    sync.Mutex
	known    []position // in order; the first entry is where the file's header ends
}

type position struct {
	index  uint64
	offset int64
}

// NewPositions returns the positions of a file of which nothing was read yet. They are at
// least interval bytes apart. The default, 64 KiB, is what a FileReader reads at once; closer
// ones would hardly save a read, and each takes 16 bytes.
func NewPositions(interval int64) *Positions {
	if interval <= 0 {
		interval = readSize
	}
	return &Positions{interval: interval}
}

// note takes the position of an entry, if it is far enough behind the last one.
func (p *Positions) note(index uint64, offset int64) {
	if p == nil {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	last := int64(fileHeaderSize)
	if n := len(p.known); n > 0 {
		last = p.known[n-1].offset
	}
	if offset-last >= p.interval {
		p.known = append(p.known, position{index, offset})
	}
}

// before returns the last position that is not behind an entry, or none: index 0.
func (p *Positions) before(index uint64) (at position) {
	if p == nil {
		return at
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if n := p.search(index + 1); n > 0 {
		at = p.known[n-1]
	}
	return at
}

// cut forgets the entries from index on.
func (p *Positions) cut(index uint64) {
	if p == nil {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.known = p.known[:p.search(index)]
}

// search returns how many positions are before an entry.
func (p *Positions) search(index uint64) int {
	return sort.Search(len(p.known), func(i int) bool { return p.known[i].index >= index })
}

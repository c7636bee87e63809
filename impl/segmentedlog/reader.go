package segmentedlog

import (
	"errors"
	"io"
	"io/fs"

	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

// NoValue is what a trace has for an entry that is not there yet.
const NoValue = "none"

// Reader reads entries one after the other, each from the segment that holds it. It is
// for one goroutine at a time. Its log may be used meanwhile.
type Reader struct {
	core    *Core
	next    uint64
	segment Segment         // the one that it reads
	file    *wal.FileReader // nil before the first
	cuts    int
}

// place is where the reader finds an entry.
type place struct {
	segment Segment
	known   *wal.Positions
	cuts    int
}

// Reader returns a reader that begins with an entry.
func (c *Core) Reader(from uint64) *Reader { return &Reader{core: c, next: max(from, 1)} }

// find says where the next entry is. If it is not acknowledged yet, this is the step Read,
// with the error io.EOF; a reader that begins further behind takes no step. If it was
// removed, the error is ErrDropped.
func (r *Reader) find() (place, error) {
	c := r.core
	switch {
	case c.mode != up:
		return place{}, ErrNotAllowed
	case r.next < c.First():
		return place{}, ErrDropped
	}
	for k := len(c.segments) - 1; k >= 0 && r.next <= c.acked; k-- {
		if c.Holds(k, r.next) {
			return place{c.segments[k], c.positions[c.segments[k].Number], c.cuts}, nil
		}
	}
	if r.next <= c.acked+1 {
		c.step("Read").Count("index", r.next).String("value", NoValue).State(c)
	}
	return place{}, io.EOF
}

// load reads the next entry from its file. It does not touch the Core's state.
func (r *Reader) load(at place) (e Entry, err error) {
	if r.file == nil || r.segment != at.segment {
		if err := r.Close(); err != nil {
			return e, err
		}
		if r.file, err = wal.OpenReader(r.core.config.FS, r.core.path(at.segment)); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				err = &MissingError{Dir: r.core.config.Dir, Number: at.segment.Number}
			}
			return e, err
		}
		r.file.SkipTo(r.next+1-at.segment.Base, at.known)
		r.segment, r.cuts = at.segment, at.cuts
	}
	if r.cuts != at.cuts {
		r.file.Refresh() // what was read ahead may have been truncated
		r.cuts = at.cuts
	}
	for err == nil && e.Index != r.next+1-r.segment.Base {
		e, err = r.file.Next()
	}
	e.Index = r.next
	return e, err
}

// took ends the reading of an entry. In the meantime it may have been removed.
func (r *Reader) took(e Entry) error {
	c := r.core
	if r.next < c.First() {
		return ErrDropped
	}
	if c.config.Trace != nil {
		c.step("Read").Count("index", r.next).String("value", string(e.Payload)).State(c)
	}
	r.next++
	return nil
}

// Read takes the step Read. It returns io.EOF behind the last acknowledged entry,
// and ErrDropped if the next entry was removed.
func (r *Reader) Read() (Entry, error) {
	at, err := r.find()
	if err != nil {
		return Entry{}, err
	}
	e, err := r.load(at)
	if err != nil {
		return Entry{}, err
	}
	return e, r.took(e)
}

// Close closes the reader's file.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	defer func() { r.file = nil }()
	return r.file.Close()
}

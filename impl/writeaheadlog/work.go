package writeaheadlog

import (
	"fmt"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/internal/groupcommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// AppendEntry adds an entry to the log's end. It is kept in memory until the
// next flush; the step is recorded before a byte of it can be in the file.
func (c *Core) AppendEntry(kind uint32, time int64, payload []byte) error {
	if c.mode != up || c.MustCut() || c.policy == EachEntry && c.synced != c.length {
		return ErrNotAllowed
	}
	if len(payload) > c.config.MaxEntry {
		return fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, len(payload), c.config.MaxEntry)
	}
	c.Records(kind, time, payload)
	if c.config.Trace != nil {
		c.step("AppendEntry").Record("batch", func(o *trace.Object) {
			c.config.Machine.(Traced).ViewPayload(o, payload)
		}).State(c)
	}
	return nil
}

// Flush is a write and a flush under way.
type Flush struct {
	upTo    uint64
	file    disk.File
	data    []byte
	offset  int64
	space   int64 // make the file this long first, if it is shorter
	have    int64
	fill    bool   // and write zeros into what it gains
	header  []byte // write this again, and
	rewrite int64  // the bytes from here to offset, if it is not negative
}

// StartFlush begins a flush that covers the entries up to upTo. Call Do next, then
// Flushed, and begin no other flush meanwhile. Entries can be appended while Do
// runs, and Apply and Acknowledge are allowed. The Flush is the Core's own, and
// used again.
func (c *Core) StartFlush(upTo uint64) (*Flush, error) {
	if c.mode != recovering && c.mode != up || c.MustCut() || upTo <= c.synced || upTo > c.length {
		return nil, ErrNotAllowed
	}
	f := &c.flight
	*f = Flush{upTo: upTo, file: c.file, rewrite: -1, have: c.space}
	if c.rewrite == 0 {
		f.header = fileHeader(c.salt)
	}
	if c.mode == recovering {
		// The padding of the last record may be missing.
		f.rewrite, f.offset = max(c.rewrite, fileHeaderSize), min(c.end, c.space)
		return f, nil
	}
	f.data, f.offset = c.takeBuffer(upTo)
	f.space = c.grown(f.offset + int64(len(f.data)))
	// Not for Async, whose writes must not wait and whose flushes are few.
	f.fill = f.space > f.have && c.policy != Async
	return f, nil
}

// takeBuffer takes the records up to upTo out of the buffer.
func (c *Core) takeBuffer(upTo uint64) (data []byte, offset int64) {
	n := len(c.buffer)
	if next := c.pending.from(upTo + 1); next != nil {
		n = max(0, min(n, int(next.offset-c.start)))
	}
	data, offset = c.buffer[:n], c.start
	if c.applied < c.flown {
		c.spare = nil // entries in it are still to be applied
	}
	c.buffer = append(c.spare[:0], c.buffer[n:]...)
	c.spare, c.flown = nil, c.length
	c.start += int64(n)
	return data, offset
}

// grown is how long the file should be made when records up to end are
// written: longer than needed, so that most flushes need not change its length.
func (c *Core) grown(end int64) int64 {
	if c.config.Preallocate <= 0 || end <= c.space {
		return c.space
	}
	return end + c.config.Preallocate
}

// Do writes and flushes. It may run while the Core is used.
func (f *Flush) Do() error {
	if f.header != nil {
		if _, err := f.file.WriteAt(f.header, 0); err != nil {
			return err
		}
	}
	if f.rewrite >= 0 {
		if err := rewrite(f.file, f.rewrite, f.offset); err != nil {
			return err
		}
	}
	if f.space > f.have && f.file.Preallocate(f.space) != nil {
		// The records may fit all the same.
		f.space = f.have
	}
	if len(f.data) > 0 {
		if _, err := f.file.WriteAt(f.data, f.offset); err != nil {
			return err
		}
	}
	if f.fill && f.space > f.have {
		fill(f.file, max(f.have, f.offset+int64(len(f.data))), f.space)
	}
	return f.file.Sync()
}

// zeros is the unit in which zeros are written. The kernel caches a write as one
// piece, and goes through the whole piece to flush a record in it.
var zeros [64 << 10]byte

// fill writes zeros into a part of the file that was reserved and reads as
// zeros already. Filesystems note for each reserved block whether it was ever
// written, and changing the note costs as much as making the file longer. With
// the zeros one flush pays for many blocks, and later flushes only write data. An
// error does no harm: later flushes are slower.
func fill(file disk.File, from, to int64) {
	for from < to {
		n := min(to-from, int64(len(zeros))-from%int64(len(zeros)))
		if _, err := file.WriteAt(zeros[:n], from); err != nil {
			return
		}
		from += n
	}
}

// rewrite reads a part of the file and writes it again to the same place. After a
// failed flush the kernel's cache may hold data that the disk does not have, and
// mark it clean: reading finds the data, and flushing does not write it.
func rewrite(file disk.File, from, to int64) error {
	buffer := make([]byte, min(to-from, 1<<20))
	for from < to {
		b := buffer[:min(to-from, int64(len(buffer)))]
		n, err := file.ReadAt(b, from)
		if n < len(b) {
			return fmt.Errorf("read again: %w", unexpectedEOF(err))
		}
		if _, err := file.WriteAt(b, from); err != nil {
			return err
		}
		from += int64(n)
	}
	return nil
}

// Flushed ends a flush with what Do returned: it takes the step Sync, or the
// step SyncFails.
func (c *Core) Flushed(f *Flush, returned error) error {
	c.space = max(c.space, f.space, f.offset+int64(len(f.data)))
	f.fill = false
	c.spare = f.data[:0]
	if c.mode == poisoned {
		return c.Err() // by a write meanwhile
	}
	if !c.MayAdvance(returned) {
		return c.SyncFails(returned)
	}
	c.synced = f.upTo
	c.rewrite = max(c.rewrite, fileHeaderSize)
	c.step("Sync").Uint("upTo", f.upTo).State(c)
	return nil
}

// Sync writes and flushes the entries up to upTo: StartFlush, Do and Flushed
// in one.
func (c *Core) Sync(upTo uint64) error { return groupcommit.Sync(c, upTo) }

// SyncFails ends the log's work: a write or a flush has failed with the given
// error. It returns ErrPoisoned.
func (c *Core) SyncFails(failure error) error {
	if !c.MayContinue(failure) {
		c.mode = poisoned
		c.failure = failure
	}
	c.step("SyncFails").State(c)
	return c.Err()
}

// Write gives the buffer to the operating system, without a flush. It is not a
// step of the spec, where an entry may be in the file as soon as it was appended;
// only its failure is a step.
func (c *Core) Write() error {
	if c.mode != up {
		return ErrNotAllowed
	}
	if c.flight.fill {
		return nil // a flush is writing zeros where this would go
	}
	data, offset := c.takeBuffer(c.length)
	if len(data) == 0 {
		return nil
	}
	if space := c.grown(offset + int64(len(data))); space > c.space && c.file.Preallocate(space) == nil {
		c.space = space
	}
	if _, err := c.file.WriteAt(data, offset); err != nil {
		return c.SyncFails(err)
	}
	c.spare = data[:0]
	return nil
}

// Apply applies the next entry.
func (c *Core) Apply(index uint64) error {
	if c.mode != up || index != c.applied+1 || index > c.length || !c.MayApply(index) {
		return ErrNotAllowed
	}
	e := c.pending.front()
	c.config.Machine.Apply(e.Entry)
	c.remember(&c.settled, &e.record)
	c.pending.pop()
	c.applied = index
	c.step("Apply").Uint("index", index).State(c)
	return nil
}

// Acknowledge records that the next entry is acknowledged, before its caller
// returns.
func (c *Core) Acknowledge(index uint64) error {
	if c.mode != up || index != c.acked+1 || index > c.length || !c.MayAcknowledge(index) {
		return ErrNotAllowed
	}
	c.acked = index
	c.step("Acknowledge").Uint("index", index).State(c)
	return nil
}

// TruncateFrom removes the entries from index on, flushed or not. Cut must be the
// next step, with no flush under way; until Cut is done a crash may keep any of
// them.
func (c *Core) TruncateFrom(index uint64) error {
	if c.mode != up || c.MustCut() || index == 0 || index > c.length || !c.MayTruncate(index) {
		return ErrNotAllowed
	}
	first := c.pending.from(index)
	last := &c.settled
	if before := c.pending.from(index - 1); before != nil {
		last = &before.record
	}
	c.length = index - 1
	c.synced = min(c.synced, index-1)
	c.config.Positions.cut(index)
	c.remember(&c.last, last)
	c.step("TruncateFrom").Uint("index", index).State(c)
	c.end = first.offset
	c.pending.cut(index)
	c.buffer = c.buffer[:max(0, min(int64(len(c.buffer)), c.end-c.start))]
	c.start = min(c.start, c.end)
	return nil
}

// Close closes a log in which every entry is flushed.
func (c *Core) Close() error {
	if c.mode != up || c.MustCut() || c.synced != c.length {
		return ErrNotAllowed
	}
	if err := c.Abandon(); err != nil {
		return fmt.Errorf("write-ahead log: close %s: %w", c.config.Path, err)
	}
	c.forget()
	c.step("Close").State(c)
	return nil
}

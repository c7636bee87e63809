package segmentedlog

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/internal/groupcommit"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// Options are how a log is opened. The zero value is good for use.
type Options struct {
	// SegmentSize is from how many bytes on a segment is full. It may become longer
	// by what was appended meanwhile. The default is 64 MiB.
	SegmentSize int64
	// MaxEntry is the length in bytes of the longest payload. The default is 16 MiB.
	MaxEntry int
	// MaxBuffer is how many bytes may wait for a flush before appending waits, too.
	// The default is 8 MiB.
	MaxBuffer int
	// Preallocate is by how many bytes the open segment's file grows at a time. The
	// default is 4 MiB; negative means not at all.
	Preallocate int64
	// IndexInterval is how many bytes the positions kept in memory are apart. The default is
	// 64 KiB, as much as a reader reads at once.
	IndexInterval int64
	// Hold keeps entries from being acknowledged until Commit says so, and until
	// then they can be truncated: for a node that needs a majority's disks, too.
	Hold bool

	// FS is where the files are. The default is the operating system's.
	FS wal.FS
	// Trace records the steps, if it is not nil, under the name Node ("log" by
	// default). Payloads must be text then.
	Trace *trace.Recorder
	Node  string
}

func (o Options) withDefaults() Options {
	o.SegmentSize = cmp.Or(max(o.SegmentSize, 0), 64<<20)
	o.MaxEntry = cmp.Or(o.MaxEntry, 16<<20)
	o.MaxBuffer = cmp.Or(max(o.MaxBuffer, 0), 8<<20)
	o.Preallocate = cmp.Or(o.Preallocate, min(4<<20, o.SegmentSize))
	o.FS = cmp.Or(o.FS, wal.FS(disk.OS{}))
	o.Node = cmp.Or(o.Node, "log")
	return o
}

// Log is a segmented log. Its methods may be called by any number of goroutines; one
// process at a time may have the folder. There is no goroutine behind it: one of the
// callers that wait for a flush makes it, for all entries that are there by then.
type Log struct {
	options Options

	calls *groupcommit.Group[*Flush] // its mutex guards what follows
	core  *Core
	limit uint64 // entries up to here may be acknowledged
}

// Open opens the log in a folder, which is made if there is none; its parent must be there.
// It reads the newest segment, not the others. If something is missing or damaged that had
// been flushed, the error matches ErrDamaged, and nothing is changed.
func Open(dir string, options Options) (*Log, error) {
	options = options.withDefaults()
	core := NewCore(CoreConfig{
		FS: options.FS, Dir: dir, MaxEntry: options.MaxEntry, Preallocate: options.Preallocate,
		IndexInterval: options.IndexInterval, Salt: rand.Uint32, Trace: options.Trace, Node: options.Node,
	})
	if err := core.Recover(); err != nil {
		return nil, errors.Join(err, core.Abandon())
	}
	l := &Log{options: options, core: core, limit: math.MaxUint64}
	if options.Hold {
		l.limit = core.Acknowledged()
	}
	l.calls = groupcommit.New(groupcommit.Config[*Flush]{
		Log: core, Settle: l.settle, Answered: core.Acknowledged, Closed: ErrClosed, Truncated: ErrTruncated,
	})
	return l, nil
}

// Append adds an entry and returns its index when the entry is acknowledged. If it
// returns ErrPoisoned or ErrClosed along with an index, the entry may or may not be
// there when the log is opened again. The payload is not kept.
func (l *Log) Append(kind uint32, payload []byte) (uint64, error) {
	t, err := l.Submit(kind, payload)
	if err == nil {
		err = t.Wait()
	}
	return t.Index, err
}

// Ticket stands for an entry that was submitted.
type Ticket struct {
	Index uint64
	log   *Log
	cuts  int // how often the log had been truncated
}

// Submit adds an entry without waiting for it. It is not even written before a caller
// waits for it or for a later one, or calls Sync; or the segment is full.
func (l *Log) Submit(kind uint32, payload []byte) (Ticket, error) {
	now := time.Now().UnixNano()
	l.calls.Lock()
	defer l.calls.Unlock()
	for l.calls.Usable() == nil && (l.core.Buffered() >= l.options.MaxBuffer || l.isFull() && l.calls.Flushing()) {
		l.calls.FlushOrWait()
	}
	if err := l.calls.Usable(); err != nil {
		return Ticket{}, err
	}
	if l.isFull() {
		if err := l.roll(); err != nil {
			return Ticket{}, err
		}
	}
	if err := l.core.AppendEntry(kind, now, payload); err != nil {
		return Ticket{}, err
	}
	return Ticket{Index: l.core.Length(), log: l, cuts: l.calls.Cuts()}, nil
}

// isFull says whether the next entry goes to a new segment. The caller holds the mutex.
func (l *Log) isFull() bool { return l.core.MayRoll() && l.core.Size() >= l.options.SegmentSize }

// Roll seals the open segment and makes the next one, unless it is empty: for a caller
// whose segments are full by another measure, such as their age.
func (l *Log) Roll() error {
	l.calls.Lock()
	defer l.calls.Unlock()
	l.calls.WaitForFlush()
	if err := l.calls.Usable(); err != nil || !l.core.MayRoll() {
		return err
	}
	return l.roll()
}

// roll makes the next segment. The caller holds the mutex, and no flush is under way. Other
// callers wait for the disk meanwhile.
func (l *Log) roll() error {
	defer l.calls.Notify()
	if l.core.Synced() < l.core.Length() {
		if err := l.core.Sync(l.core.Length()); err != nil {
			return err
		}
		l.calls.Settle()
	}
	return l.core.Roll()
}

// Wait returns when the entry is acknowledged, or never will be.
func (t Ticket) Wait() error {
	t.log.calls.Lock()
	defer t.log.calls.Unlock()
	return t.log.calls.Wait(t.Index, t.cuts)
}

// Sync returns when all entries submitted before are flushed.
func (l *Log) Sync() error {
	l.calls.Lock()
	defer l.calls.Unlock()
	return l.calls.Sync()
}

// settle acknowledges what may be by now. The caller holds the mutex.
func (l *Log) settle() {
	c := l.core
	for next := c.Acknowledged() + 1; next <= min(c.Synced(), l.limit); next++ {
		if c.Acknowledge(next) != nil {
			break
		}
	}
}

// Commit lets the entries up to index be acknowledged, in a log with Options.Hold. It
// returns at once; those that are not flushed yet follow when they are.
func (l *Log) Commit(index uint64) error {
	return l.calls.Do(func() error {
		l.limit = max(l.limit, index)
		l.calls.Settle()
		l.calls.Notify()
		return nil
	})
}

// TruncateFrom removes the entry with that index and all behind it, in whatever
// segments they are. Only what is not acknowledged can be removed, so it needs
// Options.Hold. When it returns nil, the entries are gone for good, and callers that wait
// for them get ErrTruncated. To truncate behind the last entry does nothing.
func (l *Log) TruncateFrom(index uint64) error {
	l.calls.Lock()
	defer l.calls.Unlock()
	l.calls.WaitForFlush()
	c := l.core
	if err := l.calls.Usable(); err != nil || index > c.Length() {
		return err
	}
	if index == 0 || !c.MayTruncate(index) {
		return fmt.Errorf("%w: truncate from %d", ErrAcknowledged, index)
	}
	defer l.calls.Notify()
	for {
		from := max(index, c.openSegment().Base) // the newest segment first
		if from <= c.Length() {
			if keep := from - 1; c.Synced() < keep {
				if err := c.Sync(keep); err != nil {
					return err
				}
			}
			if err := errors.Join(c.TruncateFrom(from), c.Cut()); err != nil {
				return err
			}
			l.calls.Cut(from)
		}
		if from == index {
			return nil
		}
		if err := c.Unroll(); err != nil {
			return err
		}
	}
}

// DropBefore removes the oldest segments as long as all their entries are below index
// and acknowledged. The open segment stays.
func (l *Log) DropBefore(index uint64) error {
	return l.calls.Do(func() error {
		for all := l.core.Segments(); len(all) > 1 && all[1].Base <= index && l.core.MayDrop(); all = l.core.Segments() {
			if err := l.core.DropOldest(); err != nil {
				return err
			}
		}
		return nil
	})
}

// Status is how far a log has come. All but Segments are indexes of entries.
type Status struct {
	First        uint64 // the oldest entry, or the one that will be
	Appended     uint64
	Synced       uint64 // known to be durable
	Acknowledged uint64
	Segments     int
}

// Status returns how far the log has come.
func (l *Log) Status() Status {
	l.calls.Lock()
	defer l.calls.Unlock()
	c := l.core
	return Status{First: c.First(), Appended: c.Length(), Synced: c.Synced(), Acknowledged: c.Acknowledged(), Segments: len(c.Segments())}
}

// Err returns the failure that has ended the log's work, or nil.
func (l *Log) Err() error {
	l.calls.Lock()
	defer l.calls.Unlock()
	return l.core.Err()
}

// Entries reads the acknowledged entries from index on, from their files, and verifies
// their checksums. An entry's payload is valid until the next one. The log can be used
// meanwhile, and entries that are acknowledged meanwhile are read, too. The last error is
// ErrDropped if the next entry was removed.
func (l *Log) Entries(from uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		r := l.core.Reader(from)
		defer func() { _ = r.Close() }()
		for {
			e, err := l.read(r)
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// read is r.Read, without the mutex while the disk works.
func (l *Log) read(r *Reader) (e Entry, err error) {
	var at place
	err = l.calls.Do(func() (err error) { at, err = r.find(); return err })
	if err != nil {
		return e, err
	}
	e, failed := r.load(at)
	return e, l.calls.Do(func() error {
		if gone := r.next < l.core.First(); failed != nil && !gone {
			return failed
		}
		return r.took(e)
	})
}

// Close flushes all entries and closes the files. A poisoned log is closed without a flush.
func (l *Log) Close() error {
	l.calls.Lock()
	defer l.calls.Unlock()
	if err := l.calls.Close(); err != nil {
		return err
	}
	if err := l.core.Err(); err != nil {
		return errors.Join(err, l.core.Abandon())
	}
	return l.core.Close()
}

package writeaheadlog

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/internal/groupcommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// Options are how a log is opened. The zero value is safe, and slow: every
// entry is flushed.
type Options struct {
	// Policy says when entries are flushed.
	Policy Policy
	// FlushInterval is the longest time that Async lets pass between an
	// acknowledgement and the flush. The default is one second.
	FlushInterval time.Duration
	// MaxEntry is the length in bytes of the longest payload that is taken.
	// The default is 16 MiB.
	MaxEntry int
	// MaxBuffer is how many bytes may wait for a flush before appending waits
	// too. The default is 8 MiB.
	MaxBuffer int
	// Preallocate is by how many bytes the file grows at a time, which makes
	// most flushes cheaper: with EachEntry and Group the space is filled with
	// zeros, because to write where nothing was written before changes the
	// filesystem's metadata. The default is 4 MiB; negative means not at all.
	Preallocate int64
	// Hold keeps entries from being applied until ApplyTo says so: for a node
	// that needs more than its own disk before an entry counts, such as the
	// disks of a majority. Until then an entry can still be truncated.
	Hold bool

	// FS is where the file is. The default is the operating system's.
	FS FS
	// Trace records the steps, if it is not nil, under the name Node ("log" by
	// default); the state machine must be Traced.
	Trace *trace.Recorder
	Node  string
}

func (o Options) withDefaults() Options {
	o.FlushInterval = cmp.Or(max(o.FlushInterval, 0), time.Second)
	o.MaxEntry = cmp.Or(o.MaxEntry, 16<<20)
	o.MaxBuffer = cmp.Or(max(o.MaxBuffer, 0), 8<<20)
	o.Preallocate = cmp.Or(o.Preallocate, 4<<20)
	o.FS = cmp.Or(o.FS, FS(disk.OS{}))
	o.Node = cmp.Or(o.Node, "log")
	return o
}

// Log is a write-ahead log with a state machine that it keeps up to date. Its
// methods may be called by any number of goroutines; one process at a time may
// have the file open.
//
// There is no goroutine behind it. One of the callers that wait for a flush makes
// it, for all entries that are in the log by then, while other callers go on
// appending: a group commit.
type Log struct {
	options Options

	calls *groupcommit.Group[*Flush] // its mutex guards what follows
	core  *Core
	limit uint64 // entries up to here may be applied
	timer bool   // a flush by FlushInterval is scheduled
}

// Open opens the log in the named file, which is made if there is none, and
// rebuilds the machine: when it returns, all entries found have been applied.
// The end of the file that a crash has left unfinished is cut off. If something
// cannot be read that had been flushed, that is an error which matches
// ErrDamaged, and nothing is changed.
func Open(path string, machine StateMachine, options Options) (*Log, error) {
	options = options.withDefaults()
	if options.Policy < EachEntry || options.Policy > Async {
		return nil, fmt.Errorf("write-ahead log: no policy has the number %d", options.Policy)
	}
	core, err := NewCore(CoreConfig{
		FS: options.FS, Path: path, Machine: machine,
		MaxEntry: options.MaxEntry, Preallocate: options.Preallocate,
		Salt: rand.Uint32(), Trace: options.Trace, Node: options.Node,
	})
	if err != nil {
		return nil, err
	}
	if err := core.Recover(options.Policy); err != nil {
		return nil, errors.Join(err, core.Abandon())
	}
	l := &Log{options: options, core: core, limit: math.MaxUint64}
	if options.Hold {
		l.limit = core.Applied()
	}
	l.calls = groupcommit.New(groupcommit.Config[*Flush]{
		Log: core, Settle: l.settle, Answered: core.Acknowledged, Gather: options.Policy == Group,
		Closed: ErrClosed, Truncated: ErrTruncated,
	})
	return l, nil
}

// Append adds an entry and returns its index when the entry has been applied
// and the policy's promise is kept. If it returns ErrPoisoned or ErrClosed
// along with an index, the entry may or may not be there when the log is opened
// again. The payload is not kept.
func (l *Log) Append(kind uint32, payload []byte) (uint64, error) {
	now := time.Now().UnixNano()
	l.calls.Lock()
	defer l.calls.Unlock()
	t, err := l.submit(kind, now, payload)
	if err != nil {
		return t.Index, err
	}
	return t.Index, l.calls.Wait(t.Index, t.cuts)
}

// Ticket stands for an entry that was submitted.
type Ticket struct {
	Index uint64
	log   *Log
	cuts  int // how often the log had been truncated
}

// Submit adds an entry without waiting: with EachEntry and Group it is not
// even written before a caller waits for it or for a later one, or calls Sync.
// The payload is not kept.
func (l *Log) Submit(kind uint32, payload []byte) (Ticket, error) {
	now := time.Now().UnixNano()
	l.calls.Lock()
	defer l.calls.Unlock()
	return l.submit(kind, now, payload)
}

// submit is Submit. The caller holds the mutex.
func (l *Log) submit(kind uint32, now int64, payload []byte) (Ticket, error) {
	for l.calls.Usable() == nil && !l.hasRoom() {
		l.calls.FlushOrWait()
	}
	if err := l.calls.Usable(); err != nil {
		return Ticket{}, err
	}
	if err := l.core.AppendEntry(kind, now, payload); err != nil {
		return Ticket{}, err
	}
	t := Ticket{Index: l.core.Length(), log: l, cuts: l.calls.Cuts()}
	if l.options.Policy == Async {
		if err := l.core.Write(); err != nil {
			l.calls.Notify()
			return t, err
		}
		l.flushLater()
	}
	l.calls.Settle()
	return t, nil
}

// hasRoom says whether an entry can be taken before there was a flush.
func (l *Log) hasRoom() bool {
	if l.options.Policy == EachEntry {
		return l.core.Synced() == l.core.Length()
	}
	return l.core.Buffered() < l.options.MaxBuffer
}

// Wait returns when the entry has been applied and the policy's promise is
// kept, or never will be.
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

// settle applies and acknowledges what the rules allow by now. The caller holds
// the mutex.
func (l *Log) settle() {
	c := l.core
	for next := c.Applied() + 1; next <= min(c.Length(), l.limit) && c.MayApply(next); next++ {
		if c.Apply(next) != nil {
			break
		}
	}
	for next := c.Acknowledged() + 1; next <= c.Length() && c.MayAcknowledge(next); next++ {
		if c.Acknowledge(next) != nil {
			break
		}
	}
}

// flushLater schedules a flush. The caller holds the mutex.
func (l *Log) flushLater() {
	if l.timer {
		return
	}
	l.timer = true
	time.AfterFunc(l.options.FlushInterval, func() {
		l.calls.Lock()
		defer l.calls.Unlock()
		l.timer = false
		if l.calls.Usable() == nil && !l.calls.Flushing() && l.core.Synced() < l.core.Length() {
			l.calls.FlushOrWait()
		}
	})
}

// ApplyTo lets the entries up to index be applied, in a log with Options.Hold.
// It returns at once; those that are not flushed yet follow when they are.
func (l *Log) ApplyTo(index uint64) error {
	return l.calls.Do(func() error {
		l.limit = max(l.limit, index)
		l.calls.Settle()
		l.calls.Notify()
		return nil
	})
}

// TruncateFrom removes the entry with that index and all behind it. Only what
// was not applied can be removed, so it needs Options.Hold. When it returns,
// the entries are gone for good, and callers that wait for them get ErrTruncated.
// To truncate behind the last entry does nothing.
func (l *Log) TruncateFrom(index uint64) error {
	l.calls.Lock()
	defer l.calls.Unlock()
	l.calls.WaitForFlush()
	if err := l.calls.Usable(); err != nil {
		return err
	}
	if index > l.core.Length() {
		return nil
	}
	if index == 0 || !l.core.MayTruncate(index) {
		return fmt.Errorf("%w: truncate from %d", ErrApplied, index)
	}
	defer l.calls.Notify()
	if err := l.core.TruncateFrom(index); err != nil {
		return err
	}
	l.calls.Cut(index)
	if l.core.MustCut() {
		return l.core.Cut()
	}
	return nil
}

// Status is how far a log has come. All are indexes of entries.
type Status struct {
	Appended     uint64
	Synced       uint64 // known to be durable
	Applied      uint64
	Acknowledged uint64
}

// Status returns how far the log has come.
func (l *Log) Status() Status {
	l.calls.Lock()
	defer l.calls.Unlock()
	c := l.core
	return Status{Appended: c.Length(), Synced: c.Synced(), Applied: c.Applied(), Acknowledged: c.Acknowledged()}
}

// Err returns ErrPoisoned if a write or a flush has failed, else nil.
func (l *Log) Err() error {
	l.calls.Lock()
	defer l.calls.Unlock()
	return l.core.Err()
}

// Entries reads the flushed entries from index on, from the file, and verifies
// their checksums once more. An entry's payload is valid until the next one.
// The log can be used meanwhile; entries that are truncated meanwhile may end
// the reading with an error.
func (l *Log) Entries(from uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		l.calls.Lock()
		err, upTo, c := l.calls.Usable(), l.core.Synced(), l.core
		file, end := c.file, min(c.end, c.space)
		l.calls.Unlock()
		if err != nil {
			yield(Entry{}, err)
			return
		}
		r := newReader(file, c.salt, end)
		for index := uint64(1); index <= upTo; index++ {
			offset := r.offset
			rec, ok, err := r.next(func(rec *record) bool { return c.IsWhole(index, r.header[:], rec) })
			if err == nil && !ok {
				err = &DamageError{Path: c.config.Path, Index: index, Offset: offset}
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if index >= from && !yield(rec.Entry, nil) {
				return
			}
		}
	}
}

// Close flushes all entries and closes the file. Callers that still wait for an
// entry to be applied get ErrClosed. The log of a machine that has panicked,
// or that is poisoned, is closed without a flush.
func (l *Log) Close() error {
	l.calls.Lock()
	defer l.calls.Unlock()
	if err := l.calls.Close(); err != nil {
		return err
	}
	if err := l.core.Err(); err != nil || l.calls.Panicked() {
		return errors.Join(err, l.core.Abandon())
	}
	return l.core.Close()
}

package lowwatermark

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/clock"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/internal/groupcommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// Options are how a store is opened. The zero value is good for use; it takes snapshots
// only when Snapshot is called.
type Options struct {
	// SnapshotEvery is after how many updates a goroutine of the store takes a snapshot and
	// removes what the log does not need. 0 means that only Snapshot and Clean do.
	SnapshotEvery uint64
	// Retention is after how long a holder keeps an entry no more, if it is positive. An
	// entry's age counts on the monotonic clock, from when it was appended or the store was
	// opened. Snapshots are not affected.
	Retention time.Duration
	// SegmentSize is from how many bytes on a segment of the log is full. The default is
	// 64 MiB.
	SegmentSize int64
	// MaxEntry is the length in bytes of the longest update. The default is 16 MiB.
	MaxEntry int
	// Preallocate is by how many bytes the open segment's file grows at a time. The default
	// is 4 MiB; negative means not at all.
	Preallocate int64

	// Clock tells the time. The default is the machine's.
	Clock clock.Clock
	// FS is where the files are. The default is the operating system's.
	FS disk.FS
	// Trace records the steps, if it is not nil, under the name Node ("store" by default).
	// The Machine must be Traced then, and updates must be text.
	Trace *trace.Recorder
	Node  string
}

func (o Options) withDefaults() Options {
	o.SegmentSize = cmp.Or(o.SegmentSize, 64<<20)
	o.MaxEntry = cmp.Or(o.MaxEntry, 16<<20)
	o.Preallocate = cmp.Or(o.Preallocate, min(4<<20, o.SegmentSize))
	o.Clock = cmp.Or(o.Clock, clock.System())
	o.FS = cmp.Or(o.FS, disk.FS(disk.OS{}))
	o.Node = cmp.Or(o.Node, "store")
	return o
}

// check says which option is invalid. A longest entry beyond what the log can hold is an
// error of the log.
func (o Options) check() error {
	if o.SegmentSize < 0 || o.MaxEntry < 0 {
		return fmt.Errorf("%w: SegmentSize is %d and MaxEntry %d bytes; neither may be negative", ErrOptions, o.SegmentSize, o.MaxEntry)
	}
	return nil
}

// Store is a state whose updates are logged. Its methods may be called by any number of
// goroutines, except from within the Machine; one process at a time may have the folder.
// Updates that wait at the same time share a flush.
type Store struct {
	options Options
	wake    chan struct{} // for the cleaner
	done    sync.WaitGroup

	cleaning sync.Mutex // one snapshot at a time; locked before calls

	calls    *groupcommit.Group[*Flush] // its mutex guards what follows
	core     *Core
	appended time.Duration // when the last entry was, on the monotonic clock
	sealed   []sealing     // empty without a retention time
	behind   error         // why the last snapshot failed
}

// sealing says when the last entry of a sealed segment was appended, or if another process
// did it, when the store was opened.
type sealing struct {
	last uint64
	at   time.Duration
}

// Open opens the store in a folder, which is made if there is none; its parent must be
// there. The machine is new. It gets the newest snapshot that is whole, and then the
// entries behind it. If the state cannot be rebuilt the error matches ErrDamaged, or it is
// the disk's if a snapshot that may be whole cannot be read. An invalid option is ErrOptions.
func Open(dir string, machine Machine, options Options) (*Store, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	options = options.withDefaults()
	core, err := NewCore(CoreConfig{
		FS: options.FS, Dir: dir, Machine: machine, MaxEntry: options.MaxEntry,
		Preallocate: options.Preallocate, Salt: rand.Uint32, Trace: options.Trace, Node: options.Node,
	})
	if err != nil {
		return nil, err
	}
	if err := core.Recover(); err != nil {
		return nil, errors.Join(err, core.Abandon())
	}
	s := &Store{options: options, core: core, appended: options.Clock.Monotonic(), wake: make(chan struct{}, 1)}
	s.calls = groupcommit.New(groupcommit.Config[*Flush]{Log: core, Settle: s.settle, Answered: core.Applied, Closed: ErrClosed})
	for _, next := range core.log.Segments()[1:] {
		s.seal(next.Base - 1)
	}
	if options.SnapshotEvery > 0 {
		s.done.Go(s.clean)
		s.wakeCleaner()
	}
	return s, nil
}

// Append adds an update and returns its index when it is durable and applied. If it
// returns ErrPoisoned or ErrClosed along with an index, the update may or may not be there
// when the store is opened again. The payload is not kept.
func (s *Store) Append(kind uint32, payload []byte) (uint64, error) {
	s.calls.Lock()
	defer s.calls.Unlock()
	for s.calls.Usable() == nil && s.isFull() && s.core.Applied() < s.core.Length() {
		s.calls.FlushOrWait()
	}
	if err := s.calls.Usable(); err != nil {
		return 0, err
	}
	if s.isFull() {
		if err := s.core.Roll(); err != nil {
			return 0, err
		}
		s.seal(s.core.Length())
	}
	if err := s.core.AppendEntry(kind, s.options.Clock.Wall().UnixNano(), payload); err != nil {
		return 0, err
	}
	s.appended = s.options.Clock.Monotonic()
	index := s.core.Length()
	return index, s.calls.Wait(index, s.calls.Cuts())
}

// seal notes when the last entry of a sealed segment was appended, if its age will matter.
// The caller holds the mutex.
func (s *Store) seal(last uint64) {
	if s.options.Retention > 0 {
		s.sealed = append(s.sealed, sealing{last: last, at: s.appended})
	}
}

// isFull says whether the next entry goes to a new segment. The caller holds the mutex.
func (s *Store) isFull() bool { return s.core.Size() >= s.options.SegmentSize }

// settle applies what is durable. The caller holds the mutex.
func (s *Store) settle() {
	for s.core.Applied() < s.core.Synced() {
		if s.core.Apply(s.core.Applied()+1) != nil {
			return
		}
	}
	if s.options.SnapshotEvery > 0 {
		s.wakeCleaner()
	}
}

func (s *Store) wakeCleaner() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Status is how far a store has come. All but Segments and Behind are indexes of entries.
type Status struct {
	First     uint64 // the log's oldest entry, or the one that will be
	Applied   uint64
	Mark      uint64   // no entry up to here is needed; 0 before there are two snapshots
	Snapshots []uint64 // of those that are durable, oldest first
	Segments  int
	Behind    error // why the last snapshot failed, or nil
}

// Status returns how far the store has come.
func (s *Store) Status() Status {
	s.calls.Lock()
	defer s.calls.Unlock()
	c := s.core
	status := Status{
		First: c.First(), Applied: c.Applied(), Snapshots: c.snapshots, Segments: len(c.log.Segments()), Behind: s.behind,
	}
	if c.hasTwo() {
		status.Mark = c.Mark()
	}
	return status
}

// Look calls f between two updates, with the index of the last one, so that it can look
// at the Machine.
func (s *Store) Look(f func(applied uint64)) error {
	return s.calls.Do(func() error { f(s.core.Applied()); return nil })
}

// Err returns the failure that has ended the store's work, or nil.
func (s *Store) Err() error {
	s.calls.Lock()
	defer s.calls.Unlock()
	return s.core.Err()
}

// Hold keeps the log from an entry on until the holder releases it, or holds from another
// one, or Options.Retention has passed. The error is ErrDropped if the entry is gone.
// Holders are in memory only.
func (s *Store) Hold(holder string, from uint64) error {
	return s.calls.Do(func() error { return s.hold(holder, from) })
}

func (s *Store) hold(holder string, from uint64) error {
	switch {
	case from < s.core.First():
		return fmt.Errorf("%w: %d, and the log begins with %d", ErrDropped, from, s.core.First())
	case from > s.core.Length()+1:
		return fmt.Errorf("%w: %d, and the last one is %d", ErrNoEntry, from, s.core.Length())
	}
	return s.core.Hold(holder, from)
}

// Release ends what a holder holds, if it does.
func (s *Store) Release(holder string) error {
	err := s.calls.Do(func() error { return s.core.Release(holder) })
	if errors.Is(err, ErrNotAllowed) {
		return nil
	}
	return err
}

// Transfer returns the newest snapshot that can be read, for a holder that is to begin anew,
// and holds the log behind it. Without a snapshot the error is ErrNoSnapshot. If none can
// be read, the error says why of each, and the holder holds what it held before.
func (s *Store) Transfer(holder string) (index uint64, state []byte, err error) {
	s.cleaning.Lock() // so that files and log stay
	defer s.cleaning.Unlock()
	var kept []uint64
	if err := s.calls.Do(func() error { kept = s.core.snapshots; return nil }); err != nil {
		return 0, nil, err
	}
	if len(kept) == 0 {
		return 0, nil, ErrNoSnapshot
	}
	for _, index := range slices.Backward(kept) {
		found, failed := readSnapshot(s.options.FS, s.core.path(index, suffix), index)
		switch {
		case failed != nil:
			err = errors.Join(err, fmt.Errorf("low-water mark: read snapshot %d: %w", index, failed))
		case !IsValid(found):
			err = errors.Join(err, fmt.Errorf("%w: snapshot %d", ErrDamaged, index))
		default:
			if err := s.calls.Do(func() error { return s.hold(holder, index+1) }); err != nil {
				return 0, nil, err
			}
			return index, found.state, nil
		}
	}
	return 0, nil, err
}

// Read calls f for each applied entry from an index on, in order, and holds what it has
// not yet read. An entry's payload is valid during the call. An error of f ends it. The
// error is ErrDropped if an entry is gone.
func (s *Store) Read(holder string, from uint64, f func(Entry) error) (err error) {
	if err := s.Hold(holder, from); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Release(holder)) }()
	r := s.core.log.Reader(from)
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		var e Entry
		err := s.calls.Do(func() (err error) {
			if e, err = r.Read(); err != nil {
				return err
			}
			if from = e.Index + 1; from < s.core.First() {
				return nil // the retention time has overtaken it
			}
			return s.hold(holder, from)
		})
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = f(e)
		}
		if err != nil {
			return err
		}
	}
}

// Close flushes all entries and closes the files. A poisoned store is closed without a
// flush.
func (s *Store) Close() error {
	s.calls.Lock()
	err := s.calls.Close()
	if err == nil {
		close(s.wake)
	}
	s.calls.Unlock()
	if err != nil {
		return err
	}
	s.done.Wait()
	s.cleaning.Lock()
	defer s.cleaning.Unlock()
	return errors.Join(s.core.Err(), s.core.Abandon())
}

package versionedvalue

import (
	"context"
	"fmt"
	"sync"
	"unicode/utf8"

	"github.com/lockstep-tla/lockstep/trace"
)

// Source returns a version that is newer than the given one, which is the newest that the
// store knows: the next number, or the reading of a clock. The store calls it with its
// lock held, one call at a time.
type Source func(after uint64) uint64

// Counter is the Source that counts.
func Counter(after uint64) uint64 { return after + 1 }

// Options are what a store is opened with. The zero Options are an empty store whose
// versions are counted.
type Options struct {
	Source Source          // nil is Counter
	Image  *Image          // what the store begins with; nil is nothing
	Trace  *trace.Recorder // nil to record nothing
}

// Store is a versioned map. Its methods may be called by any number of goroutines.
// Readers share its lock, and hold it for one key or one part of a range.
type Store struct {
	mu     sync.RWMutex
	core   *Core
	source Source
	moved  chan struct{} // closed when the visible version moves
}

// Open opens a store. ErrImage means that the image makes no sense.
func Open(o Options) (*Store, error) {
	if o.Source == nil {
		o.Source = Counter
	}
	s := &Store{core: NewCore(o.Trace), source: o.Source, moved: make(chan struct{})}
	if o.Image != nil {
		if err := o.Image.check(); err != nil {
			return nil, err
		}
		s.core.compacted = o.Image.Compacted
		for _, e := range o.Image.Entries {
			s.core.data.Load(e)
		}
	}
	s.core.Restart()
	return s, nil
}

// Versions returns the versions between which a snapshot can be opened: the compacted
// one and the newest that is visible.
func (s *Store) Versions() (compacted, newest uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.core.compacted, s.core.visible
}

// Put writes a value. It returns the write's version when that is visible. The errors are
// those of Begin and Commit.
func (s *Store) Put(ctx context.Context, key, value string) (uint64, error) {
	return s.Write(ctx, Change{Key: key, Value: value})
}

// Delete writes a tombstone, whether the key has a value or not.
func (s *Store) Delete(ctx context.Context, key string) (uint64, error) {
	return s.Write(ctx, Change{Key: key, Delete: true})
}

// Write makes a change, conditional or not.
func (s *Store) Write(ctx context.Context, ch Change) (uint64, error) {
	w, err := s.Begin(ch)
	if err != nil {
		return 0, err
	}
	return w.version, w.Commit(ctx)
}

// Write is a change that has a version. Its methods may be called by any number of
// goroutines, and the first that ends it counts.
type Write struct {
	store   *Store
	version uint64
	ended   bool // guarded by the store's lock
}

// Begin gives a change its version. Until the Write ends, no later version is visible.
// ErrConflict means that its condition is not met, or may not be: another write of the
// key is open. ErrVersion means that the source is behind.
func (s *Store) Begin(ch Change) (*Write, error) {
	if ch.Key == "" || !utf8.ValidString(ch.Key) {
		return nil, fmt.Errorf("%w: %q", ErrKey, ch.Key)
	}
	if ch.Delete {
		ch.Value = ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.core.MayWrite(ch) {
		return nil, fmt.Errorf("%w: %q has %d, and %d is expected; a write of it is open: %t",
			ErrConflict, ch.Key, s.core.CurrentVersion(ch.Key), ch.If.version, s.core.isTaken(ch.Key))
	}
	version := s.source(s.core.last)
	if !s.core.IsNewer(version) {
		return nil, fmt.Errorf("%w: %d after %d", ErrVersion, version, s.core.last)
	}
	if err := s.core.Take(version, ch); err != nil {
		return nil, err
	}
	return &Write{store: s, version: version}, nil
}

// Version is the version under which the change is written.
func (w *Write) Version() uint64 { return w.version }

// Commit installs the change and returns when it is visible. ErrNotVisible means that the
// context ended before that: the change was made, and will be visible when all earlier
// writes have ended.
func (w *Write) Commit(ctx context.Context) error {
	moved, err := w.install()
	for err == nil && moved != nil {
		select {
		case <-moved:
			moved = w.store.acknowledge(w.version)
		case <-ctx.Done():
			return w.store.leave(w.version, context.Cause(ctx))
		}
	}
	return err
}

// install installs the change. It returns what to wait for until the change is visible;
// nil if it is.
func (w *Write) install() (moved <-chan struct{}, err error) {
	s := w.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.ended {
		return nil, ErrEnded
	}
	w.ended = true
	if err := s.moving(func() error { return s.core.Install(w.version) }); err != nil {
		return nil, err
	}
	return s.tell(w.version), nil
}

func (s *Store) acknowledge(version uint64) (moved <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tell(version)
}

// tell acknowledges a write if it is visible, and returns nil; or what to wait for.
func (s *Store) tell(version uint64) (moved <-chan struct{}) {
	if s.core.Acknowledge(version) == nil {
		return nil
	}
	return s.moved
}

// leave ends an installed write whose writer waits no more.
func (s *Store) leave(version uint64, cause error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tell(version) == nil {
		return nil
	}
	if err := s.core.Abandon(version); err != nil {
		return err
	}
	return fmt.Errorf("%w: version %d: %w", ErrNotVisible, version, cause)
}

// Abandon ends a write that was not committed. Its version stays without a change. After
// Commit it does nothing.
func (w *Write) Abandon() {
	s := w.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if !w.ended {
		w.ended = true
		if err := s.moving(func() error { return s.core.Abandon(w.version) }); err != nil {
			panic(err) // a write that has not ended is open
		}
	}
}

// moving takes a step and wakes all that wait, if the visible version has moved.
func (s *Store) moving(step func() error) error {
	before := s.core.visible
	err := step()
	if s.core.visible != before {
		close(s.moved)
		s.moved = make(chan struct{})
	}
	return err
}

// Wait returns when a version is visible, or with the context's error.
func (s *Store) Wait(ctx context.Context, version uint64) error {
	for {
		s.mu.RLock()
		visible, moved := s.core.IsVisible(version), s.moved
		s.mu.RUnlock()
		if visible {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Quiet records, for an observer, that no writer waits, no snapshot is open, and there is no
// garbage. The trace is refused if that is not so.
func (s *Store) Quiet() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.core.Quiet()
}

// Changes returns the writes of a key above one version and up to another, in order,
// tombstones included. A caller that begins at the version of the last change that it has
// seen misses none, or gets ErrCompacted. ErrFuture means that the upper version is not
// visible.
func (s *Store) Changes(key string, from, to uint64) ([]Entry, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.check(from, to); err != nil {
		return nil, err
	}
	if from > to {
		return nil, nil
	}
	return s.core.Changes(key, from, to)
}

// check returns an error for versions that cannot be read.
func (s *Store) check(from, to uint64) error {
	if !s.core.IsKept(from) {
		return fmt.Errorf("%w: %d, and the oldest is %d", ErrCompacted, from, s.core.compacted)
	}
	if !s.core.IsVisible(to) {
		return fmt.Errorf("%w: %d, and the newest is %d", ErrFuture, to, s.core.visible)
	}
	return nil
}

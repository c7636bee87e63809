package versionedvalue

import (
	"fmt"
	"iter"
)

// Snapshot is the map at one version. Its methods may be called by any number of
// goroutines.
type Snapshot struct {
	store   *Store
	version uint64
	closed  bool // guarded by the store's lock
}

// Snapshot opens a snapshot at the newest version.
func (s *Store) Snapshot() *Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	snapshot, err := s.openAt(s.core.visible)
	if err != nil {
		panic(err) // the newest version can be read
	}
	return snapshot
}

// SnapshotAt opens a snapshot at a version. ErrCompacted and ErrFuture say that it cannot
// be read any more, or not yet: a version that is not visible is refused and not waited
// for, so that a reader is never held up by a writer. See Wait.
func (s *Store) SnapshotAt(version uint64) (*Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.openAt(version)
}

func (s *Store) openAt(version uint64) (*Snapshot, error) {
	if err := s.check(version, version); err != nil {
		return nil, err
	}
	if err := s.core.Open(version); err != nil {
		return nil, err
	}
	return &Snapshot{store: s, version: version}, nil
}

// Version is the version at which the snapshot reads.
func (n *Snapshot) Version() uint64 { return n.version }

// Get returns the value of a key, with the version of its write. ErrAbsent means that the
// key has none; ErrClosed that the snapshot is closed.
func (n *Snapshot) Get(key string) (Entry, error) {
	s := n.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	if n.closed {
		return Entry{}, ErrClosed
	}
	e, err := s.core.Read(n.version, key)
	if err != nil {
		return Entry{}, err
	}
	if e.Deleted {
		return Entry{}, fmt.Errorf("%w: %q at %d", ErrAbsent, key, n.version)
	}
	return e, nil
}

// part is how many keys of a range are read at once. Writers wait for that long.
const part = 256

// Range returns the keys from one bound up to another, which does not belong to it, in
// order. An empty bound is open. The error, ErrClosed, comes last.
func (n *Snapshot) Range(from, to string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for at := from; ; {
			found, err := n.rangePart(at, to)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range found[:min(part, len(found))] {
				if !yield(e, nil) {
					return
				}
			}
			if len(found) <= part {
				return
			}
			at = found[part].Key // the first of the next part
		}
	}
}

func (n *Snapshot) rangePart(from, to string) ([]Entry, error) {
	n.store.mu.RLock()
	defer n.store.mu.RUnlock()
	if n.closed {
		return nil, ErrClosed
	}
	return n.store.core.Range(n.version, from, to, part+1)
}

// Close closes the snapshot. Closing again does nothing.
func (n *Snapshot) Close() {
	n.store.mu.Lock()
	defer n.store.mu.Unlock()
	if n.closed {
		return
	}
	n.closed = true
	if err := n.store.core.Close(n.version); err != nil {
		panic(err) // it is open
	}
}

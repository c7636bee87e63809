package versionedvalue

import "fmt"

// sweep is how many entries the collector looks at with the store's lock held.
const sweep = 512

// Compact gives up the versions below one, or below the oldest open snapshot or the
// newest visible version if that is older, and removes the entries that can no longer be
// read. It returns the compacted version and how many entries it has removed.
func (s *Store) Compact(version uint64) (compacted uint64, removed int) {
	s.mu.Lock()
	version = min(version, s.core.visible)
	if oldest, found := s.core.oldestReader(); found {
		version = min(version, oldest)
	}
	if version > s.core.compacted {
		if err := s.core.Mark(version); err != nil {
			panic(err) // no reader is below, and the version is visible
		}
	}
	compacted = s.core.compacted
	s.mu.Unlock()
	for from, more := (Entry{}), true; more; {
		var n int
		from, n, more = s.sweep(from)
		removed += n
	}
	return compacted, removed
}

// sweep removes the garbage among some entries. It returns where to go on.
func (s *Store) sweep(from Entry) (next Entry, removed int, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	some := make([]Entry, 0, sweep)
	s.core.data.Ascend(from, func(e Entry) bool {
		if len(some) == sweep {
			next, more = e, true
			return false
		}
		some = append(some, e)
		return true
	})
	for _, e := range some { // the older first: a tombstone goes last
		if s.core.Remove(e.Key, e.Version) == nil {
			removed++
		}
	}
	return next, removed, more
}

// Image is what the next process must find again: the entries in the order of keys and
// versions, and the compacted version. How it becomes durable is the caller's business.
type Image struct {
	Compacted uint64
	Entries   []Entry
}

// Image returns all that was installed. Writes and readers wait only while the tree is
// copied, which takes as long for a million entries as for one.
func (s *Store) Image() *Image {
	s.mu.Lock()
	compacted, data := s.core.compacted, s.core.data.IsoCopy()
	s.mu.Unlock()
	return &Image{compacted, data.Items()}
}

func (m *Image) check() error {
	for i, e := range m.Entries {
		switch {
		case e.Key == "" || e.Version == 0 || e.Deleted && e.Value != "":
			return fmt.Errorf("%w: entry %d: %+v", ErrImage, i, e)
		case i > 0 && compare(m.Entries[i-1], e) >= 0:
			return fmt.Errorf("%w: entry %d, %q at %d, is not after the one before it", ErrImage, i, e.Key, e.Version)
		}
	}
	return nil
}

package lowwatermark

import "errors"

// clean takes snapshots beside the updates, until the store is closed.
func (s *Store) clean() {
	for range s.wake {
		s.calls.Lock()
		due := s.calls.Usable() == nil && s.core.Applied() >= s.core.newest()+s.options.SnapshotEvery
		s.calls.Unlock()
		if due {
			_ = s.Snapshot() // Status and Err tell
		}
	}
}

// Snapshot takes a snapshot, unless the newest one has all updates, and removes what is not
// needed any more. Updates go on while the disk works. If the snapshot cannot be written,
// all else goes on, too: the next one may succeed, and the log is longer until then.
func (s *Store) Snapshot() error {
	s.cleaning.Lock()
	defer s.cleaning.Unlock()
	err := s.snapshot()
	s.calls.Lock()
	s.behind = err
	s.calls.Unlock()
	return errors.Join(err, s.cleanUp())
}

func (s *Store) snapshot() error {
	var taken *Snapshot
	err := s.calls.Do(func() error {
		err := s.core.TakeSnapshot()
		taken = s.core.Taking()
		return err
	})
	if errors.Is(err, ErrNotAllowed) {
		return nil // there is nothing new
	}
	if err != nil {
		return err
	}
	err = taken.Write()
	return s.calls.Do(func() error {
		if err := s.core.Written(err); err != nil {
			return errors.Join(err, s.core.DiscardSnapshot())
		}
		return s.core.KeepSnapshot()
	})
}

// Clean removes the snapshots and the segments that are not needed any more.
func (s *Store) Clean() error {
	s.cleaning.Lock()
	defer s.cleaning.Unlock()
	return s.cleanUp()
}

// cleanUp removes one file at a time, so that updates come in between.
func (s *Store) cleanUp() error {
	for more := true; more; {
		err := s.calls.Do(func() error {
			s.age()
			switch index := s.core.Removable(); {
			case index > 0:
				return s.core.RemoveSnapshot(index)
			case s.core.CanDrop():
				return s.core.DropOldest()
			}
			more = false
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// age finds the sealed segments whose last entry is older than the retention time. The
// monotonic clock cannot be set. It stands still in a suspended machine, and begins anew in
// each process: then entries are older than they seem, and stay longer.
func (s *Store) age() {
	now := s.options.Clock.Monotonic()
	for len(s.sealed) > 0 && now-s.sealed[0].at > s.options.Retention {
		_ = s.core.Age(s.sealed[0].last) // not if it has been said before
		s.sealed = s.sealed[1:]
	}
}

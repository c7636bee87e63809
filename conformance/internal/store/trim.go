package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// trimEvery is how often a store is looked through for what may go, by all
// processes together: the time of a file in it says when that was last done.
const trimEvery = time.Hour

func (s *Store) trimNowAndThen() error {
	stamp := filepath.Join(s.dir, "trimmed")
	if about, err := os.Stat(stamp); err == nil && time.Since(about.ModTime()) < trimEvery {
		return nil
	}
	if err := os.WriteFile(stamp, nil, 0o600); err != nil {
		return err
	}
	now := time.Now()
	if err := os.Chtimes(stamp, now, now); err != nil {
		return err
	}
	return s.Trim()
}

// entry is a file of the store.
type entry struct {
	path string
	size int64
	used time.Time
}

// Trim removes what is beyond the limits, and drafts that a killed process has
// left. Put does so now and then.
func (s *Store) Trim() error {
	all, err := s.entries()
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b entry) int { return b.used.Compare(a.used) })
	oldest := time.Now().Add(-s.limits.Age)
	var size int64
	var failed []error
	for i, e := range all {
		size += e.size
		abandoned := strings.HasPrefix(filepath.Base(e.path), draft) && time.Since(e.used) > trimEvery
		if abandoned || i >= s.limits.Entries || size > s.limits.Bytes || e.used.Before(oldest) {
			if err := os.Remove(e.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(failed...)
}

// entries lists the files in the folders of the store. Another process may
// remove some meanwhile.
func (s *Store) entries() ([]entry, error) {
	paths, err := filepath.Glob(filepath.Join(s.dir, "??", "*"))
	if err != nil {
		return nil, err
	}
	var all []entry
	for _, path := range paths {
		if about, err := os.Stat(path); err == nil && about.Mode().IsRegular() {
			all = append(all, entry{path, about.Size(), about.ModTime()})
		}
	}
	return all, nil
}

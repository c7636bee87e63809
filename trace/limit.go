package trace

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
)

// fileLimit is a limit for the files that recorders write.
type fileLimit struct {
	bytes int64
	over  func(error)
	paths []string
}

var limits struct {
	sync.Mutex
	all []*fileLimit
}

// LimitFiles limits the traces that Create and Resume begin to write from now on in this
// process, at these paths or below them, or anywhere if there are none. A step that would
// make a file longer fails with ErrTooLong and stops its recorder, which then calls over.
// Over may be nil, and must not use the recorder. LimitFiles is for a program that runs code
// which may be broken and record in an endless loop. The function that it returns takes the
// limit off; a recorder that there is keeps it.
func LimitFiles(bytes int64, over func(error), paths ...string) (end func()) {
	l := &fileLimit{bytes: bytes, over: over}
	for _, path := range paths {
		l.paths = append(l.paths, absolute(path))
	}
	limits.Lock()
	defer limits.Unlock()
	limits.all = append(limits.all, l)
	return func() {
		limits.Lock()
		defer limits.Unlock()
		for i, other := range limits.all {
			if other == l {
				limits.all = append(limits.all[:i:i], limits.all[i+1:]...)
			}
		}
	}
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// limitOf is the smallest limit for a file, or nil.
func limitOf(path string) (smallest *fileLimit) {
	limits.Lock()
	defer limits.Unlock()
	for _, l := range limits.all {
		if (smallest == nil || l.bytes < smallest.bytes) && l.holdsFor(absolute(path)) {
			smallest = l
		}
	}
	return smallest
}

func (l *fileLimit) holdsFor(file string) bool {
	for _, path := range l.paths {
		if file == path || strings.HasPrefix(file, path+string(filepath.Separator)) {
			return true
		}
	}
	return len(l.paths) == 0
}

// check returns an error if a file of this size is too long; l may be nil.
func (l *fileLimit) check(size int64) error {
	if l == nil || size <= l.bytes {
		return nil
	}
	return fmt.Errorf("%w than %d bytes", ErrTooLong, l.bytes)
}

package disktest

import (
	"fmt"
	"io/fs"
	"slices"
)

// faults are those that were asked for and have not happened yet, by the
// cleaned name of the file or directory.
type faults struct {
	sync  map[string]int // how many of the next syncs fail
	short map[string]int // how many bytes of the next write arrive
}

func newFaults() faults {
	return faults{sync: map[string]int{}, short: map[string]int{}}
}

// take uses up one of the faults asked for under name, if there is one.
func take(m map[string]int, name string) bool {
	if m[name] == 0 {
		return false
	}
	m[name]--
	return true
}

// FailSync makes the next Sync of the file, or the next SyncDir of the
// directory, fail with ErrIO. As on Linux, what should have become durable is
// then taken for clean: reads see it, no later sync writes it, and a crash may
// keep it or lose it. A handle goes by the name under which it was opened.
func (f *Disk) FailSync(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults.sync[clean(name)]++
}

// ShortWrite makes the next write to the file stop after n bytes, with
// io.ErrShortWrite.
func (f *Disk) ShortWrite(name string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults.short[clean(name)] = n
}

// LimitSpace leaves room for that many more bytes; a negative number takes the
// limit away. A write that does not fit stores what fits and returns
// ErrNoSpace. Truncating and removing files gives room back.
func (f *Disk) LimitSpace(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.limited, f.free = bytes >= 0, bytes
}

// Rot flips the bits of mask in one byte of what is durable in the file, as a
// disk does that forgets. Reads see it, except where something unsynced has
// been written over it. It fails if nothing durable is there to damage.
func (f *Disk) Rot(name string, off int64, mask byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(clean(name))
	if err != nil || n.file == nil {
		return missing(name)
	}
	if !n.file.rot(off, mask) {
		return fmt.Errorf("disktest: %q holds nothing durable at offset %d", name, off)
	}
	return nil
}

// FailRead makes every read of the byte at off fail with ErrIO, after the
// bytes before it, until that byte is written again. It outlasts a crash.
func (f *Disk) FailRead(name string, off int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(clean(name))
	if err != nil || n.file == nil {
		return missing(name)
	}
	n.file.bad = append(n.file.bad, off)
	slices.Sort(n.file.bad)
	return nil
}

// HaltAfter lets n more operations happen and then stops the disk: everything
// fails with ErrCrashed until one of the crash methods says what was left. It
// counts what Ops counts, so that a test can stop a program at each of its
// operations in turn. A negative n takes it back.
func (f *Disk) HaltAfter(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.haltAfter = n
}

// Halted says whether the disk has stopped.
func (f *Disk) Halted() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.halted
}

// Ops returns how many operations there were that change or sync something:
// all but Open, List, ReadAt, Size and Close.
func (f *Disk) Ops() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ops
}

// Unsynced returns how many units of unsynced changes the file or directory
// has, so that Crash may keep from none to all of them: a written byte is a
// unit, a change of length is one, and so is a change of a directory. It
// returns 0 if there is no such file.
func (f *Disk) Unsynced(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(clean(name))
	switch {
	case err != nil:
		return 0
	case n.file != nil:
		return n.file.unsynced()
	default:
		return n.dir.unsynced()
	}
}

// Contents returns what a reader finds in the file that now has that name, durable
// or not, and whether there is such a file.
func (f *Disk) Contents(name string) ([]byte, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(clean(name))
	if err != nil || n.file == nil {
		return nil, false
	}
	return slices.Clone(n.file.cached), true
}

// Durable returns what the file that now has that name would hold if a crash
// kept nothing unsynced of it, and whether there is such a file. That its name
// is durable is another matter.
func (f *Disk) Durable(name string) ([]byte, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(clean(name))
	if err != nil || n.file == nil {
		return nil, false
	}
	return n.file.keep(0), true
}

// missing is the error of a fault that names a file which does not exist.
func missing(name string) error {
	return fmt.Errorf("disktest: no file %q to damage: %w", name, fs.ErrNotExist)
}

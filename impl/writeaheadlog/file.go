package writeaheadlog

import (
	"errors"
	"fmt"
	"io"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

// FileReader reads the entries of one file, from its beginning or from a known position on,
// beside the log that may have it open: for a program whose log has several files. It does not
// know where the log ends. The caller has to know how many entries are flushed,
// and must call Refresh when the log was truncated. For one goroutine at a time.
type FileReader struct {
	path      string
	file      disk.File
	from      *reader
	index     uint64     // of the last entry read
	positions *Positions // nil: what is read is not noted
}

// OpenReader opens the file for reading. It returns an error that matches
// ErrNotALog if the file has no header yet.
func OpenReader(fs FS, path string) (*FileReader, error) {
	file, err := fs.Open(path)
	if err != nil {
		return nil, fmt.Errorf("write-ahead log: open %s: %w", path, err)
	}
	header := make([]byte, fileHeaderSize)
	if _, err := file.ReadAt(header, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("write-ahead log: read %s: %w", path, err), file.Close())
	}
	salt, ok := saltOf(header)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrNotALog, path), file.Close())
	}
	f := &FileReader{path: path, file: file, from: &reader{salt: salt, offset: fileHeaderSize}}
	f.Refresh()
	return f, nil
}

// Refresh drops what was read ahead.
func (f *FileReader) Refresh() { f.from.from = nil }

// SkipTo goes on to an entry, or to one before it: the last one whose position is known.
// The positions of what is read from here on are noted, too, so it must be entries that
// are not truncated any more.
func (f *FileReader) SkipTo(index uint64, known *Positions) {
	f.positions = known
	if at := known.before(index); at.index > f.index+1 {
		f.index, f.from.offset = at.index-1, at.offset
		f.Refresh()
	}
}

// Index returns the index of the last entry read, or skipped, or 0.
func (f *FileReader) Index() uint64 { return f.index }

// Next returns the entry behind the last one. Its payload is valid until the next
// call. If it cannot be read, the error is a *DamageError, and means that the log
// ends here or is damaged.
func (f *FileReader) Next() (Entry, error) {
	ahead := f.from.from != nil
	for {
		offset := f.from.offset
		r, ok, err := f.try(!ahead)
		switch {
		case err != nil:
			return Entry{}, fmt.Errorf("write-ahead log: read %s: %w", f.path, err)
		case ok:
			f.index = r.Index
			f.positions.note(f.index, offset)
			return r.Entry, nil
		case !ahead:
			f.Refresh()
			return Entry{}, &DamageError{Path: f.path, Index: f.index + 1, Offset: f.from.offset}
		}
		ahead = false // what was read ahead may be older than the entry
	}
}

// try reads the next record, of the file as it is now or as it was.
func (f *FileReader) try(now bool) (record, bool, error) {
	r := f.from
	if now {
		size, err := f.file.Size()
		if err != nil {
			return record{}, false, err
		}
		r.size = size
		r.from = readFrom(f.file, r.offset, size)
	}
	return r.next(func(rec *record) bool { return rec.Index == f.index+1 && rec.checks(r.salt, r.header[:]) })
}

// Close closes the file.
func (f *FileReader) Close() error { return f.file.Close() }

// Shorten removes all entries but the first n from a file that no log has open, and
// flushes it. A file with fewer entries is an error that matches ErrDamaged.
func Shorten(fs FS, path string, n uint64) error {
	f, err := OpenReader(fs, path)
	if err != nil {
		return err
	}
	for err == nil && f.index < n {
		_, err = f.Next()
	}
	if err == nil {
		if err = f.file.Truncate(f.from.offset); err == nil {
			err = f.file.Sync()
		}
		if err != nil {
			err = fmt.Errorf("write-ahead log: shorten %s: %w", path, err)
		}
	}
	return errors.Join(err, f.Close())
}

// Size returns the offset in the file, in bytes, behind the last entry, written or
// not.
func (c *Core) Size() int64 { return c.end }

package logs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

const (
	// FileHeader is how many bytes stand before the first record.
	FileHeader = 24
	// RecordHeader is how many bytes of a record stand before its payload.
	RecordHeader = 32

	alignment = 8
)

// File is what the file of a log holds, as read by other code than the log's. What a
// crash has left is recorded from here, so that a recovery which reads wrongly cannot
// claim that what it lost was never there.
type File struct {
	Whole []Record // those before the first that is not whole
	Slots uint64   // how many there are with those that cannot be reached
	All   []Record // all that there are, where damage has left their sizes as they were
}

// Record is one record in a file. If it is not whole, it ends where its size says, and
// the rest is unknown.
type Record struct {
	Offset, End int64
	Whole       bool
	Index       uint64
	Flushed     uint64 // entries that were flushed when it was written
	Payload     []byte
}

// ReadFile reads a log's file.
func ReadFile(fs disk.FS, name string) (File, error) {
	b, err := Contents(fs, name)
	return Read(b), err
}

// Contents are the bytes of a file.
func Contents(fs disk.FS, name string) ([]byte, error) {
	file, err := fs.Open(name)
	if err != nil {
		return nil, err
	}
	size, err := file.Size()
	b := make([]byte, size)
	if _, failed := file.ReadAt(b, 0); !errors.Is(failed, io.EOF) {
		err = errors.Join(err, failed)
	}
	return b, errors.Join(err, file.Close())
}

// Read reads the bytes of a log's file.
func Read(b []byte) (f File) {
	used := int64(len(bytes.TrimRight(b, "\x00")))
	for at := int64(FileHeader); at < used; {
		r := recordAt(b, at)
		if len(f.Whole) == len(f.All) && r.Whole && r.Index == uint64(len(f.Whole))+1 {
			f.Whole = append(f.Whole, r)
		}
		f.All = append(f.All, r)
		at = r.End
	}
	end := f.End(uint64(len(f.Whole)))
	f.Slots = uint64(len(f.Whole))
	if used > end {
		f.Slots++ // there is something, whatever it is
	}
	for at := end; at < used; at += alignment {
		if r := recordAt(b, at); r.Whole {
			f.Slots = max(f.Slots, r.Index)
		}
	}
	return f
}

// recordAt reads the record that begins at an offset.
func recordAt(b []byte, at int64) Record {
	r := Record{Offset: at, End: int64(len(b))}
	var h struct {
		Sum, Size    uint32
		Index, Time  uint64
		Behind, Type uint32
	}
	if _, err := binary.Decode(b[at:], binary.LittleEndian, &h); err != nil {
		return r // the header is cut off
	}
	size := RecordHeader + int64(h.Size)
	r.End = at + (size+alignment-1)/alignment*alignment
	if size > int64(len(b))-at || h.Index < 1 || h.Behind < 1 || uint64(h.Behind) > h.Index {
		return r
	}
	salt := binary.LittleEndian.Uint32(b[12:])
	if crc32.Update(salt, crc32.MakeTable(crc32.Castagnoli), b[at+4:at+size]) == h.Sum {
		r.Whole, r.Index, r.Flushed, r.Payload = true, h.Index, h.Index-uint64(h.Behind), b[at+RecordHeader:at+size]
	}
	return r
}

// Flushed is how many entries were flushed, as far as one of the records knows.
func Flushed(all []Record) (known uint64) {
	for _, r := range all {
		known = max(known, r.Flushed)
	}
	return known
}

// Bad is the index of the first record that is not whole, or 0.
func (f File) Bad() uint64 {
	if whole := uint64(len(f.Whole)); f.Slots > whole {
		return whole + 1
	}
	return 0
}

// End is where the first n records end.
func (f File) End(n uint64) int64 {
	if n == 0 {
		return FileHeader
	}
	return f.All[n-1].End
}

// Damage does what a crash may: it leaves the first n records in a file that no process
// has open, and takes the checksum of one of them away (0: of none).
func (f File) Damage(fs disk.FS, name string, n, bad uint64) error {
	file, err := fs.Open(name)
	if err != nil {
		return err
	}
	size, err := file.Size()
	if end := f.End(n); err == nil && end < size {
		err = file.Truncate(end)
	}
	if err == nil && bad > 0 {
		_, err = file.WriteAt(make([]byte, 4), f.All[bad-1].Offset)
	}
	return errors.Join(err, file.Close())
}

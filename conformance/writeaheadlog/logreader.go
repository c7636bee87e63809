package writeaheadlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

const (
	fileHeader   = 24 // bytes before the first record
	recordHeader = 32 // bytes before a payload
)

// contents returns all bytes of a file.
func contents(f disk.File) ([]byte, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}

// logFile is what a log's file holds, as read by other code than the log's. What
// a crash has left is recorded from here, so that a recovery which reads wrongly
// cannot claim that what it lost was never there.
type logFile struct {
	whole   []record // the records before the first that is not whole
	records int      // how many there are with those that cannot be reached
}

// record is one record in a file.
type record struct {
	offset, end int64
	index       int
	flushed     int // entries that were flushed when it was written
	payload     []byte
	whole       bool
}

// readLog reads the bytes of a log's file.
func readLog(b []byte) logFile {
	var f logFile
	if len(b) < fileHeader {
		return f
	}
	at := int64(fileHeader)
	for {
		r := recordAt(b, at)
		if !r.whole || r.index != len(f.whole)+1 {
			break
		}
		f.whole = append(f.whole, r)
		at = r.end
	}
	f.records = len(f.whole)
	used := int64(len(bytes.TrimRight(b, "\x00")))
	if used > at {
		f.records++ // there is something, whatever it is
	}
	for ; at < used; at += 8 {
		if r := recordAt(b, at); r.whole && r.index > len(f.whole)+1 {
			f.records = max(f.records, r.index)
		}
	}
	return f
}

// recordAt reads the record that begins at an offset. If it is not whole, its end
// is where its size says, and the rest is unknown.
func recordAt(b []byte, at int64) record {
	left := int64(len(b)) - at
	if left < recordHeader {
		return record{offset: at, end: int64(len(b))}
	}
	salt := binary.LittleEndian.Uint32(b[12:])
	h := b[at:]
	size := int64(binary.LittleEndian.Uint32(h[4:]))
	index := int64(binary.LittleEndian.Uint64(h[8:]))
	behind := int64(binary.LittleEndian.Uint32(h[24:]))
	r := record{offset: at, end: at + (recordHeader+size+7)/8*8}
	if size > left-recordHeader || index < 1 || behind < 1 || behind > index {
		return r
	}
	sum := crc32.Update(salt, crc32.MakeTable(crc32.Castagnoli), h[4:recordHeader+size])
	if sum == binary.LittleEndian.Uint32(h) {
		r.index, r.flushed, r.payload, r.whole = int(index), int(index-behind), h[recordHeader:recordHeader+size], true
	}
	return r
}

// bad is the first record that is not whole, or 0.
func (f logFile) bad() int {
	if f.records > len(f.whole) {
		return len(f.whole) + 1
	}
	return 0
}

// View is the spec's View of a log that is down.
func (f logFile) View(o *trace.Object) {
	last := record{}
	if n := len(f.whole); n > 0 {
		last = f.whole[n-1]
	}
	o.String("mode", "down").String("policy", "none")
	o.Int("slots", f.records).Int("length", len(f.whole))
	o.Record("last", func(o *trace.Object) {
		o.Int("index", last.index).Int("flushed", last.flushed)
		o.Record("batch", last.batch)
	})
	o.Int("synced", 0).Int("applied", 0)
	o.Record("store", func(*trace.Object) {})
	o.Int("acked", 0)
}

// batch adds the changes in the record.
func (r record) batch(o *trace.Object) {
	b := r.payload
	text := func() string {
		n, size := binary.Uvarint(b)
		s := string(b[size:][:n])
		b = b[size+int(n):]
		return s
	}
	if len(b) == 0 {
		return
	}
	n, size := binary.Uvarint(b)
	b = b[size:]
	for range n {
		deleted := b[0] == 1
		b = b[1:]
		if key := text(); deleted {
			o.String(key, wal.Deleted)
		} else {
			o.String(key, text())
		}
	}
}

// recordCrash records the step Crash with what it has left. The record that the
// crash has damaged is the first that is not whole, unless rot was there before.
func recordCrash(rec *trace.Recorder, left logFile, rotten bool) {
	bad := left.bad()
	if rotten {
		bad = 0
	}
	rec.Step("Crash").String("node", node).Int("left", left.records).Int("bad", bad).State(left)
}

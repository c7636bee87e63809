package writeaheadlog

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

const (
	fileHeader   = 24 // bytes before the first record
	recordHeader = 32 // bytes before a payload
)

// logFile is what a log's file holds, as read by other code than the log's. What
// a crash has left is recorded from here, so that a recovery which reads wrongly
// cannot claim that what it lost was never there.
type logFile struct {
	whole   []record // the records before the first that is not whole
	records int      // how many there are with those that cannot be reached
	all     []record // all that there are, where damage has left their sizes as they were
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
	for at := int64(fileHeader); at < int64(len(b)); {
		r := recordAt(b, at)
		if len(f.whole) == len(f.all) && r.whole && r.index == len(f.whole)+1 {
			f.whole = append(f.whole, r)
		}
		f.all = append(f.all, r)
		at = r.end
	}
	at := int64(fileHeader)
	if n := len(f.whole); n > 0 {
		at = f.whole[n-1].end
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
	r := record{offset: at, end: int64(len(b))}
	var h struct {
		Sum, Size    uint32
		Index, Time  uint64
		Behind, Type uint32
	}
	if _, err := binary.Decode(b[at:], binary.LittleEndian, &h); err != nil {
		return r // the header is cut off
	}
	end := recordHeader + int64(h.Size)
	r.end = at + (end+7)/8*8
	if end > int64(len(b))-at || h.Index < 1 || h.Behind < 1 || uint64(h.Behind) > h.Index {
		return r
	}
	salt := binary.LittleEndian.Uint32(b[12:])
	if crc32.Update(salt, crc32.MakeTable(crc32.Castagnoli), b[at+4:at+end]) == h.Sum {
		r.index, r.flushed, r.payload, r.whole = int(h.Index), int(h.Index)-int(h.Behind), b[at+recordHeader:at+end], true
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

// recordCrash records the step Crash. It leaves left records; bad among them is not
// whole (0: all are).
func recordCrash(rec *trace.Recorder, f logFile, left, bad int) {
	rec.Step("Crash").String("node", node).Int("left", left).Int("bad", bad).State(f)
}

// recordRot records that a record was damaged that had been flushed.
func recordRot(rec *trace.Recorder, f logFile, index int) {
	rec.Step("Corrupt").String("node", node).Int("index", index).State(f)
}

package writeaheadlog

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// image is what a log's file holds, as read by somebody other than the log.
// What a crash has left is recorded from here, so that a recovery which reads
// wrongly cannot say that what it lost was never there.
type image struct {
	whole []slot // the records before the first that is not whole
	slots int    // and how many there are with those that cannot be reached
}

// slot is one record.
type slot struct {
	offset, end int64
	index       int
	flushed     int
	payload     []byte
}

const (
	imageHeader = 24 // bytes before the first record
	slotHeader  = 32 // bytes before a payload
)

// look reads the bytes of a log's file.
func look(b []byte) image {
	var m image
	if len(b) < imageHeader {
		return m
	}
	salt := binary.LittleEndian.Uint32(b[12:])
	at := int64(imageHeader)
	for {
		s, ok := slotAt(b, at, salt)
		if !ok || s.index != len(m.whole)+1 {
			break
		}
		m.whole = append(m.whole, s)
		at = s.end
	}
	m.slots = len(m.whole)
	used := int64(len(bytes.TrimRight(b, "\x00")))
	if used > at {
		m.slots++ // there is something, whatever it is
	}
	for ; at < used; at += 8 {
		if s, ok := slotAt(b, at, salt); ok && s.index > len(m.whole)+1 {
			m.slots = max(m.slots, s.index)
		}
	}
	return m
}

// slotAt reads the whole record that begins at an offset, if one does.
func slotAt(b []byte, at int64, salt uint32) (s slot, ok bool) {
	left := int64(len(b)) - at
	if left < slotHeader {
		return s, false
	}
	h := b[at:]
	size := int64(binary.LittleEndian.Uint32(h[4:]))
	index := int64(binary.LittleEndian.Uint64(h[8:]))
	behind := int64(binary.LittleEndian.Uint32(h[24:]))
	if size > left-slotHeader || index < 1 || behind < 1 || behind > index {
		return s, false
	}
	checked := h[4 : slotHeader+size]
	if crc32.Update(salt, crc32.MakeTable(crc32.Castagnoli), checked) != binary.LittleEndian.Uint32(h) {
		return s, false
	}
	return slot{
		offset: at, end: at + (slotHeader+size+7)/8*8,
		index: int(index), flushed: int(index - behind), payload: h[slotHeader : slotHeader+size],
	}, true
}

// bad is the first record that is not whole, or 0.
func (m image) bad() int {
	if m.slots > len(m.whole) {
		return len(m.whole) + 1
	}
	return 0
}

// View is the spec's View of a log that is down.
func (m image) View(o *trace.Object) {
	last := slot{}
	if n := len(m.whole); n > 0 {
		last = m.whole[n-1]
	}
	o.String("mode", "down").String("policy", "none")
	o.Int("slots", m.slots).Int("length", len(m.whole))
	o.Record("last", func(o *trace.Object) {
		o.Int("index", last.index).Int("flushed", last.flushed)
		o.Record("batch", last.view)
	})
	o.Int("synced", 0).Int("applied", 0)
	o.Record("store", func(*trace.Object) {})
	o.Int("acked", 0)
}

// view adds the batch in the record.
func (s slot) view(o *trace.Object) {
	b := s.payload
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

// recordCrash records the step Crash with what it has left. The record that
// the crash has damaged is the first that is not whole, unless rot was there
// before it.
func recordCrash(rec *trace.Recorder, m image, rotten bool) {
	bad := m.bad()
	if rotten {
		bad = 0
	}
	rec.Step("Crash").String("node", node).Int("left", m.slots).Int("bad", bad).State(m)
}

const node = "log"

package writeaheadlog

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

// readSize is how many bytes a reader reads at once.
const readSize = 1 << 16

// reader reads the records of a file from the beginning, one after the other.
type reader struct {
	salt    uint32
	size    int64 // of the file
	offset  int64 // of the next record
	from    *bufio.Reader
	header  [recordHeaderSize]byte
	payload []byte
}

func newReader(file disk.File, salt uint32, size int64) *reader {
	return &reader{salt: salt, size: size, offset: fileHeaderSize, from: readFrom(file, fileHeaderSize, size)}
}

// readFrom reads a file of that size from an offset, much at once.
func readFrom(file disk.File, offset, size int64) *bufio.Reader {
	rest := max(0, size-offset)
	return bufio.NewReaderSize(io.NewSectionReader(file, offset, rest), int(min(rest, readSize)))
}

// next returns what stands where the next record should be, if its header can
// be one at all; isWhole then says whether to take it. If not, or at the end
// of the file, ok is false and the offset stays. The payload is valid until the
// next call.
func (r *reader) next(isWhole func(*record) bool) (rec record, ok bool, err error) {
	left := r.size - r.offset
	if left < recordHeaderSize {
		return rec, false, nil
	}
	h, err := r.from.Peek(recordHeaderSize)
	if err != nil {
		return rec, false, unexpectedEOF(err)
	}
	copy(r.header[:], h)
	if rec, ok = parseHeader(h, left); !ok {
		return rec, false, nil
	}
	if _, err := r.from.Discard(recordHeaderSize); err != nil {
		return rec, false, err
	}
	if cap(r.payload) < int(rec.size) {
		r.payload = make([]byte, rec.size)
	}
	rec.Payload = r.payload[:rec.size]
	if _, err := io.ReadFull(r.from, rec.Payload); err != nil {
		return rec, false, unexpectedEOF(err)
	}
	if !isWhole(&rec) {
		return rec, false, nil
	}
	end := r.offset + recordHeaderSize + int64(rec.size)
	padding := min(aligned(end), r.size) - end
	if _, err := r.from.Discard(int(padding)); err != nil {
		return rec, false, unexpectedEOF(err)
	}
	r.offset = aligned(end)
	return rec, true, nil
}

// unexpectedEOF is for a file that is shorter than it said it was.
func unexpectedEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// behind is what was found behind the last record that recovery took.
type behind struct {
	anything bool   // is there anything but zeros?
	last     uint64 // the highest index of a whole record there, or 0
	flushed  uint64 // the highest count of flushed entries that one of them tells
}

// searchWork bounds the search for records: how many times the bytes that are
// searched may be read to verify checksums. Only bytes made for the purpose
// come near it.
const searchWork = 64

// search looks for whole records from offset on, where that of the entry bad
// should be. Where the file is full of what looks like records and is
// none, it gives up and says that everything had been flushed, so that nothing
// is thrown away.
func search(file disk.File, salt uint32, offset, size int64, bad uint64) (b behind, err error) {
	const window = 1 << 16
	buffer := make([]byte, window+recordHeaderSize)
	var payload []byte
	highest := bad + uint64((size-offset)/recordHeaderSize) + 1
	work := (size - offset) * searchWork
	for offset < size {
		n, err := file.ReadAt(buffer[:min(int64(len(buffer)), size-offset)], offset)
		if err != nil && !errors.Is(err, io.EOF) {
			return b, err
		}
		if n == 0 {
			return b, io.ErrUnexpectedEOF
		}
		if allZero(buffer[:n]) {
			offset += min(int64(n), window)
			continue
		}
		b.anything = true
		at := 0
		for ; at+recordHeaderSize <= n && at < window; at += alignment {
			h := buffer[at : at+recordHeaderSize]
			r, ok := parseHeader(h, size-offset-int64(at))
			if !ok || r.Index > highest {
				continue
			}
			if work -= int64(r.size) + recordHeaderSize; work < 0 {
				b.flushed = bad
				return b, nil
			}
			if cap(payload) < int(r.size) {
				payload = make([]byte, r.size)
			}
			r.Payload = payload[:r.size]
			if _, err := file.ReadAt(r.Payload, offset+int64(at)+recordHeaderSize); err != nil && !errors.Is(err, io.EOF) {
				return b, err
			}
			if r.checks(salt, h) {
				b.last, b.flushed = max(b.last, r.Index), max(b.flushed, r.flushed)
			}
		}
		if at == 0 {
			break // less than a header is left
		}
		offset += int64(at)
	}
	return b, nil
}

// allZero compares the bytes with themselves, one further: that is the quickest
// way in pure Go.
func allZero(b []byte) bool {
	return len(b) == 0 || b[0] == 0 && bytes.Equal(b[1:], b[:len(b)-1])
}

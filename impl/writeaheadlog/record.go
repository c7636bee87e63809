package writeaheadlog

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"
)

// The file begins with a header:
//
//	magic    8 bytes
//	version  4 bytes, little-endian as all numbers
//	salt     4 bytes
//	checksum 4 bytes, CRC-32C of what is before it
//	zero     4 bytes
//
// After it there are records, each beginning at a multiple of 8:
//
//	checksum 4 bytes, CRC-32C of all that follows it up to the payload's end,
//	         begun with the file's salt
//	size     4 bytes, of the payload
//	index    8 bytes, from 1
//	time     8 bytes, nanoseconds since 1970
//	behind   4 bytes: how many entries, this one included, were not known to be
//	         flushed when the record was made
//	type     4 bytes
//	payload  and zeros up to a multiple of 8
//
// Behind the last record the file is all zeros.
//
// The salt is there because a payload may hold anything, a record included,
// and recovery searches for records behind a damaged one: what a client has
// written must not pass for one.
const (
	magic            = "lockstep"
	version          = 1
	fileHeaderSize   = 24
	recordHeaderSize = 32
	alignment        = 8

	// maxPayload is what the format allows; it bounds what a damaged size can
	// make a reader allocate.
	maxPayload = 1 << 28
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Entry is one entry of the log.
type Entry struct {
	Index   uint64 // its place in the log, from 1, without gaps
	Type    uint32 // whatever the client gave
	Time    int64  // when it was appended, in nanoseconds since 1970
	Payload []byte // valid only while Apply runs, or until the next entry is read
}

// record is an entry as it is in the file.
type record struct {
	Entry
	// flushed is how many entries were known to be flushed when this record
	// was made. It is what recovery goes by when it finds something that it
	// cannot read.
	flushed uint64

	checksum uint32
	size     uint32
}

// aligned is the place of a record that would begin at offset at the earliest.
func aligned(offset int64) int64 { return (offset + alignment - 1) &^ (alignment - 1) }

// room is how many bytes of the file a record with such a payload takes.
func room(payload int) int64 { return aligned(recordHeaderSize + int64(payload)) }

func fileHeader(salt uint32) []byte {
	b := make([]byte, 0, fileHeaderSize)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint32(b, salt)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return b[:fileHeaderSize]
}

// saltOf reads the salt from a file's header.
func saltOf(header []byte) (salt uint32, ok bool) {
	salt = binary.LittleEndian.Uint32(header[12:])
	return salt, bytes.Equal(header, fileHeader(salt))
}

// appendRecord appends a record to b.
func appendRecord(b []byte, salt uint32, r *record) []byte {
	start := len(b)
	b = slices.Grow(b, int(room(len(r.Payload))))
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.Payload)))
	b = binary.LittleEndian.AppendUint64(b, r.Index)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.Time))
	b = binary.LittleEndian.AppendUint32(b, uint32(r.Index-r.flushed))
	b = binary.LittleEndian.AppendUint32(b, r.Type)
	b = append(b, r.Payload...)
	binary.LittleEndian.PutUint32(b[start:], crc32.Update(salt, castagnoli, b[start+4:]))
	for (len(b)-start)%alignment != 0 {
		b = append(b, 0)
	}
	return b
}

// parseHeader reads the header of a record, and says whether it can be one
// for which there is so much room in the file.
func parseHeader(h []byte, room int64) (r record, ok bool) {
	r.checksum = binary.LittleEndian.Uint32(h)
	r.size = binary.LittleEndian.Uint32(h[4:])
	r.Index = binary.LittleEndian.Uint64(h[8:])
	r.Time = int64(binary.LittleEndian.Uint64(h[16:]))
	behind := uint64(binary.LittleEndian.Uint32(h[24:]))
	r.Type = binary.LittleEndian.Uint32(h[28:])
	if r.Index == 0 || behind == 0 || behind > r.Index {
		return r, false
	}
	r.flushed = r.Index - behind
	return r, r.size <= maxPayload && recordHeaderSize+int64(r.size) <= room
}

// checks says whether the checksum fits the header's bytes and the payload.
func (r *record) checks(salt uint32, header []byte) bool {
	sum := crc32.Update(salt, castagnoli, header[4:recordHeaderSize])
	return crc32.Update(sum, castagnoli, r.Payload) == r.checksum
}

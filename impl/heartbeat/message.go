package heartbeat

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"unicode/utf8"
)

// A heartbeat travels as one datagram, numbers little-endian:
//
//	magic       4 bytes, with the version
//	checksum    4 bytes, CRC-32C of all that follows
//	incarnation 8 bytes
//	sequence    8 bytes
//	from, to    each a byte with the length, and the name
const (
	magic      = "HB\x00\x01"
	fixedBytes = 4 + 4 + 8 + 8

	// MaxName is how long the name of a node may be, in bytes.
	MaxName = 64

	// MaxDatagram is the size of the largest heartbeat, in bytes. It does not
	// grow with the number of nodes.
	MaxDatagram = fixedBytes + 2*(1+MaxName)
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encode returns the heartbeat as a datagram.
func (h Heartbeat) Encode() []byte {
	b := make([]byte, 8, MaxDatagram)
	copy(b, magic)
	b = binary.LittleEndian.AppendUint64(b, h.Incarnation)
	b = binary.LittleEndian.AppendUint64(b, h.Sequence)
	for _, name := range []string{h.From, h.To} {
		b = append(b, byte(len(name)))
		b = append(b, name...)
	}
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[8:], castagnoli))
	return b
}

// Decode reads a datagram. Its error matches ErrForeign or ErrDamaged.
func Decode(b []byte) (Heartbeat, error) {
	switch {
	case len(b) < len(magic) || string(b[:len(magic)]) != magic:
		return Heartbeat{}, fmt.Errorf("%w: it begins with %q", ErrForeign, b[:min(len(b), len(magic))])
	case len(b) > MaxDatagram:
		return Heartbeat{}, fmt.Errorf("%w: %d bytes, and at most %d make sense", ErrDamaged, len(b), MaxDatagram)
	case len(b) < fixedBytes:
		return Heartbeat{}, fmt.Errorf("%w: %d bytes are too few", ErrDamaged, len(b))
	case crc32.Checksum(b[8:], castagnoli) != binary.LittleEndian.Uint32(b[4:]):
		return Heartbeat{}, fmt.Errorf("%w: the checksum does not fit", ErrDamaged)
	}
	h := Heartbeat{
		Incarnation: binary.LittleEndian.Uint64(b[8:]),
		Sequence:    binary.LittleEndian.Uint64(b[16:]),
	}
	rest := b[fixedBytes:]
	for _, name := range []*string{&h.From, &h.To} {
		if len(rest) == 0 || len(rest) < 1+int(rest[0]) {
			return Heartbeat{}, fmt.Errorf("%w: a name goes on behind its end", ErrDamaged)
		}
		*name, rest = string(rest[1:1+int(rest[0])]), rest[1+int(rest[0]):]
		if err := checkName(*name); err != nil {
			return Heartbeat{}, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	if len(rest) > 0 || h.Incarnation == 0 || h.Sequence == 0 {
		return Heartbeat{}, fmt.Errorf("%w: incarnation %d, heartbeat %d, %d bytes too many", ErrDamaged, h.Incarnation, h.Sequence, len(rest))
	}
	return h, nil
}

// checkName says what is wrong with the name of a node.
func checkName(name string) error {
	if name == "" || len(name) > MaxName || !utf8.ValidString(name) {
		return fmt.Errorf("the name %q; it must be 1 to %d bytes of UTF-8", name, MaxName)
	}
	return nil
}

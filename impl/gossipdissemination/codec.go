package gossipdissemination

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// A message on the wire is a byte for the version, a byte for the kind, and its
// parts: numbers as varints, strings and lists after their length. A CRC-32C
// over all of it comes last.
const wireVersion = 1

const (
	// maxText is the length of the longest key or value, in bytes.
	maxText = 1 << 12
	// maxNumber is the largest generation, version, incarnation or sequence number.
	maxNumber = 1<<31 - 1
	// checksumSize is the size of the checksum at the end of a message, in bytes.
	checksumSize = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encode adds the message to a buffer.
func (m *Message) Encode(b []byte) []byte {
	start := len(b)
	b = appendText(append(b, wireVersion, byte(m.Kind)), m.From)
	b = appendText(b, m.To)
	if m.Kind == KindDigest {
		b = append(b, 0)
		if m.Whole {
			b[len(b)-1] = 1
		}
	}
	b = binary.AppendUvarint(b, uint64(len(m.Digests)))
	for _, owner := range sorted(m.Digests) {
		b = appendDigest(appendText(b, owner), m.Digests[owner])
	}
	if m.Kind == KindDelta {
		b = binary.AppendUvarint(b, uint64(len(m.Entries)))
		for _, owner := range sorted(m.Entries) {
			b = appendDelta(appendText(b, owner), m.Entries[owner])
		}
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendDigest(b []byte, d Digest) []byte {
	for _, n := range []uint32{d.Gen, d.Ver, d.Inc} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return append(b, byte(d.Status))
}

func appendDelta(b []byte, d Delta) []byte {
	b = binary.AppendUvarint(appendDigest(b, d.Digest), uint64(d.Since))
	b = binary.AppendUvarint(b, uint64(len(d.Vals)))
	for _, key := range sorted(d.Vals) {
		v := d.Vals[key]
		b = binary.AppendUvarint(appendText(appendText(b, key), v.Val), uint64(v.Ver))
	}
	return b
}

// Decode reads a message. Bytes that are not exactly one message are rejected with
// ErrMalformed; the error says what is wrong where.
func Decode(b []byte) (*Message, error) {
	if len(b) < checksumSize+2 {
		return nil, fmt.Errorf("%w: %d bytes", ErrMalformed, len(b))
	}
	body := b[:len(b)-checksumSize]
	if binary.LittleEndian.Uint32(b[len(body):]) != crc32.Checksum(body, castagnoli) {
		return nil, fmt.Errorf("%w: checksum", ErrMalformed)
	}
	if body[0] != wireVersion {
		return nil, fmt.Errorf("%w: version %d", ErrMalformed, body[0])
	}
	r := readerOf(body)
	m := &Message{Kind: Kind(body[1]), From: r.name(), To: r.name(), Digests: map[string]Digest{}}
	switch m.Kind {
	case KindDigest:
		flag := r.byte()
		m.Whole = flag == 1
		r.check(flag <= 1, "flag")
	case KindDelta:
		m.Entries = map[string]Delta{}
	default:
		return nil, fmt.Errorf("%w: kind %d", ErrMalformed, body[1])
	}
	for range r.count() {
		owner := r.name()
		_, twice := m.Digests[owner]
		r.check(!twice, "an owner twice")
		m.Digests[owner] = r.digest()
	}
	if m.Kind == KindDelta {
		for range r.count() {
			owner := r.name()
			_, twice := m.Entries[owner]
			r.check(!twice, "an owner twice")
			m.Entries[owner] = r.delta()
		}
	}
	r.check(len(r.b) == 0, "bytes behind the end")
	if r.err != nil {
		return nil, r.err
	}
	return m, nil
}

// wireReader reads the parts of a message; after an error it reads zeros.
type wireReader struct {
	b    []byte // not read yet
	size int    // of the whole, in bytes
	err  error
}

// readerOf returns a reader of the parts after the version and the kind.
func readerOf(body []byte) *wireReader { return &wireReader{b: body[2:], size: len(body)} }

func (r *wireReader) check(ok bool, what string) {
	if !ok && r.err == nil {
		r.err = fmt.Errorf("%w: %s, by byte %d of %d", ErrMalformed, what, r.size-len(r.b), r.size)
		r.b = nil
	}
}

func (r *wireReader) byte() byte {
	if len(r.b) == 0 {
		r.check(false, "it ends too early")
		return 0
	}
	first := r.b[0]
	r.b = r.b[1:]
	return first
}

func (r *wireReader) number() uint32 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > maxNumber {
		r.check(false, "a number")
		return 0
	}
	r.b = r.b[size:]
	return uint32(n)
}

// count reads the length of a list, each member of which takes a byte or more.
func (r *wireReader) count() int {
	n := int(r.number())
	if n > len(r.b) {
		r.check(false, "a list longer than the message")
		return 0
	}
	return n
}

func (r *wireReader) text() string {
	n := r.count()
	r.check(n <= maxText, "a text that is too long")
	if r.err != nil {
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *wireReader) name() string {
	s := r.text()
	r.check(s != "", "an empty name")
	r.check(len(s) <= maxName, "a name that is too long")
	return s
}

func (r *wireReader) digest() Digest {
	d := Digest{Gen: r.number(), Ver: r.number(), Inc: r.number(), Status: Status(r.byte())}
	r.check(d.Status <= Left, "a status")
	return d
}

func (r *wireReader) delta() Delta {
	d := Delta{Digest: r.digest(), Since: r.number(), Vals: map[string]Value{}}
	r.check(d.Gen > 0 && d.Since <= d.Ver, "a delta of nothing")
	for range r.count() {
		key := r.text()
		v := Value{Val: r.text(), Ver: r.number()}
		_, twice := d.Vals[key]
		r.check(!twice && v.Ver > d.Since && v.Ver <= d.Ver, "a value outside its delta")
		d.Vals[key] = v
	}
	return d
}

// Within returns the Budget for messages of at most limit bytes: owners in turn,
// each as far as there is room, in the order of its versions. The first one gets
// its oldest version even if the limit is too small for that.
func Within(limit int) Budget {
	return func(u *Updates) Truncation {
		if len(u.Owners) == 0 {
			return Truncation{}
		}
		m := Message{Kind: KindDelta, From: u.From, To: u.To, Digests: u.Wants}
		room := limit - len(m.Encode(nil)) - 2 // the list's length may grow
		t, some := Truncation{}, false
		for _, owner := range u.Owners {
			t[owner] = Omit
			for i, upTo := range u.CutPoints(owner) {
				size := len(appendDelta(appendText(nil, owner), u.Delta(owner, upTo)))
				if size > room && (some || i > 0) {
					break
				}
				t[owner], some = int(upTo), true
			}
			if t[owner] != Omit {
				room -= len(appendDelta(appendText(nil, owner), u.Delta(owner, uint32(t[owner]))))
			}
		}
		return t
	}
}

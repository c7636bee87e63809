package lamportclock

import (
	"encoding/binary"
	"fmt"

	"github.com/lockstep-tla/lockstep/trace"
)

// Entry is one entry of a server's log: a version, or a mark that says how far a
// read has moved the clock.
type Entry struct {
	Stamp uint64
	Mark  bool
	Key   string
	Value string
}

// View implements trace.Viewer.
func (e Entry) View(o *trace.Object) {
	kind, key, value := "version", e.Key, e.Value
	switch {
	case e.Stamp == 0: // there is none
		kind, key, value = "none", "none", Nothing
	case e.Mark:
		kind, value = "mark", Nothing
	}
	o.Count("stamp", e.Stamp)
	o.String("kind", kind)
	o.String("key", key)
	o.String("value", value)
}

// The kinds of entries in the write-ahead log.
const (
	versionEntry uint32 = iota + 1
	markEntry
)

func (e Entry) kind() uint32 {
	if e.Mark {
		return markEntry
	}
	return versionEntry
}

// encode appends the stamp, the key with its length before it, and the value.
func (e Entry) encode(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, e.Stamp)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(e.Key)))
	dst = append(dst, e.Key...)
	return append(dst, e.Value...)
}

// decodeEntry reads an entry that follows one with the given stamp.
func decodeEntry(kind uint32, b []byte, before uint64) (Entry, error) {
	const head = 8 + 2
	if len(b) < head || kind != versionEntry && kind != markEntry {
		return Entry{}, fmt.Errorf("%w: kind %d, %d bytes", ErrEntry, kind, len(b))
	}
	e := Entry{Stamp: binary.LittleEndian.Uint64(b), Mark: kind == markEntry}
	size := int(binary.LittleEndian.Uint16(b[8:]))
	if size > len(b)-head {
		return Entry{}, fmt.Errorf("%w: a key of %d bytes in %d", ErrEntry, size, len(b))
	}
	e.Key, e.Value = string(b[head:head+size]), string(b[head+size:])
	if e.Stamp <= before || e.Stamp > MaxStamp {
		return Entry{}, fmt.Errorf("%w: stamp %d behind %d", ErrEntry, e.Stamp, before)
	}
	return e, nil
}

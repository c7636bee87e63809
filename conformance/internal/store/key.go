package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// Key gathers what a result depends on. The order of the parts counts.
type Key struct{ h hash.Hash }

// NewKey begins the key of a kind of result. Raise the number in the kind's name
// when what is kept changes its form.
func NewKey(kind string) *Key {
	k := &Key{sha256.New()}
	k.Add("kind", []byte(kind))
	return k
}

// Add adds a part with its name. Parts cannot run into each other: the lengths
// count, too.
func (k *Key) Add(name string, content []byte) {
	for _, b := range [][]byte{[]byte(name), content} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		k.h.Write(n[:]) // a hash never fails
		k.h.Write(b)
	}
}

// AddText adds a part that is text.
func (k *Key) AddText(name, text string) { k.Add(name, []byte(text)) }

// String is the key of all that was added so far.
func (k *Key) String() string { return hex.EncodeToString(k.h.Sum(nil)) }

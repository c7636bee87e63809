package writeaheadlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/trace"
)

// Deleted is how a trace shows that a batch deletes a key.
const Deleted = "deleted"

// Batch is a set of changes to a Map, of which all are made or none. The zero
// value is empty. A later change of a key takes the place of an earlier one.
type Batch struct {
	changes map[string]change
}

type change struct {
	value   string
	deleted bool
}

func (b *Batch) set(key string, c change) {
	if b.changes == nil {
		b.changes = map[string]change{}
	}
	b.changes[key] = c
}

// Put gives a key a value.
func (b *Batch) Put(key, value string) { b.set(key, change{value: value}) }

// Delete removes a key from the map. The key need not be there.
func (b *Batch) Delete(key string) { b.set(key, change{deleted: true}) }

// Len returns how many keys the batch changes.
func (b *Batch) Len() int { return len(b.changes) }

// Encode appends the batch to dst as an entry's payload: the number of changes,
// and for each change, in the order of the keys, a byte for the kind of change,
// the key, and the value unless the key is deleted. A length stands before each
// key and value.
func (b *Batch) Encode(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b.changes)))
	for _, key := range slices.Sorted(maps.Keys(b.changes)) {
		c := b.changes[key]
		op := byte(0)
		if c.deleted {
			op = 1
		}
		dst = append(dst, op)
		dst = binary.AppendUvarint(dst, uint64(len(key)))
		dst = append(dst, key...)
		if !c.deleted {
			dst = binary.AppendUvarint(dst, uint64(len(c.value)))
			dst = append(dst, c.value...)
		}
	}
	return dst
}

// changesIn decodes a batch. It yields each change in turn; if the bytes are
// not those of a batch, the last thing it yields is an error.
func changesIn(b []byte) iter.Seq2[keyChange, error] {
	return func(yield func(keyChange, error) bool) {
		n, b, ok := cutUvarint(b)
		for ; ok && n > 0; n-- {
			var kc keyChange
			if kc, b, ok = cutChange(b); ok && !yield(kc, nil) {
				return
			}
		}
		if !ok || len(b) > 0 {
			yield(keyChange{}, ErrNotABatch)
		}
	}
}

type keyChange struct {
	key string
	change
}

func cutChange(b []byte) (kc keyChange, rest []byte, ok bool) {
	if len(b) == 0 || b[0] > 1 {
		return kc, nil, false
	}
	kc.deleted = b[0] == 1
	if kc.key, b, ok = cutString(b[1:]); ok && !kc.deleted {
		kc.value, b, ok = cutString(b)
	}
	return kc, b, ok
}

func cutUvarint(b []byte) (n uint64, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return 0, nil, false
	}
	return n, b[size:], true
}

func cutString(b []byte) (s string, rest []byte, ok bool) {
	n, b, ok := cutUvarint(b)
	if !ok || n > uint64(len(b)) {
		return "", nil, false
	}
	return string(b[:n]), b[n:], true
}

// Map is a map from strings to strings that survives the end of the process,
// and of the machine as far as its policy promises. Reads are served from
// memory. Its methods may be called by any number of goroutines.
type Map struct {
	log   *Log
	state *Store
}

// Store is the state machine of a Map, for a program that uses a Log or a Core
// directly.
type Store struct {
	mu     sync.RWMutex
	values map[string]string
	err    error // what was wrong with an entry
}

var _ Traced = (*Store)(nil)

// NewStore returns an empty store.
func NewStore() *Store { return &Store{values: map[string]string{}} }

// Apply implements StateMachine. Making the same changes twice is as good as
// making them once, so a client may try again.
func (s *Store) Apply(e Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, err := range changesIn(e.Payload) {
		switch {
		case err != nil:
			s.err = errors.Join(s.err, fmt.Errorf("%w: entry %d", err, e.Index))
		case c.deleted:
			delete(s.values, c.key)
		default:
			s.values[c.key] = c.value
		}
	}
}

// View implements Traced.
func (s *Store) View(o *trace.Object) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		o.String(shown(key), shown(s.values[key]))
	}
}

// shown is a string as it appears in a trace. A string that TLC cannot read is
// shown in hexadecimal digits.
func shown(s string) string {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return fmt.Sprintf("0x%x", s)
		}
	}
	return s
}

// ViewPayload implements Traced.
func (*Store) ViewPayload(o *trace.Object, payload []byte) {
	for c, err := range changesIn(payload) {
		switch {
		case err != nil:
			o.String("", err.Error()) // no key of a spec is empty
		case c.deleted:
			o.String(shown(c.key), Deleted)
		default:
			o.String(shown(c.key), shown(c.value))
		}
	}
}

// OpenMap opens the map that is in the named file, which is made if there is
// none. See Open for what can go wrong.
func OpenMap(path string, options Options) (*Map, error) {
	m := &Map{state: NewStore()}
	log, err := Open(path, m.state, options)
	if err != nil {
		return nil, err
	}
	if m.state.err != nil {
		return nil, errors.Join(m.state.err, log.Close())
	}
	m.log = log
	return m, nil
}

// Log returns the log behind the map, for its status and its entries. Append
// nothing to it except batches.
func (m *Map) Log() *Log { return m.log }

// Write makes the changes of a batch, all or none, and returns when the promise
// of the policy is kept. An error that matches ErrPoisoned or ErrClosed leaves
// it open whether they will be found when the map is opened again.
func (m *Map) Write(b *Batch) error {
	t, err := m.Submit(b)
	if err != nil {
		return err
	}
	return t.Wait()
}

// Submit is Write without waiting; see Log.Submit.
func (m *Map) Submit(b *Batch) (Ticket, error) {
	return m.log.Submit(0, b.Encode(nil))
}

// Put gives a key a value, as a batch of one.
func (m *Map) Put(key, value string) error {
	var b Batch
	b.Put(key, value)
	return m.Write(&b)
}

// Delete removes a key from the map, as a batch of one.
func (m *Map) Delete(key string) error {
	var b Batch
	b.Delete(key)
	return m.Write(&b)
}

// Get returns the value of a key, and whether there is one.
func (m *Map) Get(key string) (string, bool) {
	m.state.mu.RLock()
	defer m.state.mu.RUnlock()
	value, ok := m.state.values[key]
	return value, ok
}

// Len returns how many keys there are.
func (m *Map) Len() int {
	m.state.mu.RLock()
	defer m.state.mu.RUnlock()
	return len(m.state.values)
}

// All returns the keys with their values, in no order, as they are at the time
// of the call.
func (m *Map) All() iter.Seq2[string, string] {
	m.state.mu.RLock()
	defer m.state.mu.RUnlock()
	return maps.All(maps.Clone(m.state.values))
}

// Close flushes what there is and closes the log. The map can still be read.
func (m *Map) Close() error { return m.log.Close() }

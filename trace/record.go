package trace

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// ErrArgument is wrapped by the error of a Record that was asked for a field
// that is missing or of another kind.
var ErrArgument = errors.New("argument")

// Record gives typed access to the fields of a record, such as the arguments of
// a step. A field that is missing, or of another kind, reads as the zero value
// and is an error, which Err returns: read all that is needed, then ask for the
// error once. Not for use by several goroutines.
//
//	args := trace.NewRecord(event.Args)
//	from, number := args.String("from"), args.Record("message").Int("number")
//	if err := args.Err(); err != nil {
//		return err // argument message.number: want an integer, have "2"
//	}
type Record struct {
	fields map[string]Value
	path   string // of this record within the outermost, with a dot behind it
	err    *error // the first thing that went wrong, of the outermost
}

// NewRecord returns access to the fields, which it keeps.
func NewRecord(fields map[string]Value) *Record {
	return &Record{fields: fields, err: new(error)}
}

// Err returns the first thing that went wrong in this record, in those inside
// it, and in the one that it is inside of; or nil. It wraps ErrArgument.
func (r *Record) Err() error { return *r.err }

// Has says whether there is a field of that name.
func (r *Record) Has(name string) bool {
	_, ok := r.fields[name]
	return ok
}

// Names returns the names of the fields, in ascending order.
func (r *Record) Names() []string { return slices.Sorted(maps.Keys(r.fields)) }

// Int returns an integer.
func (r *Record) Int(name string) int { return field[int](r, name, "an integer") }

// Uint returns an integer that is not negative.
func (r *Record) Uint(name string) uint64 {
	n := r.Int(name)
	if n < 0 {
		r.wrong(name, "an integer that is not negative", n)
		return 0
	}
	return uint64(n)
}

// String returns a string.
func (r *Record) String(name string) string { return field[string](r, name, "a string") }

// Bool returns a boolean.
func (r *Record) Bool(name string) bool { return field[bool](r, name, "a boolean") }

// Record returns a record. What goes wrong in it is an error of r as well.
func (r *Record) Record(name string) *Record {
	inner := &Record{path: r.path + name + ".", err: r.err}
	if list, ok := r.fields[name].([]Value); ok && len(list) == 0 {
		return inner // TLA+ knows one empty function, and may show it as a sequence
	}
	inner.fields = field[map[string]Value](r, name, "a record")
	return inner
}

// Value returns a field of any kind.
func (r *Record) Value(name string) Value {
	v, ok := r.fields[name]
	if !ok {
		r.fail(name, "is missing")
	}
	return v
}

func field[T any](r *Record, name, want string) (v T) {
	have, ok := r.fields[name]
	if !ok {
		r.fail(name, "is missing")
		return v
	}
	if v, ok = have.(T); !ok {
		r.wrong(name, want, have)
	}
	return v
}

func (r *Record) wrong(name, want string, have Value) {
	r.fail(name, fmt.Sprintf("want %s, have %#v", want, have))
}

func (r *Record) fail(name, how string) {
	if *r.err == nil {
		*r.err = fmt.Errorf("%w %s%s: %s", ErrArgument, r.path, name, how)
	}
}

// ValueOf returns the record that v shows in a trace, as a reader would get it.
// It is an error if a trace cannot hold it. It is safe for concurrent use.
func ValueOf(v Viewer) (map[string]Value, error) {
	w, ok := witnesses.Get().(*witness)
	if !ok {
		w = &witness{}
		w.rec = Watch(func(e Event) error {
			w.shown = e.State
			return nil
		})
	}
	w.rec.Step("ValueOf").State(v)
	shown, err := w.shown, w.rec.Err()
	if err == nil { // a recorder that has failed stays so
		w.shown = nil
		witnesses.Put(w)
	}
	return shown, err
}

// witness is a recorder with what its last step has shown.
type witness struct {
	rec   *Recorder
	shown map[string]Value
}

// witnesses are those that no call of ValueOf uses. A recorder is much larger than what a
// message shows.
var witnesses sync.Pool

// Equal says whether two values are the same to TLA+, where the empty sequence,
// the empty record and the empty set are one.
func Equal(a, b Value) bool {
	if length(a) == 0 && length(b) == 0 {
		return true
	}
	switch a := a.(type) {
	case []Value:
		b, ok := b.([]Value)
		return ok && slices.EqualFunc(a, b, Equal)
	case map[string]Value:
		b, ok := b.(map[string]Value)
		return ok && maps.EqualFunc(a, b, Equal)
	}
	return a == b
}

// length is how many members a value has; -1 for one that has none.
func length(v Value) int {
	switch v := v.(type) {
	case []Value:
		return len(v)
	case map[string]Value:
		return len(v)
	}
	return -1
}

package trace

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Viewer is implemented by what a step's state is read from.
//
// View adds the fields of the view to o. It is called by the goroutine that
// calls State or Object, before that call returns and with no lock of the
// recorder held. It must not keep o.
type Viewer interface {
	View(o *Object)
}

// Object takes the fields of one object. The first field that a trace cannot
// hold spoils the whole step; the fields after it are ignored.
type Object struct {
	buf  []byte   // the line so far; each value is followed by a comma
	keys []string // of the open objects, the innermost object's last
	path []place  // the names of the open objects and arrays
	err  error

	quoted [slots]quotedKey // keys as they were written before

	from uint64 // what Count takes off; see Recorder.CountFrom

	scope         // of the innermost open object
	scopes uint64 // how many were opened in this line
	index  map[indexedKey]struct{}
}

// scope is what finds a repeated key among those of one object.
type scope struct {
	id    uint64 // tells the objects of a line apart
	first int    // where the object's keys begin
	seen  uint64 // a bit for each key, so that most keys need no search
}

// indexedKey is a key of an object that has too many to search one by one.
type indexedKey struct {
	scope uint64
	key   string
}

// place is a step on the way to a field: a member, or the element of an array
// if the key is empty.
type place struct {
	key   string
	index int
}

// searchLimit is the number of keys up to which a search beats a map.
const searchLimit = 48

// Int adds an integer from -MaxInt to MaxInt.
func (o *Object) Int(k string, v int) *Object {
	if line, ok := o.key(k); ok {
		o.int(line, place{key: k}, int64(v))
	}
	return o
}

// Uint adds an integer up to MaxInt. A conversion to int would let the largest ones pass
// as negative numbers.
func (o *Object) Uint(k string, v uint64) *Object {
	if line, ok := o.key(k); ok {
		o.uint(line, place{key: k}, v)
	}
	return o
}

// Count adds the number of a counter that may begin high. It takes off the number that was
// given to Recorder.CountFrom. A 0 stays a 0, because it stands for no number. Any other
// number below that beginning is wrong, and becomes -2 or less, because specs use -1.
func (o *Object) Count(k string, v uint64) *Object {
	if line, ok := o.key(k); ok {
		o.count(line, place{key: k}, v)
	}
	return o
}

// Bool adds a boolean.
func (o *Object) Bool(k string, v bool) *Object {
	if line, ok := o.key(k); ok {
		o.buf = appendBool(line, v)
	}
	return o
}

// String adds a string, which must be valid UTF-8.
func (o *Object) String(k, v string) *Object {
	if line, ok := o.key(k); ok {
		o.string(line, place{key: k}, v)
	}
	return o
}

// Ints adds a sequence of integers.
func (o *Object) Ints(k string, v ...int) *Object {
	return sequence(o, k, v, func(o *Object, at place, n int) { o.int(o.buf, at, int64(n)) })
}

// Uints adds a sequence of integers, each as Uint adds one.
func (o *Object) Uints(k string, v ...uint64) *Object {
	return sequence(o, k, v, func(o *Object, at place, n uint64) { o.uint(o.buf, at, n) })
}

// Counts adds a sequence of integers, each as Count adds one.
func (o *Object) Counts(k string, v ...uint64) *Object {
	return sequence(o, k, v, func(o *Object, at place, n uint64) { o.count(o.buf, at, n) })
}

// Strings adds a sequence of strings.
func (o *Object) Strings(k string, v ...string) *Object {
	return sequence(o, k, v, func(o *Object, at place, s string) { o.string(o.buf, at, s) })
}

func sequence[T any](o *Object, k string, v []T, add func(o *Object, at place, e T)) *Object {
	if o.nest(k) && o.enter(place{key: k}) {
		o.buf = append(o.buf, '[')
		for i, e := range v {
			add(o, place{index: i}, e)
		}
		o.leave(']')
	}
	return o
}

// Set adds a set of strings, which is recorded as the object of its members,
// each true. A member given twice is refused. The order is of no importance
// to a checker; sort the members if equal runs shall give equal files.
func (o *Object) Set(k string, members ...string) *Object {
	if !o.nest(k) {
		return o
	}
	if outer, ok := o.open(place{key: k}); ok {
		for _, m := range members {
			o.Bool(m, true)
		}
		o.close(outer)
	}
	return o
}

// Object adds the fields of v as an object.
func (o *Object) Object(k string, v Viewer) *Object {
	if o.nest(k) {
		o.view(place{key: k}, v)
	}
	return o
}

// Record adds an object with the fields that the function adds. It serves
// functions over strings and records without a type of their own.
func (o *Object) Record(k string, fields func(o *Object)) *Object {
	if !o.nest(k) {
		return o
	}
	if fields == nil {
		o.fail(place{key: k}, invalid("the function is nil"))
		return o
	}
	if outer, ok := o.open(place{key: k}); ok {
		fields(o)
		o.close(outer)
	}
	return o
}

// Objects adds a sequence of n objects; at returns each.
func (o *Object) Objects(k string, n int, at func(i int) Viewer) *Object {
	if !o.nest(k) {
		return o
	}
	if at == nil && n > 0 {
		o.fail(place{key: k}, invalid("the function is nil"))
		return o
	}
	if o.enter(place{key: k}) {
		o.buf = append(o.buf, '[')
		for i := 0; i < n && o.err == nil; i++ {
			o.view(place{index: i}, at(i))
		}
		o.leave(']')
	}
	return o
}

// Value adds a value of a kind that is only known at run time. Beside the
// kinds of Value it takes []string and []int. The members of a map are
// sorted. It is the slowest way to add a field.
func (o *Object) Value(k string, v Value) *Object {
	if o.nest(k) {
		o.value(place{key: k}, v)
	}
	return o
}

func (o *Object) value(at place, v Value) {
	if len(o.buf) > MaxLine {
		o.fail(at, errTooLong)
	}
	if o.err != nil {
		return
	}
	switch v := v.(type) {
	case int:
		o.int(o.buf, at, int64(v))
	case bool:
		o.buf = appendBool(o.buf, v)
	case string:
		o.string(o.buf, at, v)
	case []Value:
		array(o, at, v)
	case []string:
		array(o, at, v)
	case []int:
		array(o, at, v)
	case map[string]Value:
		outer, ok := o.open(at)
		if !ok {
			return
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			o.Value(k, v[k])
		}
		o.close(outer)
	case nil:
		o.fail(at, invalid("there is no null"))
	default:
		o.fail(at, invalid("a trace has no %T", v))
	}
}

func array[E any](o *Object, at place, v []E) {
	if !o.enter(at) {
		return
	}
	o.buf = append(o.buf, '[')
	for i, e := range v {
		o.value(place{index: i}, e)
	}
	o.leave(']')
}

// view adds the object of v as a value.
func (o *Object) view(at place, v Viewer) {
	if v == nil {
		o.fail(at, invalid("the Viewer is nil"))
		return
	}
	if outer, ok := o.open(at); ok {
		v.View(o)
		o.close(outer)
	}
}

// enter notes that an object or array begins, unless it nests too deep.
func (o *Object) enter(at place) bool {
	if len(o.path)+2 > MaxDepth { // the line's own object is not in the path
		o.fail(at, invalid("nested deeper than %d", MaxDepth))
		return false
	}
	o.path = append(o.path, at)
	return true
}

// leave ends what enter began: the comma after the last element, if there is
// any, gives way to the bracket.
func (o *Object) leave(bracket byte) {
	o.path = o.path[:len(o.path)-1]
	last := len(o.buf) - 1
	if o.buf[last] == ',' {
		o.buf[last] = bracket
		o.buf = append(o.buf, ',')
		return
	}
	o.buf = append(o.buf, bracket, ',')
}

// open begins an object and returns the scope to go back to.
func (o *Object) open(at place) (outer scope, ok bool) {
	if !o.enter(at) {
		return scope{}, false
	}
	o.buf = append(o.buf, '{')
	outer = o.scope
	o.beginScope()
	return outer, true
}

// beginScope makes a new scope the innermost.
func (o *Object) beginScope() {
	o.scopes++
	o.scope = scope{id: o.scopes, first: len(o.keys)}
}

// close ends the innermost object.
func (o *Object) close(outer scope) {
	o.leave('}')
	o.keys = o.keys[:o.first]
	o.scope = outer
}

// key returns the line with a key added, or false if the field is not to be
// added. Here and below, a line that is passed on in registers is much faster
// than one that each function loads and stores.
func (o *Object) key(k string) (line []byte, ok bool) {
	if o.err != nil {
		return nil, false
	}
	if len(k) == 0 {
		o.fail(place{index: -1}, invalid("the key is empty"))
		return nil, false
	}
	slot := (uint(len(k)) + uint(k[0])*3 + uint(k[len(k)-1])*7) % slots
	bit := uint64(1) << slot
	if (o.seen&bit != 0 || len(o.keys)-o.first >= searchLimit) && o.repeated(k) {
		o.fail(place{key: k}, invalid("the key is there twice"))
		return nil, false
	}
	o.seen |= bit
	o.keys = append(o.keys, k)
	if line, ok = o.quoted[slot].append(o.buf, k); ok {
		return line, true
	}
	if line, ok = appendQuoted(o.buf, k, ':'); !ok {
		o.unquotable(place{key: k}, k)
		return nil, false
	}
	o.quoted[slot].set(k, line[len(o.buf):])
	return line, true
}

// nest begins a field whose value is an object or an array.
func (o *Object) nest(k string) bool {
	line, ok := o.key(k)
	if ok {
		o.buf = line
	}
	return ok
}

// repeated reports whether the innermost object has the key, and remembers it
// if the object has too many keys for a search.
func (o *Object) repeated(k string) bool {
	keys := o.keys[o.first:]
	if len(keys) < searchLimit {
		return slices.Contains(keys, k)
	}
	if o.index == nil {
		o.index = make(map[indexedKey]struct{})
	}
	if len(keys) == searchLimit {
		for _, known := range keys {
			o.index[indexedKey{o.id, known}] = struct{}{}
		}
	}
	before := len(o.index)
	o.index[indexedKey{o.id, k}] = struct{}{}
	return len(o.index) == before
}

// int adds an integer to the line.
func (o *Object) int(line []byte, at place, v int64) {
	switch {
	case v < -MaxInt || v > MaxInt:
		o.fail(at, outOfRange(strconv.FormatInt(v, 10)))
	case len(line) > MaxLine:
		o.fail(at, errTooLong)
	default:
		o.buf = appendInt(line, v)
	}
}

// uint adds an integer to the line.
func (o *Object) uint(line []byte, at place, v uint64) {
	if v > MaxInt {
		o.fail(at, outOfRange(strconv.FormatUint(v, 10)))
		return
	}
	o.int(line, at, int64(v))
}

// count adds an integer to the line, counted from where the recorder does.
func (o *Object) count(line []byte, at place, v uint64) {
	switch {
	case v == 0:
		o.int(line, at, 0)
	case v >= o.from:
		o.uint(line, at, v-o.from)
	case v < MaxInt:
		o.int(line, at, -1-int64(v))
	default:
		o.fail(at, invalid("%d is below %d, where the recorder counts from", v, o.from))
	}
}

// string adds a string to the line.
func (o *Object) string(line []byte, at place, v string) {
	if o.err != nil {
		return
	}
	if line, ok := appendQuoted(line, v, ','); ok {
		o.buf = line
	} else {
		o.unquotable(at, v)
	}
}

// unquotable says why quote did not add s.
func (o *Object) unquotable(at place, s string) {
	if utf8.ValidString(s) {
		o.fail(at, errTooLong)
		return
	}
	o.fail(at, invalid("it is not valid UTF-8"))
}

// fail spoils the line: what is at that place in the innermost object or array
// cannot be recorded.
func (o *Object) fail(at place, err error) {
	if o.err != nil {
		return
	}
	var b strings.Builder
	for _, p := range append(o.path, at) {
		if p.key == "" && p.index >= 0 {
			fmt.Fprintf(&b, "[%d]", p.index)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(p.key)
	}
	o.err = fmt.Errorf("field %q: %w", b.String(), err)
}

// errTooLong stops a program that records without bound from filling the
// memory with one line.
var errTooLong = invalid("the line is longer than %d bytes", MaxLine)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

func outOfRange(n string) error {
	return invalid("%s is outside the integers that TLC can read, %d to %d", n, -MaxInt, MaxInt)
}

// endLine ends the line's own object, after its last member.
func (o *Object) endLine() {
	o.buf[len(o.buf)-1] = '}'
	o.buf = append(o.buf, '\n')
	if len(o.buf) > MaxLine+1 && o.err == nil {
		o.err = errTooLong
	}
}

package trace

// Value is what a field of a step can hold, after reading:
//
//	int              from -MaxInt to MaxInt
//	bool
//	string           valid UTF-8
//	[]Value          a sequence
//	map[string]Value a record, or a function over strings; a set of strings
//	                 is the record of its members, each true
//
// There is no null and there are no floats.
type Value any

// Values are the members of a list as values: of a set of names, say, that is
// one of a header's constants.
func Values[T int | bool | string](list []T) []Value {
	values := make([]Value, len(list))
	for i, v := range list {
		values[i] = v
	}
	return values
}

// The limits of the format. A line is the unit of memory: neither side ever
// holds more than one that is not yet understood.
const (
	// MaxInt is the largest integer a trace can hold, and -MaxInt the
	// smallest. TLC computes with 32 bits and reads a number as a sign and
	// digits that must fit by themselves, so -2^31 has no literal.
	MaxInt = 1<<31 - 1
	// MaxLine is the length of the longest line in bytes, without its newline.
	MaxLine = 1 << 20
	// MaxDepth is how deep objects and arrays nest, the line itself included.
	MaxDepth = 64
)

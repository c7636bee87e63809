package trace

// Value is what a field of a step can hold, after reading:
//
//	int              within 32 bits, because TLC wraps larger numbers silently
//	bool
//	string
//	[]Value          a sequence
//	map[string]Value a record, or a function over strings; a set of strings
//	                 is the record of its members, each true
//
// There is no null and there are no floats.
type Value any

package tlc

import (
	"cmp"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Value is a TLA+ value as Go sees it:
//
//	int               an integer (TLC's are 32 bits wide)
//	bool
//	string
//	[]Value           a tuple or sequence; TLC prints the function without
//	                  arguments in the same way, so an empty one may be that
//	map[string]Value  a record, or a function over strings
//	Set               a set, with its members in TLC's order
//	Func              any other function
//	Model             a model value, or a definition that TLC left as a name
type Value = trace.Value

// Set is a set of values. TLC has no duplicates in it, and FormatValue does
// not mind them.
type Set []Value

// Func is a function that is neither a sequence nor one over strings.
type Func []Pair

// Pair is one argument of a function with its result.
type Pair struct{ Arg, Result Value }

// Model is the name of a model value.
type Model string

// sortedKeys returns m's keys in order, so that what is written is always the
// same.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Package tla has the helpers for TLA+ values that all parts of the checker
// use: it compares values as TLA+ does and writes them as text. It also has the
// output channel on which the checker's own modules report from a run of TLC.
package tla

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Equal compares values as TLA+ does. The empty sequence and the empty record
// are equal.
func Equal(a, b trace.Value) bool {
	switch a := a.(type) {
	case []trace.Value:
		if len(a) == 0 {
			return isEmpty(b)
		}
		b, ok := b.([]trace.Value)
		return ok && slices.EqualFunc(a, b, Equal)
	case map[string]trace.Value:
		if len(a) == 0 {
			return isEmpty(b)
		}
		b, ok := b.(map[string]trace.Value)
		return ok && maps.EqualFunc(a, b, Equal)
	}
	return reflect.DeepEqual(a, b)
}

// isEmpty says whether a value is the empty sequence or the empty record.
func isEmpty(v trace.Value) bool {
	switch v := v.(type) {
	case []trace.Value:
		return len(v) == 0
	case map[string]trace.Value:
		return len(v) == 0
	}
	return false
}

// Differences lists the fields in which a recorded view differs from the view
// that the spec allows, or from the first of several.
func Differences(allowed []trace.Value, got map[string]trace.Value) string {
	want, ok := allowed[0].(map[string]trace.Value)
	if !ok {
		return fmt.Sprintf("the spec's view is %s, which is no record", Text(allowed[0]))
	}
	var parts []string
	names := SortedKeys(want)
	for _, name := range SortedKeys(got) {
		if _, ok := want[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		w, inSpec := want[name]
		g, inCode := got[name]
		switch {
		case !inCode:
			parts = append(parts, fmt.Sprintf("%s is missing, the spec has %s", name, Text(w)))
		case !inSpec:
			parts = append(parts, fmt.Sprintf("%s = %s is not in the spec's view", name, Text(g)))
		case !Equal(w, g):
			parts = append(parts, fmt.Sprintf("%s = %s, the spec has %s", name, Text(g), Text(w)))
		}
	}
	s := strings.Join(parts, "; ")
	distinct := allowed[:1:1] // several states may have one view
	for _, v := range allowed[1:] {
		if !slices.ContainsFunc(distinct, func(other trace.Value) bool { return Equal(other, v) }) {
			distinct = append(distinct, v)
		}
	}
	switch n := len(distinct); n {
	case 1:
		return s
	case 2:
		return s + " (and one other view is allowed)"
	default:
		return s + fmt.Sprintf(" (and %d other views are allowed)", n-1)
	}
}

// Text writes a value in TLA+. A value that TLA+ does not have is written as Go
// prints it.
func Text(v trace.Value) string {
	s, err := tlc.FormatValue(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return s
}

// Flat lists the elements of a set, a sequence or a bag.
func Flat(v trace.Value) []trace.Value {
	switch v := v.(type) {
	case tlc.Set:
		return v
	case []trace.Value:
		return v
	case tlc.Func:
		var list []trace.Value
		for _, pair := range v {
			n, _ := pair.Result.(int)
			for range n {
				list = append(list, pair.Arg)
			}
		}
		return list
	}
	return nil
}

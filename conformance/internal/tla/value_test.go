package tla_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestDifferencesCountViews: several states may have one view.
func TestDifferencesCountViews(t *testing.T) {
	view := func(n int) trace.Value { return map[string]trace.Value{"n": n} }
	got := map[string]trace.Value{"n": 9}
	for says, allowed := range map[string][]trace.Value{
		"n = 9, the spec has 1":                                 {view(1), view(1)},
		"n = 9, the spec has 1 (and one other view is allowed)": {view(1), view(2), view(1), view(2)},
		"n = 9, the spec has 1 (and 2 other views are allowed)": {view(1), view(2), view(3)},
	} {
		require.Equal(t, says, tla.Differences(allowed, got))
	}
}

// TestEqual: sequences and records are equal if their parts are, at every depth, and the
// empty ones are the same.
func TestEqual(t *testing.T) {
	type list = []trace.Value
	type record = map[string]trace.Value
	values := []trace.Value{
		nil, 0, 1, "", "1", true, list{}, list{1}, list{1, 2}, list{2, 1}, list{list{1}}, list{list{}},
		record{"a": 1}, record{"b": 1}, record{"a": 1, "b": 1}, record{"a": list{}}, record{"a": nil},
		tlc.Set{}, tlc.Set{1}, tlc.Func{{Arg: 1, Result: 2}},
	}
	for i, a := range values {
		for j, b := range values {
			require.Equal(t, i == j, tla.Equal(a, b), "%v and %v", a, b)
		}
	}
	for _, same := range [][2]trace.Value{
		{list{}, record{}}, {list(nil), record(nil)}, {list{record{}}, list{list{}}},
		{record{"a": list{list{}}}, record{"a": list{record{}}}},
	} {
		require.True(t, tla.Equal(same[0], same[1]), same)
		require.True(t, tla.Equal(same[1], same[0]), same)
	}
}

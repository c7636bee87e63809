package tla_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
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

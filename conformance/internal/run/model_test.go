package run_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// TestOnlyWhatEndsSoonIsShort: a model that nothing is known of may be large.
func TestOnlyWhatEndsSoonIsShort(t *testing.T) {
	for _, c := range []struct {
		expect *tlc.Expect
		short  bool
	}{
		{nil, false},
		{&tlc.Expect{}, false},
		{&tlc.Expect{Distinct: 30}, true},
		{&tlc.Expect{Distinct: 50_000}, false},
		{&tlc.Expect{Violates: "Small"}, true},
	} {
		require.Equal(t, c.short, run.IsShort(c.expect), "%v", c.expect)
	}
}

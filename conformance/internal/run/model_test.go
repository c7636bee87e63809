package run_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// TestOnlySearchesThatEndEarlyAreShort: a search for a liveness violation goes through all
// states, and so does that of a model which is right.
func TestOnlySearchesThatEndEarlyAreShort(t *testing.T) {
	s, err := spec.Load(fstest.MapFS{
		"XSteps.cfg": {}, "XSteps.tla": {Data: []byte(`---- MODULE XSteps ----
EXTENDS Steps, Naturals
VARIABLE n
vars == <<n>>
Init == n = 0
Tick == n < 3 /\ n' = n + 1
Small == n < 4
Full == <>(n = 3)
View(node) == [n |-> n]
StepsNext == Step("Tick", [node |-> "a"], Tick)
====
`)}})
	require.NoError(t, err)
	for _, c := range []struct {
		expect *tlc.Expect
		short  bool
	}{
		{nil, false},
		{&tlc.Expect{}, false},
		{&tlc.Expect{Distinct: 30}, true},
		{&tlc.Expect{Distinct: 10_000}, false},
		{&tlc.Expect{Violates: "Small"}, true},
		{&tlc.Expect{Violates: "Full"}, false},
	} {
		require.Equal(t, c.short, run.IsShort(s, c.expect), "%v", c.expect)
	}
}

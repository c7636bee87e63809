// Package checktest has helpers for the tests of several parts of the checker.
package checktest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// Runner returns a runner with the TLC of this machine. It skips a short test.
func Runner(t *testing.T) *run.Runner {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Java and TLC")
	}
	found, err := tlc.Find(t.Context())
	require.NoError(t, err)
	return &run.Runner{TLC: found, MemoryMB: 1024, Parallel: 2}
}

// Sources returns the sources of a pattern.
func Sources(t *testing.T, p *conformance.Pattern) crossref.Sources {
	t.Helper()
	from, err := p.Sources()
	require.NoError(t, err)
	return from
}

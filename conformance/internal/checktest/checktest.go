// Package checktest has what the tests of several parts of the checker need.
package checktest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// Runner is one with the TLC of this machine. It skips a test that is to be short.
func Runner(t *testing.T) *run.Runner {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Java and TLC")
	}
	found, err := tlc.Find(t.Context())
	require.NoError(t, err)
	return &run.Runner{TLC: found, MemoryMB: 1024, Parallel: 2}
}

// Sources are those of a pattern.
func Sources(t *testing.T, p *conformance.Pattern) crossref.Sources {
	t.Helper()
	from, err := p.Sources()
	require.NoError(t, err)
	return from
}

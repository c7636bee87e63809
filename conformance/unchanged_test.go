package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestUnchanged finds the fields that no step changes.
func TestUnchanged(t *testing.T) {
	put := checktest.BufferStep("Put", "x", 1, "x")
	require.Equal(t, []string{"last", "length"}, conformance.Unchanged([]*trace.Trace{checktest.BufferTrace("one", put), checktest.BufferTrace("two", put)}))
	require.Equal(t, []string{"last"}, conformance.Unchanged([]*trace.Trace{checktest.BufferTrace("one", put), checktest.BufferTrace("two", put, checktest.BufferStep("Put", "x", 2, "x"))}))
	require.Empty(t, conformance.Unchanged([]*trace.Trace{checktest.BufferTrace("one", put, checktest.BufferStep("Get", "x", 0, "none"))}))
}

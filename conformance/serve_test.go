package conformance_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	. "github.com/lockstep-tla/lockstep/conformance"
)

// A run that goes round in circles must not fill the memory of its checker.
func TestAnEndlessTraceIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.ndjson")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Truncate(path, MaxTrace+1)) // takes no space
	traces, err := ReadAll([]string{path})
	require.Empty(t, traces)
	require.ErrorContains(t, err, "did not come to an end")
}

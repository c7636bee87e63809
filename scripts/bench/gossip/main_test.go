package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRun makes the same table and the same well-formed picture twice.
func TestRun(t *testing.T) {
	var out, again strings.Builder
	one, two := filepath.Join(t.TempDir(), "1.svg"), filepath.Join(t.TempDir(), "2.svg")
	require.NoError(t, run([]string{"-seeds", "2", "-plot", one}, &out))
	require.NoError(t, run([]string{"-seeds", "2", "-plot", two}, &again))
	require.Equal(t, out.String(), again.String())
	require.Equal(t, 3+len(sizes), strings.Count(out.String(), "\n"), out.String())
	first, err := os.ReadFile(one)
	require.NoError(t, err)
	second, err := os.ReadFile(two)
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))
	require.NoError(t, xml.Unmarshal(first, new(struct{})))
	for _, args := range [][]string{{"-seeds", "0"}, {"more"}} {
		require.Error(t, run(args, &out), args)
	}
}

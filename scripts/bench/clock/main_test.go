package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestClocksGiveStamps keeps the comparison fair: each gives numbers that do not go back,
// and those of a logical clock increase.
func TestClocksGiveStamps(t *testing.T) {
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			c, err := s.open(t.TempDir())
			require.NoError(t, err)
			var last, second = uint64(0), uint32(0)
			for range 1000 {
				stamp, more, err := c.now()
				require.NoError(t, err)
				require.GreaterOrEqual(t, stamp, last)
				if s.name != "time.Now" && stamp == last {
					require.Greater(t, more, second)
				}
				last, second = stamp, more
			}
			require.NoError(t, c.close())
		})
	}
}

// TestRun makes a whole table of short turns.
func TestRun(t *testing.T) {
	var out strings.Builder
	dir := t.TempDir()
	require.NoError(t, run(t.Context(), []string{"-dir", dir, "-rounds", "2", "-time", "2ms"}, &out))
	require.Equal(t, 3+2*len(subjects), strings.Count(out.String(), "\n"), out.String())
	require.Error(t, run(t.Context(), []string{"-dir", dir + "/none"}, &out))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

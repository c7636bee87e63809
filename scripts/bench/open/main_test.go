package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLogsHaveTheSameShape keeps the comparison fair: each log has all entries, and the
// number of files that was asked for, more or less.
func TestLogsHaveTheSameShape(t *testing.T) {
	s := shape{entries: 4096, size: 1024, segments: 8}
	for _, one := range subjects {
		t.Run(one.name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, one.fill(dir, s))
			for range 2 { // the first opening must leave it as it was
				last, l, err := one.open(dir, s)
				require.NoError(t, err)
				require.EqualValues(t, s.entries, last)
				require.NoError(t, l.Close())
			}
			files := 0
			require.NoError(t, filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
				if err == nil && d.Type().IsRegular() && !strings.HasSuffix(d.Name(), ".tmp") {
					files++
				}
				return err
			}))
			if one.name == "write-ahead log" {
				require.Equal(t, 1, files)
			} else {
				require.InDelta(t, s.segments, files, 2)
			}
		})
	}
}

// TestRun makes a whole table of small logs.
func TestRun(t *testing.T) {
	var out strings.Builder
	dir := t.TempDir()
	require.NoError(t, run(t.Context(), []string{"-dir", dir, "-mb", "1", "-segments", "4", "-rounds", "2"}, &out))
	require.Equal(t, 3+len(subjects), strings.Count(out.String(), "\n"), out.String())
	require.Error(t, run(t.Context(), []string{"-dir", dir, "-rounds", "0"}, &out))
	require.Error(t, run(t.Context(), []string{"-dir", dir + "/none"}, &out))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

package trace_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

// recordMany records n steps in the named file, or goes on there.
func recordMany(t *testing.T, path string, n int) error {
	t.Helper()
	rec, err := trace.Resume(path)
	if err != nil {
		rec, err = trace.Create(path, header)
	}
	require.NoError(t, err)
	for range n {
		rec.Step("Sync").State(noFields)
	}
	return rec.Close()
}

// TestALimitedTraceEndsWithAnError, and its file stays small. A limit holds for the named
// files and those below the named folders, for a recorder that resumes one, and until it is
// taken off; other files have none.
func TestALimitedTraceEndsWithAnError(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	file := filepath.Join(elsewhere, "file")
	var over []error
	end := trace.LimitFiles(1000, func(err error) { over = append(over, err) }, dir, file)
	inside := filepath.Join(dir, "below", "t")
	require.NoError(t, os.Mkdir(filepath.Dir(inside), 0o755))
	for i, path := range []string{inside, file} {
		err := recordMany(t, path, 1_000_000)
		require.ErrorIs(t, err, trace.ErrTooLong)
		require.EqualError(t, err, `trace: step 26 "Sync": the file would be longer than 1000 bytes`)
		require.Equal(t, []error{err}, over[i:])
		about, err := os.Stat(path)
		require.NoError(t, err)
		require.Less(t, about.Size(), int64(1200))
		_, err = trace.ReadFile(path)
		require.ErrorContains(t, err, "longer than 1000 bytes")
	}
	require.NoError(t, recordMany(t, filepath.Join(dir, "short"), 10))
	require.NoError(t, recordMany(t, file+"2", 100))
	require.NoError(t, recordMany(t, dir+"2", 100))

	killed := filepath.Join(dir, "killed")
	require.NoError(t, os.WriteFile(killed, []byte(headerLine), 0o600))
	rec, err := trace.Resume(killed)
	require.NoError(t, err)
	for range 15 {
		rec.Step("Sync").State(noFields)
	}
	require.NoError(t, rec.Err())
	require.ErrorIs(t, recordMany(t, killed, 15), trace.ErrTooLong, "what was there counts")

	end()
	require.NoError(t, recordMany(t, filepath.Join(dir, "free"), 100))
}

// TestTheSmallestLimitHolds, also one for all files of the process.
func TestTheSmallestLimitHolds(t *testing.T) {
	dir := t.TempDir()
	endAll := trace.LimitFiles(2000, nil)
	defer endAll()
	end := trace.LimitFiles(1000, nil, dir)
	require.ErrorContains(t, recordMany(t, filepath.Join(dir, "a"), 100), "1000 bytes")
	require.ErrorContains(t, recordMany(t, filepath.Join(t.TempDir(), "a"), 100), "2000 bytes")
	end()
	require.ErrorContains(t, recordMany(t, filepath.Join(dir, "b"), 100), "2000 bytes")
}

package conformance

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

type noState struct{}

func (noState) View(*trace.Object) {}

// TestWriteMerged has a process that has ended as it should, and one that was
// killed in the middle of a line.
func TestWriteMerged(t *testing.T) {
	dir := t.TempDir()
	run := Run{Path: filepath.Join(dir, "merged")}
	var files []string
	for _, name := range []string{"a", "b"} {
		file := filepath.Join(dir, name)
		files = append(files, file)
		rec, err := trace.Create(file, trace.Header{Spec: "S", Process: &trace.Process{Name: name, All: []string{"a", "b"}}})
		require.NoError(t, err)
		rec.UseClock(new(lamportclock.Clock))
		rec.Step("Is" + name).State(noState{})
		require.NoError(t, rec.Close())
	}
	text, err := os.ReadFile(files[1])
	require.NoError(t, err)
	cut := len(text) - len(`{"end":1}`+"\n") + 3
	require.NoError(t, os.WriteFile(files[1], text[:cut], 0o600))
	require.NoError(t, run.WriteMerged(files...))
	merged, err := trace.ReadFile(run.Path)
	require.NoError(t, err)
	require.Len(t, merged.Events, 2)

	require.ErrorIs(t, run.WriteMerged(files[0]), trace.ErrMissing)
	require.ErrorIs(t, run.WriteMerged(filepath.Join(dir, "none")), os.ErrNotExist)
}

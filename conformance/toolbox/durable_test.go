package toolbox_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
)

func TestLoadReadsWhatWasSavedLast(t *testing.T) {
	dir, have := t.TempDir(), map[string]int{"a": 0}
	require.NoError(t, toolbox.Load(dir, &have))
	require.Equal(t, map[string]int{"a": 0}, have, "nothing was saved")
	require.NoError(t, toolbox.Save(dir, map[string]int{"a": 1}))
	require.NoError(t, toolbox.Save(dir, map[string]int{"a": 2}))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "state.json.next"), []byte("{"), 0o600), "the next one is not whole")
	require.NoError(t, toolbox.Load(dir, &have))
	require.Equal(t, map[string]int{"a": 2}, have)
	require.Error(t, toolbox.Save(dir, func() {}))
	require.Error(t, toolbox.Save(filepath.Join(dir, "missing"), 1))
}

package writeaheadlog

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/lockstep-tla/lockstep/trace"
	"github.com/stretchr/testify/require"
)

func TestSmoke(t *testing.T) {
	var out bytes.Buffer
	rec := trace.New(&out, trace.Header{Spec: "WriteAheadLog"})
	path := filepath.Join(t.TempDir(), "log")
	for i := range 2 {
		m, err := OpenMap(path, Options{Trace: rec, Policy: Group})
		require.NoError(t, err)
		require.NoError(t, m.Put("a", fmt.Sprint(i)))
		require.NoError(t, m.Delete("b"))
		require.NoError(t, m.Close())
	}
	require.NoError(t, rec.Close())
	t.Log(out.String())
}

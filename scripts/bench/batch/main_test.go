package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEachCallerGetsItsAnswer keeps the comparison fair.
func TestEachCallerGetsItsAnswer(t *testing.T) {
	for _, p := range []point{{window: 1}, {window: callers}, {size: sizes[0], window: 1, linger: lingers[1]}} {
		e, err := open(p)
		require.NoError(t, err)
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				answer, err := e.call(t.Context(), fmt.Append(nil, i))
				if err != nil || string(answer) != fmt.Sprint(i) {
					t.Errorf("caller %d was told %q, %v", i, answer, err)
				}
			})
		}
		all.Wait()
		require.NoError(t, e.close())
	}
}

// TestRun makes a whole table and picture, of turns that are far too short to mean anything.
func TestRun(t *testing.T) {
	var out strings.Builder
	picture := filepath.Join(t.TempDir(), "p.svg")
	require.NoError(t, run(t.Context(), []string{"-rounds", "1", "-time", "5ms", "-plot", picture}, &out))
	require.Equal(t, 5+len(sizes)*len(lingers), strings.Count(out.String(), "\n"), out.String())
	drawn, err := os.ReadFile(picture)
	require.NoError(t, err)
	require.NoError(t, xml.Unmarshal(drawn, new(struct{})))
	require.Error(t, run(t.Context(), []string{"more"}, &out))
}

package versionvector

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "network", "scripted")
}

// TestEndIsRefusedWhileSomethingIsOwed: a replica lacks what another one has, or has it in
// memory only. The refusal says so.
func TestEndIsRefusedWhileSomethingIsOwed(t *testing.T) {
	for text, missing := range map[string]string{
		"put a 0, flush a": "store[n] = store[o]",
		"put a 0, send a b m, send a c n, arrive m, arrive n, flush a, flush b": "disk[n] = store[n]",
	} {
		why := toolbox.Refusal(t, Pattern.Spec, header("test", 0), func(rec *trace.Recorder) error {
			c := newCluster(rec, nodes)
			c.Follow(text, c.step)
			require.NoError(t, c.Err())
			readers{c.cores["n1"].Read()}.end(rec)
			return nil
		})
		require.Contains(t, why, "End (guard)")
		require.Contains(t, why, missing)
	}
}

// TestWhatAClientOfAProcessWasToldIsOnADisk: of another replica's value that is not so.
func TestWhatAClientOfAProcessWasToldIsOnADisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.ndjson")
	require.NoError(t, toolbox.Record(conformance.Run{Path: path}, header("test", 0), func(rec *trace.Recorder) error {
		c := newCluster(rec, nodes)
		c.Follow("put a 0, flush a", c.step)
		return c.Err()
	}))
	var told sync.Map
	told.Store(values[0], nodes[0])
	require.NoError(t, holdAgainst(path, &told))
	told.Store(values[0], nodes[1])
	require.ErrorContains(t, holdAgainst(path, &told), "its disk never had it")
}

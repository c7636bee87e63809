package versionvector

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "network")
}

// TestEndIsRefusedWhileSomethingIsOwed: a replica lacks what another one has, or has it in
// memory only. The refusal says so.
func TestEndIsRefusedWhileSomethingIsOwed(t *testing.T) {
	for missing, do := range map[string]func(*cluster) error{
		"store[n] = store[o]": wrote,
		"disk[n] = store[n]": func(c *cluster) error {
			n1 := c.cores["n1"]
			err := errors.Join(wrote(c), c.send(n1.Send("n2")), c.send(n1.Send("n3")))
			c.arriveAll(0)
			return errors.Join(err, c.cores["n2"].Flush())
		},
	} {
		why := toolbox.Refusal(t, Pattern.Spec, header("test", 0), func(rec *trace.Recorder) error {
			c := newCluster(rec, nodes)
			require.NoError(t, errors.Join(do(c), c.Err()))
			readers{c.cores["n1"].Read()}.end(rec)
			return nil
		})
		require.Contains(t, why, "End (guard)")
		require.Contains(t, why, missing)
	}
}

// wrote lets a client write at the first replica.
func wrote(c *cluster) error {
	c.Must(c.put(c.cores[nodes[0]], vv.Reply{}, values[0]))
	return c.cores[nodes[0]].Flush()
}

// TestWhatAClientOfAProcessWasToldIsOnADisk: of another replica's value that is not so.
func TestWhatAClientOfAProcessWasToldIsOnADisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.ndjson")
	require.NoError(t, toolbox.Record(conformance.Run{Path: path}, header("test", 0), func(rec *trace.Recorder) error {
		return wrote(newCluster(rec, nodes))
	}))
	var told sync.Map
	told.Store(values[0], nodes[0])
	require.NoError(t, holdAgainst(path, &told))
	told.Store(values[0], nodes[1])
	require.ErrorContains(t, holdAgainst(path, &told), "its disk never had it")
}

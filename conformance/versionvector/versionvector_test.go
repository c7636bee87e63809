package versionvector

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/refused"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
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
	for missing, run := range map[string]func(c *cluster){
		"store[n] = store[o]": func(c *cluster) {
			c.Must(c.replicas["n1"].Flush())
		},
		"disk[n] = store[n]": func(c *cluster) {
			for _, to := range peersOf("n1") {
				m, err := c.replicas["n1"].Send(to)
				c.Must(err)
				c.Must(c.replicas[to].Merge(m))
			}
		},
	} {
		why := refused.Why(t, Pattern.Spec, header("test", 0), func(rec *trace.Recorder) {
			c := newCluster(rec, 0, networktest.Faults{})
			c.write(c.replicas["n1"], vv.Reply{})
			run(c)
			readers{{Values: values[:1]}}.end(rec)
			require.NoError(t, c.Err())
		})
		require.Contains(t, why, "End (guard)")
		require.Contains(t, why, missing)
	}
}

package generationclock

import (
	"errors"
	"os"
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

// TestScenariosTakeEveryStep records all scenarios, with processes that are killed: no
// caller may get what it must not rely on.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "walk")
}

// TestEndIsRefusedWhileSomethingIsOwed, and the refusal says what.
func TestEndIsRefusedWhileSomethingIsOwed(t *testing.T) {
	for _, one := range []struct {
		owed string
		do   func(*cluster) error
	}{
		{"disk[x] = Memory(x)", func(c *cluster) error { return c.nodes["n1"].Stand() }},
		{`role[n] # "candidate"`, func(c *cluster) error { return errors.Join(c.nodes["n1"].Stand(), c.nodes["n1"].Persist()) }},
		{"~Deposed(n)", func(c *cluster) error { return errors.Join(c.elect("n1", "n2"), c.elect("n2", "n3")) }},
		{"entry[Store].gen = m.gen", func(c *cluster) error { return errors.Join(c.elect("n1", "n2"), writes(c, "n1")) }},
		{"entry[Store].gen = m.gen", func(c *cluster) error { // the store knows the later leader, and has the earlier one's write
			return errors.Join(c.rest(), c.elect("n2", "n1"), writes(c, "n2"), c.store.Adopt(c.sent[len(c.sent)-1]), c.store.Persist())
		}},
	} {
		why := toolbox.Refusal(t, Pattern.Spec, header("test", 0), func(rec *trace.Recorder) error {
			c := newCluster(rec)
			require.NoError(t, one.do(c), one.owed)
			end(rec, c.store)
			return nil
		})
		require.Contains(t, why, "End (guard)", one.owed)
		require.Contains(t, why, one.owed)
	}
}

func writes(c *cluster, name string) error { return toolbox.ErrOf(c.flushed(name, "Write")) }

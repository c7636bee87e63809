package requestbatch

import (
	"os"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios. What callers are told is held against
// the traces.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "scripted", "cluster")
}

package segmentedlog

import (
	"os"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios, with processes that are killed: none
// may find that something is lost.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "loop", "faults", "halt")
}

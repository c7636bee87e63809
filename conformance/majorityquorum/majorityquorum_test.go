package majorityquorum

import (
	"os"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records them.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "scripted", "walk")
}

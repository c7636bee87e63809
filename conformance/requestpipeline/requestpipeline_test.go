package requestpipeline

import (
	"os"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "walk", "scripted")
}

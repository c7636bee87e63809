package versionvector

import (
	"os"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios: no client may lose a write of which it
// was told, and all replicas must have the same at the end.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "network", "scripted")
}

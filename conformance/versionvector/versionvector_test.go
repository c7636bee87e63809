package versionvector

import (
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
)

// TestScenariosTakeEveryStep records all scenarios: no client may lose a write of which it
// was told, and all replicas must have the same at the end.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "network", "scripted")
}

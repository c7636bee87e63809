package versionedvalue

import (
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
)

// TestScenariosTakeEveryStep records all scenarios: no reader may get what its version
// does not have.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "walk", "scripted")
}

package singularupdatequeue

import (
	"os"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestRecord: except in the loop, the order of steps is the scheduler's.
func TestRecord(t *testing.T) { conformance.Records(t, &Pattern, "loop") }

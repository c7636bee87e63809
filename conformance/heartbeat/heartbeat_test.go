package heartbeat

import (
	"os"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestRecord records all scenarios, with processes that are stopped and killed.
// What is seeded must give the same trace each time.
func TestRecord(t *testing.T) { conformance.Records(t, &Pattern, "loop") }

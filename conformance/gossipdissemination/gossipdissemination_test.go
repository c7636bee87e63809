package gossipdissemination

import (
	"os"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestRecord records all scenarios. What is seeded must give the same trace each
// time; over UDP the order of things is the machine's.
func TestRecord(t *testing.T) { conformance.Records(t, &Pattern, "faults", "fifty") }

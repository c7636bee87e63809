package singlesocketchannel

import (
	"os"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

func TestRecord(t *testing.T) { conformance.Records(t, &Pattern) }

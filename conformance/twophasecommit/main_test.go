package twophasecommit

import (
	"os"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
)

func TestMain(m *testing.M) {
	conformance.Serve(&Pattern)
	os.Exit(m.Run())
}

package mutation

import (
	"testing"
	"time"
)

// SetGrace sets, for a test, what a mutant may take beyond a multiple of what the
// pattern as it is takes.
func SetGrace(t *testing.T, d time.Duration) {
	was := grace
	grace = d
	t.Cleanup(func() { grace = was })
}

package explore

import (
	"testing"
	"time"
)

// GiveUpAfter shortens the wait for a call into the code while a test runs.
func GiveUpAfter(t *testing.T, limit time.Duration) {
	was := callLimit
	callLimit = patience{look: limit / 10, looks: 10, grace: 10 * time.Millisecond}
	t.Cleanup(func() { callLimit = was })
}

package requestwaitinglist

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	rwl "github.com/lockstep-tla/lockstep/impl/requestwaitinglist"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios. What clients are told is held against
// the traces.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "walk", "scripted", "cluster")
}

// TestNoRunIsQuietWhileAClientWaits: for its peers, for an index, or to be told.
func TestNoRunIsQuietWhileAClientWaits(t *testing.T) {
	for course, because := range map[string]string{
		"lead, begin 2 2, yes 0":        "DOMAIN calls = {}",
		"lead, wait 3, advance 2":       "DOMAIN calls = {}",
		"lead, begin 2 2, yes 0, yes 1": "due = <<>>",
	} {
		why := toolbox.Refusal(t, Pattern.Spec, header("owed", 1, 40), func(rec *trace.Recorder) error {
			s := newScript(rec)
			s.Must(s.core.Restart(1))
			s.FollowSteps(course+", quiet", rwl.ErrNotAllowed, s.step)
			return s.Err()
		})
		require.Contains(t, why, "Quiet (guard)", course)
		require.Contains(t, why, because, course)
	}
}

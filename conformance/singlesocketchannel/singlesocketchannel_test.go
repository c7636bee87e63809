package singlesocketchannel

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

func TestRecord(t *testing.T) { conformance.Records(t, &Pattern, "loop") }

// TestNoRunIsQuietWhileARequestIsOwed: the refusal of such a claim is explained, also where the
// caller has left and the request is still on its way.
func TestNoRunIsQuietWhileARequestIsOwed(t *testing.T) {
	for _, c := range []struct {
		steps   []string
		because string
	}{
		{[]string{"Ask"}, "pending[n] = <<>>"},
		{[]string{"Dial", "Ask", "Accept", "Open", "SendRequest", "Cancel"}, `"request" \notin OnWay(n)`},
	} {
		why := toolbox.Refusal(t, Pattern.Spec, header("owed", 1), func(rec *trace.Recorder) error {
			s := newEnds(rec, limits)
			d := toolbox.Drive(s.Steps)
			for _, step := range c.steps {
				node := names[0]
				if step == "Accept" {
					node = names[1]
				}
				all := s.choices(step, node, operation{})
				d.Do(step, all[0])
			}
			s.ends["a"].core.Quiet()
			return d.Err()
		})
		require.Contains(t, why, "Quiet (guard)")
		require.Contains(t, why, c.because)
	}
}

package refused

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

// shown is the view of clients that see no value.
type shown struct{}

// View implements trace.Viewer.
func (shown) View(o *trace.Object) { o.Set("shown") }

var header = trace.Header{Spec: "VersionVector", Constants: map[string]trace.Value{
	"Replica": trace.Values([]string{"n1"}), "Incarnation": trace.Values([]int{1}), "Value": trace.Values([]string{"v"}),
}}

// TestAcceptedRunFailsTheTest: nothing is owed at the beginning.
func TestAcceptedRunFailsTheTest(t *testing.T) {
	judged := &listener{T: t}
	require.Empty(t, Why(judged, specs.Of("versionvector"), header, func(rec *trace.Recorder) {
		rec.Step("End").String("node", "clients").State(shown{})
	}))
	require.Equal(t, "the spec allows the run", judged.String())
}

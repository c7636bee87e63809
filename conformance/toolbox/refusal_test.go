package toolbox_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

// shown is the view of clients that see these values.
type shown []string

// View implements trace.Viewer.
func (s shown) View(o *trace.Object) { o.Set("shown", s...) }

// TestRefusalIsExplained: at the beginning nothing is owed, and no client sees a value.
func TestRefusalIsExplained(t *testing.T) {
	h := trace.Header{Spec: "VersionVector", Scenario: "test", Constants: map[string]trace.Value{
		"Replica": trace.Values([]string{"n1"}), "Incarnation": trace.Values([]int{1}), "Value": trace.Values([]string{"v"}),
	}}
	why := func(s shown) string {
		return toolbox.Refusal(t, specs.Of("versionvector"), h, func(rec *trace.Recorder) error {
			rec.Step("End").String("node", "clients").State(s)
			return nil
		})
	}
	require.Empty(t, why(nil), "the spec allows it")
	require.Contains(t, why(shown{"v"}), "End (state)")
}

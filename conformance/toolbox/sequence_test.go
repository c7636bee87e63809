package toolbox_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestReservedStepStandsBehindWhatWasObserved, though other nodes take steps meanwhile.
func TestReservedStepStandsBehindWhatWasObserved(t *testing.T) {
	dir := t.TempDir()
	run := conformance.Run{Path: filepath.Join(dir, "run.ndjson"), Dir: dir, Seed: 1}
	h := trace.Header{Spec: "X", Scenario: "sequence", Seed: 1, Constants: map[string]trace.Value{"C": 1}}
	known := func(t *trace.Trace) { t.Header.Constants["C"] = len(t.Events) }
	record := func(told string) error {
		return toolbox.RecordSequence(run, h, []string{"a", "b", "c"}, known, func(s *toolbox.Sequence, answers *toolbox.Answers) error {
			step := func(node, name string) { s.Recorder(node).Step(name).String("node", node).State(nothing{}) }
			step("b", "one")
			s.Reserve("b", func() { step("a", "two") })
			step("c", "four")
			require.Equal(t, 4, s.Steps(), "the third has its place")
			step("b", "three")
			step("b", "five")
			require.Nil(t, s.Recorder("d"))
			answers.FromStep(s, "told", func(step string, _, _ *trace.Record) bool { return step == told })
			step("c", "six")
			return nil
		})
	}
	require.NoError(t, record("five"))
	recorded, err := trace.ReadFile(run.Path)
	require.NoError(t, err)
	var order []string
	for _, e := range recorded.Events {
		order = append(order, e.Step)
	}
	require.Equal(t, []string{"one", "two", "three", "four", "five", "six"}, order)
	require.Equal(t, 6, recorded.Header.Constants["C"])
	run.Dir = t.TempDir()
	require.ErrorContains(t, record("six"), "told, after step 5")
}

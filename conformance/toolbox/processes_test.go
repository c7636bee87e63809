package toolbox_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestProcessesSayThatTheyAreReadyAndEndTogether(t *testing.T) {
	run, err := parrot.NewRun(t.TempDir(), conformance.Scenario{Name: "test"}, 1)
	require.NoError(t, err)
	var patience toolbox.Patience
	all := toolbox.Processes{}
	for range 2 { // the second polly comes in the place of the first
		for _, name := range []string{"polly", "lora"} {
			ready, err := all.Start(t.Context(), &patience, run, name, name, "9")
			require.NoError(t, err)
			require.Equal(t, name+" here", ready)
		}
		require.Len(t, all, 2)
		require.NoError(t, all["polly"].Order(t.Context(), "say-hello", "say", "hello"))
		require.NoError(t, all.Kill())
		for _, p := range all {
			_, err := p.Ask(t.Context(), "more")
			require.ErrorIs(t, err, toolbox.ErrEnded)
		}
	}
	_, err = all.Start(t.Context(), &patience, run, "mute", "mute", "no number")
	require.ErrorIs(t, err, toolbox.ErrEnded, "it has not said that it is ready")
}

func TestRecordersOfProcessesMakeOneTrace(t *testing.T) {
	run, err := parrot.NewRun(t.TempDir(), conformance.Scenario{Name: "test"}, 1)
	require.NoError(t, err)
	r := toolbox.Recorders{Dir: run.Dir, Header: header(), All: []string{"a", "b"}}
	step := func(process, name string) {
		rec, err := r.Open(process, new(lamportclock.Clock))
		require.NoError(t, err)
		rec.Step(name).State(empty{}) // and then the process is killed
	}
	step("a", "One")
	step("b", "Other")
	step("a", "Two")
	require.NoError(t, r.Merge(run))
	merged, err := trace.ReadFile(run.Path)
	require.NoError(t, err)
	require.Equal(t, header().Spec, merged.Header.Spec)
	var steps []string
	for _, e := range merged.Events {
		steps = append(steps, e.Step)
	}
	require.Equal(t, []string{"One", "Other", "Two"}, steps)
	require.Nil(t, r.Header.Process, "it is that of no process")
	r.All = append(r.All, "c")
	require.ErrorIs(t, r.Merge(run), os.ErrNotExist)
}

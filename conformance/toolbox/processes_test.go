package toolbox_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

var members = []string{"a", "b", "c"}

// member is one of several processes. It listens nowhere, and records a step for each
// line that it is told.
func member(args []string) error {
	var name, folder, listens string
	var seed int64
	if err := toolbox.Arguments(args, "NAME FOLDER SEED ADDRESS", &name, &folder, &seed, &listens); err != nil {
		return err
	}
	if listens == "nowhere" {
		return nil
	}
	rec, err := toolbox.ResumeProcess(folder, name, members, trace.Header{Spec: "S", Scenario: "members", Seed: seed}, new(sequence))
	if err != nil {
		return err
	}
	defer rec.Close()
	fmt.Println(listens)
	return toolbox.Obey(func(words []string) (string, error) {
		if words[0] == "know" {
			return toolbox.Introduced(words, func(other, address string) error {
				rec.Step("Know").String("node", name).String("other", other).String("address", address).State(nothing{})
				return nil
			})
		}
		rec.Step(words[0]).String("node", name).State(nothing{})
		return "done", nil
	})
}

// sequence is a clock that only counts, since these processes send each other nothing.
type sequence struct{ now uint64 }

func (c *sequence) Tick(seen uint64) uint64 {
	c.now = max(c.now, seen) + 1
	return c.now
}

type nothing struct{}

func (nothing) View(*trace.Object) {}

func newProcesses(t *testing.T) (*toolbox.Processes, conformance.Run) {
	run, err := parrot.NewRun(t.TempDir(), conformance.Scenario{Name: "members"}, 4)
	require.NoError(t, err)
	p := toolbox.NewProcesses(t.Context(), run)
	t.Cleanup(func() { require.NoError(t, p.Kill()) })
	return p, run
}

func TestTracesOfProcessesAreMergedAlsoOfOneThatWasKilled(t *testing.T) {
	p, run := newProcesses(t)
	for _, name := range members {
		require.Nil(t, p.Named(name))
		require.NoError(t, p.Start(name, "port-"+name))
		require.Equal(t, "port-"+name, p.Address(name))
	}
	require.NoError(t, p.Order("a", "done", "First"))
	first := p.Named("a")
	require.NoError(t, p.Start("a", "port-again"))
	require.True(t, first.HasEnded(), "it was killed")
	require.Equal(t, "port-again", p.Address("a"))
	require.False(t, p.Named("a").HasEnded())
	answer, err := p.Ask("a", "Second")
	require.NoError(t, err)
	require.Equal(t, "done", answer)
	require.ErrorContains(t, p.Order("b", "well", "Third"), `it says "done", and not "well"`)
	require.NoError(t, p.Introduce("c", "b"))
	require.NoError(t, p.Close(conformance.WaitLimit()))
	require.NoError(t, toolbox.Merge(run, members))
	merged, err := trace.ReadFile(run.Path)
	require.NoError(t, err)
	require.EqualValues(t, 4, merged.Header.Seed)
	var steps []string
	for _, e := range merged.Events {
		if e.Step == "Know" {
			require.Equal(t, p.Address(e.Args["other"].(string)), e.Args["address"])
		}
		steps = append(steps, fmt.Sprint(e.Step, " of ", e.Args["node"]))
	}
	require.ElementsMatch(t, []string{"First of a", "Second of a", "Third of b", "Know of c", "Know of c", "Know of b", "Know of b"}, steps)
}

func TestProcessIsIntroducedByPairsOnly(t *testing.T) {
	_, err := toolbox.Introduced([]string{"know", "a", "here", "b"}, func(string, string) error { return nil })
	require.ErrorContains(t, err, "want know NAME ADDRESS ...")
	_, err = toolbox.Introduced([]string{"know", "a", "here"}, func(string, string) error { return errPlanned })
	require.ErrorIs(t, err, errPlanned)
}

func TestProcessThatDoesNotSayWhereItListensIsAnError(t *testing.T) {
	p, _ := newProcesses(t)
	err := p.Start("a", "nowhere")
	require.ErrorIs(t, err, toolbox.ErrEnded)
	require.ErrorContains(t, err, "a does not say where it listens")
}

func TestProcessesEndWithTheirContext(t *testing.T) {
	run, err := parrot.NewRun(t.TempDir(), conformance.Scenario{Name: "members"}, 4)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	p := toolbox.NewProcesses(ctx, run)
	require.NoError(t, p.Start("a", "here"))
	cancel()
	<-p.Named("a").Ended()
	_, err = p.Ask("a", "First")
	require.Error(t, err)
}

func TestChildClosesItsTraceAlsoIfItFails(t *testing.T) {
	dir := t.TempDir()
	open := func(name, folder string, seed int64) (*trace.Recorder, error) {
		return toolbox.ResumeProcess(folder, name, members, trace.Header{Spec: "S", Scenario: "members", Seed: seed}, new(sequence))
	}
	err := toolbox.RecordChild([]string{"a", dir, "7"}, open, func(name, folder string, rec *trace.Recorder) error {
		require.Equal(t, dir, folder)
		rec.Step("First").String("node", name).State(nothing{})
		return errPlanned
	})
	require.ErrorIs(t, err, errPlanned)
	whole, err := trace.ReadFile(toolbox.TraceFile(dir, "a"))
	require.NoError(t, err)
	require.EqualValues(t, 7, whole.Header.Seed)
	require.Len(t, whole.Events, 1)

	unused := func(string, string, *trace.Recorder) error { panic("there is no recorder") }
	require.ErrorContains(t, toolbox.RecordChild([]string{"a", dir}, open, unused), "want NAME FOLDER SEED")
	fails := func(string, string, int64) (*trace.Recorder, error) { return nil, errPlanned }
	require.ErrorIs(t, toolbox.RecordChild([]string{"a", dir, "7"}, fails, unused), errPlanned)
}

package mutation

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	child "github.com/lockstep-tla/lockstep/conformance/internal/process"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestOnlyWhatDependsOnTheMutantAloneIsAFailure: a run that spins or hangs has failed, one
// that the clock has ended has not.
func TestOnlyWhatDependsOnTheMutantAloneIsAFailure(t *testing.T) {
	if !child.CanMeter {
		t.Skip("the system does not tell what other processes take")
	}
	s := &codeSide{dir: t.TempDir()}
	run := func(script string, l child.Limit) outcome {
		return s.run(t.Context(), process{limit: l, mutant: true}, func(ctx context.Context) *exec.Cmd {
			return exec.CommandContext(ctx, "sh", "-c", script)
		})
	}
	for _, hangs := range []outcome{
		run("while :; do :; done", child.Limit{Processor: 300 * time.Millisecond, Wall: time.Hour}),
		run("sleep 3600", child.Limit{Idle: 500 * time.Millisecond, Wall: time.Hour}),
	} {
		require.Contains(t, hangs.failed, "it does not end")
		require.Empty(t, hangs.unsure)
		require.True(t, hangs.late)
	}
	late := run("sleep 3600", child.Limit{Wall: 500 * time.Millisecond})
	require.Empty(t, late.failed)
	require.Contains(t, late.unsure, "it took too long")
}

func TestTheLimitFollowsFromWhatTheCodeTakesWithoutTheMutant(t *testing.T) {
	l := limitOf(child.Usage{Processor: 10 * time.Second, Idle: 5 * time.Second})
	require.Equal(t, child.Limit{Processor: time.Minute, Idle: 40 * time.Second, Wall: 10_000 * time.Second}, l)
}

func TestALongTraceIsReplayedInPart(t *testing.T) {
	of := func(steps int) *trace.Trace { return &trace.Trace{Events: make([]trace.Event, steps)} }
	b := boundsOf([]*trace.Trace{of(300), of(20)}, 4<<20)
	require.Equal(t, bounds{3000, 40 << 20}, b)
	require.Equal(t, bounds{leastSteps, leastBytes}, boundsOf([]*trace.Trace{of(20)}, 1<<20))
	whole := of(3000)
	same, cut := b.cut(whole)
	require.Same(t, whole, same)
	require.False(t, cut)
	longer := of(3001)
	part, cut := b.cut(longer)
	require.Len(t, part.Events, 3000)
	require.True(t, cut)
	require.Len(t, longer.Events, 3001)
}

// TestAMutantWhoseReplayDoesNotEndIsUnsure, and so is one whose trace goes on behind what
// is replayed. One that is replayed in time is neither.
func TestAMutantWhoseReplayDoesNotEndIsUnsure(t *testing.T) {
	if testing.Short() || !child.CanMeter {
		t.Skip("needs Java, TLC, and a system that tells what other processes take")
	}
	found, err := tlc.Find(t.Context())
	require.NoError(t, err)
	found.Store = nil
	found.JarSHA256 = "another jar" // whose runs have a JVM each, and take longer than the limit
	buffer, err := spec.Load(os.DirFS("../../testdata/buffer/spec"))
	require.NoError(t, err)
	put := trace.Event{
		Step: "Put", Args: map[string]trace.Value{"node": "buffer", "item": "x"},
		State: map[string]trace.Value{"length": 1, "last": "x"}, Line: 2,
	}
	replayed := func(limit time.Duration, cut bool) []string {
		s := &codeSide{Runner: &run.Runner{TLC: found, Parallel: 2}, spec: buffer, steps: 2, replay: limit}
		var all []left
		for range 2 {
			one := &trace.Trace{Name: "one", Header: trace.Header{Spec: "Buffer"}, Events: []trace.Event{put}}
			all = append(all, left{Trace: one, of: &recording{mutant: &Mutant{}}, cut: cut})
		}
		unknown, err := s.hold(t.Context(), all)
		require.NoError(t, err)
		require.NoError(t, s.holdAlone(t.Context(), "replayed", unknown))
		require.Equal(t, all[0].of.mutant.Unsure, all[1].of.mutant.Unsure)
		require.Empty(t, all[0].of.mutant.Noticed)
		return all[0].of.mutant.Unsure
	}
	require.Empty(t, replayed(time.Minute, false))
	unsure := replayed(time.Minute, true)
	require.Len(t, unsure, 1)
	require.Contains(t, unsure[0], "the trace goes on")
	unsure = replayed(50*time.Millisecond, false)
	require.Len(t, unsure, 1)
	require.Contains(t, unsure[0], "it does not end")
}

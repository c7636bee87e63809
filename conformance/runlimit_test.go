package conformance_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/testdata/buffer"
	"github.com/lockstep-tla/lockstep/trace"
)

// hangs does not look at its context. The test releases it.
func hangs(forever chan struct{}) { <-forever }

// TestARunThatHangsIsGivenUp: it leaves the stacks of its goroutines and the trace
// so far, and the runs behind it are done.
func TestARunThatHangsIsGivenUp(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	ran := false
	p := conformance.Pattern{Scenarios: []conformance.Scenario{
		{Name: "hanging", Limit: time.Millisecond, Run: func(_ context.Context, run conformance.Run) error {
			if err := os.WriteFile(run.Path, []byte("so far"), 0o600); err != nil {
				return err
			}
			hangs(forever)
			return nil
		}},
		{Name: "next", Run: func(context.Context, conformance.Run) error { ran = true; return nil }},
	}}
	_, err := p.Record(t.Context(), t.TempDir(), false)
	require.ErrorIs(t, err, conformance.ErrRunTooLong)
	require.ErrorContains(t, err, "scenario hanging, seed 1: ")
	require.True(t, ran)
	kept := regexp.MustCompile(`are in (\S+) and (\S+)`).FindStringSubmatch(err.Error())
	require.NotNil(t, kept, err.Error())
	stacks, err := os.ReadFile(kept[1])
	require.NoError(t, err)
	require.Contains(t, string(stacks), "hangs(")
	soFar, err := os.ReadFile(kept[2])
	require.NoError(t, err)
	require.Equal(t, "so far", string(soFar))
	require.Equal(t, "hanging-1.ndjson", filepath.Base(kept[2]))
}

// TestARunThatLooksAtItsContextEndsByItself.
func TestARunThatLooksAtItsContextEndsByItself(t *testing.T) {
	p := conformance.Pattern{Scenarios: []conformance.Scenario{{Name: "waiting", Limit: time.Millisecond,
		Run: func(ctx context.Context, _ conformance.Run) error { <-ctx.Done(); return ctx.Err() }}}}
	_, err := p.Record(t.Context(), t.TempDir(), false)
	require.ErrorIs(t, err, conformance.ErrRunTooLong)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// endless records until its recorder stops, and longer: it looks neither at its context nor
// at the recorder. The test releases it.
func endless(rec *trace.Recorder, forever chan struct{}) {
	for rec.Err() == nil {
		rec.Step("Put").String("node", "buffer").String("item", "x").State(nothing{})
	}
	<-forever
}

type nothing struct{}

func (nothing) View(*trace.Object) {}

// TestARunThatRecordsWithoutEndIsGivenUp before it fills the disk, whether it looks at its
// context, at its recorder, or at neither; and its trace is no verdict on the code.
func TestARunThatRecordsWithoutEndIsGivenUp(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	conformance.LimitRecording(t, 100_000)
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	scenario := func(name string, then func(ctx context.Context, rec *trace.Recorder) error) conformance.Scenario {
		return conformance.Scenario{Name: name, Run: func(ctx context.Context, run conformance.Run) error {
			rec, err := trace.Create(run.Path, trace.Header{Spec: "Buffer", Scenario: name})
			if err != nil {
				return err
			}
			return then(ctx, rec)
		}}
	}
	stopped := make(chan struct{})
	close(stopped)
	p := conformance.Pattern{Name: "buffer", Spec: buffer.Pattern.Spec, Scenarios: []conformance.Scenario{
		scenario("blind", func(_ context.Context, rec *trace.Recorder) error { endless(rec, forever); return nil }),
		scenario("obedient", func(ctx context.Context, rec *trace.Recorder) error {
			endless(rec, stopped)
			<-ctx.Done()
			return ctx.Err()
		}),
		scenario("content", func(_ context.Context, rec *trace.Recorder) error { endless(rec, stopped); return nil }),
		scenario("honest", func(_ context.Context, rec *trace.Recorder) error { endless(rec, stopped); return rec.Close() }),
	}}
	dir := t.TempDir()
	paths, err := p.Record(t.Context(), dir, false)
	for _, s := range p.Scenarios {
		require.ErrorContains(t, err, "scenario "+s.Name+", seed 1: the run recorded too much and was given up: trace: step ")
	}
	require.ErrorContains(t, err, "goroutines.txt", "of the one that hangs")
	require.Empty(t, paths, "each would need as much room")
	left, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	require.NoError(t, err)
	require.Empty(t, left)
	outcome, problems, err := conformance.CheckTraces(t.Context(), checktest.Runner(t), &p)
	require.NoError(t, err)
	require.Equal(t, conformance.Unknown, outcome, problems)
	require.Contains(t, problems[0], "the run recorded too much and was given up")
}

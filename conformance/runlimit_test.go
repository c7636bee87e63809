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

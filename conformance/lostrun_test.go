package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
)

// failing is a pattern whose one run leaves a trace that the spec rejects, and
// fails.
func failing(err error) *conformance.Pattern {
	return &conformance.Pattern{
		Name: "buffer", Spec: os.DirFS("testdata/buffer/spec"),
		Scenarios: []conformance.Scenario{{Name: "late", Run: func(_ context.Context, run conformance.Run) error {
			file, failed := os.Create(run.Path)
			if failed != nil {
				return failed
			}
			wrong := checktest.BufferTrace("late", checktest.BufferStep("Get", "x", 0, "none"))
			wrong.Header.Scenario = "late"
			return errors.Join(wrong.Write(file), file.Close(), err)
		}}},
	}
}

// TestARunOutOfPatienceHasNoVerdict: neither its rejected trace nor a step that is
// missing for want of it is a rejection.
func TestARunOutOfPatienceHasNoVerdict(t *testing.T) {
	late := fmt.Errorf("it is not so that the reply has come: %w", context.DeadlineExceeded)
	outcome, problems, err := conformance.CheckTraces(t.Context(), checktest.Runner(t), failing(late))
	require.NoError(t, err)
	require.Equal(t, conformance.Unknown, outcome, problems)
	require.Contains(t, strings.Join(problems, "\n"), "replay: scenario late, seed 0: unknown: the run was not over in time (it is not so that the reply has come: context deadline exceeded), and what it left is rejected at step 1, Get (guard)")
	require.Contains(t, problems, "replay: no recorded trace takes the step Put")
}

// TestARunThatFailedOtherwiseIsRejected: what the code did before counts.
func TestARunThatFailedOtherwiseIsRejected(t *testing.T) {
	outcome, problems, err := conformance.CheckTraces(t.Context(), checktest.Runner(t), failing(errors.New("panic: a broken promise")))
	require.NoError(t, err)
	require.Equal(t, conformance.Rejected, outcome, problems)
}

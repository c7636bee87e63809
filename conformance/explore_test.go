package conformance_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/testdata/buffer"
	"github.com/lockstep-tla/lockstep/trace"
)

// unclosed is a System whose Close fails.
type unclosed struct{ conformance.System }

func (unclosed) Close() error { return errors.New("the file is gone") }

// TestCodeThatCannotBeDrivenHasNoVerdict, and the other parts of the check have theirs.
func TestCodeThatCannotBeDrivenHasNoVerdict(t *testing.T) {
	for says, system := range map[string]func(*trace.Recorder) (conformance.System, error){
		"explore: the code cannot be brought into its initial state: System has returned nil": func(*trace.Recorder) (conformance.System, error) {
			return nil, nil
		},
		"explore: the code cannot be brought into its initial state: panic: no disk": func(*trace.Recorder) (conformance.System, error) {
			panic("no disk")
		},
		"its Close fails: the file is gone": func(rec *trace.Recorder) (conformance.System, error) {
			s, err := buffer.Pattern.System(rec)
			return unclosed{s}, err
		},
	} {
		p := buffer.Pattern
		p.System = system
		outcome, problems, err := conformance.CheckExplore(t.Context(), checktest.Runner(t), &p)
		require.NoError(t, err)
		require.Equal(t, conformance.Unknown, outcome, problems)
		require.Len(t, problems, 1)
		require.Contains(t, problems[0], says)
	}
}

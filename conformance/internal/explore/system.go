package explore

import (
	"errors"

	"github.com/lockstep-tla/lockstep/trace"
)

// System is the code that Explore drives; see conformance.System.
type System interface {
	Do(step string, args map[string]trace.Value) error
	Close() error
}

// ErrRefused is returned by System.Do for a step that the code does not allow
// in its present state.
var ErrRefused = errors.New("refused")

// ErrCode is what errors are, by errors.Is, that come from the code: it cannot be brought
// into its initial state, it cannot be closed, or a call into it does not return.
var ErrCode = errors.New("the code cannot be driven")

// codeError is an error that is ErrCode.
type codeError struct{ error }

func (e codeError) Is(target error) bool { return target == ErrCode }
func (e codeError) Unwrap() error        { return e.error }

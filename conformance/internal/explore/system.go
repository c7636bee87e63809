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

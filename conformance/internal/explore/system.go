package explore

import (
	"errors"

	"github.com/lockstep-tla/lockstep/trace"
)

// System is the code under exploration.
type System interface {
	// Do takes the named step with the given arguments. If the code does not
	// allow the step in its present state, Do returns ErrRefused, nothing has
	// changed and nothing is recorded. Environment steps (a crash, a failing
	// disk) are taken by the System on its fakes.
	Do(step string, args map[string]trace.Value) error
	// Close releases what the system holds.
	Close() error
}

// ErrRefused is returned by System.Do for a step that the code does not allow
// in its present state.
var ErrRefused = errors.New("refused")

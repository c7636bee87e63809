// Package failure ends the work of a log's core at its first failure. From then on each
// step returns that failure.
package failure

import (
	"errors"
	"fmt"
)

// State says whether a core can take steps. It is for one goroutine at a time.
type State struct {
	Log string // what has failed, for the error's text
	// NotAllowed is for a step that the core's state does not allow. Damaged is a failure
	// that stands for itself. To any other one Poisoned is added, if it does not match it.
	NotAllowed, Damaged, Poisoned error

	failure error
}

// Allow returns why a step cannot be taken: after a failure none can.
func (s *State) Allow(may bool) error {
	if s.failure != nil {
		return s.Err()
	}
	if !may {
		return s.NotAllowed
	}
	return nil
}

// Fail ends the core's work, if there is an error, and returns Err.
func (s *State) Fail(doing string, err error) error {
	if err == nil {
		return nil
	}
	s.failure = fmt.Errorf("%s: %s: %w", s.Log, doing, err)
	return s.Err()
}

// Err returns the failure that has ended the core's work, or nil.
func (s *State) Err() error {
	if s.failure == nil || errors.Is(s.failure, s.Poisoned) || errors.Is(s.failure, s.Damaged) {
		return s.failure
	}
	return fmt.Errorf("%w: %w", s.Poisoned, s.failure)
}

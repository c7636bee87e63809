package failure

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	errNotAllowed = errors.New("not allowed")
	errDamaged    = errors.New("damaged")
	errPoisoned   = errors.New("poisoned")
	errDisk       = errors.New("the disk fails")
)

func state() *State {
	return &State{Log: "log", NotAllowed: errNotAllowed, Damaged: errDamaged, Poisoned: errPoisoned}
}

func TestAStepIsAllowedUntilAFailure(t *testing.T) {
	s := state()
	require.NoError(t, s.Allow(true))
	require.Equal(t, errNotAllowed, s.Allow(false))
	require.NoError(t, s.Fail("flush", nil))
	require.NoError(t, s.Err())
	require.NoError(t, s.Allow(true))

	require.Error(t, s.Fail("flush", errDisk))
	for _, err := range []error{s.Err(), s.Allow(true), s.Allow(false)} {
		require.EqualError(t, err, "poisoned: log: flush: the disk fails")
		require.ErrorIs(t, err, errPoisoned)
		require.ErrorIs(t, err, errDisk)
	}
}

// TestAFailureIsNamedOnce: damage is not poison, and what is poisoned is not so twice.
func TestAFailureIsNamedOnce(t *testing.T) {
	for _, cause := range []error{errDamaged, errPoisoned} {
		s := state()
		require.EqualError(t, s.Fail("read", cause), "log: read: "+cause.Error())
		require.ErrorIs(t, s.Allow(true), cause)
	}
}

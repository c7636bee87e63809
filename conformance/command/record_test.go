package command_test

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/command"
)

// TestRecordOfARunThatFails says why, without a panic of its own and without the name of a
// file that the run has not come to.
func TestRecordOfARunThatFails(t *testing.T) {
	for says, run := range map[string]func(context.Context, conformance.Run) error{
		"lockstep: panic: no disk\n":                 func(context.Context, conformance.Run) error { panic("no disk") },
		"lockstep: no disk\n":                        func(context.Context, conformance.Run) error { return errors.New("no disk") },
		"lockstep: the run has ended its goroutine":  func(context.Context, conformance.Run) error { runtime.Goexit(); return nil },
		"lockstep: the scenario has no function Run": nil,
		"lockstep: the run has left no trace in ":    func(context.Context, conformance.Run) error { return nil },
	} {
		pattern := &conformance.Pattern{Name: "p", Scenarios: []conformance.Scenario{{Name: "s", Run: run}}}
		var out, failed bytes.Buffer
		p := command.Program{Patterns: []*conformance.Pattern{pattern}}
		require.Equal(t, 3, p.Run(t.Context(), []string{"lockstep", "record", "p"}, &out, &failed))
		require.Empty(t, out.String())
		require.True(t, strings.HasPrefix(failed.String(), says), failed.String())
		require.Equal(t, 1, strings.Count(failed.String(), "\n"), failed.String())
	}
}

// TestAPatternWithoutASpec is bad input.
func TestAPatternWithoutASpec(t *testing.T) {
	needsTLC(t)
	var out, failed bytes.Buffer
	p := command.Program{Patterns: []*conformance.Pattern{{Name: "p"}}}
	require.Equal(t, 2, p.Run(t.Context(), []string{"lockstep", "check", "-q", "p"}, &out, &failed))
	require.Contains(t, failed.String(), "lockstep: p: bad input: there is no folder with a spec")
}

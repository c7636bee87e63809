package conformance_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/testdata/buffer"
	"github.com/lockstep-tla/lockstep/trace"
)

// A run that goes round in circles must not fill the memory of its checker.
func TestAnEndlessTraceIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.ndjson")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Truncate(path, conformance.MaxTrace+1)) // takes no space
	traces, err := conformance.ReadAll([]string{path})
	require.Empty(t, traces)
	require.ErrorContains(t, err, "did not come to an end")
}

// What is for the sound code only is recorded of that, and of nothing else.
func TestSoundScenarios(t *testing.T) {
	var ran []string
	scenario := func(name string, sound bool) conformance.Scenario {
		return conformance.Scenario{Name: name, Nondeterministic: sound, Run: func(context.Context, conformance.Run) error {
			ran = append(ran, name)
			return nil
		}}
	}
	p := conformance.Pattern{Scenarios: []conformance.Scenario{scenario("a", false), scenario("b", true), scenario("c", false)}}
	var left []string
	for _, s := range p.BrokenScenarios() {
		left = append(left, s.Name)
	}
	require.Equal(t, []string{"a", "c"}, left)
	_, err := p.Record(t.Context(), t.TempDir(), false)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "c"}, ran)

	of := func(scenario string) *trace.Trace { return &trace.Trace{Header: trace.Header{Scenario: scenario}} }
	a, b, c := of("a"), of("b"), of("c")
	require.Equal(t, []*trace.Trace{a, c}, p.Repeatable([]*trace.Trace{a, b, c}))
}

// TestRecords has scenarios that fail, that end differently each time, and that
// leave a step out.
func TestRecords(t *testing.T) {
	p := buffer.Pattern
	run := func(name string, do func(b explore.System) error) conformance.Scenario {
		return conformance.Scenario{Name: name, Runs: 2, Run: func(_ context.Context, run conformance.Run) error {
			rec, err := trace.Create(run.Path, trace.Header{Spec: "Buffer", Scenario: name, Seed: run.Seed})
			if err != nil {
				return err
			}
			b, err := p.System(rec)
			return errors.Join(err, do(b), rec.Close())
		}}
	}
	put := func(b explore.System, item string) error {
		return b.Do("Put", map[string]trace.Value{"item": item})
	}
	runs := 0
	p.Scenarios = []conformance.Scenario{
		run("same", func(b explore.System) error { return put(b, "x") }),
		run("fails", func(explore.System) error { return errors.New("it ran dry") }),
		run("other", func(b explore.System) error { runs++; return put(b, []string{"y", "x", "y"}[runs%3]) }),
	}
	f := &failures{ctx: t.Context(), dir: t.TempDir()}
	conformance.Records(f, &p, "same", "other", "neither")
	require.Equal(t, []string{
		"scenario fails, seed 1: it ran dry\nscenario fails, seed 2: it ran dry",
		"scenario other: seed 1 gives another trace the second time",
		"scenario other: seed 2 gives another trace the second time",
		"there is no scenario neither",
		"no scenario takes the step Get",
	}, f.said)
}

// TestProgramThatStartsItselfMustServe: this test's program does not call
// Reexec, so it would run all tests again.
func TestProgramThatStartsItselfMustServe(t *testing.T) {
	run, err := buffer.Pattern.NewRun(t.TempDir(), buffer.Pattern.Scenarios[0], 1)
	require.NoError(t, err)
	require.ErrorContains(t, run.Command(t.Context()).Start(), "must call Reexec")
}

// TestPatience: code without a rule is waited for less long.
func TestPatience(t *testing.T) {
	long := conformance.WaitLimit()
	t.Setenv("LOCKSTEP_BROKEN", "buffer/HasRoom")
	require.Less(t, conformance.WaitLimit(), long)
	t.Setenv("LOCKSTEP_PATIENT", "1") // a mutant's second run, which must not fail because of a busy machine
	require.Equal(t, long, conformance.WaitLimit())
}

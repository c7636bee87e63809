package conformance_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	. "github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// A run that goes round in circles must not fill the memory of its checker.
func TestAnEndlessTraceIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.ndjson")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Truncate(path, MaxTrace+1)) // takes no space
	traces, err := ReadAll([]string{path})
	require.Empty(t, traces)
	require.ErrorContains(t, err, "did not come to an end")
}

// What is for the sound code only is recorded of that, and of nothing else.
func TestSoundScenarios(t *testing.T) {
	var ran []string
	scenario := func(name string, sound bool) Scenario {
		return Scenario{Name: name, Sound: sound, Run: func(context.Context, Run) error {
			ran = append(ran, name)
			return nil
		}}
	}
	p := Pattern{Scenarios: []Scenario{scenario("a", false), scenario("b", true), scenario("c", false)}}
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

package patterns_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/patterns"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// TestCounterexamplesAreTold leaves each rule of each pattern out of the spec.
// Every step of TLC's counterexample must be one that the Steps module knows,
// with its arguments; and where it is an invariant that falls, the part of it
// must be named that is false.
func TestCounterexamplesAreTold(t *testing.T) {
	if testing.Short() {
		t.Skip("needs Java and TLC")
	}
	found, err := tlc.Find(t.Context())
	require.NoError(t, err)
	c := &run.Runner{TLC: found, Parallel: 2, MemoryMB: 1024}
	for _, p := range patterns.Checked {
		t.Run(p.Name, func(t *testing.T) {
			s, err := conformance.Load(p.Spec, p.Library...)
			require.NoError(t, err)
			names, err := s.BrokenRules()
			require.NoError(t, err)
			require.NotEmpty(t, names)
			failed := make([]error, len(names))
			explained := make([]*report.Behaviour, len(names))
			broken := make([]report.Rule, len(names))
			var wait sync.WaitGroup
			for i, name := range names {
				wait.Go(func() {
					r := &broken[i]
					if failed[i] = rules.BreakSpec(t.Context(), c, s, name, r); failed[i] == nil {
						explained[i], failed[i] = explain.ExplainCounterexample(t.Context(), c, s, name, r.Falls(), r.Counterexample, r.Loop)
					}
				})
			}
			wait.Wait()
			for i, name := range names {
				require.NoError(t, failed[i], name)
				require.Equal(t, report.Detected, broken[i].Spec, "%s: %s", name, broken[i].Message)
				b := explained[i]
				t.Logf("%s: %s", name, b.Why.Summary)
				for _, state := range b.States[1:] {
					unchanged := len(state.Changes) == 0 // it stutters
					require.True(t, state.Step != "" || unchanged, "%s: no Step makes state %d\n%s", name, state.Number, b)
				}
				_, config, err := s.Model(name)
				require.NoError(t, err)
				if !slices.Contains(config.Invariants, b.Violated) {
					continue
				}
				require.Empty(t, b.Why.Notes, "%s\n%s", name, b)
				require.NotEmpty(t, b.Why.At, "%s\n%s", name, b)
				require.NotEmpty(t, b.Why.State, "%s\n%s", name, b)
			}
		})
	}
}

// TestRulesHaveADifferenceOnBothSides: the page of a broken rule begins with what was changed.
func TestRulesHaveADifferenceOnBothSides(t *testing.T) {
	for _, p := range patterns.Checked {
		s, err := conformance.Load(p.Spec, p.Library...)
		require.NoError(t, err)
		sources, err := p.Sources()
		require.NoError(t, err)
		names, err := s.BrokenRules()
		require.NoError(t, err)
		for _, name := range names {
			change, err := rules.ChangeOf(t.Context(), s, sources.Code, name)
			require.NoError(t, err)
			require.Regexp(t, "\n[-+]", change.Spec, "%s %s", p.Name, name)
			require.Regexp(t, "\n[-+]", change.Code, "%s %s", p.Name, name)
		}
	}
}

// Package logstest is what the tests of the patterns share that keep something in log files.
package logstest

import (
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/trace"
)

// Args are the arguments of a step.
type Args = map[string]trace.Value

// Step is a step of a run.
type Step struct {
	Name string
	Args Args
}

// Run is a run that ends while something is owed.
type Run struct {
	Steps []Step
	Owes  string // what the explanation must say
}

// EndIsRefused takes the steps of each run, and lets an observer claim at its end that
// nothing is owed. The spec must refuse just that, and the explanation say why.
func EndIsRefused(t *testing.T, p *conformance.Pattern, h logs.Header, node string, runs ...Run) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Java and TLC")
	}
	found, err := tlc.Find(t.Context())
	require.NoError(t, err)
	spec, err := conformance.Load(p.Spec, p.Library...)
	require.NoError(t, err)
	var all []*trace.Trace
	for _, run := range runs {
		all = append(all, recorded(t, p, h, node, run.Steps))
	}
	checker := &conformance.Checker{TLC: found}
	verdicts, err := checker.Replay(t.Context(), spec, all)
	require.NoError(t, err)
	explained, err := explain.ExplainAll(t.Context(), checker.Runner(), spec, all, verdicts)
	require.NoError(t, err)
	for i, run := range runs {
		require.Equal(t, conformance.Rejected, verdicts[i].Outcome, "%s: %s", run.Owes, verdicts[i])
		require.Len(t, all[i].Events, verdicts[i].Step, "%s: %s", run.Owes, verdicts[i])
		require.Contains(t, explained[i].Summary, run.Owes)
	}
}

// recorded is the trace of some steps, and of the claim.
func recorded(t *testing.T, p *conformance.Pattern, h logs.Header, node string, steps []Step) *trace.Trace {
	path := filepath.Join(t.TempDir(), "owing.ndjson")
	rec, err := trace.Create(path, h.Of("owing", 1))
	require.NoError(t, err)
	system, err := p.System(rec)
	require.NoError(t, err)
	for _, step := range steps {
		require.NoError(t, system.Do(step.Name, step.Args))
	}
	require.ErrorIs(t, system.Do("End", nil), conformance.ErrRefused, "the code knows it, too")
	require.NoError(t, logs.ClaimEnd(rec, path, node))
	require.NoError(t, system.Close())
	require.NoError(t, rec.Close())
	read, err := trace.ReadFile(path)
	require.NoError(t, err)
	return read
}

// High records runs of the scenario faults, one for each seed below seeds that makes indexes
// begin just below 2^16, 2^31 or 2^32. Before the first operation of a run, raise lets the
// subject go on with an index above before, and the recorder count from there. At the end of the
// run, reached checks how far the subject has come.
func High(t *testing.T, subjects logs.Subjects, seeds int64, raise, reached func(s logs.Subject, before uint64)) (all []*trace.Trace) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Java and TLC")
	}
	create := subjects.Create
	for seed := range seeds {
		before := toolbox.CountFrom(nil, seed)
		if before == 0 {
			continue
		}
		var s logs.Subject
		subjects.Create = func(h *logs.Harness) logs.Subject {
			s = create(h)
			return &raised{Subject: s, raise: func() { raise(s, before) }}
		}
		run := conformance.Run{Path: filepath.Join(t.TempDir(), "high.ndjson"), Seed: seed}
		require.NoError(t, subjects.Faults(1, "").Run(t.Context(), run), "seed %d", seed)
		reached(s, before)
		recorded, err := trace.ReadFile(run.Path)
		require.NoError(t, err)
		all = append(all, recorded)
	}
	return all
}

// raised is a subject whose indexes become high before its first operation.
type raised struct {
	logs.Subject
	raise func() // nil when it is done
}

func (r *raised) Do(op logs.Operation) {
	if r.raise != nil {
		r.raise()
		r.raise = nil
	}
	r.Subject.Do(op)
}

// Replay measures how the checker replays traces, those of a batch in one run of TLC. It
// reports steps for each second and TLC's processor seconds. A heap of 1,700 MiB keeps each Java
// process below 2 GiB. No kept result counts.
func Replay(b *testing.B, p *conformance.Pattern, batches ...[]*trace.Trace) {
	b.Helper()
	found, err := tlc.Find(b.Context())
	require.NoError(b, err)
	found.Store = nil
	stats := new(run.Stats)
	checker := &conformance.Checker{TLC: found, MemoryMB: 1700, Parallel: runtime.NumCPU()}
	checker.Runner().Stats = stats
	spec, err := conformance.Load(p.Spec, p.Library...)
	require.NoError(b, err)
	steps := 0
	for b.Loop() {
		for _, traces := range batches {
			verdicts, err := checker.Replay(b.Context(), spec, traces)
			require.NoError(b, err)
			for i, v := range verdicts {
				require.Equal(b, conformance.Accepted, v.Outcome, "%s: %s", traces[i].Name, v)
				steps += len(traces[i].Events)
			}
		}
	}
	b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
	b.ReportMetric(stats.Processor().Seconds()/float64(b.N), "processor-s/op")
}

// Package oracle gives a second opinion on traces. Explore has the whole graph of a
// bounded model, so a trace within the bounds is accepted exactly if it is a path in
// that graph. That is found out here without Replay and without TLC; where the two
// do not agree, one of them is wrong.
package oracle

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Opinion is what the graph says of a trace.
type Opinion struct {
	Outcome report.Outcome // Unknown if the trace leaves the bounds
	Step    int            // the first step that is no step of the graph, from 1
	Reason  report.Reason  // State if the graph has the step with another view, else Guard
}

// Judge follows a trace through the graph. Where a step leads to several states, all
// are followed.
func Judge(m *explore.Paths, t *trace.Trace) Opinion {
	states := m.Init
	beyond := false
	for i := range t.Events {
		e := &t.Events[i]
		var next []int
		reason := report.Guard
		for _, from := range states {
			beyond = beyond || !m.Within[from]
			for _, x := range m.Out[from] {
				switch {
				case x.Step != e.Step || !same(x.Args, e.Args):
				case !same(x.View, e.State):
					reason = report.State
				case !slices.Contains(next, x.To):
					next = append(next, x.To)
				}
			}
		}
		if len(next) == 0 && beyond {
			return Opinion{Outcome: report.Unknown}
		}
		if len(next) == 0 {
			return Opinion{Outcome: report.Rejected, Step: i + 1, Reason: reason}
		}
		states = next
	}
	return Opinion{Outcome: report.Accepted}
}

func same(spec, logged trace.Value) bool { return tla.Equal(spec, logged) }

// Comparison is what came of asking both.
type Comparison struct {
	Traces   int
	Accepted int      // by both
	Rejected int      // by both, at the same step and for the same reason
	Beyond   int      // of which the graph does not know
	Apart    []string // where the two do not agree
}

// Compare asks Replay and the graph about n random walks and falsified ones. The same
// seed makes the same traces.
func Compare(ctx context.Context, c *run.Runner, s *spec.Spec, n int, seed uint64) (*Comparison, error) {
	m, err := explore.ReadPaths(ctx, c, s)
	if err != nil {
		return nil, err
	}
	w := &walker{Paths: m, spec: s.Name, random: rand.New(rand.NewPCG(seed, 1))}
	for _, out := range m.Out {
		for _, x := range out {
			if e, ok := event(x); ok {
				w.all = append(w.all, e)
			}
		}
	}
	if len(w.all) == 0 {
		return nil, errors.New("no step of the bounded model can be logged")
	}
	traces := make([]*trace.Trace, n)
	for i := range traces {
		traces[i] = w.walk(i)
		if i%3 > 0 {
			w.falsify(traces[i])
		}
	}
	verdicts, err := replay.Replay(ctx, c, s, traces)
	if err != nil {
		return nil, err
	}
	found := &Comparison{Traces: n}
	for i, t := range traces {
		found.add(t, verdicts[i], Judge(m, t))
	}
	return found, nil
}

func (c *Comparison) add(t *trace.Trace, v report.Verdict, o Opinion) {
	switch {
	case v.Outcome == report.Accepted && o.Outcome == report.Accepted:
		c.Accepted++
	case o.Outcome == report.Unknown && v.Outcome != report.Unknown:
		c.Beyond++
	case v.Outcome == report.Rejected && o.Outcome == report.Rejected && v.Step == o.Step && (v.Reason == o.Reason || v.Reason == report.Error):
		c.Rejected++ // TLC may also say why it cannot compare two values
	default:
		steps := ""
		for _, e := range t.Events {
			steps += fmt.Sprintf("\n  %s %s %s", e.Step, tla.Text(trace.Value(e.Args)), tla.Text(trace.Value(e.State)))
		}
		c.Apart = append(c.Apart, fmt.Sprintf("%s: Replay says %s; the graph says %s at step %d (%s)%s", t.Name, v, o.Outcome, o.Step, o.Reason, steps))
	}
}

package explain

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// repair is a repaired trace.
type repair struct {
	says   string
	events []trace.Event
	at     int    // the index of the rejected line in it; -1 if it was removed
	behind int    // the index of the line after that
	own    bool   // the line was taken from the spec, so its acceptance proves nothing
	puts   string // the step that was inserted before it, if any
}

const (
	maxHints   = 4
	maxRepairs = 60
	// linesBehind is the number of lines after the rejected one that a repaired
	// trace keeps.
	linesBehind = 200
)

// FindHints tries all simple repairs in one Replay. A trace that is rejected as a
// whole, such as one with constants that the spec does not allow, has no line to
// repair.
func FindHints(ctx context.Context, c *run.Runner, s *spec.Spec, t *trace.Trace, v report.Verdict, x *report.Explanation) error {
	if v.Step == 0 {
		return nil
	}
	m := &repairs{x: x, at: v.Step - 1}
	m.events = t.Events[:min(len(t.Events), v.Step+linesBehind)]
	m.whole = len(m.events) == len(t.Events)
	m.fields(v)
	m.arguments()
	m.lines()
	m.missing()
	repairs := m.list[:min(len(m.list), maxRepairs, max(1, 200_000/len(m.events)))]
	if len(repairs) == 0 {
		return nil
	}
	var traces []*trace.Trace
	for _, r := range repairs {
		traces = append(traces, &trace.Trace{Name: t.Name, Header: t.Header, Events: r.events})
	}
	c.Advance("explain: repairs tried", len(repairs), len(repairs))
	verdicts, err := replay.Replay(ctx, c, s, traces)
	if err != nil {
		return err
	}
	found, _ := analysis.Of(ctx, s, c) // if nil, the hints name no rules
	for i, r := range repairs {
		if h, ok := m.judge(r, verdicts[i]); ok {
			if found != nil && r.puts != "" {
				h.Rules = found.RulesOf(r.puts, x.Breakable)
			}
			x.Hints = append(x.Hints, h)
		}
	}
	slices.SortStableFunc(x.Hints, func(a, b report.Hint) int { return worth(b) - worth(a) })
	x.Hints = x.Hints[:min(len(x.Hints), maxHints)]
	return nil
}

func worth(h report.Hint) int {
	switch {
	case h.Passes:
		return 1 << 20
	case h.Allowed:
		return 0
	}
	return 1 + h.More
}

// repairs makes the repaired traces.
type repairs struct {
	x      *report.Explanation
	events []trace.Event
	at     int  // the index of the rejected line
	whole  bool // events are all of the trace
	list   []repair
}

// judge turns the verdict on a repair into a hint, and reports whether the hint
// is useful.
func (m *repairs) judge(r repair, v report.Verdict) (report.Hint, bool) {
	h := report.Hint{Repair: r.says}
	reached := len(r.events) // how many lines are accepted
	switch {
	case v.Outcome == report.Accepted:
		h.Passes = m.whole
	case v.Outcome == report.Rejected && v.Step > 0:
		reached = v.Step - 1
		h.Allowed = v.Step-1 == r.at && v.Reason == report.State && m.x.Reason == report.Guard
	default:
		return h, false
	}
	h.More = max(0, reached-r.behind)
	// A line that was removed or taken from the spec proves nothing by itself: the
	// lines after it must be accepted too.
	accepted := r.at >= 0 && reached > r.at && !r.own
	return h, accepted || h.Allowed || h.More > 0
}

func (m *repairs) refused() trace.Event { return m.events[m.at] }

// replaced returns the trace with another line in place of the rejected one.
func (m *repairs) replaced(e trace.Event) []trace.Event {
	events := slices.Clone(m.events)
	events[m.at] = e
	return events
}

// fields puts the spec's value into the only field that differs.
func (m *repairs) fields(v report.Verdict) {
	if v.Reason != report.State || len(m.x.Fields) != 1 {
		return
	}
	f := m.x.Fields[0]
	e := m.refused()
	e.State = maps.Clone(e.State)
	e.State[f.Field] = f.Value
	if f.Expected == "" {
		delete(e.State, f.Field)
	}
	m.list = append(m.list, repair{
		says: fmt.Sprintf("with %s = %s", f.Field, report.OrNone(f.Expected)), events: m.replaced(e), at: m.at, behind: m.at + 1, own: true,
	})
}

// arguments changes one argument so that the spec allows the step.
func (m *repairs) arguments() {
	for _, p := range m.x.Possible {
		e := m.refused()
		if p.Step != e.Step || len(p.Args) != len(e.Args) {
			continue
		}
		other := ""
		for _, name := range tla.SortedKeys(p.Args) {
			if !tla.Equal(p.Args[name], e.Args[name]) {
				if other != "" {
					other = ""
					break
				}
				other = name
			}
		}
		if other == "" || other == "node" {
			continue
		}
		e.Args = p.Args
		m.list = append(m.list, repair{
			says: fmt.Sprintf("with %s = %s", other, tla.Short(tla.Text(p.Args[other]))), events: m.replaced(e), at: m.at, behind: m.at + 1,
		})
	}
}

// lines drops, doubles and swaps lines.
func (m *repairs) lines() {
	k := m.at
	name := func(i int) string { return m.events[i].Step }
	swapped := func(i int) []trace.Event {
		events := slices.Clone(m.events)
		events[i], events[i+1] = events[i+1], events[i]
		return events
	}
	m.list = append(m.list, repair{
		says: "without the refused line", events: slices.Delete(slices.Clone(m.events), k, k+1), at: -1, behind: k,
	})
	if k > 0 {
		m.list = append(m.list, repair{
			says: fmt.Sprintf("without the line before it, %s", name(k-1)), events: slices.Delete(slices.Clone(m.events), k-1, k), at: k - 1, behind: k,
		}, repair{
			says: fmt.Sprintf("with the line before it, %s, taken twice", name(k-1)), events: slices.Insert(slices.Clone(m.events), k, m.events[k-1]), at: k + 1, behind: k + 2,
		}, repair{
			says: fmt.Sprintf("before the line before it, %s", name(k-1)), events: swapped(k - 1), at: k - 1, behind: k + 1,
		})
	}
	if k+1 < len(m.events) {
		m.list = append(m.list, repair{
			says: fmt.Sprintf("behind the line behind it, %s", name(k+1)), events: swapped(k), at: k + 1, behind: k + 2,
		})
	}
}

// missing inserts a step that the spec allows there.
func (m *repairs) missing() {
	for _, p := range m.x.Possible {
		view, ok := p.View.(map[string]trace.Value)
		if !ok {
			continue
		}
		e := trace.Event{Step: p.Step, Args: p.Args, State: view, Line: m.refused().Line}
		m.list = append(m.list, repair{
			puts: p.Step,
			says: fmt.Sprintf("with %s before it", p), events: slices.Insert(slices.Clone(m.events), m.at, e), at: m.at + 1, behind: m.at + 2,
		})
	}
}

package explain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Deepen adds two parts to the explanation of a rejected trace that take
// longer: the shortest trace of its lines with the same reason, and hints; and the
// steps that sent the nearest messages, where only TLC knows them. It
// stops after the given time with the best results so far. An error means that
// it could not ask TLC.
func Deepen(ctx context.Context, c *run.Runner, s *spec.Spec, t *trace.Trace, v report.Verdict, x *report.Explanation, limit time.Duration) error {
	if limit <= 0 || x.Event == nil || v.Step < 1 || v.Step > len(t.Events) {
		return nil
	}
	some, cancel := context.WithTimeoutCause(ctx, limit, errEnough)
	defer cancel()
	err := sentInNetwork(some, c, s, t, x)
	if err == nil {
		err = FindHints(some, c, s, t, v, x)
	}
	if err == nil {
		err = shrink(some, c, s, t, v, x)
	}
	if errors.Is(err, errEnough) && ctx.Err() == nil {
		x.Note("the search for hints and for a shorter trace was ended after %s", limit)
		return nil
	}
	return err
}

var errEnough = errors.New("the time is over")

// shrinking is the search for a shorter trace.
type shrinking struct {
	*run.Runner
	spec     *spec.Spec
	trace    *trace.Trace
	verdict  report.Verdict
	of       *report.Explanation
	analysis *analysis.Analysis
	keep     []int           // the remaining lines, without the rejected one
	tried    map[string]bool // by the remaining lines
}

// candidate lists the remaining lines.
type candidate []int

// shrink drops lines, many candidates in one run of TLC, as long as the rest is
// rejected at the same step for the same reason. It writes each result into the
// explanation at once.
func shrink(ctx context.Context, c *run.Runner, s *spec.Spec, t *trace.Trace, v report.Verdict, x *report.Explanation) error {
	if v.Reason == report.Error {
		x.Note("no shorter trace was looked for: TLC cannot evaluate the step, and each try would end its run")
		return nil
	}
	w := &shrinking{Runner: c, spec: s, trace: t, verdict: v, of: x, tried: map[string]bool{}}
	w.analysis, _ = analysis.Of(ctx, s, c) // if nil, the verdicts decide
	for i := range v.Step - 1 {
		w.keep = append(w.keep, i)
	}
	for len(w.keep) > 0 {
		found, err := w.test(ctx, w.candidates())
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return nil
		}
		w.take(found[0])
		// Lines that can be dropped alone can usually be dropped together.
		together, err := w.test(ctx, w.unions(found))
		if err != nil {
			return err
		}
		if len(together) > 0 {
			w.take(together[0])
		}
	}
	return nil
}

// take makes a candidate the present one, if it is shorter.
func (w *shrinking) take(c candidate) {
	if len(c) >= len(w.keep) {
		return
	}
	w.keep = c
	w.of.Shortest, w.of.Lines = w.made(c), nil
	for _, e := range w.of.Shortest.Events {
		w.of.Lines = append(w.of.Lines, e.Line)
	}
}

// made returns the trace of a candidate.
func (w *shrinking) made(c candidate) *trace.Trace {
	t := &trace.Trace{Name: w.trace.Name, Header: w.trace.Header}
	for _, i := range c {
		t.Events = append(t.Events, w.trace.Events[i])
	}
	t.Events = append(t.Events, w.trace.Events[w.verdict.Step-1])
	return t
}

// stepsARun is the number of steps that the candidates of one run have
// together.
const stepsARun = 40_000

// candidates returns ways to drop lines, the most promising first, up to
// stepsARun.
func (w *shrinking) candidates() []candidate {
	n := len(w.keep)
	var all []candidate
	steps := 0
	without := func(drop func(at int) bool) bool {
		var c candidate
		for at, i := range w.keep {
			if !drop(at) {
				c = append(c, i)
			}
		}
		if key := fmt.Sprint(c); len(c) < n && !w.tried[key] {
			w.tried[key] = true
			all = append(all, c)
			steps += len(c) + 1
		}
		return steps < stepsARun
	}
	w.byContent(without)
	w.loops(without)
	for size := n; size >= 1; size /= 2 {
		for from := 0; from < n; from += size {
			if !without(func(at int) bool { return at >= from && at < from+size }) {
				return all
			}
		}
	}
	w.pairs(without)
	return all
}

func (w *shrinking) event(at int) *trace.Event { return &w.trace.Events[w.keep[at]] }

// byContent drops all lines of a node, and all lines with a certain argument.
func (w *shrinking) byContent(without func(func(at int) bool) bool) {
	nodes, things := map[string]bool{}, map[string]bool{}
	spoken := make([]map[string]bool, len(w.keep))
	for at := range w.keep {
		nodes[tla.Text(w.event(at).Args["node"])] = true
		spoken[at] = map[string]bool{}
		leavesOfArgs(w.event(at).Args, spoken[at])
		for thing := range spoken[at] {
			things[thing] = true
		}
	}
	for _, node := range tla.SortedKeys(nodes) {
		if !without(func(at int) bool { return tla.Text(w.event(at).Args["node"]) == node }) {
			return
		}
	}
	for i, thing := range tla.SortedKeys(things) {
		if i > 200 || !without(func(at int) bool { return spoken[at][thing] }) {
			return
		}
	}
}

// leavesOfArgs collects the strings and numbers in arguments, each with the
// name of its argument.
func leavesOfArgs(args map[string]trace.Value, into map[string]bool) {
	var visit func(name string, v trace.Value)
	visit = func(name string, v trace.Value) {
		switch v := v.(type) {
		case []trace.Value:
			for _, e := range v {
				visit(name, e)
			}
		case map[string]trace.Value:
			for key, e := range v {
				visit(name+"."+key, e)
			}
		default:
			into[name+" "+tla.Text(v)] = true
		}
	}
	for name, v := range args {
		if name != "node" {
			visit(name, v)
		}
	}
}

// loops drops the lines between two lines with the same view of a node, because
// they may have had no effect.
func (w *shrinking) loops(without func(func(at int) bool) bool) {
	last := map[string]int{}
	type loop struct{ from, to int }
	var found []loop
	for at := range w.keep {
		e := w.event(at)
		key := tla.Text(e.Args["node"]) + tla.Text(e.State)
		if first, ok := last[key]; ok {
			found = append(found, loop{first + 1, at})
		} else {
			last[key] = at
		}
	}
	slices.SortStableFunc(found, func(a, b loop) int { return (b.to - b.from) - (a.to - a.from) })
	for i, l := range found {
		if i > 100 || !without(func(at int) bool { return at >= l.from && at <= l.to }) {
			return
		}
	}
}

// pairs drops two lines at once: lines with a common argument, such as the
// sending and the receipt of a message, and any two if there are few lines.
func (w *shrinking) pairs(without func(func(at int) bool) bool) {
	n := len(w.keep)
	if n > 300 {
		return
	}
	spoken := make([]map[string]bool, n)
	for at := range w.keep {
		spoken[at] = map[string]bool{}
		leavesOfArgs(w.event(at).Args, spoken[at])
	}
	for a := range n {
		for b := a + 1; b < n; b++ {
			common := n <= 24
			for thing := range spoken[a] {
				common = common || spoken[b][thing]
			}
			if common && !without(func(at int) bool { return at == a || at == b }) {
				return
			}
		}
	}
}

// unions returns the candidates that drop the lines of several candidates.
func (w *shrinking) unions(found []candidate) []candidate {
	var all []candidate
	left := slices.Clone(found[0])
	for _, c := range found[1:min(len(found), 40)] {
		fewer := slices.DeleteFunc(slices.Clone(left), func(i int) bool { return !slices.Contains(c, i) })
		if key := fmt.Sprint(fewer); len(fewer) < len(left) && !w.tried[key] {
			w.tried[key] = true
			all = append(all, fewer)
			left = fewer
		}
	}
	return all
}

// test returns the candidates that are rejected at their end for the same
// reason, the shortest first.
func (w *shrinking) test(ctx context.Context, candidates []candidate) ([]candidate, error) {
	if len(candidates) == 0 {
		return nil, nil
	}
	w.Advance("explain: shorter traces tried", len(w.tried), 0)
	traces := make([]*trace.Trace, len(candidates))
	for i, c := range candidates {
		traces[i] = w.made(c)
	}
	same := w.sameVerdict
	if w.analysis != nil && w.verdict.Reason != report.State && len(w.of.At) > 0 {
		same = w.sameReason
	}
	yes, err := same(ctx, traces)
	if err != nil {
		return nil, err
	}
	var found []candidate
	for i, c := range candidates {
		if yes[i] {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return len(a) - len(b) })
	return found, nil
}

// sameVerdict compares the verdicts of Replay: the step, the reason, and the
// fields that differ.
func (w *shrinking) sameVerdict(ctx context.Context, traces []*trace.Trace) ([]bool, error) {
	verdicts, err := replay.Replay(ctx, w.Runner, w.spec, traces)
	if err != nil {
		return nil, err
	}
	same := make([]bool, len(traces))
	for i, v := range verdicts {
		same[i] = v.Outcome == report.Rejected && v.Step == len(traces[i].Events) && v.Reason == w.verdict.Reason &&
			v.Message == w.verdict.Message && fieldNames(fieldDifferences(v)) == fieldNames(w.of.Fields)
	}
	return same, nil
}

func fieldNames(list []report.FieldDifference) string {
	var names []string
	for _, f := range list {
		names = append(names, f.Field)
	}
	return strings.Join(names, ", ")
}

// sameReason compares the false parts of the action or of the invariant. It
// requests nothing else, so it is as fast as Replay.
func (w *shrinking) sameReason(ctx context.Context, traces []*trace.Trace) ([]bool, error) {
	e := &explainer{Runner: w.Runner, spec: w.spec, analysis: w.analysis, wanted: wanted{brief: true}}
	pending := make([]*refusal, len(traces))
	for i, t := range traces {
		v := report.Verdict{Outcome: report.Rejected, Step: len(t.Events), Event: &t.Events[len(t.Events)-1], Reason: w.verdict.Reason, Message: w.verdict.Message}
		pending[i] = &refusal{trace: t, verdict: v, into: &report.Explanation{Reason: v.Reason, Event: v.Event, Step: v.Step}}
	}
	if err := e.explain(ctx, pending); err != nil {
		return nil, err
	}
	same := make([]bool, len(traces))
	for i, r := range pending {
		if r.collected != nil && r.collected.states > 0 {
			conclude(r.into, r.verdict)
			same[i] = !r.into.Held && slices.Equal(sorted(r.into.At), sorted(w.of.At))
		}
	}
	return same, nil
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

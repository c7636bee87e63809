// Package explore drives code along every transition of a spec's bounded model.
package explore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// takenText writes a step as a tuple of TLA+. JSON would not distinguish
// integers from other numbers, nor sets from sequences.
func takenText(l label, view trace.Value) string {
	return tla.Text([]trace.Value{l.step, trace.Value(l.args), view})
}

// maxDifferences ends an exploration early: that number of differences
// usually has one cause.
const maxDifferences = 200

// Explore drives the code along paths that together take every transition of
// the spec's bounded model. It compares the view that the code records at each
// transition with the spec's. In every state it also tries each step of the
// model that the spec does not allow there: the code must refuse it. The walk
// is the same every time. It ends early after maxDifferences differences.
//
// One goroutine uses a System, and Explore closes it before it makes the next
// one. An error means that the check could not be made; if it wraps ErrInput,
// the spec is at fault.
func Explore[S System](ctx context.Context, c *run.Runner, s *spec.Spec, system func(*trace.Recorder) (S, error)) (*report.Exploration, error) {
	return Observed(ctx, c, s, system, nil)
}

// Observer takes messages of TLC that are not Explore's, of a spec that prints more.
// It says whether a message was for it.
type Observer interface {
	Collect(message []trace.Value) bool
}

// Observed is Explore with an observer, which may be nil.
func Observed[S System](ctx context.Context, c *run.Runner, s *spec.Spec, system func(*trace.Recorder) (S, error), observer Observer) (*report.Exploration, error) {
	m, unknown, err := read(ctx, c, s, observer)
	if m == nil {
		return unknown, err
	}
	return Drive(ctx, c, m, system)
}

// Model is the bounded model of a spec. One walk uses it up.
type Model struct {
	graph   *graph
	missing []string
}

// Read lets TLC print the bounded model. Where TLC does not come to its end
// there is no model, and the exploration says why; it is rejected where the model
// breaks what the cfg asks of it.
func Read(ctx context.Context, c *run.Runner, s *spec.Spec) (*Model, *report.Exploration, error) {
	return read(ctx, c, s, nil)
}

func read(ctx context.Context, c *run.Runner, s *spec.Spec, observer Observer) (*Model, *report.Exploration, error) {
	g, result, err := readGraph(ctx, c, s, observer)
	if err != nil {
		return nil, nil, err
	}
	switch result.Outcome {
	case tlc.OK:
	case tlc.InvariantViolated, tlc.PropertyViolated:
		return nil, &report.Exploration{Outcome: report.Rejected, Message: fmt.Sprintf("the bounded model breaks the spec's own %s", result.Violated)}, nil
	default:
		return nil, &report.Exploration{Outcome: report.Unknown, Message: fmt.Sprintf("%s: %s", result.Outcome, result.Message)}, nil
	}
	if err := g.check(result); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", spec.ErrInput, err)
	}
	return &Model{g, g.missing(s.Steps())}, nil, nil
}

// Drive is Explore with a model that was read before.
func Drive[S System](ctx context.Context, c *run.Runner, m *Model, system func(*trace.Recorder) (S, error)) (*report.Exploration, error) {
	if system == nil {
		return nil, codeError{errors.New("there is no function that makes a System")}
	}
	g := m.graph
	w := &walk{Runner: c, graph: g, system: func(rec *trace.Recorder) (System, error) { return system(rec) }, probed: make([]bool, len(g.states))}
	w.report = report.Exploration{States: len(g.states), Transitions: g.edges, Missing: m.missing, Taken: g.taken()}
	if err := w.calls.watch(ctx, callLimit, w.all); err != nil {
		return nil, err
	}
	w.report.Outcome = report.Accepted
	if len(w.report.Differences) > 0 || w.report.Driven < g.edges {
		w.report.Outcome = report.Rejected
	}
	return &w.report, nil
}

// walk drives systems over a graph until no untaken transition can be reached.
type walk struct {
	*run.Runner
	*graph
	system func(*trace.Recorder) (System, error)
	calls  calls
	report report.Exploration
	probed []bool // by state: the steps that the spec does not allow were tried
	tried  int

	open *driver // the system under way, or nil
	at   int     // its state

	// There are thousands of searches, so they share their memory.
	queue    []hop
	seen     []int // by state: the number of the last search that came to it
	searches int
}

// hop is an edge of a search: how it came to a state.
type hop struct {
	state, edge int
	via         int // where in the queue the edge begins; -1 for the first state
}

func (w *walk) all(ctx context.Context) (err error) {
	defer func() {
		if w.open != nil {
			err = errors.Join(err, w.close())
		}
		// What was found before is a verdict. The code may have failed for the same reason.
		if err != nil && ctx.Err() == nil && len(w.report.Differences) > 0 {
			w.report.Message, err = err.Error(), nil
		}
	}()
	for len(w.report.Differences) < maxDifferences {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if w.open == nil {
			if w.open, err = newDriver(&w.calls, w.system); err != nil {
				return err
			}
			w.at = w.init[0]
		}
		if w.tried%1000 == 0 {
			w.Advance("explore: transitions driven", w.tried, w.edges)
		}
		if !w.probed[w.at] && w.states[w.at].within {
			w.probed[w.at] = true
			w.probe()
			continue
		}
		if err := w.advance(); err != nil {
			if errors.Is(err, errWalked) {
				return nil
			}
			return err
		}
	}
	return nil
}

// close closes the system under way.
func (w *walk) close() error {
	d := w.open
	w.open = nil
	if err := d.close(); err != nil {
		return codeError{fmt.Errorf("the code, %s: %w", report.Way(w.path(d.way)), err)}
	}
	return nil
}

var errWalked = errors.New("no transition is left that can be reached")

// advance goes to the nearest transition that was not yet taken, and takes it.
// If none can be reached from here, the walk begins again at the initial state.
func (w *walk) advance() error {
	path := w.nearest(w.at)
	if path == nil {
		fresh := len(w.open.way) == 0
		if err := w.close(); err != nil {
			return err
		}
		if fresh {
			return errWalked
		}
		return nil
	}
	for _, at := range path {
		e := &w.states[w.at].out[at]
		first := !e.taken
		e.taken = true
		reason, message := w.open.take(w.labels[e.label], e.view)
		if first {
			w.tried++
		}
		if reason != "" {
			e.to = -1 // no path may use it
			way := w.differ(w.labels[e.label], e.view, reason, message)
			w.blame(way, func(d *driver) bool {
				reason, _ := d.take(w.labels[e.label], e.view)
				return reason == ""
			})
			return nil
		}
		w.open.way = append(w.open.way, e)
		if first {
			w.report.Driven++
		}
		w.at = e.to
		if !w.probed[w.at] && w.states[w.at].within {
			return nil
		}
	}
	return nil
}

// nearest returns the shortest path from a state that ends with an untaken
// transition, as edge indexes; nil if there is none.
func (w *walk) nearest(from int) []int {
	return w.search(from, func(e *edge) bool { return !e.taken })
}

// search returns the shortest path whose last edge is wanted.
func (w *walk) search(from int, wanted func(*edge) bool) []int {
	if w.seen == nil {
		w.seen = make([]int, len(w.states))
	}
	w.searches++
	w.seen[from] = w.searches
	w.queue = append(w.queue[:0], hop{state: from, via: -1})
	for head := 0; head < len(w.queue); head++ {
		here := w.queue[head]
		out := w.states[here.state].out
		for i := range out {
			e := &out[i]
			if wanted(e) {
				path := []int{i}
				for h := here; h.via >= 0; h = w.queue[h.via] {
					path = append(path, h.edge)
				}
				slices.Reverse(path)
				return path
			}
			if e.taken && e.to >= 0 && w.seen[e.to] != w.searches {
				w.seen[e.to] = w.searches
				w.queue = append(w.queue, hop{state: e.to, edge: i, via: head})
			}
		}
	}
	return nil
}

// probe tries on the code every step that the spec does not allow here.
func (w *walk) probe() {
	allowed := map[int]bool{}
	for _, e := range w.states[w.at].out {
		allowed[e.label] = true
	}
	for i, l := range w.labels {
		if allowed[i] {
			continue
		}
		w.report.Refusals++
		if message := w.open.refuses(l); message != "" {
			way := w.differ(l, nil, report.Guard, message)
			w.blame(way, func(d *driver) bool { return d.refuses(l) == "" })
			if len(w.report.Differences) >= maxDifferences {
				return
			}
			// The code has left the model, so a new system is needed.
			if !w.reopen() {
				return
			}
		}
	}
}

// reopen drives a new system to the present state.
func (w *walk) reopen() bool {
	w.open = w.drivenTo(w.at)
	return w.open != nil
}

// drivenTo returns a new system in a state, to which no refused step was tried; nil if it
// does not get there.
func (w *walk) drivenTo(goal int) *driver {
	d, err := newDriver(&w.calls, w.system)
	if err != nil {
		return nil // the walk makes the next system, and returns its error
	}
	for _, e := range w.way(goal) {
		if reason, _ := d.take(w.labels[e.label], e.view); reason != "" {
			_ = d.close() // see differ
			return nil
		}
		d.way = append(d.way, e)
	}
	return d
}

// blame finds out of the last difference whether a new system shows it that takes the
// shortest way to the state: then that is its path. If it does not, blame says whether the
// difference comes only after a step that the code has refused, and that must change
// nothing. Agrees says whether what has differed is now as the spec says. Later differences
// mostly have the same cause, and each takes as many systems as there are steps.
func (w *walk) blame(way []*edge, agrees func(*driver) bool) {
	d := &w.report.Differences[len(w.report.Differences)-1]
	shortest := w.way(w.at)
	again := slices.Equal(shortest, way)
	after := func(refused *label) (came, agreed bool) {
		d := w.drivenTo(w.at)
		if d == nil {
			return false, false
		}
		defer func() { _ = d.close() }() // see differ
		if refused != nil {
			_ = d.refuses(*refused)
		}
		return true, agrees(d)
	}
	if len(w.report.Differences) > 10 {
		if !again {
			d.Message += fmt.Sprintf("; the code came here by a way of %d steps", len(way))
		}
		w.lead(d, shortest)
		return
	}
	came, agreed := after(nil)
	if came && !agreed {
		w.lead(d, shortest)
		return
	}
	for i, l := range w.labels {
		if !came || w.allows(i) {
			continue
		}
		if came, agreed := after(&l); came && !agreed {
			d.Message += "; only after the code has refused " + l.text + ", which must change nothing"
			w.lead(d, shortest)
			return
		}
	}
	w.lead(d, way)
	if again {
		d.Message += "; not in a new system that takes these steps again"
	} else {
		d.Message += "; not in a new system that takes the shortest way there, " + report.Way(w.path(shortest))
	}
}

// allows says whether the spec allows a step in the present state.
func (w *walk) allows(label int) bool {
	return slices.ContainsFunc(w.states[w.at].out, func(e edge) bool { return e.label == label })
}

// way returns the shortest known path from the initial state to a state.
func (w *walk) way(to int) []*edge {
	if to == w.init[0] {
		return nil
	}
	var way []*edge
	state := w.init[0]
	for _, i := range w.search(state, func(e *edge) bool { return e.taken && e.to == to }) {
		e := &w.states[state].out[i]
		way, state = append(way, e), e.to
	}
	return way
}

// path names the steps of a way.
func (w *walk) path(way []*edge) []string {
	var path []string
	for _, e := range way {
		path = append(path, w.labels[e.label].text)
	}
	return path
}

// lead puts a way in front of the step of a difference.
func (w *walk) lead(d *report.Difference, way []*edge) {
	d.Path = w.path(way)
	taken := make([]string, 0, len(way)+1)
	for _, e := range way {
		taken = append(taken, takenText(w.labels[e.label], e.view))
	}
	d.Taken = append(taken, d.Taken...)
}

// differ reports a difference, closes the system that showed it, and returns the way that
// it took. Its Close may fail, because the code is in a state that the spec does not know:
// that is part of the difference.
func (w *walk) differ(l label, expected trace.Value, reason report.Reason, message string) []*edge {
	d := report.Difference{Step: l.text, Name: l.step, Reason: reason, Message: message}
	if expected != nil {
		d.Expected = tla.Text(expected)
	}
	var logged trace.Value = map[string]trace.Value{}
	if w.open.last != nil {
		logged = w.open.last.State
	}
	d.Taken = []string{takenText(l, logged)}
	if err := w.open.close(); err != nil {
		d.Message += "; then " + err.Error()
	}
	way := w.open.way
	w.open = nil
	w.report.Differences = append(w.report.Differences, d)
	return way
}

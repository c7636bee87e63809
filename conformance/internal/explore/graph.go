package explore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// graph is the bounded model: its states by number, and the transitions that
// leave each. They are sorted by their labels, so that a walk is the same every
// time.
type graph struct {
	init   []int
	states []state
	labels []label // every step with arguments that occurs in the model
	edges  int
}

type state struct {
	within  bool // false: beyond the bound, so its transitions are unknown
	entered bool // by a step that the model's action constraints allow
	out     []edge
}

type label struct {
	step string
	args map[string]trace.Value
	text string // step and arguments, as in reports
}

type edge struct {
	label int // number in graph.labels
	to    int
	view  trace.Value // what the code must show
	taken bool
}

// check reports why code cannot be driven along the graph, if it cannot.
func (g *graph) check(result *tlc.Result) error {
	within := 0
	for i := range g.states {
		if g.states[i].within {
			within++
		}
	}
	switch {
	case len(g.init) != 1:
		return fmt.Errorf("the bounded model has %d initial states; the code starts in one", len(g.init))
	case g.edges == 0:
		return errors.New("the bounded model has no transition, so there is nothing to drive the code along")
	case within != result.Distinct:
		// States that differ in another variable would count as one, and a step
		// that is allowed in one of them as allowed in all.
		return fmt.Errorf("TLC finds %d states where vars tells %d apart: vars must be the tuple of all variables", result.Distinct, within)
	}
	return nil
}

// missing returns the steps that no transition takes.
func (g *graph) missing(steps []string) []string {
	var missing []string
	for _, step := range steps {
		if !slices.ContainsFunc(g.labels, func(l label) bool { return l.step == step }) {
			missing = append(missing, step)
		}
	}
	return missing
}

// taken is how many transitions each step has.
func (g *graph) taken() map[string]int {
	taken := map[string]int{}
	for i := range g.states {
		for _, e := range g.states[i].out {
			taken[g.labels[e.label].step]++
		}
	}
	return taken
}

// graphReader builds a graph from what Explore.tla prints.
type graphReader struct {
	graph
	number map[string]int // of a state, by its text
	labels map[string]int
	count  int
	open   bool // a step may lead to several states
}

// state numbers a state by its text. TLC writes one value in several ways,
// because the order of the members of a record or set depends on how the value
// was made. So each new text is parsed and written in a canonical way.
func (r *graphReader) state(text string) (int, error) {
	if n, ok := r.number[text]; ok {
		return n, nil
	}
	v, err := tlc.ParseValue(text)
	if err != nil {
		return 0, fmt.Errorf("a state of the exploration cannot be read: %w", err)
	}
	canonical, err := tla.CanonicalText(v)
	if err != nil {
		return 0, fmt.Errorf("a state of the exploration: %w", err)
	}
	n, ok := r.number[canonical]
	if !ok {
		n = len(r.states)
		r.number[canonical] = n
		r.states = append(r.states, state{})
	}
	r.number[text] = n
	return n, nil
}

func (r *graphReader) label(step string, args map[string]trace.Value) (int, error) {
	text, err := LabelText(step, args)
	if err != nil {
		return 0, err
	}
	n, ok := r.labels[text]
	if !ok {
		n = len(r.graph.labels)
		r.labels[text] = n
		r.graph.labels = append(r.graph.labels, label{step, args, text})
	}
	return n, nil
}

// LabelText writes a step as `Sync(upTo = 3)`. It omits the node if that is the
// only argument.
func LabelText(step string, args map[string]trace.Value) (string, error) {
	text := step + "("
	for i, name := range tla.SortedKeys(args) {
		value, err := tlc.FormatValue(args[name])
		if err != nil {
			return "", fmt.Errorf("step %s: argument %s: %w", step, name, err)
		}
		if i > 0 {
			text += ", "
		}
		text += name + " = " + value
	}
	return text + ")", nil
}

func (r *graphReader) collect(message []trace.Value) error {
	text := func(i int) string { s, _ := message[i].(string); return s }
	switch {
	case len(message) == 2 && (message[0] == "init" || message[0] == "within" || message[0] == "entered"):
		n, err := r.state(text(1))
		if err != nil {
			return err
		}
		switch {
		case message[0] == "within":
			r.states[n].within = true
		case message[0] == "entered":
			r.states[n].entered = true
		case !slices.Contains(r.init, n):
			r.init = append(r.init, n)
		}
	case len(message) == 6 && message[0] == "step":
		args, err := ArgsOf(message[2])
		if err != nil {
			return fmt.Errorf("step %s: %w", text(1), err)
		}
		l, err := r.label(text(1), args)
		if err != nil {
			return err
		}
		from, err := r.state(text(4))
		if err != nil {
			return err
		}
		to, err := r.state(text(5))
		if err != nil {
			return err
		}
		return r.edge(from, edge{label: l, to: to, view: message[3]})
	case message != nil:
		return fmt.Errorf("%w: %v", tla.ErrGarbled, message)
	}
	return nil
}

func ArgsOf(v trace.Value) (map[string]trace.Value, error) {
	args, ok := v.(map[string]trace.Value)
	if !ok {
		return nil, fmt.Errorf("%w: the arguments are not a record: %v", spec.ErrInput, v)
	}
	return args, nil
}

func (r *graphReader) edge(from int, e edge) error {
	for _, known := range r.states[from].out {
		if known.label != e.label {
			continue
		}
		if known.to == e.to {
			return nil // the same transition, found twice
		}
		if r.open {
			continue
		}
		return fmt.Errorf("%w: the step %s is not determined by its arguments: in one state it leads to two. Give it an argument for what it leaves open",
			spec.ErrInput, r.graph.labels[e.label].text)
	}
	r.states[from].out = append(r.states[from].out, e)
	r.edges++
	return nil
}

// sorted puts labels and transitions in an order that does not depend on the
// order in which TLC found them.
func (r *graphReader) sorted() *graph {
	g := &r.graph
	order := make([]int, len(g.labels)) // old numbers, in the new order
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(g.labels[a].text, g.labels[b].text) })
	labels, renumbered := make([]label, len(order)), make([]int, len(order))
	for now, was := range order {
		labels[now], renumbered[was] = g.labels[was], now
	}
	g.labels = labels
	for i := range g.states {
		out := g.states[i].out
		for j := range out {
			out[j].label = renumbered[out[j].label]
		}
		slices.SortFunc(out, func(a, b edge) int { return cmp.Compare(a.label, b.label) })
	}
	return g
}

// readGraph runs TLC on the bounded model of a spec and reads its transitions. The
// observer, if there is one, takes the additional messages of a marked spec.
func readGraph(ctx context.Context, c *run.Runner, s *spec.Spec, observer Observer) (*graph, *tlc.Result, error) {
	return (&graphReader{}).read(ctx, c, s, observer)
}

func (r *graphReader) read(ctx context.Context, c *run.Runner, s *spec.Spec, observer Observer) (*graph, *tlc.Result, error) {
	config := s.WithConstants(nil)
	config.Set(tlc.Constant{Name: "Step", Definition: "ExploreStep"})
	config.Init, config.Next = "ExploreInit", "StepsNext"
	config.Constraints = append(slices.Clone(s.Config.Constraints), "ExploreWithin")
	if len(s.Config.ActionConstraints) > 0 {
		config.ActionConstraints = append(slices.Clone(s.Config.ActionConstraints), "ExploreEnters")
	}
	along, err := analysis.AlongTraces(ctx, s, c) // refuses what TLC would ignore, or take for a promise
	if err != nil {
		return nil, nil, err
	}
	if !along.Empty() {
		config.Properties = s.Config.Properties
	}
	config.Invariants = s.Config.Invariants
	job := s.Job("Explore", config, "")
	job.Short = true
	r.number, r.labels = map[string]int{}, map[string]int{}
	output := tla.NewOutput()
	output.AddTo(&job)
	var garbled error
	job.Print = func(line string) {
		message, err := output.Parse(line)
		if err == nil && (observer == nil || !observer.Collect(message)) {
			err = r.collect(message)
		}
		if err != nil && garbled == nil {
			garbled = err
		}
		if r.count++; r.count%5000 == 0 {
			c.Advance("explore: transitions read", r.count, 0)
		}
	}
	result, err := c.Run(ctx, job)
	switch {
	case err != nil:
		return nil, nil, err
	case result.LeftOpen("exploreNamed"):
		return nil, nil, analysis.WithoutAStep(ctx, s, c)
	case result.Outcome == tlc.SpecError, result.Outcome == tlc.EvaluationError,
		result.Outcome == tlc.AssumptionFailed, result.Outcome == tlc.AssertionFailed:
		return nil, nil, fmt.Errorf("%w: %s", spec.ErrInput, result.Message)
	case garbled != nil:
		return nil, nil, garbled
	case result.Outcome == tlc.Cancelled:
		return nil, nil, context.Cause(ctx)
	}
	g := r.sorted()
	if len(s.Config.ActionConstraints) > 0 {
		for i := range g.states {
			g.states[i].within = g.states[i].within && (g.states[i].entered || slices.Contains(g.init, i))
		}
	}
	return g, result, nil
}

package explore

import (
	"context"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Paths is the bounded model of a spec as a graph, along which traces can be followed.
// States go by their numbers.
type Paths struct {
	Init []int
	Out  [][]Transition // by state
	// Within says of each state whether it lies within the bounds. What leaves a state
	// beyond them is not known.
	Within []bool
}

// Transition is a step of the spec, with the view of the node that takes it.
type Transition struct {
	Step string
	Args map[string]trace.Value
	View trace.Value
	To   int
}

// ReadPaths lets TLC print the bounded model. Other than for Explore, it may begin in
// several states, and a step may lead to several. The error wraps spec.ErrInput if
// the spec is at fault.
func ReadPaths(ctx context.Context, c *run.Runner, s *spec.Spec) (*Paths, error) {
	g, result, err := (&graphReader{open: true}).read(ctx, c, s, nil)
	switch {
	case err != nil:
		return nil, err
	case result.Outcome != tlc.OK:
		return nil, fmt.Errorf("the bounded model is not known: %s", result)
	}
	m := &Paths{Init: g.init, Out: make([][]Transition, len(g.states)), Within: make([]bool, len(g.states))}
	within := 0
	for i, st := range g.states {
		if m.Within[i] = st.within; st.within {
			within++
		}
		for _, e := range st.out {
			m.Out[i] = append(m.Out[i], Transition{g.labels[e.label].step, g.labels[e.label].args, e.view, e.to})
		}
	}
	if within != result.Distinct {
		return nil, fmt.Errorf("%w: TLC finds %d states where vars tells %d apart", spec.ErrInput, result.Distinct, within)
	}
	return m, nil
}

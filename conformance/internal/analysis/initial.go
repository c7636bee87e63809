package analysis

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// InitialViews returns, by the text of the node, what the spec's initial states
// show of each node of a trace: one view for each initial state. It runs Java
// once.
func InitialViews(ctx context.Context, s *spec.Spec, c *run.Runner, of *trace.Trace) (map[string][]trace.Value, error) {
	constants, err := spec.ConstantsOf(of)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", spec.ErrInput, err)
	}
	var nodes []string
	for i := range of.Events {
		node, err := tlc.FormatValue(of.Events[i].Args["node"])
		if err != nil {
			return nil, fmt.Errorf("%w: %w", spec.ErrInput, err)
		}
		if !slices.Contains(nodes, node) {
			nodes = append(nodes, node)
		}
	}
	var subject strings.Builder
	subject.WriteString("LOCAL INSTANCE Output\nInstanceInitial ==\n  /\\ Init\n")
	for i, node := range nodes {
		fmt.Fprintf(&subject, "  /\\ OutputPrint(<<\"view\", %d, OutputText(View(%s))>>)\n", i+1, node)
	}
	subject.WriteString("InstanceNever == FALSE /\\ UNCHANGED vars\n")
	config := s.WithConstants(constants)
	config.Init, config.Next = "InstanceInitial", "InstanceNever"
	job := s.Job("Instance", config, subject.String())
	job.Short = true
	output := tla.NewOutput()
	output.AddTo(&job)
	views := map[string][]trace.Value{}
	var garbled error
	job.Print = func(line string) {
		message, err := output.Parse(line)
		if err != nil {
			garbled = err
		} else if n := tla.NumberAt(message, 1); n > 0 && n <= len(nodes) {
			views[nodes[n-1]] = append(views[nodes[n-1]], tla.ViewOf(message[2]))
		}
	}
	result, err := c.Run(ctx, job)
	switch {
	case err != nil:
		return nil, err
	case result.Outcome == tlc.Cancelled:
		return nil, context.Cause(ctx)
	case result.Outcome != tlc.OK:
		return nil, fmt.Errorf("the views of the initial state: %s: %s", result.Outcome, result.Message)
	}
	return views, garbled
}

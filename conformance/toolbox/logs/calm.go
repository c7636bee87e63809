package logs

import (
	"context"
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

// ClaimEnd is an observer, who records the step End: nothing is owed any more. The view is
// that after the last step in the trace, which is in the named file.
func ClaimEnd(rec *trace.Recorder, path, node string) error {
	step, err := toolbox.LastStep(path)
	if err == nil && step != nil {
		rec.Step("End").String("node", node).State(View(step.State))
	}
	return err
}

// patience is how long a run may take until it comes to its end.
var patience toolbox.Patience

// toItsEnd lets a run work. If it does not come to its end, because something that is owed
// never comes, the trace claims that all has come: so the spec refuses the trace and says
// what is owed.
func toItsEnd(ctx context.Context, rec *trace.Recorder, path, node string, work func() error) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil { // what was recorded until then counts
				done <- fmt.Errorf("panic: %v", p)
			}
		}()
		done <- work()
	}()
	err, late := toolbox.Waiting(ctx, &patience, "the run comes to its end", done)
	if late != nil {
		return errors.Join(late, ClaimEnd(rec, path, node))
	}
	return err
}

// Observed is the step End, which no code of a pattern takes.
var Observed = []conformance.Divergence{{
	Name: "End", Reason: "not its doing; recorded by an observer, logs.ClaimEnd in conformance/toolbox/logs",
}}

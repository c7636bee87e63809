package logs

import (
	"context"
	"errors"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

// Looped is what Loop drives: a core with its disk, and what crashes do to that.
type Looped interface {
	conformance.System
	// Table has the steps.
	Table() *toolbox.Steps
	// Choices are the arguments with which a step is tried for an operation, one after
	// the other, until the core takes it.
	Choices(step string, op Operation) []map[string]trace.Value
}

// tries is how often a loop tries a step.
const tries = 1500

// Loop is a scenario that drives a core as a user with a loop of their own may: it tries
// any step at any time, also what the shell around the core never does, such as a flush in
// the middle of recovery, and mostly what the core must refuse. Often says how often it tries
// each step, beside the others.
func Loop[L Looped](header Header, often map[string]int, create func(*trace.Recorder) (L, error)) conformance.Scenario {
	steps := toolbox.Often(often)
	about := "the core in a loop that tries any step at any time, allowed or not"
	return conformance.Scenario{Name: "loop", About: about, Runs: 12, Run: func(_ context.Context, run conformance.Run) error {
		return toolbox.Record(run, header.Of("loop", run.Seed), func(rec *trace.Recorder) error {
			l, err := create(rec)
			if err != nil {
				return err
			}
			d := toolbox.Drive(l.Table())
			for _, op := range toolbox.Workload[Operation](run.Seed, tries, tries) {
				if d.Err() != nil {
					break
				}
				step := toolbox.Pick(steps, op.Kind)
				d.TryEach(step, l.Choices(step, op))
			}
			return errors.Join(d.Err(), l.Close())
		})
	}}
}

// Numbered are arguments of steps that are about a number, whatever its name: each from 1
// up to a last one, upwards or downwards, or now and then only those from a random one on.
func Numbered(op Operation, last uint64) (all []map[string]trace.Value) {
	from := 1
	if op.Another%4 == 0 {
		from = max(from, int(op.Choice)%(int(last)+1))
	}
	for n := from; n <= int(last); n++ {
		all = append(all, map[string]trace.Value{"index": n, "upTo": n, "number": n})
	}
	if op.Another%4 == 1 {
		slices.Reverse(all)
	}
	return all
}

package singularupdatequeue

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// often says how often the loop tries each step.
var often = map[string]int{
	"Submit": 10, "Block": 6, "Reject": 4, "DropOldest": 6, "Admit": 6, "GiveUp": 2, "Take": 10,
	"Finish": 8, "Fail": 3, "Panic": 2, "StartAsync": 5, "AsyncDone": 4, "Stop": 1, "End": 4,
}

// loop drives the core as a user with a loop of their own may: it tries any step at
// any time, and mostly what the core must refuse. What the queue around the core never
// does, such as to leave a request outside while there is room, happens here all the time.
func loop(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("loop", run.Seed), func(rec *trace.Recorder) error {
		s := newCore(rec)
		d := toolbox.Drive(s.Steps)
		d.Do("Start", arguments{"policy": toolbox.Pick(policies, run.Seed).String(), "capacity": capacities[run.Seed/3%4]})
		steps := toolbox.Often(often)
		for _, op := range toolbox.Workload[operation](run.Seed, 600, 600) {
			step := toolbox.Pick(steps, op.Kind)
			d.TryEach(step, s.choices(step, op))
		}
		return d.Err()
	})
}

type arguments = map[string]trace.Value

// choices are the arguments with which the loop tries a step.
func (s *system) choices(step string, op operation) (all []arguments) {
	from := toolbox.Pick([]suq.From{suq.Client, suq.Client, suq.Worker}, op.Choice)
	asks := arguments{"value": valueOf(op.Value), "from": string(from)}
	switch step {
	case "Submit", "Block", "Reject":
		return []arguments{asks}
	case "DropOldest":
		if oldest := s.core.Droppable(); oldest != nil {
			asks["request"] = oldest.Number()
			all = append(all, asks)
		}
		return all
	case "Take":
		return []arguments{{"count": int(op.Choice) % (s.core.Queued() + 2)}, {"count": 1}}
	case "Stop":
		if op.Value%8 > 0 {
			return nil // seldom: it ends the asking
		}
		how := toolbox.Pick(ways, op.Choice)
		return []arguments{{"how": how.String(), "count": len(s.core.GivenUp(how))}}
	case "Admit", "End":
		return []arguments{nil}
	}
	for request := range len(s.items) { // the oldest first, or those from a random one on
		if op.Choice%4 > 0 || request >= int(op.Value) {
			all = append(all, arguments{"request": request + 1, "result": s.core.State()})
		}
	}
	return all
}

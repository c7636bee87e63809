package singularupdatequeue

import (
	"context"
	"errors"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// loop is for those who use the core with a loop of their own, and stumble: it
// tries whatever comes to its mind, mostly what the core must refuse. Nothing
// here runs beside anything else, so that a seed is always the same run.
//
// Of the queue's rules it misses GoesOn only, which is about the goroutine that
// works. What the queue never does, such as leaving somebody outside while there
// is room, happens here all the time.
func loop(_ context.Context, run conformance.Run) (err error) {
	rec, err := trace.Create(run.Path, header("loop", run.Seed))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	made, err := newSystem(rec)
	if err != nil {
		return err
	}
	s := made.(*system)
	start := map[string]trace.Value{
		"policy": suq.Policy(run.Seed % 3).String(), "capacity": capacities[run.Seed/3%4],
	}
	if err := s.Do("Start", start); err != nil {
		return err
	}
	const tries, late = 200, 150
	for i, op := range workload(run.Seed, tries, tries) {
		var err error
		switch kind := op.Kind % 16; {
		case kind == 0 && i > late:
			how := suq.How(op.Plan % 2)
			err = s.Do("Stop", map[string]trace.Value{"how": how.String(), "count": len(s.core.GivenUp(how))})
		case kind < 3 && i > late:
			err = s.Do("End", nil)
		case kind < 5:
			err = s.Do("Take", map[string]trace.Value{"count": int(op.Choice) % (s.core.Queued() + 2)})
		case kind < 10:
			err = s.tryWork(op)
		default:
			err = s.tryAsk(op)
		}
		if err != nil && !errors.Is(err, conformance.ErrRefused) {
			return err
		}
	}
	return nil
}

// tryWork does something with a request: one that does not matter, or the oldest
// with which the core lets it be done.
func (s *system) tryWork(op operation) error {
	steps := []string{"Finish", "Fail", "Panic", "StartAsync", "StartAsync", "AsyncDone", "AsyncDone", "GiveUp"}
	step := steps[int(op.Plan)%len(steps)]
	for r := range len(s.items) {
		if op.Choice%4 == 0 {
			r = int(op.Value) // more often than not there is no such request, or it has its answer
		}
		args := map[string]trace.Value{"request": r + 1, "result": s.core.State()}
		if err := s.Do(step, args); !errors.Is(err, conformance.ErrRefused) {
			return err
		}
	}
	return conformance.ErrRefused
}

// tryAsk brings a new request, in the order in which the queue tries what may
// become of it, or in another; or it lets one in.
func (s *system) tryAsk(op operation) error {
	args := map[string]trace.Value{"value": valueOf(op.Value), "from": string(suq.Client)}
	if op.Choice%4 == 0 {
		args["from"] = string(suq.Worker)
	}
	if oldest := s.core.Droppable(); oldest != nil {
		args["request"] = oldest.Number()
	}
	steps := []string{"Submit", "Block", "DropOldest", "Reject"}
	switch op.Plan % 4 {
	case 0:
		slices.Reverse(steps)
	case 1:
		steps = []string{"Admit"}
	}
	for _, step := range steps {
		if err := s.Do(step, args); !errors.Is(err, conformance.ErrRefused) {
			return err
		}
	}
	return conformance.ErrRefused
}

package hybridclock

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct{ What, Node, Stamp, Time uint8 }

// walk lets the cores take random steps. Any stamp that was ever given may arrive at any
// time, and mostly one of the latest does.
func walk(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("walk", run.Seed), func(rec *trace.Recorder) error {
		s, length := &script{cluster: newCluster(rec, nodes, maxOffset)}, 130
		if run.Long {
			length = 300
		}
		times := map[string]uint64{}
		for _, name := range nodes {
			times[name] = 1
			s.at(name, 1, ahead)
		}
		for _, op := range toolbox.Workload[operation](run.Seed, length, length) {
			s.Allow(s.do(op, times), hc.ErrNotAllowed)
		}
		return s.Err()
	})
}

// do lets one thing happen. times are the physical clocks.
func (c *cluster) do(op operation, times map[string]uint64) error {
	name := toolbox.Pick(nodes, op.Node)
	core, on := c.cores[name], c.kept[name]
	switch what := op.What % 32; {
	case what < 9:
		times[name] = later(times[name], op.Time)
		return core.Read(times[name])
	case what < 15:
		return c.now(name)
	case what < 20:
		return c.reserve(name, times[name]+uint64(op.Time)%(maxOffset+3))
	case what < 25:
		return c.persist(name)
	case what < 27:
		c.restart(name, on[op.Time%2])
		return nil
	case len(c.given) == 0:
		return nil
	}
	back := int(op.Stamp) % min(4, len(c.given)) // one of the last few
	if op.Stamp%8 == 7 {
		back = int(op.Stamp) * len(c.given) / 256 // or any
	}
	stamp := c.given[len(c.given)-1-back]
	if c.refuse(name, stamp) == nil {
		return nil
	}
	return c.receive(name, stamp)
}

// later is what a physical clock reads next: mostly a little more, and at times it jumps.
func later(now uint64, by uint8) uint64 {
	switch by % 8 {
	case 0:
		now -= min(now, uint64(by)/4) // set back
	case 1:
		now += maxOffset + uint64(by)/16
	default:
		now += uint64(by) % 3
	}
	if now > maxTime-maxOffset-2 {
		return 1 // there is an end to the times of a trace
	}
	return now
}

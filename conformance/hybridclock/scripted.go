package hybridclock

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is
// the nth of them. Stamps are numbered from 0, in the order in which they were given.
var scripts = []string{
	// The physical clock is set back, and the counter goes on. It goes on, and the counter
	// is 0 again.
	`n1 at 10 18, n1 now, n1 read 5, n1 now, n1 read 10, n1 now, n1 read 11, n1 now`,
	// A message has the node's millisecond and a greater counter, or a smaller one, or a
	// later millisecond. Then physical time is ahead. A node's own stamp comes back.
	`n1 at 10 18, n2 at 10 18, n3 at 9 18
	 n2 now, n1 now, n1 now, n1 now
	 n2 receive 3, n2 receive 0, n3 receive 3, n2 read 11, n2 receive 3`,
	// The physical clock of n2 is ahead. n1 follows at the maximum offset and not beyond,
	// and reserves nothing beyond, also if what is reserved would be enough.
	`n1 at 10 30, n2 at 30 38, n2 now, not n1 refuse 0, n1 receive 0, n2 read 31, n2 now
	 not n1 receive 2, n1 refuse 2, not n1 reserve 31
	 n1 read 5, not n1 receive 0, n1 refuse 0, n1 now`,
	// A stamp would be given before its millisecond is on the disk. A crash takes that
	// back, or does not. One flush is under way at a time.
	`n1 at 10 10, n1 read 11, not n1 now, n1 reserve 19, not n1 reserve 20, not n1 now
	 n1 restart 10, n1 at 11 12, n1 now, n1 reserve 19
	 n1 restart 19, not n1 persist, n1 at 12 20, n1 now`,
	// The physical clock is set back, and the reservation stays.
	`n1 at 30 40, n1 now, n1 read 10, not n1 reserve 20, not n1 reserve 40, n1 now
	 n1 restart 40, n1 at 21 41, n1 now`,
	// The counter is at its end. The next stamp carries into the milliseconds, and waits
	// until these are near.
	`n1 at 10 30, n1 restart 30, n1 read 10, not n1 now, not n1 reserve 31
	 n1 at 11 31, n1 now, n1 now`,
	// The second process has a clock that was set back. Its first stamp is greater than the
	// last of the first.
	`n1 at 20 25, n1 read 25, n1 now, n1 restart 25, n1 at 10 30, n1 now, n1 receive 0`,
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		var s toolbox.Script
		c := newCluster(rec, nodes, maxOffset)
		s.FollowSteps(toolbox.Pick(scripts, run.Seed-1), hc.ErrNotAllowed, c.obey)
		c.rest(&s)
		return s.Err()
	})
}

// obey takes a step: a node, what it does, and a time or the number of a stamp.
func (c *cluster) obey(words []string) error {
	core, number := c.cores[words[0]], 0
	if len(words) > 2 {
		number, _ = strconv.Atoi(words[2])
	}
	switch words[1] {
	case "at": // it reads a time, and reserves up to a later one
		return errors.Join(core.Read(uint64(number)), c.obey([]string{words[0], "reserve", words[3]}), core.Persist())
	case "read":
		return core.Read(uint64(number))
	case "reserve":
		return core.Reserve(uint64(number))
	case "persist":
		return core.Persist()
	case "restart":
		core.Restart(uint64(number))
		return nil
	case "now":
		return c.gives(core.Now())
	}
	if number >= len(c.given) {
		return fmt.Errorf("stamp %d was not given", number)
	}
	if words[1] == "refuse" {
		return c.refuse(words[0], c.given[number])
	}
	return c.gives(core.Receive(c.given[number]))
}

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct{ What, Node, Stamp, Time uint8 }

// walk lets the cores take random steps. Any stamp that was ever given may arrive at any
// time, and mostly one of the latest does.
func walk(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("walk", run.Seed), func(rec *trace.Recorder) error {
		var s toolbox.Script
		c, times := newCluster(rec, nodes, maxOffset), map[string]uint64{"n1": 1, "n2": 1, "n3": 1}
		for _, name := range nodes {
			s.Must(c.obey([]string{name, "at", "1", "8"}))
		}
		do := func(op operation) error { return c.do(op, times) }
		toolbox.Walk(&s, toolbox.Workload[operation](run.Seed, 130, 130), hc.ErrNotAllowed, do)
		c.rest(&s)
		return s.Err()
	})
}

// do lets one thing happen. times are the physical clocks.
func (c *cluster) do(op operation, times map[string]uint64) error {
	name := toolbox.Pick(nodes, op.Node)
	core := c.cores[name]
	bound, asked := core.Reserved()
	switch what := op.What % 32; {
	case what < 9:
		times[name] = later(times[name], op.Time)
		return core.Read(times[name])
	case what < 15:
		return c.gives(core.Now())
	case what < 20:
		return core.Reserve(times[name] + uint64(op.Time)%(maxOffset+3))
	case what < 25:
		return core.Persist()
	case what < 27:
		core.Restart(toolbox.Pick([]uint64{bound, asked}, op.Time))
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
	return c.gives(core.Receive(stamp))
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

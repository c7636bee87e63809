package clockboundwait

import (
	"context"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is the
// nth of them. The intervals of n1 are 6 wide, those of n2 3.
//
//	10             the time is 10 now
//	n1 reads 7 13  its clock reads [7, 13]
//	n1 puts a      a request arrives, and after reading 7 13 begins a write: `n1 puts a 7 13'
//	n1 commits 0   the node's first write since its start
//	n2 asks n1 a   as puts, for a read; `serve 0 2': the first read on its way gets version 2
//
// The word not stands before a step that a node must refuse.
var scripts = []string{
	// Commit wait: the clock of n1 is fast, and the write waits until the beginning of the
	// interval is behind the stamp. A read at n2, whose clock is slow, gets the write.
	`10, n1 puts a 10 16, not n1 commits 0, 13, n1 reads 13 19, not n1 commits 0, 16, n1 reads 16 22
	not n1 commits 0, n1 reads 10 16, 18, n1 reads 17 20, n1 commits 0
	n2 asks n1 a 15 18, not serve 0 0, 19, n1 reads 19 25, serve 0 16`,
	// Read wait: n1 is slow, and a read from n2 has to wait at it. A write that comes
	// meanwhile is above the read's stamp or is waited for.
	`10, n2 asks n1 a 8 11, n1 reads 4 10, not serve 0 0, n1 puts a 4 10, not serve 0 0, 12
	n1 reads 11 16, not serve 0 0, n1 commits 0, n1 reads 12 13, serve 0 10`,
	// A read waits for the pending writes beneath it and not for those above it. It gets what
	// was there at its stamp, of its key.
	`10, n1 puts a 10 10, n1 puts b 10 11, n1 puts a 10 14, n2 asks n1 a 10 12, n2 asks n1 b 10 12
	n2 asks n1 a 10 13, 15, n1 reads 15 20, not serve 0 0, n1 commits 1, not serve 1 11
	n1 commits 0, n1 commits 2, serve 0 10, serve 0 11, serve 0 14, n2 asks n1 a 15 15
	16, n1 reads 16 16, serve 0 14`,
	// The pending write is abandoned, and the read goes on.
	`5, n1 puts a 5 5, n2 asks n1 a 5 6, 7, n1 reads 7 7, not serve 0 0, n1 abandons 0, not n1 commits 0
	serve 0 0, n1 puts a 7 7, n2 asks n2 b 7 7, 8, n2 reads 8 8, serve 0 0, n1 reads 8 8, n1 commits 1`,
	// The clock stands still, and then goes back. Stamps increase all the same, and so they
	// do for reads.
	`9, n1 puts a 9 9, n1 puts a 9 9, n1 asks n1 a 9 9, n1 puts a 6 9, n1 puts b 5 11, 10, n1 reads 10 10
	n1 commits 0, not n1 commits 1, 14, n1 reads 14 16, n1 commits 1, n1 commits 2, n1 commits 3
	serve 0 10, n1 asks n1 a 14 14, n1 asks n1 b 14 14, 16, n1 reads 16 16, serve 0 12, serve 0 13`,
	// A reading from before the request gives no stamp.
	`5, n2 reads 5 5, not n2 begin a, n1 puts a 5 5, 8, n1 reads 8 8, n1 commits 0, n2 arrives
	not n2 arrives, not n2 begin b, n2 reads 8 8, n2 begin b, n2 reads 5 8, not n2 commits 0
	n2 arrives, not n2 ask n1 a, n2 reads 8 8, n2 ask n1 a, 10, n1 reads 10 10, serve 0 5`,
	// A crash takes the pending writes, and the reads whose clients were there. The next
	// process gives stamps above its versions.
	`5, n1 puts a 5 5, n1 puts b 5 8, 7, n1 reads 7 7, n1 commits 0, n2 asks n1 b 7 8, n1 asks n2 a 7 7
	n1 restarts, not serve 0 0, n1 puts b 7 7, n1 arrives, n1 restarts, not n1 begin a, 9
	n1 reads 9 9, not n1 begin a, serve 0 0, n1 puts a 9 9, 12, n1 reads 12 12, n1 commits 0
	n2 asks n1 a 12 12, 13, n1 reads 13 14, serve 0 9, n2 restarts`,
	// The bounds themselves: the stamp of a read is that of a write.
	`5, n1 puts a 5 5, n2 asks n1 a 5 5, 6, n1 reads 5 6, not n1 commits 0, n1 reads 6 6, not serve 0 0
	n1 commits 0, serve 0 5`,
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		var s toolbox.Script
		c := newCluster(rec, widths)
		s.FollowSteps(toolbox.Pick(scripts, run.Seed-1), cbw.ErrNotAllowed, func(words []string) error { return c.obey(&s, words) })
		c.calm(&s)
		return s.Err()
	})
}

// obey takes one step.
func (c *cluster) obey(s *toolbox.Script, words []string) error {
	n := func(i int) uint64 { return s.Number(words[i]) }
	if len(words) == 1 {
		return c.Tick(n(0))
	}
	if words[0] == "serve" {
		return c.served(s, n(1), n(2))
	}
	name, core := words[0], c.cores[words[0]]
	last := len(words)
	switch words[1] {
	case "reads":
		return c.read(name, n(2), n(3))
	case "arrives":
		return core.Arrive()
	case "begin":
		return c.begin(name, words[2])
	case "ask":
		return c.ask(name, words[2], words[3])
	case "puts", "asks":
		s.Must(core.Arrive())
		s.Must(c.read(name, n(last-2), n(last-1)))
		if words[1] == "puts" {
			return c.begin(name, words[2])
		}
		return c.ask(name, words[2], words[3])
	case "commits":
		return core.Commit(c.began[name][n(2)])
	case "abandons":
		return core.Abandon(c.began[name][n(2)])
	case "restarts":
		c.restart(name)
	default:
		return fmt.Errorf("%w: %s", toolbox.ErrNoCommand, words[1])
	}
	return nil
}

// served answers a read that is on its way.
func (c *cluster) served(s *toolbox.Script, at, want uint64) error {
	if at >= uint64(len(c.asked)) {
		return cbw.ErrNotAllowed
	}
	got, err := c.serve(c.asked[at])
	s.Check(err != nil || got == want, "the read gets version %d, not %d", got, want)
	return err
}

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct{ What, Node, Home, Key, Time uint8 }

// walk lets the nodes take random steps, and tries most of them at wrong moments.
func walk(ctx context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("walk", run.Seed), func(rec *trace.Recorder) error {
		var s toolbox.Script
		c := newCluster(rec, widths)
		toolbox.Walk(&s, toolbox.Workload[operation](run.Seed, 150, 150), cbw.ErrNotAllowed, c.do)
		c.calm(&s)
		return s.Err()
	})
}

// do lets one thing happen.
func (c *cluster) do(op operation) error {
	name, key := toolbox.Pick(nodes, op.Node), toolbox.Pick(keys, op.Key)
	core, began := c.cores[name], c.began[name]
	switch what := op.What % 32; {
	case what < 4 && c.Now < maxTime-8:
		return c.Tick(c.Now + uint64(op.Time)%4)
	case what < 12:
		width := c.widths[name]
		from := c.Now - min(c.Now, uint64(op.Time)%(width+1))
		return c.read(name, from, from+width)
	case what < 18:
		if err := core.Arrive(); err != nil || op.Home%8 == 0 {
			return err
		}
		return c.read(name, c.Now, c.Now+uint64(op.Time)%(c.widths[name]+1))
	case what < 21:
		return c.begin(name, key)
	case what < 24:
		return c.ask(name, toolbox.Pick(nodes, op.Home), key)
	case what < 28 && len(began) > 0:
		return core.Commit(began[max(0, len(began)-1-int(op.Time)%4)])
	case what == 28 && len(began) > 0:
		return core.Abandon(toolbox.Pick(began, op.Time))
	case what < 31 && len(c.asked) > 0:
		_, err := c.serve(toolbox.Pick(c.asked, op.Time))
		return err
	case op.Time%8 == 0:
		c.restart(name)
	}
	return nil
}

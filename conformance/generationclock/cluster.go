package generationclock

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct{ What, Node, Message, Value uint8 }

// walk lets the cores take random steps. Any message that was ever sent may arrive at
// any time, and mostly one of the latest does.
func walk(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("walk", run.Seed), func(rec *trace.Recorder) error {
		var s toolbox.Script
		c, length := newCluster(rec), toolbox.Length(run, 300, 1000)
		s.Must(c.elect("n1", "n2"))
		toolbox.Walk(&s, toolbox.Workload[operation](run.Seed, length, length), gc.ErrNotAllowed, c.do)
		s.Must(c.rest())
		return s.Err()
	})
}

// often is how often a walk tries each step, beside the others. To elect a node, and to let a
// message arrive, are several steps.
var often = toolbox.Often(map[string]int{
	"Stand": 3, "Ask": 4, "Lead": 2, "Elect": 3, "Beat": 4, "Order": 5, "Write": 5,
	"Acknowledge": 4, "Restart": 2, "Persist": 8, "Arrive": 34,
})

// do lets one thing happen.
func (c *cluster) do(op operation) error {
	name, step := toolbox.Pick(all, op.Node), toolbox.Pick(often, op.What)
	switch h := c.holders[name]; {
	case step == "Arrive":
		m := toolbox.Latest(c.sent, op.Message)
		return c.arrive(cmp.Or(m.To, name), m)
	case step == "Restart":
		h.Restart(toolbox.Pick([]gc.Record{h.Disk(), h.Memory()}, op.Message))
		return nil
	case name == store && step != "Acknowledge" && step != "Persist":
		return gc.ErrNotAllowed
	case step == "Elect":
		return c.elect(name, toolbox.Pick(toolbox.Without(nodes, name), op.Message))
	}
	return toolbox.ErrOf(c.take(name, step, toolbox.Pick(values, op.Value), nil))
}

// arrive lets a message arrive, and its receiver do what follows from it.
func (c *cluster) arrive(name string, m *gc.Message) error {
	h, n := c.holders[name], c.nodes[name]
	adopted := h.Adopt(m) == nil && h.Persist() == nil
	switch {
	case n == nil && c.store.Apply(m) == nil, n != nil && n.Accept(m) == nil:
		return nil // the flush comes later, or does not
	case n != nil && m.Type == gc.Ask && adopted:
		return toolbox.ErrOf(c.take(name, "Grant", "", nil))
	case n != nil && n.Count(m) == nil:
		return n.Lead()
	}
	return toolbox.ErrOf(c.take(name, "Refuse", "", m))
}

// elect lets a node stand until its number is new to all others, and one of them vote for it.
func (c *cluster) elect(name, voter string) error {
	n := c.nodes[name]
	var err error
	for range c.newest() + 1 - n.Gen { // code without a rule may get nowhere
		err = errors.Join(err, n.Stand())
	}
	ask, failed := c.flushed(name, "Ask")
	if err = errors.Join(err, failed); err == nil {
		err = errors.Join(c.arrive(voter, ask), c.arrive(name, c.sent[len(c.sent)-1]))
	}
	return err
}

// flushed lets a holder flush what it has, if there is anything, and send a message.
func (c *cluster) flushed(name, step string) (*gc.Message, error) {
	_ = c.holders[name].Persist()
	return c.take(name, step, values[0], nil)
}

// rest lets one more leader be elected and obeyed, so that whatever the holders have done
// before shows. Nothing is left to do then.
func (c *cluster) rest() error {
	c.nodes["n1"].Restart(c.nodes["n1"].Disk())
	err := c.elect("n1", "n2")
	for _, to := range [][]string{{"Order", "n2"}, {"Write", store}, {"Beat", "n3"}} {
		m, failed := c.flushed("n1", to[0])
		if err = errors.Join(err, failed); err != nil {
			return err
		}
		_ = c.arrive(to[1], m)
		_ = c.holders[to[1]].Persist()
	}
	end(c.rec, c.store)
	return nil
}

// failing lets all nodes campaign, give orders and write at the same time, on a disk that
// fails under one of the holders in the second incarnation and in the third. That holder
// stops then. The next incarnation begins with what the end of all processes, or of the
// machine, has left. In the last one nothing fails, and one node leads. Generations begin high.
func failing(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("failing", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		a, before := &agents{disk: disktest.New(), rec: rec, answers: answers}, toolbox.CountFrom(rec, run.Seed)
		for _, name := range all {
			clock, err := gc.OpenClock(name, a.disk)
			if err = errors.Join(err, toolbox.ErrOf(clock.Check(before)), clock.Close()); err != nil {
				return err
			}
		}
		for incarnation := range int64(3) {
			n := run.Seed*3 + incarnation
			if incarnation > 0 {
				a.allowed = []error{wal.ErrPoisoned, gc.ErrStopped}
			}
			a.network = networktest.NewConditions(n, networktest.Faults{Lose: 16, Repeat: 16})
			if err := a.open(func() error { return a.work(ctx, n) }); err != nil {
				return err
			}
			a.disk.End(uint8(n), n)
		}
		a.allowed, a.network = nil, networktest.NewConditions(0, networktest.Faults{})
		return a.open(func() error { return a.rest(ctx) })
	})
}

// agents are callers of all nodes, which work at the same time.
type agents struct {
	disk    *disktest.Disk
	rec     *trace.Recorder
	answers *toolbox.Answers
	network *networktest.Conditions
	allowed []error // what a holder may return whose disk has failed; nil if none fails
	shells  map[string]shell
}

// shell is what nodes and store have in common.
type shell interface {
	trace.Viewer
	Receive(m *gc.Message) (*gc.Message, error)
	Close() error
}

// openShell opens a node or the store. A nil fs is the operating system's.
func openShell(name, path string, fs wal.FS, send gc.Transport, rec *trace.Recorder) (shell, error) {
	if name == store {
		return gc.OpenStore(gc.StoreOptions{Name: name, Path: path, FS: fs, Trace: rec})
	}
	return gc.Open(gc.Options{Name: name, Peers: toolbox.Without(nodes, name), Send: send, Path: path, FS: fs, Trace: rec})
}

// open opens all holders, and closes them after do.
func (a *agents) open(do func() error) (err error) {
	a.shells = map[string]shell{}
	for _, name := range all {
		opened, failed := openShell(name, name, a.disk, a.send, a.rec)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, toolbox.Allow(opened.Close(), a.allowed...)) }()
		a.shells[name] = opened
	}
	return do()
}

// send is a gc.Transport through the network.
func (a *agents) send(_ context.Context, to string, m *gc.Message) (answer *gc.Message, err error) {
	err = gc.ErrNoAnswer
	for range a.network.Fate(m.From, to) {
		answer, err = a.shells[to].Receive(m)
	}
	if len(a.network.Fate(to, m.From)) == 0 {
		return nil, gc.ErrNoAnswer // it is lost
	}
	return answer, err
}

// work lets two callers of each node work. The disk fails at some time.
func (a *agents) work(ctx context.Context, seed int64) error {
	return toolbox.Concurrently(2*len(nodes), func(i int) (err error) {
		for n, op := range toolbox.Workload[operation](seed*10+int64(i), 6, 6) {
			if a.allowed != nil && i == 0 && n == int(seed%3) {
				a.disk.Fail(toolbox.Pick(all, seed), uint8(seed))
			}
			err = errors.Join(err, a.operate(ctx, nodes[i/2], op))
		}
		return err
	})
}

// rest lets a node lead and be obeyed. Nothing is left to do then. The trace claims that in
// any case, so that a holder which does not answer is refused.
func (a *agents) rest(ctx context.Context) (err error) {
	n := a.shells["n1"].(*gc.Node)
	for range 9 { // each attempt learns of greater numbers
		if _, err = n.Campaign(ctx); err == nil {
			break
		}
	}
	_, failed := n.Order(ctx, values[0])
	err = errors.Join(err, failed, n.Write(ctx, store, values[0]), n.Beat(ctx))
	end(a.rec, a.shells[store])
	return err
}

// perform is an operation of a node's caller. A campaign returns the generation that the node
// leads.
func perform(ctx context.Context, n *gc.Node, what, value string) (gen uint64, err error) {
	switch what {
	case "campaign":
		return n.Campaign(ctx)
	case "beat":
		return 0, n.Beat(ctx)
	case "order":
		return 0, toolbox.ErrOf(n.Order(ctx, value))
	}
	return 0, n.Write(ctx, store, value)
}

// operate is one operation of a caller. What it is told must be in the trace by then: a node
// that says that it leads was elected, and what is written is on the store's disk.
func (a *agents) operate(ctx context.Context, name string, op operation) error {
	what := toolbox.Pick([]string{"campaign", "campaign", "beat", "order", "write"}, op.What)
	value := toolbox.Pick(values, op.Value)
	number, err := perform(ctx, a.shells[name].(*gc.Node), what, value)
	if err != nil {
		return toolbox.Allow(toolbox.Allow(err, a.allowed...), gc.ErrNotLeader, gc.ErrNotElected, gc.ErrNotAllowed, gc.ErrNoAnswer)
	}
	a.answers.AfterStep(a.rec, fmt.Sprint(what, " ", value, number, " of ", name), func(step string, args, state *trace.Record) bool {
		switch what {
		case "campaign":
			return step == "Lead" && args.String("node") == name && state.Uint("gen") == a.rec.Counted(number)
		case "write":
			entry := state.Record("disk").Record("entry")
			return step == "Persist" && args.String("node") == store &&
				entry.String("from") == name && entry.String("value") == value
		}
		return true
	})
	return nil
}

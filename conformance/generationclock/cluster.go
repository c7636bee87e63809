package generationclock

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
		s, length := newScript(rec), toolbox.Length(run, 150, 500)
		toolbox.Walk(&s.Script, toolbox.Workload[operation](run.Seed, length, length), gc.ErrNotAllowed, s.do)
		s.rest()
		return s.Err()
	})
}

// ofNodes are the steps that only nodes take, and ofAll those of the store, too, as often as a
// walk tries them.
var (
	ofNodes = toolbox.Often(map[string]int{"Stand": 2, "Ask": 4, "Beat": 3, "Order": 4, "Write": 4})
	ofAll   = toolbox.Often(map[string]int{"Acknowledge": 3, "Restart": 2, "Persist": 8, "Arrive": 34})
)

// do lets one thing happen.
func (c *cluster) do(op operation) error {
	name, step := toolbox.Pick(nodes, op.Node), toolbox.Pick(slices.Concat(ofNodes, ofAll), op.What)
	if slices.Contains(ofAll, step) {
		name = toolbox.Pick(all, op.Node)
	}
	switch h := c.holders[name]; {
	case step == "Arrive" && len(c.sent) == 0:
		return nil
	case step == "Arrive":
		return c.arrive(name, toolbox.Latest(c.sent, op.Message))
	case step == "Restart":
		h.Restart(toolbox.Pick([]gc.Record{h.Disk(), h.Memory()}, op.Message))
		return nil
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

// failing lets all nodes campaign, give orders and write at the same time, on a disk that
// fails under one of the holders in the second incarnation and in the third. That holder
// stops then. The next incarnation begins with what the end of all processes, or of the
// machine, has left. In the last one nothing fails, and one node leads.
func failing(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("failing", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		d := disktest.New()
		for incarnation := range int64(3) {
			n := run.Seed*3 + incarnation
			network := networktest.NewConditions(n, networktest.Faults{Lose: 16, Repeat: 16})
			a := &agents{disk: d, rec: rec, answers: answers, network: network, fails: incarnation > 0}
			if err := a.open(func() error { return a.work(ctx, n) }); err != nil {
				return err
			}
			d.End(uint8(n), n)
		}
		a := &agents{disk: d, rec: rec, answers: answers, network: networktest.NewConditions(0, networktest.Faults{})}
		return a.open(func() error { return a.rest(ctx) })
	})
}

// agents are callers of all nodes, which work at the same time.
type agents struct {
	disk    *disktest.Disk
	rec     *trace.Recorder
	answers *toolbox.Answers
	network *networktest.Conditions
	fails   bool // the disk, under one of the holders
	store   *gc.Store
	nodes   map[string]*gc.Node
}

// open opens all holders, and closes them after do.
func (a *agents) open(do func() error) (err error) {
	a.nodes = map[string]*gc.Node{}
	a.store, err = gc.OpenStore(gc.StoreOptions{Name: store, Path: store, FS: a.disk, Trace: a.rec})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.allow(a.store.Close())) }()
	for _, name := range nodes {
		n, failed := gc.Open(gc.Options{Name: name, Peers: peersOf(name), Send: a.send, Path: name, FS: a.disk, Trace: a.rec})
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, a.allow(n.Close())) }()
		a.nodes[name] = n
	}
	return do()
}

// send is a gc.Transport through the network.
func (a *agents) send(_ context.Context, to string, m *gc.Message) (answer *gc.Message, err error) {
	receive := a.store.Receive
	if to != store {
		receive = a.nodes[to].Receive
	}
	err = errLost
	for range a.network.Fate(m.From, to) {
		answer, err = receive(m)
	}
	if len(a.network.Fate(to, m.From)) == 0 {
		return nil, errLost // the answer
	}
	return answer, err
}

// allow expects what a holder may return whose disk has failed.
func (a *agents) allow(err error) error {
	if a.fails {
		err = toolbox.Allow(err, wal.ErrPoisoned, gc.ErrStopped)
	}
	return err
}

// work lets two callers of each node work. The disk fails at some time.
func (a *agents) work(ctx context.Context, seed int64) error {
	return toolbox.Concurrently(2*len(nodes), func(i int) error {
		for n, op := range toolbox.Workload[operation](seed*10+int64(i), 6, 6) {
			if a.fails && i == 0 && n == int(seed%3) {
				a.disk.Fail(toolbox.Pick(all, seed), uint8(seed))
			}
			if err := a.operate(ctx, a.nodes[nodes[i/2]], op, nodes[i/2]); err != nil {
				return err
			}
		}
		return nil
	})
}

// rest lets a node lead and be obeyed. Nothing is left to do then. The trace claims that in
// any case, so that a holder which does not answer is refused.
func (a *agents) rest(ctx context.Context) (err error) {
	n := a.nodes["n1"]
	for range 9 { // each attempt learns of greater numbers
		if _, err = n.Campaign(ctx); err == nil {
			break
		}
	}
	_, failed := n.Order(ctx, values[0])
	err = errors.Join(err, failed, n.Write(ctx, store, values[0]), n.Beat(ctx))
	end(a.rec, a.store)
	return err
}

var errLost = errors.New("lost")

func peersOf(name string) []string {
	return slices.DeleteFunc(slices.Clone(nodes), func(n string) bool { return n == name })
}

// operate is one operation of a caller. What it is told must be in the trace by then: a node
// that says that it leads was elected, and what is written is on the store's disk.
func (a *agents) operate(ctx context.Context, n *gc.Node, op operation, name string) (err error) {
	switch value := toolbox.Pick(values, op.Value); op.What % 5 {
	case 0, 1:
		var gen uint64
		if gen, err = n.Campaign(ctx); err == nil {
			a.answers.AfterStep(a.rec, fmt.Sprint(name, " leads ", gen), func(step string, args, state *trace.Record) bool {
				return step == "Lead" && args.String("node") == name && state.Uint("gen") == gen
			})
		}
	case 2:
		err = n.Beat(ctx)
	case 3:
		_, err = n.Order(ctx, value)
	default:
		if err = n.Write(ctx, store, value); err == nil {
			a.answers.AfterStep(a.rec, fmt.Sprint("the write of ", value, " by ", name), func(step string, args, state *trace.Record) bool {
				if step != "Persist" || args.String("node") != store {
					return false
				}
				entry := state.Record("disk").Record("entry")
				return entry.String("from") == name && entry.String("value") == value
			})
		}
	}
	return toolbox.Allow(a.allow(err), gc.ErrNotLeader, gc.ErrNotElected, gc.ErrNotAllowed, gc.ErrNoAnswer)
}

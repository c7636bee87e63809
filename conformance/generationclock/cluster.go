package generationclock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
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

// likely are the steps of a walk, as often as each of them is tried in 64 tries. In the others
// a message arrives. Only nodes take the first 17.
var likely = strings.Fields(`Stand Stand Ask Ask Ask Ask Beat Beat Beat Order Order Order Order
	Write Write Write Write Acknowledge Acknowledge Acknowledge Restart Restart
	Persist Persist Persist Persist Persist Persist Persist Persist`)

// do lets one thing happen.
func (c *cluster) do(op operation) error {
	name, what := toolbox.Pick(all, op.Node), int(op.What%64)
	if what < 17 {
		name = toolbox.Pick(nodes, op.Node)
	}
	switch h := c.holders[name]; {
	case what >= len(likely) && len(c.sent) == 0:
		return nil
	case what >= len(likely):
		return c.arrive(name, toolbox.Latest(c.sent, op.Message))
	case likely[what] == "Restart":
		h.Restart(toolbox.Pick([]gc.Record{h.Disk(), h.Memory()}, op.Message))
		return nil
	}
	return toolbox.ErrOf(c.take(name, likely[what], toolbox.Pick(values, op.Value), nil))
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
// machine, has left.
func failing(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("failing", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		d := disktest.New()
		for incarnation := range int64(3) {
			n := int(run.Seed*3 + incarnation)
			a := &agents{disk: d, rec: rec, answers: answers, before: func(operation int) {
				if operation == n%3 && incarnation > 0 {
					d.Fail(toolbox.Pick(all, n), uint8(n))
				}
			}}
			if incarnation > 0 {
				a.stop = []error{wal.ErrPoisoned, gc.ErrStopped}
			}
			if err := a.work(ctx, run.Seed, incarnation); err != nil {
				return err
			}
			d.End(uint8(n), int64(n))
		}
		return nil
	})
}

// agents are callers of all nodes, which work at the same time.
type agents struct {
	disk    disk.FS
	rec     *trace.Recorder
	answers *toolbox.Answers
	before  func(operation int) // called by the first caller
	stop    []error             // what a holder may return whose disk has failed
}

// work opens all holders, lets the callers work, and closes the holders.
func (a *agents) work(ctx context.Context, seed, incarnation int64) (err error) {
	s, err := gc.OpenStore(gc.StoreOptions{Name: store, Path: store, FS: a.disk, Trace: a.rec})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, toolbox.Allow(s.Close(), a.stop...)) }()
	open := map[string]interface {
		Receive(*gc.Message) (*gc.Message, error)
	}{store: s}
	network := networktest.NewConditions(seed*10+incarnation, networktest.Faults{Lose: 16, Repeat: 16})
	send := func(_ context.Context, to string, m *gc.Message) (answer *gc.Message, err error) {
		err = errLost
		for range network.Fate(m.From, to) {
			answer, err = open[to].Receive(m)
		}
		if len(network.Fate(to, m.From)) == 0 {
			return nil, errLost // the answer
		}
		return answer, err
	}
	for _, name := range nodes {
		n, err := gc.Open(gc.Options{Name: name, Peers: peersOf(name), Send: send, Path: name, FS: a.disk, Trace: a.rec})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, toolbox.Allow(n.Close(), a.stop...)) }()
		open[name] = n
	}
	return toolbox.Concurrently(2*len(nodes), func(i int) error {
		name := nodes[i/2]
		for n, op := range toolbox.Workload[operation](seed*100+incarnation*10+int64(i), 6, 6) {
			if i == 0 {
				a.before(n)
			}
			if err := a.operate(ctx, open[name].(*gc.Node), op, name); err != nil {
				return err
			}
		}
		return nil
	})
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
	return toolbox.Allow(toolbox.Allow(err, a.stop...), gc.ErrNotLeader, gc.ErrNotElected, gc.ErrNotAllowed, gc.ErrNoAnswer)
}

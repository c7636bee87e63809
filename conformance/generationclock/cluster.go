package generationclock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct{ What, Node, Message, Value uint8 }

// walk lets the cores take random steps. Any message that was ever sent may arrive at
// any time, and mostly one of the latest does.
func walk(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("walk", run.Seed), func(rec *trace.Recorder) error {
		s, length := newScript(rec), 150
		if run.Long {
			length = 500
		}
		for _, op := range toolbox.Workload[operation](run.Seed, length, length) {
			s.Allow(s.do(op), gc.ErrNotAllowed)
		}
		s.rest()
		return s.Err()
	})
}

// do lets one thing happen.
func (c *cluster) do(op operation) error {
	name, value := toolbox.Pick(all, op.Node), toolbox.Pick(values, op.Value)
	n, h := c.nodes[toolbox.Pick(nodes, op.Node)], c.holder(name)
	switch what := op.What % 64; {
	case what < 2:
		return n.Stand()
	case what < 6:
		return c.send(n.Ask())
	case what < 9:
		return c.send(n.Beat())
	case what < 13:
		return c.send(n.Order(value))
	case what < 17:
		return c.send(n.Write(store, value))
	case what < 20:
		return c.send(h.Acknowledge())
	case what < 22:
		c.restart(name, toolbox.Pick([]gc.Record{h.Disk(), h.Memory()}, op.Message))
		return nil
	case what < 30:
		return h.Persist()
	case len(c.sent) == 0:
		return nil
	}
	at := len(c.sent) - 1 - int(op.Message)%min(4, len(c.sent)) // one of the last few
	if op.Message%8 == 7 {
		at = int(op.Message) * len(c.sent) / 256 // or any
	}
	return c.arrive(name, c.sent[at])
}

// arrive lets a message arrive, and its receiver do what follows from it.
func (c *cluster) arrive(name string, m *gc.Message) error {
	h, n := c.holder(name), c.nodes[name]
	adopted := c.adopt(name, m) == nil && h.Persist() == nil
	switch {
	case n == nil && c.store.Apply(m) == nil, n != nil && n.Accept(m) == nil:
		return nil // the flush comes later, or does not
	case n != nil && m.Type == gc.Ask && adopted:
		return c.send(n.Grant())
	case n != nil && n.Count(m) == nil:
		return n.Lead()
	}
	return c.send(h.Refuse(m))
}

// goroutines lets all nodes campaign, give orders and write at the same time, with real
// files, in two incarnations.
func goroutines(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("goroutines", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		return errors.Join(oneIncarnation(ctx, run, rec, answers, 0), oneIncarnation(ctx, run, rec, answers, 1))
	})
}

func oneIncarnation(ctx context.Context, run conformance.Run, rec *trace.Recorder, answers *toolbox.Answers, incarnation int64) (err error) {
	s, err := gc.OpenStore(gc.StoreOptions{Name: store, Path: filepath.Join(run.Dir, store), Trace: rec})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	open := map[string]interface {
		Receive(*gc.Message) (*gc.Message, error)
	}{store: s}
	var mu sync.Mutex // of the random numbers
	rng := rand.New(rand.NewPCG(uint64(run.Seed), uint64(incarnation)))
	// One of six messages is lost, so is one of six answers, and one of six messages
	// comes twice.
	send := func(_ context.Context, to string, m *gc.Message) (*gc.Message, error) {
		mu.Lock()
		fate := rng.IntN(6)
		mu.Unlock()
		if fate == 0 {
			return nil, errLost
		}
		answer, err := open[to].Receive(m)
		switch fate {
		case 1:
			return nil, errLost
		case 2:
			return open[to].Receive(m)
		}
		return answer, err
	}
	for _, name := range nodes {
		n, err := gc.Open(gc.Options{Name: name, Peers: peersOf(name), Send: send, Path: filepath.Join(run.Dir, name), Trace: rec})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, n.Close()) }()
		open[name] = n
	}
	return toolbox.Concurrently(2*len(nodes), func(i int) error {
		name := nodes[i/2]
		for _, op := range toolbox.Workload[operation](run.Seed*100+incarnation*10+int64(i), 6, 6) {
			if err := one(ctx, open[name].(*gc.Node), op, name, rec, answers); err != nil {
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

// one is one operation of a caller. What it is told must be in the trace by then: a node
// that says that it leads was elected, and what is written is on the store's disk.
func one(ctx context.Context, n *gc.Node, op operation, name string, rec *trace.Recorder, answers *toolbox.Answers) (err error) {
	switch value := toolbox.Pick(values, op.Value); op.What % 5 {
	case 0, 1:
		var gen uint64
		if gen, err = n.Campaign(ctx); err == nil {
			answers.AfterStep(rec, fmt.Sprint(name, " leads ", gen), func(step string, args, state *trace.Record) bool {
				return step == "Lead" && args.String("node") == name && state.Uint("gen") == gen
			})
		}
	case 2:
		err = n.Beat(ctx)
	case 3:
		_, err = n.Order(ctx, value)
	default:
		if err = n.Write(ctx, store, value); err == nil {
			answers.AfterStep(rec, fmt.Sprint("the write of ", value, " by ", name), func(step string, args, state *trace.Record) bool {
				if step != "Persist" || args.String("node") != store {
					return false
				}
				entry := state.Record("disk").Record("entry")
				return entry.String("from") == name && entry.String("value") == value
			})
		}
	}
	return toolbox.Allow(err, gc.ErrNotLeader, gc.ErrNotElected, gc.ErrNotAllowed, gc.ErrNoAnswer)
}

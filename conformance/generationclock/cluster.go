package generationclock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// operation is one thing that happens in a walk, as the fuzzer makes it.
type operation struct{ What, Node, Message, Value uint8 }

// walk lets the cores take random steps. Any message that was ever sent may arrive
// at any time, and mostly the latest do.
func walk(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("walk", run.Seed), func(rec *trace.Recorder) error {
		c, s := newCluster(rec), new(toolbox.Script)
		length := 150
		if run.Long {
			length = 500
		}
		for _, op := range toolbox.Workload[operation](run.Seed, length, length) {
			s.Allow(c.do(op), gc.ErrNotAllowed)
		}
		c.rest(s)
		return s.Err()
	})
}

// do lets one thing happen.
func (c *cluster) do(op operation) error {
	name, value := toolbox.Pick(all, op.Node), toolbox.Pick(values, op.Value)
	n := c.nodes[toolbox.Pick(nodes, op.Node)]
	h := c.holder(name)
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
		kept := h.Disk()
		if op.Message%2 == 0 {
			kept = h.Memory() // the flush that was under way has come to the disk
		}
		c.restart(name, kept)
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

// arrive lets a message arrive, and its receiver flush and answer.
func (c *cluster) arrive(name string, m *gc.Message) error {
	h, n := c.holder(name), c.nodes[name]
	err := c.adopt(name, m)
	if err == nil {
		err = h.Persist()
	}
	switch {
	case m.Type == gc.Ask && n != nil && err == nil:
		return c.send(n.Grant())
	case m.Type == gc.Grant && n != nil && n.Count(m) == nil:
		return n.Lead()
	case m.Type == gc.Order && n != nil && n.Accept(m) == nil, m.Type == gc.Write && n == nil && c.store.Apply(m) == nil:
		return nil // the flush comes later, or does not
	}
	return c.send(h.Refuse(m))
}

// rest lets one more leader be elected and obeyed, so that whatever the nodes have
// done before shows.
func (c *cluster) rest(s *toolbox.Script) {
	for _, name := range all {
		s.Allow(c.holder(name).Persist(), gc.ErrNotAllowed)
	}
	for round := 0; c.nodes["n1"].Role() != gc.Leader && round < 100; round++ {
		s.Must(c.nodes["n1"].Stand())
		s.Must(c.nodes["n1"].Persist())
		s.Must(c.send(c.nodes["n1"].Ask()))
		c.settle(s, all...)
	}
	s.Must(c.send(c.nodes["n1"].Order("d")))
	s.Must(c.send(c.nodes["n1"].Write(store, "d")))
	c.settle(s, all...)
}

// settle lets the last message arrive at each of these, and what they answer in
// turn.
func (c *cluster) settle(s *toolbox.Script, names ...string) {
	for from := max(len(c.sent)-2, 0); from < len(c.sent); from++ {
		for _, name := range names {
			s.Allow(c.arrive(name, c.sent[from]), gc.ErrNotAllowed)
			s.Allow(c.holder(name).Persist(), gc.ErrNotAllowed)
		}
	}
}

// goroutines lets all nodes campaign, give orders and write at the same time, each
// with several goroutines and a real file, in two lives.
func goroutines(ctx context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("goroutines", run.Seed), func(rec *trace.Recorder) error {
		for life := range 2 {
			if err := oneLife(ctx, run, rec, life); err != nil {
				return fmt.Errorf("life %d: %w", life, err)
			}
		}
		return nil
	})
}

func oneLife(ctx context.Context, run conformance.Run, rec *trace.Recorder, life int) (err error) {
	var (
		mu   sync.Mutex
		rng  = rand.New(rand.NewPCG(uint64(run.Seed), uint64(life)))
		open = map[string]*gc.Node{}
	)
	s, err := gc.OpenStore(gc.StoreOptions{Name: store, Path: filepath.Join(run.Dir, store), Trace: rec})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	receive := func(to string, m *gc.Message) (*gc.Message, error) {
		if to == store {
			return s.Receive(m)
		}
		return open[to].Receive(m)
	}
	// The transport loses one of six messages, one of six answers, and brings one of
	// six messages twice.
	send := func(_ context.Context, to string, m *gc.Message) (*gc.Message, error) {
		mu.Lock()
		fate := rng.IntN(6)
		mu.Unlock()
		if fate == 0 {
			return nil, errLost
		}
		answer, err := receive(to, m)
		switch fate {
		case 1:
			return nil, errLost
		case 2:
			return receive(to, m)
		}
		return answer, err
	}
	for i, name := range nodes {
		peers := append(append([]string{}, nodes[:i]...), nodes[i+1:]...)
		n, err := gc.Open(gc.Options{Name: name, Peers: peers, Send: send, Path: filepath.Join(run.Dir, name), Trace: rec})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, n.Close()) }()
		open[name] = n
	}
	leaders := &unique{leads: map[uint64]string{}}
	var busy sync.WaitGroup
	failed := make([]error, 2*len(nodes))
	for i := range failed {
		busy.Go(func() {
			name := nodes[i%len(nodes)]
			for _, op := range toolbox.Workload[operation](run.Seed*100+int64(life*10+i), 6, 6) {
				failed[i] = errors.Join(failed[i], one(ctx, open[name], name, op, leaders))
			}
		})
	}
	busy.Wait()
	return errors.Join(failed...)
}

var errLost = errors.New("lost")

// one is one operation of a caller, and what the caller may rely on.
func one(ctx context.Context, n *gc.Node, name string, op operation, leaders *unique) error {
	var err error
	switch value := toolbox.Pick(values, op.Value); op.What % 5 {
	case 0, 1:
		var gen uint64
		if gen, err = n.Campaign(ctx); err == nil {
			return leaders.lead(gen, name)
		}
	case 2:
		err = n.Beat(ctx)
	case 3:
		_, err = n.Order(ctx, value)
	default:
		err = n.Write(ctx, store, value)
	}
	return toolbox.Allow(err, gc.ErrNotLeader, gc.ErrNotElected, gc.ErrNotAllowed, gc.ErrNoAnswer)
}

// unique makes sure that no two nodes are told that they lead one generation.
type unique struct {
	mu    sync.Mutex
	leads map[uint64]string
}

func (u *unique) lead(gen uint64, name string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if other, taken := u.leads[gen]; taken && other != name {
		return fmt.Errorf("%s and %s both lead generation %d", other, name, gen)
	}
	u.leads[gen] = name
	return nil
}

package gossipdissemination

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

var patience toolbox.Patience

// interval is short, so that a run is.
const interval = 30 * time.Millisecond

// named is a UDP endpoint that is called by its node's name, as the others are, so that the
// traces of all runs have the same values. The sender of a datagram is given by its address.
type named struct {
	network.Endpoint
	name      string
	addresses *sync.Map // by name
}

func (e named) Name() string { return e.name }

func (e named) Send(to string, b []byte) error {
	if address, ok := e.addresses.Load(to); ok {
		to = address.(string)
	}
	return e.Endpoint.Send(to, b)
}

// concurrent is nodes with goroutines and clocks, on UDP.
type concurrent struct {
	rec       *trace.Recorder
	nodes     []*gossip.Node
	addresses sync.Map // of the endpoints, by name
	answers   *toolbox.Answers
	before    uint32 // the number of generations that each node has had before the run
}

// overUDP lets nodes find each other. One publishes a value, one crashes and restarts,
// and one leaves. Each time all agree, their callers read what they know.
func overUDP(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("udp", run.Seed, nodes, values), func(rec *trace.Recorder, answers *toolbox.Answers) (err error) {
		before := []uint32{1<<31 - 4, 1<<16 - 2}[run.Seed%2] // the last of all, or one too many for 16 bits, is the second
		c := &concurrent{nodes: make([]*gossip.Node, 4), rec: rec, answers: answers, before: before}
		rec.CountFrom(uint64(c.before))
		defer func() {
			for _, n := range c.nodes {
				if n != nil {
					err = errors.Join(err, n.Close())
				}
			}
		}()
		for _, part := range []struct {
			awaited string
			do      func() error
		}{
			{"all nodes know each other", c.joinAll},
			{"a value has spread", func() error { return c.set(int(run.Seed)%4, "load", values[run.Seed%8]) }},
			{"a restarted node is known", c.restart},
			{"all know that a node has left", c.leave},
		} {
			if err := part.do(); err != nil {
				return err
			}
			if err := patience.Eventually(ctx, part.awaited, c.agree); err != nil {
				return err
			}
			c.read()
		}
		return nil
	})
}

func (c *concurrent) joinAll() error {
	for i := range c.nodes {
		if err := c.join(i, c.before); err != nil {
			return err
		}
	}
	return nil
}

// set sets a value. Once Set has returned, the node's own entry has the value.
func (c *concurrent) set(i int, key, value string) error {
	err := c.nodes[i].Set(key, value)
	if err == nil {
		c.told(i, "Set has returned", func(known *trace.Record) bool {
			return valueIn(known, nodes[i], key) == value
		})
	}
	return err
}

// restart crashes a node and starts it again.
func (c *concurrent) restart() error {
	if err := c.nodes[1].Close(); err != nil {
		return err
	}
	c.told(1, "Close has returned", func(known *trace.Record) bool { return len(known.Names()) == 0 })
	if err := c.set(2, "rack", values[1]); err != nil {
		return err
	}
	return c.join(1, c.nodes[1].Generation())
}

// leave lets a node leave. After that it refuses to be used.
func (c *concurrent) leave() error {
	n := c.nodes[3]
	if err := n.Leave(); err != nil {
		return err
	}
	c.told(3, "Leave has returned", func(known *trace.Record) bool { return len(known.Names()) == 0 })
	for _, err := range []error{n.Set("load", values[0]), n.Leave()} {
		if !errors.Is(err, gossip.ErrStopped) {
			return fmt.Errorf("a node that has left returned %v", err)
		}
	}
	return nil
}

// told notes an answer of a node, for which something must hold of what it knows.
func (c *concurrent) told(i int, what string, holds func(known *trace.Record) bool) {
	c.answers.Told(c.rec, nodes[i], what, func(state *trace.Record) bool { return holds(state.Record("known")) })
}

// valueIn returns a value of an owner that a view has, "" if it has none.
func valueIn(known *trace.Record, owner, key string) string {
	if !known.Has(owner) || !known.Record(owner).Record("vals").Has(key) {
		return ""
	}
	return known.Record(owner).Record("vals").Record(key).String("val")
}

// read reads all that the nodes know, while nothing changes that.
func (c *concurrent) read() {
	for i, n := range c.nodes {
		generation, owners := n.Generation(), n.Owners()
		c.answers.Told(c.rec, nodes[i], fmt.Sprint("generation ", generation), func(state *trace.Record) bool {
			return state.Uint("generation") == c.rec.Counted(uint64(generation))
		})
		c.told(i, fmt.Sprint("owners ", owners), func(known *trace.Record) bool { return slices.Equal(known.Names(), owners) })
		for _, owner := range owners {
			e, _ := n.Known(owner)
			for _, key := range keys {
				value, _ := n.Get(owner, key)
				c.told(i, fmt.Sprint(owner, " has ", key, " ", value), func(known *trace.Record) bool {
					return valueIn(known, owner, key) == value && e.Vals[key].Val == value &&
						known.Record(owner).Int("ver") == int(e.Ver)
				})
			}
		}
	}
}

// join starts a node, whose last generation had that number. On a full disk it must not start.
func (c *concurrent) join(i int, last uint32) error {
	if n, err := c.joinWith(i, last, func(uint32) error { return disk.ErrNoSpace }); err == nil {
		_ = n.Close() // the next one has its number
	}
	n, err := c.joinWith(i, last, nil)
	c.nodes[i] = n
	return err
}

// joinWith starts a node of which each seventh send fails.
func (c *concurrent) joinWith(i int, last uint32, durable func(uint32) error) (*gossip.Node, error) {
	e, err := network.ListenUDP("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c.addresses.Store(nodes[i], e.Name())
	n, err := gossip.Join(gossip.Options{
		Name: nodes[i], Endpoint: named{networktest.Failing(7, e), nodes[i], &c.addresses}, Seeds: map[string]string{nodes[0]: nodes[0]},
		LastGeneration: last, Durable: durable, Interval: interval, Fanout: 2, SuspicionRounds: 1000, Trace: c.rec, Random: uint64(i),
	})
	if err != nil {
		err = errors.Join(err, e.Close())
	}
	return n, err
}

// agree says whether all nodes agree, and records it if they do.
func (c *concurrent) agree() (holds bool) {
	gossip.Observe(c.nodes, func(cores []*gossip.Core) {
		if holds = agreed(cores); holds {
			agree(c.rec, cores)
		}
	})
	return holds
}

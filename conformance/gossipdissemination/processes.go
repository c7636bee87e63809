package gossipdissemination

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

var patience toolbox.Patience

// interval is short, so that a run is.
const interval = 30 * time.Millisecond

// named is a UDP endpoint whose address is replaced by the node's name, so that the
// traces of all runs have the same values.
type named struct {
	network.Endpoint
	name      string
	addresses *sync.Map // by name
}

func (e named) Name() string { return e.name }

func (e named) Send(to string, b []byte) error {
	address, _ := e.addresses.Load(to)
	return e.Endpoint.Send(fmt.Sprint(address), b)
}

func (e named) Receive() (string, []byte, error) {
	from, b, err := e.Endpoint.Receive()
	e.addresses.Range(func(name, address any) bool {
		if address == from {
			from = fmt.Sprint(name)
			return false
		}
		return true
	})
	return from, b, err
}

// concurrent is nodes with goroutines and clocks, on UDP.
type concurrent struct {
	rec       *trace.Recorder
	nodes     []*gossip.Node
	addresses sync.Map // of the endpoints, by name
}

// overUDP lets nodes find each other. One publishes a value, one crashes and restarts,
// and one leaves.
func overUDP(ctx context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("udp", run.Seed, nodes, values), func(rec *trace.Recorder) (err error) {
		c := &concurrent{rec: rec, nodes: make([]*gossip.Node, 4)}
		defer func() {
			for _, n := range c.nodes {
				if n != nil {
					err = errors.Join(err, n.Close())
				}
			}
		}()
		for i := range c.nodes {
			if err := c.join(i, 0); err != nil {
				return err
			}
		}
		steps := []struct {
			awaited string
			do      func() error
		}{
			{"all nodes know each other", func() error { return nil }},
			{"a value has spread", func() error { return toolbox.Pick(c.nodes, run.Seed).Set("load", values[run.Seed%8]) }},
			{"a restarted node is known", func() error {
				if err := c.nodes[1].Close(); err != nil {
					return err
				}
				if err := c.nodes[2].Set("rack", values[1]); err != nil {
					return err
				}
				return c.join(1, c.nodes[1].Generation())
			}},
			{"all know that a node has left", func() error { return c.nodes[3].Leave() }},
		}
		for _, s := range steps {
			if err := s.do(); err != nil {
				return err
			}
			if err := patience.Eventually(ctx, s.awaited, c.agree); err != nil {
				return err
			}
		}
		return nil
	})
}

// join starts a node, whose last generation had that number.
func (c *concurrent) join(i int, last uint32) error {
	e, err := network.ListenUDP("127.0.0.1:0")
	if err != nil {
		return err
	}
	c.addresses.Store(nodes[i], e.Name())
	n, err := gossip.Join(gossip.Options{
		Name: nodes[i], Endpoint: named{e, nodes[i], &c.addresses}, Seeds: map[string]string{nodes[0]: nodes[0]},
		LastGeneration: last, Interval: interval, Fanout: 2, SuspicionRounds: 1000, Trace: c.rec, Random: uint64(i),
	})
	if err != nil {
		return errors.Join(err, e.Close())
	}
	c.nodes[i] = n
	return nil
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

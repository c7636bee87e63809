package gossipdissemination

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// named is an endpoint whose address goes by the node's name, so that all runs
// have the same values in their traces. What it carries goes over real sockets.
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

// cluster is nodes with goroutines and clocks, on UDP.
type cluster struct {
	rec       *trace.Recorder
	names     []string
	nodes     []*gossip.Node
	addresses sync.Map // of the endpoints, by name
	interval  time.Duration
}

// overUDP lets nodes find each other, one tell something, another one die and
// come back, and a third leave.
func overUDP(ctx context.Context, run conformance.Run) error {
	all := names(5)
	return recorded(run.Path, header("udp", run.Seed, all, values), func(rec *trace.Recorder) (err error) {
		c := &cluster{rec: rec, names: all[:4], nodes: make([]*gossip.Node, 4), interval: 30 * time.Millisecond}
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
		if err := c.agree(ctx, "all are there"); err != nil {
			return err
		}
		if err := c.nodes[int(run.Seed)%4].Set("load", values[int(run.Seed)%8]); err != nil {
			return err
		}
		if err := c.agree(ctx, "a value has spread"); err != nil {
			return err
		}
		if err := c.nodes[1].Close(); err != nil {
			return err
		}
		if err := c.nodes[2].Set("rack", values[1]); err != nil {
			return err
		}
		if err := c.join(1, c.nodes[1].Generation()); err != nil {
			return err
		}
		if err := c.agree(ctx, "one has come back"); err != nil {
			return err
		}
		if err := c.nodes[3].Leave(); err != nil {
			return err
		}
		return c.agree(ctx, "one has left")
	})
}

// join starts a node, whose last life had that number.
func (c *cluster) join(i int, last uint32) error {
	e, err := network.ListenUDP("127.0.0.1:0")
	if err != nil {
		return err
	}
	c.addresses.Store(c.names[i], e.Name())
	n, err := gossip.Join(gossip.Options{
		Name: c.names[i], Endpoint: named{e, c.names[i], &c.addresses}, Seeds: map[string]string{c.names[0]: c.names[0]},
		LastGeneration: last, Interval: c.interval, Fanout: 2, Patience: 1000, Trace: c.rec, Random: uint64(i),
	})
	if err != nil {
		return errors.Join(err, e.Close())
	}
	c.nodes[i] = n
	return nil
}

// agree waits until all agree, and records it.
func (c *cluster) agree(ctx context.Context, when string) error {
	ctx, cancel := context.WithTimeout(ctx, conformance.WaitLimit())
	defer cancel()
	ticker := time.NewTicker(c.interval)
	defer ticker.Stop()
	for agreed := false; ; {
		gossip.Look(c.nodes, func(cores []*gossip.Core) {
			w := &world{rec: c.rec, nodes: cores}
			if agreed = w.agreed(); agreed {
				w.agree()
			}
		})
		if agreed {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s, but not all know: %w", when, ctx.Err())
		case <-ticker.C:
		}
	}
}

package gossipdissemination

import (
	"context"
	"errors"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/slowtest"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestSpecAcceptsSlowWrites: nodes with goroutines find each other, publish values, and one of
// them crashes and starts again, while one message, or the keeping of one generation's number,
// after the other is slow. A process whose number is slow is killed before the number is
// kept.
func TestSpecAcceptsSlowWrites(t *testing.T) {
	slowtest.Accepts(t, Pattern.Spec, 16, slowRun)
}

func slowRun(ctx context.Context, run conformance.Run, w *slowtest.Write) error {
	h := header("slow", run.Seed, nodes, values)
	return toolbox.RecordAnswers(run, h, func(rec *trace.Recorder, answers *toolbox.Answers) (err error) {
		c := &slowNodes{net: networktest.NewMemory(), w: w, concurrent: &concurrent{
			nodes: make([]*gossip.Node, 3), rec: rec, answers: answers,
		}}
		defer func() {
			for _, n := range c.nodes {
				if n != nil {
					err = errors.Join(err, n.Close())
				}
			}
		}()
		w.Begin(rec)
		for i := range c.nodes {
			if err := c.join(i, 0); err != nil {
				return err
			}
		}
		err = toolbox.Concurrently(len(c.nodes), func(i int) error { return c.publish(ctx, i) })
		if err = errors.Join(err, c.nodes[1].Close()); err != nil {
			return err
		}
		err = errors.Join(c.join(1, c.nodes[1].Generation()), c.set(1, "load", values[7]))
		return errors.Join(err, patience.Eventually(ctx, "all nodes agree", c.agree))
	})
}

// slowNodes are nodes on a network in memory.
type slowNodes struct {
	*concurrent
	net *networktest.Memory
	w   *slowtest.Write
}

// publish gives a node one value after the other, between steps of all kinds.
func (c *slowNodes) publish(ctx context.Context, i int) (err error) {
	for _, value := range values[:4] {
		steps := c.rec.Steps()
		err = errors.Join(err, c.set(i, "load", value), patience.Eventually(ctx, "others have acted", func() bool {
			return c.rec.Steps() >= steps+5
		}))
	}
	return err
}

// slowGossip is an endpoint whose messages count, and no probes, which are no steps.
type slowGossip struct {
	network.Endpoint
	slow network.Endpoint
}

func (e slowGossip) Send(to string, b []byte) error {
	if _, err := gossip.Decode(b); err != nil {
		return e.Endpoint.Send(to, b)
	}
	return e.slow.Send(to, b)
}

var errKilled = errors.New("the process was killed")

// join starts a node, whose last generation had that number. A process that is killed before
// it has joined is started again.
func (c *slowNodes) join(i int, last uint32) error {
	e, err := c.net.Listen(nodes[i])
	if err != nil {
		return err
	}
	o := gossip.Options{
		Name: nodes[i], Endpoint: slowGossip{e, c.w.Endpoint(e)},
		Seeds: map[string]string{nodes[0]: nodes[0]}, LastGeneration: last,
		Interval: interval, Fanout: 2, SuspicionRounds: 1000, Trace: c.rec, Random: uint64(i),
		Durable: func(uint32) error {
			return c.w.Do(func(slow bool) error {
				if slow {
					return errKilled
				}
				return nil
			})
		},
	}
	n, err := gossip.Join(o)
	if errors.Is(err, errKilled) {
		n, err = gossip.Join(o)
	}
	c.nodes[i] = n
	return err
}

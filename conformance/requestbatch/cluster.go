package requestbatch

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	rb "github.com/lockstep-tla/lockstep/impl/requestbatch"
	"github.com/lockstep-tla/lockstep/trace"
)

// wire is a batch or a reply on its way.
type wire struct {
	from, to string
	rb.Message
}

// inCluster lets both ends run in virtual time, on a network with faults.
func inCluster(_ context.Context, run conformance.Run) error {
	length := time.Duration(toolbox.Length(run, 80, 400)) * time.Microsecond
	return toolbox.Record(run, header("cluster", run.Seed, limits, 1000), func(rec *trace.Recorder) error {
		rng := rand.New(rand.NewPCG(uint64(run.Seed), 31))
		c := toolbox.NewCluster(run.Seed, networktest.Faults{Lose: 15, Repeat: 25, MaxDelay: 6 * time.Microsecond},
			func(m wire) (from, to string) { return m.from, m.to })
		c.Every = time.Microsecond
		s := &script{system: newNetwork(rec, limits)}
		c.Add(client, &clientNode{script: s, rng: rng, clock: clocktest.New(c.Net.Now)})
		c.Add(server, &serverNode{script: s, rng: rng})
		err := c.Run(length)
		s.rest()
		return errors.Join(err, s.Err())
	})
}

// clientNode asks at random. It sends its batch every fourth microsecond, and gives some up.
type clientNode struct {
	*script
	toolbox.Outbox[wire]
	rng   *rand.Rand
	clock *clocktest.Clock
	ticks int
}

// Receive implements toolbox.Node.
func (n *clientNode) Receive(m wire) error {
	n.Must(n.client.Receive(m.Message))
	n.cut()
	return nil
}

// cut leaves nothing undone that is due, so that time may pass.
func (n *clientNode) cut() { n.Allow(n.client.Cut(), rb.ErrNotAllowed) }

// Tick implements toolbox.Node.
func (n *clientNode) Tick() error {
	n.Must(n.client.Tick(uint64(n.clock.Monotonic().Microseconds())))
	n.cut()
	if n.rng.IntN(3) == 0 {
		if n.ask(1+n.rng.IntN(5)) != nil {
			n.Must(n.refuse(rb.ErrFull))
		}
		n.cut()
	}
	if n.ticks++; n.ticks%4 > 0 || !n.client.InFlight() {
		return nil
	}
	switch n.rng.IntN(8) {
	case 0:
		n.Must(n.client.GiveUp())
		n.cut()
	case 1:
		n.Must(n.client.Fail())
	default:
		n.Must(n.send())
		n.Post(wire{client, server, rb.Message(n.batches[len(n.batches)-1])})
	}
	return nil
}

// serverNode executes a request each microsecond. Its process ends at random.
type serverNode struct {
	*script
	toolbox.Outbox[wire]
	rng *rand.Rand
}

// Receive implements toolbox.Node.
func (n *serverNode) Receive(m wire) error {
	if n.server.Take(m.Message) != nil {
		n.Allow(n.server.Reject(m.Message), rb.ErrNotAllowed) // or it is at work
	}
	return nil
}

// Tick implements toolbox.Node.
func (n *serverNode) Tick() error {
	if n.rng.IntN(12) == 0 {
		n.server.Restart(n.server.Session)
	}
	if n.execute(n.rng.IntN(5) == 0) == nil {
		return nil
	}
	order := n.server.InOrder()
	n.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	if n.answer(order) == nil { // there was a batch
		n.Post(wire{server, client, rb.Message(n.replies[len(n.replies)-1])})
	}
	return nil
}

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
	return toolbox.Record(run, header("cluster", run.Seed, limits, 300), func(rec *trace.Recorder) error {
		rng := rand.New(rand.NewPCG(uint64(run.Seed), 31))
		c := toolbox.NewCluster(run.Seed, networktest.Faults{Lose: 15, Repeat: 25, MaxDelay: 5 * time.Microsecond},
			func(m wire) (from, to string) { return m.from, m.to })
		c.Every = time.Microsecond
		s := &script{system: newNetwork(rec, limits)}
		c.Add(client, &clientNode{script: s, rng: rng, clock: clocktest.New(c.Net.Now)})
		c.Add(server, &serverNode{script: s, rng: rng})
		err := c.Run(120 * time.Microsecond)
		s.rest()
		return errors.Join(err, s.Err())
	})
}

// clientNode asks at random. It sends its batch every fourth microsecond, and gives it up at
// random.
type clientNode struct {
	*script
	rng    *rand.Rand
	clock  *clocktest.Clock
	ticks  int
	outbox []wire
}

// Receive implements toolbox.Node.
func (n *clientNode) Receive(m wire) error {
	n.Must(n.client.Receive(m.Message))
	n.Allow(n.client.Cut(), rb.ErrNotAllowed)
	return nil
}

// Tick implements toolbox.Node.
func (n *clientNode) Tick() error {
	n.Must(n.client.Tick(uint64(n.clock.Monotonic().Microseconds()))) // nothing was left undone
	n.Allow(n.client.Cut(), rb.ErrNotAllowed)
	if n.rng.IntN(3) == 0 {
		err := n.ask(1 + n.rng.IntN(5))
		if errors.Is(err, rb.ErrNotAllowed) {
			err = n.refuse(rb.ErrFull)
		}
		n.Must(err)
		n.Allow(n.client.Cut(), rb.ErrNotAllowed)
	}
	if n.ticks++; n.ticks%4 > 0 || !n.client.InFlight() {
		return nil
	}
	if n.rng.IntN(8) == 0 {
		n.Must(n.client.GiveUp())
		n.Allow(n.client.Cut(), rb.ErrNotAllowed)
		return nil
	}
	n.Must(n.send())
	n.outbox = append(n.outbox, wire{client, server, rb.Message(n.batches[len(n.batches)-1])})
	if n.rng.IntN(3) == 0 {
		n.Must(n.client.Fail())
	}
	return nil
}

// Messages implements toolbox.Node.
func (n *clientNode) Messages() []wire {
	out := n.outbox
	n.outbox = nil
	return out
}

// serverNode executes a request each microsecond. Its process ends at random.
type serverNode struct {
	*script
	rng    *rand.Rand
	outbox []wire
}

// Receive implements toolbox.Node.
func (n *serverNode) Receive(m wire) error {
	if err := n.server.Take(m.Message); err != nil {
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
	order := n.rng.Perm(len(n.server.Answers))
	for i := range order {
		order[i]++
	}
	if err := n.answer(order); err != nil {
		return toolbox.Allow(err, rb.ErrNotAllowed) // there is no batch
	}
	n.outbox = append(n.outbox, wire{server, client, rb.Message(n.replies[len(n.replies)-1])})
	return nil
}

// Messages implements toolbox.Node.
func (n *serverNode) Messages() []wire {
	out := n.outbox
	n.outbox = nil
	return out
}

package toolbox

import (
	"fmt"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
)

// Node is one node of a cluster, whose messages are of type M. A node that is down
// takes no messages and ignores ticks; it returns nil.
type Node[M any] interface {
	// Receive takes a message that has arrived.
	Receive(m M) error
	// Tick lets the node do what is due.
	Tick() error
	// Messages returns what the node has to send since the last call.
	Messages() []M
}

// Outbox is what a node has to send. A Node that embeds it needs no Messages of its own.
type Outbox[M any] []M

// Messages implements Node.
func (o *Outbox[M]) Messages() []M {
	out := *o
	*o = nil
	return out
}

// Post adds messages.
func (o *Outbox[M]) Post(messages ...M) { *o = append(*o, messages...) }

// Receiver returns a Node that does nothing by itself. Take takes a message that has
// arrived, and returns what the node sends because of it.
func Receiver[M any](take func(m M) (answers []M, err error)) Node[M] {
	return &receiver[M]{take: take}
}

type receiver[M any] struct {
	Outbox[M]
	take func(m M) ([]M, error)
}

// Receive implements Node.
func (r *receiver[M]) Receive(m M) error {
	answers, err := r.take(m)
	r.Post(answers...)
	return err
}

// Tick implements Node.
func (r *receiver[M]) Tick() error { return nil }

// Waker is implemented by a Node that says when it wants its next Tick, as a time
// of the simulation, or that it wants none. Other nodes get one after each Every.
type Waker interface {
	Due() (at time.Duration, ok bool)
}

// Cluster is nodes on a simulated network, in virtual time: the same seed and the
// same calls give the same run. Not for use by several goroutines.
type Cluster[M any] struct {
	Net *networktest.Simulation[M]
	// Every is the time between two ticks of a node that is no Waker. Zero: such a
	// node gets none.
	Every time.Duration

	// OnTime, if set, is called when time has passed, before anything else happens.
	OnTime func(now time.Duration)
	// OnSend, if set, is called for each message that was sent, with how many copies
	// of it will arrive.
	OnSend func(m M, copies int)
	// OnArrive, if set, is called before a copy of a message is handed to its node.
	OnArrive func(m M)
	// OnError, if set, sorts out the error of a node. Run ends with what it returns.
	OnError func(name string, err error) error

	route func(m M) (from, to string)
	nodes []*member[M]
}

// member is a node with its place on the network.
type member[M any] struct {
	name string
	node Node[M]
	due  time.Duration // of one that is no Waker
}

// NewCluster returns a cluster without nodes. Route says where a message goes.
func NewCluster[M any](seed int64, f networktest.Faults, route func(m M) (from, to string)) *Cluster[M] {
	return &Cluster[M]{Net: networktest.NewSimulation[M](networktest.NewConditions(seed, f)), route: route}
}

// Add adds a node, or puts another in the place of the one that has its name. At
// the same time nodes come in the order in which they were added.
func (c *Cluster[M]) Add(name string, n Node[M]) {
	if old := c.find(name); old != nil {
		old.node = n
		return
	}
	c.nodes = append(c.nodes, &member[M]{name: name, node: n, due: c.Net.Now() + c.Every})
}

func (c *Cluster[M]) find(name string) *member[M] {
	for _, m := range c.nodes {
		if m.name == name {
			return m
		}
	}
	return nil
}

// Send puts messages on the network, beside those of the nodes.
func (c *Cluster[M]) Send(messages ...M) {
	for _, m := range messages {
		from, to := c.route(m)
		copies := c.Net.Send(from, to, m)
		if c.OnSend != nil {
			c.OnSend(m, copies)
		}
	}
}

// Flush puts on the network what the nodes have to send.
func (c *Cluster[M]) Flush() {
	for _, n := range c.nodes {
		c.Send(n.node.Messages()...)
	}
}

// Run lets so much time pass, with all ticks that are due and all messages that
// arrive until then, inclusive. Run may be called by a node: that node has to say
// itself what may happen to it meanwhile.
func (c *Cluster[M]) Run(length time.Duration) error {
	end := c.Net.Now() + length
	for {
		c.Flush()
		d, arrives := c.Net.Next(c.next(end))
		if c.OnTime != nil {
			c.OnTime(c.Net.Now())
		}
		if arrives {
			if err := c.arrive(d); err != nil {
				return err
			}
			continue
		}
		ticked, err := c.tick()
		if err != nil {
			return err
		}
		if !ticked && c.Net.Now() >= end {
			return nil
		}
	}
}

// next is when a node is due, or end.
func (c *Cluster[M]) next(end time.Duration) time.Duration {
	for _, n := range c.nodes {
		if at, ok := c.due(n); ok {
			end = min(end, at)
		}
	}
	return end
}

func (c *Cluster[M]) due(n *member[M]) (at time.Duration, ok bool) {
	if w, is := n.node.(Waker); is {
		return w.Due()
	}
	return n.due, c.Every > 0
}

// tick ticks all nodes that are due, and says whether there were any.
func (c *Cluster[M]) tick() (ticked bool, err error) {
	for _, n := range c.nodes {
		at, ok := c.due(n)
		if !ok || at > c.Net.Now() {
			continue
		}
		ticked = true
		n.due = c.Net.Now() + c.Every
		if err := c.sort(n.name, n.node.Tick()); err != nil {
			return true, err
		}
		c.Send(n.node.Messages()...)
	}
	return ticked, nil
}

func (c *Cluster[M]) arrive(d networktest.Delivery[M]) error {
	n := c.find(d.To)
	if n == nil {
		return fmt.Errorf("there is no node %q to receive %v", d.To, d.Message)
	}
	if c.OnArrive != nil {
		c.OnArrive(d.Message)
	}
	return c.sort(d.To, n.node.Receive(d.Message))
}

// sort lets OnError sort out an error.
func (c *Cluster[M]) sort(name string, err error) error {
	switch {
	case err == nil:
		return nil
	case c.OnError != nil:
		return c.OnError(name, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

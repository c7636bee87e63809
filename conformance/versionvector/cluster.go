package versionvector

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
	"github.com/lockstep-tla/lockstep/trace"
)

// replica is a core on a simulated network. It is a toolbox.Node.
type replica struct {
	*vv.Core
	incarnation uint64
	random      *rand.Rand
	out         []*vv.Message
	waiting     []string // the values whose clients wait for the flush
}

func (r *replica) send(m *vv.Message, err error) error {
	if err == nil {
		m.Key = "k"
		r.out = append(r.out, m)
	}
	return toolbox.Allow(err, vv.ErrNotAllowed)
}

// Tick implements toolbox.Node: anti-entropy with a peer that it chooses at random.
func (r *replica) Tick() error {
	peers := peersOf(r.Name())
	return r.send(r.Ask(peers[r.random.IntN(len(peers))]))
}

// Messages implements toolbox.Node.
func (r *replica) Messages() []*vv.Message {
	defer func() { r.out = nil }()
	return r.out
}

// Receive implements toolbox.Node: each message comes as bytes.
func (r *replica) Receive(m *vv.Message) error {
	m, err := vv.Decode(m.Encode())
	switch {
	case err != nil:
		return err
	case m.Type == vv.Whole:
		return r.Merge(m)
	case r.Ignore(m) == nil:
		return nil
	}
	return r.send(r.Answer(m))
}

// cluster is three replicas with their clients.
type cluster struct {
	toolbox.Script
	history
	sim      *toolbox.Cluster[*vv.Message]
	replicas map[string]*replica
	clients  [4]vv.Reply // what each has read last
	written  int         // how many values
}

func newCluster(rec *trace.Recorder, seed int64, f networktest.Faults) *cluster {
	c := &cluster{
		replicas: map[string]*replica{},
		sim:      toolbox.NewCluster(seed, f, func(m *vv.Message) (from, to string) { return m.From, m.To }),
	}
	c.sim.Every = time.Second
	for i, name := range nodes {
		r := &replica{Core: vv.NewCore(name, rec), incarnation: 1, random: rand.New(rand.NewPCG(uint64(seed), uint64(i)))}
		c.replicas[name] = r
		c.sim.Add(name, r)
	}
	return c
}

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct{ What, Node, Client, Other uint8 }

// faults lets random things happen to a cluster. Then all faults end.
func faults(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("network", run.Seed), func(rec *trace.Recorder) error {
		c, length := newCluster(rec, run.Seed, networktest.Faults{Lose: 25, Repeat: 20, MaxDelay: 4 * time.Second}), 40
		if run.Long {
			length = 150
		}
		for _, op := range toolbox.Workload[operation](run.Seed, length, length) {
			c.do(op)
			c.Must(c.sim.Run(time.Duration(op.Other%3) * 200 * time.Millisecond))
		}
		c.end()
		return c.Err()
	})
}

// do lets one thing happen.
func (c *cluster) do(op operation) {
	r, client := c.replicas[toolbox.Pick(nodes, op.Node)], &c.clients[op.Client%4]
	switch what := op.What % 32; {
	case what < 10:
		*client = r.Read()
	case what < 22:
		c.put(r, *client)
	case what < 28:
		c.flush(r)
	case what < 30 && r.incarnation < 6:
		c.restart(r, toolbox.Pick([]vv.State{r.Disk(), r.Disk(), r.Store()}, op.Other))
	default:
		c.sim.Net.Cut(r.Name(), toolbox.Pick(peersOf(r.Name()), op.Other))
	}
}

// write lets a client write the next value.
func (c *cluster) write(r *replica, read vv.Reply) {
	value := values[c.written]
	c.written++
	r.Put(read, value)
	r.waiting = append(r.waiting, value)
	c.wrote(value, read.Values)
}

// put lets a client write, and the replica send that to the others before it is durable.
func (c *cluster) put(r *replica, read vv.Reply) {
	if c.written == len(values) {
		return
	}
	c.write(r, read)
	for _, peer := range peersOf(r.Name()) {
		c.Must(r.send(r.Send(peer)))
	}
}

func (c *cluster) flush(r *replica) {
	if c.Allow(r.Flush(), vv.ErrNotAllowed); !r.IsDirty() {
		c.durable(r.waiting...)
		r.waiting = nil
	}
}

// restart lets a replica crash, with what its disk has kept.
func (c *cluster) restart(r *replica, kept vv.State) {
	c.Refused(r.Restart(kept, r.incarnation), vv.ErrNotAllowed) // it had this name before
	r.incarnation++
	r.waiting = nil
	c.Must(r.Restart(kept, r.incarnation))
}

// end lets all faults end, and replicas ask until all have the same.
func (c *cluster) end() {
	c.sim.Net.Heal()
	c.sim.Net.Change(networktest.Faults{})
	c.Must(c.sim.Run(5 * time.Second)) // what is under way arrives
	for _, name := range nodes {
		for _, peer := range peersOf(name) {
			c.Must(c.replicas[name].send(c.replicas[name].Ask(peer)))
		}
	}
	c.Must(c.sim.Run(0))
	first := c.replicas[nodes[0]].Store().Values()
	for _, r := range c.replicas {
		c.Check(slices.Equal(r.Store().Values(), first), "%s has %q, and not %q", r.Name(), r.Store().Values(), first)
	}
	c.Must(c.history.check(first))
}

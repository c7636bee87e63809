package versionvector

import (
	"context"
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
	toolbox.Outbox[*vv.Message]
	ticks int
}

func (r *replica) send(m *vv.Message, err error) error {
	if err == nil {
		r.Post(m)
	}
	return toolbox.Allow(err, vv.ErrNotAllowed)
}

// Tick implements toolbox.Node: anti-entropy with one peer after the other.
func (r *replica) Tick() error {
	r.ticks++
	return r.send(r.Ask(toolbox.Pick(peersOf(r.Name()), r.ticks)))
}

// Receive implements toolbox.Node: each message comes as bytes.
func (r *replica) Receive(m *vv.Message) error {
	m.Key = "k"
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
	rec      *trace.Recorder
	sim      *toolbox.Cluster[*vv.Message]
	replicas map[string]*replica
	clients  [4]vv.Reply            // what each has read last
	written  int                    // how many values
	named    map[string]*vv.Message // of a script
}

func newCluster(rec *trace.Recorder, seed int64, f networktest.Faults) *cluster {
	sim := toolbox.NewCluster(seed, f, func(m *vv.Message) (from, to string) { return m.From, m.To })
	sim.Every = time.Second
	c := &cluster{rec: rec, sim: sim, replicas: map[string]*replica{}, named: map[string]*vv.Message{}}
	for _, name := range nodes {
		c.replicas[name] = &replica{Core: vv.NewCore(name, rec)}
		sim.Add(name, c.replicas[name])
	}
	return c
}

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct{ What, Node, Client, Other uint8 }

// faults lets random things happen to a cluster. Then all faults end.
func faults(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("network", run.Seed), func(rec *trace.Recorder) error {
		c := newCluster(rec, run.Seed, networktest.Faults{Lose: 25, Repeat: 20, MaxDelay: 3 * time.Second})
		for _, op := range toolbox.Workload[operation](run.Seed, 32, 32) {
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
	peer := toolbox.Pick(peersOf(r.Name()), op.Other)
	switch what := op.What % 32; {
	case what < 10:
		*client = r.Read()
	case what < 22 && c.written < len(values):
		c.write(r, *client)
		c.Must(r.send(r.Send(peer))) // before it is durable
	case what < 28:
		c.Allow(r.Flush(), vv.ErrNotAllowed)
	case what < 30 && r.Incarnation() < 6:
		c.restart(r, toolbox.Pick([]vv.State{r.Disk(), r.Disk(), r.Store()}, op.Other))
	default:
		c.sim.Net.Cut(r.Name(), peer)
	}
}

// write lets a client write the next value.
func (c *cluster) write(r *replica, read vv.Reply) {
	r.Put(read, values[c.written])
	c.written++
}

// restart lets a replica crash, with what its disk has kept.
func (c *cluster) restart(r *replica, kept vv.State) {
	c.Refused(r.Restart(kept, r.Incarnation()), vv.ErrNotAllowed) // it had this name before
	c.Must(r.Restart(kept, r.Incarnation()+1))
}

// end lets all faults end, and what is under way arrive. Each replica asks each other one, and
// then nothing may be left to do.
func (c *cluster) end() {
	c.sim.Net.Heal()
	c.sim.Net.Change(networktest.Faults{})
	c.Must(c.sim.Run(4 * time.Second))
	var seen readers
	for _, name := range nodes {
		c.Allow(c.replicas[name].Flush(), vv.ErrNotAllowed)
		seen = append(seen, c.replicas[name].Read())
	}
	seen.end(c.rec)
}

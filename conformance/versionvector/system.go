package versionvector

import (
	"context"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
	"github.com/lockstep-tla/lockstep/trace"
)

// newSystem is the bounded model's replicas, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	c := newCluster(rec, nodes[:2])
	of := func(step func(*vv.Core, *trace.Record) error) toolbox.Step {
		return func(a *trace.Record) error { return step(c.cores[a.String("node")], a) }
	}
	sends := func(step func(r *vv.Core, to string) (*vv.Message, error)) toolbox.Step {
		return of(func(r *vv.Core, a *trace.Record) error { return c.send(step(r, a.String("to"))) })
	}
	arrives := func(step func(*vv.Core, *vv.Message) error) toolbox.Step {
		return of(func(r *vv.Core, a *trace.Record) error {
			m, err := toolbox.Sent(c.sent, a.Value("message"))
			if err == nil {
				err = step(r, m)
			}
			return err
		})
	}
	return &toolbox.Steps{Refusal: vv.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Read":    of(c.readThat),
		"Put":     of(c.putThat),
		"Flush":   of(func(r *vv.Core, _ *trace.Record) error { return r.Flush() }),
		"Restart": of(c.restartThat),
		"Prune":   of(func(r *vv.Core, a *trace.Record) error { return r.Prune(a.String("of"), a.Uint("upTo")) }),
		"Send":    sends((*vv.Core).Send),
		"Ask":     sends((*vv.Core).Ask),
		"Answer":  arrives(func(r *vv.Core, m *vv.Message) error { return c.send(r.Answer(m)) }),
		"Ignore":  arrives((*vv.Core).Ignore),
		"Merge":   arrives((*vv.Core).Merge),
		"Learn":   arrives((*vv.Core).Learn),
		"End":     toolbox.Plain(c.endThat),
	}}, nil
}

// readThat lets a client read, if the answer is the one that is shown.
func (c *cluster) readThat(r *vv.Core, a *trace.Record) error {
	if !toolbox.IsShown(a.Value("answer"), r.Store()) || !toolbox.IsShown(a.Value("context"), vv.SeenByReader(r.Store())) ||
		!toolbox.IsShown(a.Value("latest"), r.Latest()) {
		return vv.ErrNotAllowed
	}
	c.replies = append(c.replies, r.Read())
	return nil
}

// putThat lets a client write with the reply that is shown.
func (c *cluster) putThat(r *vv.Core, a *trace.Record) error {
	value := a.String("value")
	at := slices.IndexFunc(c.replies, func(read vv.Reply) bool {
		return toolbox.IsShown(a.Value("context"), read.Context) && toolbox.IsShown(a.Value("latest"), read.Latest)
	})
	if at < 0 || slices.Contains(c.written, value) {
		return vv.ErrNotAllowed
	}
	return c.put(r, c.replies[at], value)
}

// restartThat lets a replica restart, before or after a flush with what a message says.
func (c *cluster) restartThat(r *vv.Core, a *trace.Record) error {
	next := vv.Vector{r.Name(): 2}
	known := []vv.Vector{r.Latest().Join(next)}
	for _, m := range c.sent {
		if m.To == r.Name() && toolbox.IsShown(a.Value("kept"), r.Store()) {
			known = append(known, r.Learned(m.Latest).Join(next))
		}
	}
	kept, ok := toolbox.Find([]vv.State{r.Disk(), r.Store()}, a.Value("kept"))
	if latest, can := toolbox.Find(known, a.Value("latest")); ok && can {
		return r.Restart(kept, latest)
	}
	return vv.ErrNotAllowed
}

// endThat says that nothing is left to do, if all replicas have the same on their disks.
func (c *cluster) endThat() error {
	var seen readers
	for _, r := range c.cores {
		seen = append(seen, vv.Reply{Values: r.Store().Values(), Context: vv.ContextOf(r.Store())})
		if r.IsDirty() || !seen.agree() {
			return vv.ErrNotAllowed
		}
	}
	seen.end(c.rec)
	return nil
}

// cluster is the cores of some replicas, and a network that keeps every message.
type cluster struct {
	toolbox.Script
	rec     *trace.Recorder
	cores   map[string]*vv.Core
	sent    []*vv.Message
	replies []vv.Reply // that clients have read
	written []string   // each value once
}

func newCluster(rec *trace.Recorder, names []string) *cluster {
	c := &cluster{rec: rec, cores: map[string]*vv.Core{}, replies: []vv.Reply{{}}}
	for _, name := range names {
		c.cores[name] = vv.NewCore(name, toolbox.Without(names, name), rec)
	}
	return c
}

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct{ What, Node, Other uint8 }

// walk lets random things happen. Any message that was ever sent may arrive, and mostly one of
// the latest does; so it is with what clients have read. Then all faults end.
func walk(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("network", run.Seed), func(rec *trace.Recorder) error {
		c := newCluster(rec, nodes)
		toolbox.Walk(&c.Script, toolbox.Workload[operation](run.Seed, 150, 150), vv.ErrNotAllowed, c.do)
		c.end()
		return c.Err()
	})
}

// do lets one thing happen.
func (c *cluster) do(op operation) error {
	r := c.cores[toolbox.Pick(nodes, op.Node)]
	peer := toolbox.Pick(toolbox.Without(nodes, r.Name()), op.Other)
	switch what := op.What % 64; {
	case what < 9:
		c.replies = append(c.replies, r.Read())
	case what < 21 && len(c.written) < len(values):
		return c.put(r, toolbox.Latest(c.replies, op.Other), values[len(c.written)])
	case what < 27:
		return r.Flush()
	case what < 29 && r.Incarnation() < 1<<31-1:
		c.restart(r, toolbox.Pick([]vv.State{r.Disk(), r.Disk(), r.Store()}, op.Other))
	case what < 32:
		return r.Prune(toolbox.Pick(nodes, op.Other), r.Prunable(toolbox.Pick(nodes, op.Other)))
	case what < 38:
		return c.send(r.Send(peer))
	case what < 46:
		return c.send(r.Ask(peer))
	case len(c.sent) > 0:
		return c.arrive(toolbox.Latest(c.sent, op.Other), op.Node%3 > 0)
	}
	return nil
}

// put lets a client write a value.
func (c *cluster) put(r *vv.Core, read vv.Reply, value string) error {
	err := r.Put(read, value)
	if err == nil {
		c.written = append(c.written, value)
	}
	return err
}

// restart lets a replica crash, with what its disk has kept.
func (c *cluster) restart(r *vv.Core, kept vv.State) {
	c.Refused(r.Restart(kept, r.Latest()), vv.ErrNotAllowed) // it had this name before
	next := map[uint64]uint64{2: 1<<16 - 1, 1 << 16: 1<<31 - 1}[r.Incarnation()]
	c.Must(r.Restart(kept, r.Latest().Join(vv.Vector{r.Name(): max(next, r.Incarnation()+1)})))
}

// send puts a message on the network.
func (c *cluster) send(m *vv.Message, err error) error {
	if err == nil {
		c.sent = append(c.sent, m)
	}
	return err
}

// arrive lets a message arrive, as bytes, and its receiver do what follows from it. It need
// not learn from it.
func (c *cluster) arrive(m *vv.Message, learns bool) error {
	m.Key = "k"
	m, err := vv.Decode(m.Encode())
	if err != nil {
		return err
	}
	r := c.cores[m.To]
	if learns && r.IsNews(m) && r.Learn(m) != nil { // what it has is not durable
		c.Must(r.Flush())
		c.Must(r.Learn(m))
	}
	if r.Merge(m) == nil || r.Ignore(m) == nil {
		return nil
	}
	return c.send(r.Answer(m))
}

// arriveAll lets messages arrive from the nth on, with the answers. Some senders know too little.
func (c *cluster) arriveAll(n int) {
	for ; n < len(c.sent); n++ {
		c.Allow(c.arrive(c.sent[n], true), vv.ErrNotAllowed)
	}
}

// end lets all replicas exchange, prune and flush. Nothing may be left to do then, or to prune.
func (c *cluster) end() {
	asked := map[string]*vv.Message{} // a question that was asked before arrives again
	for round := range 7 {
		if round == 4 && len(c.replies) > 1 && len(c.written) < len(values) { // a client that read long ago
			c.Allow(c.put(c.cores["n1"], c.replies[1], values[len(c.written)]), vv.ErrNotAllowed)
		}
		for _, name := range nodes {
			r := c.cores[name]
			for _, of := range nodes {
				c.Allow(r.Prune(of, r.Prunable(of)), vv.ErrNotAllowed)
			}
			for _, peer := range toolbox.Without(nodes, name) {
				n, question := len(c.sent), fmt.Sprint(name, peer, r.Latest(), vv.ContextOf(r.Store()))
				if asked[question] == nil {
					asked[question], _ = r.Ask(peer) // another replica can always be asked
				}
				c.sent = append(c.sent, asked[question])
				c.arriveAll(n)
			}
		}
	}
	var seen readers
	for _, name := range nodes {
		r := c.cores[name]
		c.Allow(r.Flush(), vv.ErrNotAllowed)
		c.Check(!slices.ContainsFunc(nodes, func(of string) bool { return r.Prunable(of) > 0 }), "%s keeps %v", name, r.Store())
		seen = append(seen, r.Read())
	}
	seen.end(c.rec)
}

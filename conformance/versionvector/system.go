package versionvector

import (
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
			if err != nil {
				return err
			}
			return step(r, m)
		})
	}
	return &toolbox.Steps{Refusal: vv.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Read":  of(c.readThat),
		"Put":   of(c.putThat),
		"Flush": of(func(r *vv.Core, _ *trace.Record) error { return r.Flush() }),
		"Restart": of(func(r *vv.Core, a *trace.Record) error {
			kept, ok := toolbox.Find([]vv.State{r.Disk(), r.Store()}, a.Value("kept"))
			latest, known := toolbox.Find(c.started(r, toolbox.IsShown(a.Value("kept"), r.Store())), a.Value("latest"))
			if !ok || !known {
				return vv.ErrNotAllowed
			}
			return r.Restart(kept, latest)
		}),
		"Prune":  of(func(r *vv.Core, a *trace.Record) error { return r.Prune(a.String("of"), a.Uint("upTo")) }),
		"Send":   sends((*vv.Core).Send),
		"Ask":    sends((*vv.Core).Ask),
		"Answer": arrives(func(r *vv.Core, m *vv.Message) error { return c.send(r.Answer(m)) }),
		"Ignore": arrives((*vv.Core).Ignore),
		"Merge":  arrives((*vv.Core).Merge),
		"Learn":  arrives((*vv.Core).Learn),
		"End":    toolbox.Plain(c.endThat),
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

// started are the latest incarnations with which a replica may start, before or after a flush
// with what a message says.
func (c *cluster) started(r *vv.Core, flushed bool) (all []vv.Vector) {
	known := []vv.Vector{r.Latest()}
	for _, m := range c.sent {
		if flushed && m.To == r.Name() {
			known = append(known, r.Learned(m.Latest))
		}
	}
	for _, latest := range known {
		all = append(all, latest, latest.Join(vv.Vector{r.Name(): 2}))
	}
	return all
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

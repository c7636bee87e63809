package clockboundwait

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	"github.com/lockstep-tla/lockstep/trace"
)

// Truth is the true time, as the environment records it.
type Truth struct {
	Rec *trace.Recorder
	Now uint64
}

// Tick lets time pass.
func (t *Truth) Tick(to uint64) error {
	if to <= t.Now {
		return cbw.ErrNotAllowed
	}
	t.Now = to
	t.Rec.Step("Tick").String("node", "environment").Uint("time", to).State(t)
	return nil
}

// End records that nothing waits any more.
func (t *Truth) End() { t.Rec.Step("End").String("node", "environment").State(t) }

// View adds what the spec's View("environment") has.
func (t *Truth) View(o *trace.Object) { o.Uint("now", t.Now) }

// cluster is the cores of the nodes, and the reads on their way between them.
type cluster struct {
	Truth
	widths map[string]uint64
	cores  map[string]*cbw.Core
	asked  []cbw.Request
	began  map[string][]uint64 // the versions of each node's writes
}

func newCluster(rec *trace.Recorder, widths map[string]uint64) *cluster {
	c := &cluster{Truth: Truth{Rec: rec}, widths: widths, cores: map[string]*cbw.Core{}, began: map[string][]uint64{}}
	for _, name := range nodes {
		c.cores[name] = cbw.NewCore(name, rec)
	}
	return c
}

// newSystem is the bounded model's nodes, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	c := newCluster(rec, map[string]uint64{"n1": 1, "n2": 1})
	core := func(a *trace.Record) *cbw.Core { return c.cores[a.String("node")] }
	return &toolbox.Steps{Refusal: cbw.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Tick":    func(a *trace.Record) error { return c.Tick(a.Uint("time")) },
		"Read":    func(a *trace.Record) error { return c.read(a.String("node"), a.Uint("earliest"), a.Uint("latest")) },
		"Arrive":  func(a *trace.Record) error { return core(a).Arrive() },
		"Begin":   func(a *trace.Record) error { return c.begin(a.String("node"), a.String("key")) },
		"Ask":     func(a *trace.Record) error { return c.ask(a.String("node"), a.String("home"), a.String("key")) },
		"Commit":  func(a *trace.Record) error { return core(a).Commit(a.Uint("version")) },
		"Abandon": func(a *trace.Record) error { return core(a).Abandon(a.Uint("version")) },
		"Serve": func(a *trace.Record) error {
			r := cbw.Request{From: a.String("from"), To: a.String("node"), Key: a.String("key"), Stamp: a.Uint("stamp")}
			if c.cores[r.To].Answer(r).Version != a.Uint("answer") {
				return cbw.ErrNotAllowed
			}
			_, err := c.serve(r)
			return err
		},
		"Restart": func(a *trace.Record) error { c.restart(a.String("node")); return nil },
		"End":     toolbox.Claim(func() bool { return len(c.asked) == 0 && !c.waits("n1") && !c.waits("n2") }, c.End),
	}}, nil
}

// read lets a node read its clock, if a clock within its bound can read that.
func (c *cluster) read(name string, earliest, latest uint64) error {
	if earliest > c.Now || latest < c.Now || latest-earliest > c.widths[name] {
		return cbw.ErrNotAllowed
	}
	return c.cores[name].Read(cbw.Interval{Earliest: earliest, Latest: latest})
}

func (c *cluster) begin(name, key string) error {
	version, err := c.cores[name].Begin(key, name+key)
	if err == nil {
		c.began[name] = append(c.began[name], version)
	}
	return err
}

func (c *cluster) ask(name, home, key string) error {
	r, err := c.cores[name].Ask(home, key)
	if err == nil {
		c.asked = append(c.asked, r)
	}
	return err
}

// serve lets the node that has the key answer a read that was asked.
func (c *cluster) serve(r cbw.Request) (version uint64, err error) {
	at := slices.Index(c.asked, r)
	if at < 0 {
		return 0, cbw.ErrNotAllowed
	}
	e, err := c.cores[r.To].Serve(r)
	if err == nil {
		c.asked = slices.Delete(c.asked, at, at+1)
	}
	return e.Version, err
}

// restart ends a node's process. The clients of its reads go away.
func (c *cluster) restart(name string) {
	c.cores[name].Restart()
	c.began[name] = nil
	c.asked = slices.DeleteFunc(c.asked, func(r cbw.Request) bool { return r.From == name })
}

// waits says whether a request or a write waits at a node.
func (c *cluster) waits(name string) bool {
	view, err := trace.ValueOf(c.cores[name])
	return err != nil || view["arrived"] == true || len(view["pending"].([]trace.Value)) > 0
}

// calm lets time pass until nothing has to wait any more.
func (c *cluster) calm(s *toolbox.Script) {
	for _, now := range []uint64{maxTime - 10, maxTime} {
		s.Must(c.Tick(now))
		for _, name := range nodes {
			s.Must(c.read(name, now, now))
			s.Allow(c.begin(name, keys[0]), cbw.ErrNotAllowed)
			for _, version := range c.began[name] {
				s.Allow(c.cores[name].Commit(version), cbw.ErrNotAllowed)
			}
		}
	}
	for _, r := range slices.Clone(c.asked) {
		s.Must(toolbox.ErrOf(c.serve(r)))
	}
	c.End()
}

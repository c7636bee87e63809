package heartbeat

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// small are the constants of the model that is explored. Its tolerance is none.
var small = times{interval: 1, checkEvery: 1, tolerance: -1, delay: 1, floor: 3, ceiling: 3}

// newSystem is the cores of a sender p and a watcher o, driven step by step. A core decides
// what its node may do. What the environment may do is decided here.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	c := newCluster(rec, nil, 0, small, []string{"p"}, []string{"o"})
	return &toolbox.Steps{Refusal: hb.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Tick": func(a *trace.Record) error {
			to := a.Int("to")
			return allow(to == c.now+1 && to <= c.deadline(), func() { c.tick(to) })
		},
		"Calm":     toolbox.Plain(c.beCalm),
		"Pause":    func(a *trace.Record) error { return c.pause(a.String("target")) },
		"Resume":   func(a *trace.Record) error { return c.resume(a.String("target")) },
		"Crash":    func(a *trace.Record) error { return c.crash(a.String("target")) },
		"SetClock": func(a *trace.Record) error { return c.setClock(a.String("target"), a.Int("offset")) },
		"Lose":     func(a *trace.Record) error { return c.lose(c.underWay(a)) },
		"End":      toolbox.Claim(c.allRight, c.end),
		"Start": func(a *trace.Record) error {
			if a.Int("at") != c.now {
				return hb.ErrNotAllowed
			}
			return c.start(a.String("node"))
		},
		"Send":    c.of(func(core *hb.Core, _ *flight) error { return c.sends(core) }),
		"Block":   c.of(func(core *hb.Core, _ *flight) error { return core.Block() }),
		"Unblock": c.of(func(core *hb.Core, _ *flight) error { return core.Unblock() }),
		"Check":   c.of(func(core *hb.Core, _ *flight) error { return toolbox.ErrOf(core.Check(hb.Reading(c.now))) }),
		"Forgive": c.of(func(core *hb.Core, _ *flight) error { return core.Forgive(hb.Reading(c.now)) }),
		"Receive": c.of(func(core *hb.Core, f *flight) error {
			return toolbox.ErrOf(core.Receive(f.Heartbeat, hb.Reading(c.now)))
		}),
		"Ignore": c.of(func(core *hb.Core, f *flight) error { return core.Ignore(f.Heartbeat) }),
	}}, nil
}

// of takes a step of a node's core, if it runs. If it reads its clock, that must show the time;
// a message must be under way; and the window is the only one that it can choose.
func (c *cluster) of(do func(*hb.Core, *flight) error) toolbox.Step {
	return func(a *trace.Record) (err error) {
		n, f := c.nodes[a.String("node")], c.underWay(a)
		if n.hb == nil || a.Has("at") && a.Int("at") != c.now ||
			a.Has("message") && f == nil || a.Has("window") && a.Int("window") != c.times.ceiling {
			return hb.ErrNotAllowed
		}
		n.hb.Observe(func(core *hb.Core) { err = do(core, f) })
		if f != nil && err == nil {
			f.owed = false
		}
		return err
	}
}

// underWay finds a step's message, or returns nil.
func (c *cluster) underWay(a *trace.Record) (f *flight) {
	if a.Has("message") {
		f, _ = toolbox.Find(c.flying, a.Value("message"))
	}
	return f
}

// sends sends a heartbeat to the only watcher.
func (c *cluster) sends(core *hb.Core) error {
	h, err := core.Send(hb.Reading(c.now))
	if h.To = c.watchers[0]; err == nil {
		c.sent(h)
	}
	return err
}

// allRight says whether the watcher must be right by now about the sender, and is.
func (c *cluster) allRight() bool {
	var status hb.Status
	if o := c.nodes["o"].hb; o != nil {
		status, _ = o.Status("p")
	}
	wrong := c.alive["p"] && c.calm && status == hb.Down || !c.alive["p"] && status == hb.Up
	return !wrong && c.now-c.disturbed > c.times.bound()
}

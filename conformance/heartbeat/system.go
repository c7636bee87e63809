package heartbeat

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the cores of a sender p and a watcher o in their environment, driven step by
// step. A core decides what its node may do. What the environment may do is decided here.
type system struct {
	*environment
	cores map[string]*hb.Core
}

// small are the constants of the model that is explored.
var small = times{interval: 1, checkEvery: 1, tolerance: 0, delay: 0, floor: 2, ceiling: 2}

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := &system{environment: newEnvironment(rec, small, []string{"p"}, []string{"o"}), cores: map[string]*hb.Core{}}
	s.birth("p", 0)
	s.birth("o", 0)
	return &toolbox.Steps{Refusal: hb.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Tick":     s.ticks,
		"Calm":     toolbox.Plain(s.beCalm),
		"Pause":    target(s.pause),
		"Resume":   target(s.resume),
		"Crash":    target(s.crashes),
		"SetClock": func(a *trace.Record) error { return s.setClock(a.String("target"), a.Int("offset")) },
		"Lose":     func(a *trace.Record) error { return s.lose(message(a)) },
		"End":      toolbox.Claim(s.allRight, s.end),
		"Start":    s.of(s.starts),
		"Send":     s.of(s.sends),
		"Block":    s.of(func(c *hb.Core, _ *trace.Record) error { return c.Block() }),
		"Unblock":  s.of(func(c *hb.Core, _ *trace.Record) error { return c.Unblock() }),
		"Check":    s.of(func(c *hb.Core, _ *trace.Record) error { return toolbox.ErrOf(c.Check(s.reading())) }),
		"Forgive":  s.of(func(c *hb.Core, _ *trace.Record) error { return c.Forgive(s.reading()) }),
		"Receive":  s.arrives(s.receives),
		"Ignore":   s.arrives(func(c *hb.Core, h hb.Heartbeat, _ *trace.Record) error { return c.Ignore(h) }),
	}}, nil
}

// birth makes the process of a node with the given number of incarnations. It has not
// started yet.
func (s *system) birth(n string, incarnations uint64) {
	s.cores[n] = hb.NewCore(hb.CoreConfig{
		Name: n, Sends: s.hearers(n) != nil, Watched: s.watched(n),
		Interval: int64(small.interval), CheckEvery: int64(small.checkEvery), Tolerance: int64(small.tolerance),
		Floor: int64(small.floor), Ceiling: int64(small.ceiling),
		Incarnations: incarnations, Trace: s.rec,
		Detector: func() hb.Detector { return hb.Fixed{Timeout: int64(small.ceiling)} },
	})
}

// target takes a step of the environment that happens to a node.
func target(do func(n string) error) toolbox.Step {
	return func(a *trace.Record) error { return do(a.String("target")) }
}

// ticks refuses to let time pass where that would leave undone what has to be done by then.
func (s *system) ticks(a *trace.Record) error {
	to := a.Int("to")
	late := func(n string, last hb.Reading, most int) bool {
		return s.alive[n] && !s.paused[n] && to-int(last) > most
	}
	if to != s.now+1 ||
		late("p", s.cores["p"].Sent(), small.interval) || late("o", s.cores["o"].LastCheck(), small.checkEvery) ||
		slices.ContainsFunc(s.flying, func(f *flight) bool { return f.owed && to > f.by }) {
		return hb.ErrNotAllowed
	}
	s.tick(to)
	return nil
}

// allRight says whether the watcher must be right by now about the sender, and is.
func (s *system) allRight() bool {
	status, _ := s.cores["o"].Status("p")
	right := !s.alive["o"] || s.alive["p"] && (!s.calm || status == hb.Up) || !s.alive["p"] && status == hb.Down
	return s.now-s.disturbed > small.bound() && right
}

func (s *system) crashes(n string) error {
	err := s.crash(n)
	if err == nil {
		s.birth(n, s.cores[n].Incarnation())
	}
	return err
}

// reading is what all clocks show.
func (s *system) reading() hb.Reading { return hb.Reading(s.now) }

// of takes a step of a node. If it reads its clock, that must show the time.
func (s *system) of(do func(*hb.Core, *trace.Record) error) toolbox.Step {
	return func(a *trace.Record) error {
		if a.Has("at") && a.Int("at") != s.now {
			return hb.ErrNotAllowed
		}
		return do(s.cores[a.String("node")], a)
	}
}

func (s *system) starts(c *hb.Core, a *trace.Record) error {
	err := c.Start(s.reading())
	if err == nil {
		s.started(a.String("node"))
	}
	return err
}

func (s *system) sends(c *hb.Core, _ *trace.Record) error {
	h, err := c.Send(s.reading())
	if h.To = "o"; err == nil {
		s.sent(h)
	}
	return err
}

// arrives hands a message that is under way to its node.
func (s *system) arrives(take func(*hb.Core, hb.Heartbeat, *trace.Record) error) toolbox.Step {
	return s.of(func(c *hb.Core, a *trace.Record) error {
		f := s.find(message(a))
		if f == nil {
			return hb.ErrNotAllowed
		}
		err := take(c, f.Heartbeat, a)
		if err == nil {
			f.owed = false
		}
		return err
	})
}

func (s *system) receives(c *hb.Core, h hb.Heartbeat, a *trace.Record) error {
	if a.Int("window") != small.ceiling {
		return hb.ErrNotAllowed // it would choose another
	}
	return toolbox.ErrOf(c.Receive(h, s.reading()))
}

// message reads the heartbeat that a trace shows.
func message(a *trace.Record) hb.Heartbeat {
	m := a.Record("message")
	return hb.Heartbeat{From: m.String("from"), To: m.String("to"), Incarnation: m.Uint("incarnation"), Sequence: m.Uint("sequence")}
}

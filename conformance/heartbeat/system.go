package heartbeat

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the nodes' cores in their environment, driven step by step. A core decides
// what its node may do. What the environment may do is decided here.
type system struct {
	*toolbox.Steps
	*environment
	cores  map[string]*hb.Core
	window int64 // what the detectors say
}

// small are the constants of the model that is explored.
var small = times{interval: 1, checkEvery: 1, tolerance: 0, delay: 0, floor: 2, ceiling: 2}

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := &system{environment: newEnvironment(rec, small, []string{"p"}, []string{"o"}), cores: map[string]*hb.Core{}}
	for _, n := range s.names() {
		s.birth(n, 0)
	}
	s.Steps = &toolbox.Steps{Refusal: hb.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Tick":     s.ticks,
		"Calm":     toolbox.Plain(s.beCalm),
		"Pause":    target(s.pause),
		"Resume":   target(s.resume),
		"Crash":    target(s.crashes),
		"SetClock": func(a *trace.Record) error { return s.setClock(a.String("target"), a.Int("offset")) },
		"Lose":     func(a *trace.Record) error { return s.lose(message(a)) },
		"End":      toolbox.Plain(s.ends),
		"Start":    s.starts,
		"Send":     s.of(s.sends),
		"Block":    s.of(func(c *hb.Core, _ hb.Reading) error { return c.Block() }),
		"Unblock":  s.of(func(c *hb.Core, _ hb.Reading) error { return c.Unblock() }),
		"Check": s.of(func(c *hb.Core, at hb.Reading) error {
			_, err := c.Check(at)
			return err
		}),
		"Forgive": s.of((*hb.Core).Forgive),
		"Receive": s.arrives(s.receives),
		"Ignore":  s.arrives(func(c *hb.Core, h hb.Heartbeat, _ *trace.Record) error { return c.Ignore(h) }),
	}}
	return s, nil
}

// birth makes the process of a node with the given number of incarnations. It has not
// started yet.
func (s *system) birth(n string, incarnations uint64) {
	c := hb.CoreConfig{
		Name: n, Sends: slices.Contains(s.senders, n),
		Interval: int64(s.times.interval), CheckEvery: int64(s.times.checkEvery), Tolerance: int64(s.times.tolerance),
		Floor: int64(s.times.floor), Ceiling: int64(s.times.ceiling),
		Incarnations: incarnations, Trace: s.rec,
		Detector: func() hb.Detector { return modelled{s} },
	}
	if slices.Contains(s.watchers, n) {
		c.Watched = others(s.senders, n)
	}
	s.cores[n] = hb.NewCore(c)
}

// modelled is a detector whose windows come from the model.
type modelled struct{ *system }

func (modelled) Learn(int64)                             {}
func (d modelled) Window() int64                         { return d.window }
func (modelled) Suspicion(silence, window int64) float64 { return float64(silence) / float64(window) }

// target takes a step of the environment that happens to a node.
func target(do func(n string) error) toolbox.Step {
	return func(a *trace.Record) error { return do(a.String("target")) }
}

func (s *system) ticks(a *trace.Record) error {
	to := a.Int("to")
	if to != s.now+1 || !s.mayPass(to) {
		return hb.ErrNotAllowed
	}
	s.tick(to)
	return nil
}

func (s *system) ends() error {
	if s.now-s.disturbed <= s.times.bound() || !s.allRight() {
		return hb.ErrNotAllowed
	}
	s.end()
	return nil
}

func (s *system) crashes(n string) error {
	err := s.crash(n)
	if err == nil {
		s.birth(n, s.cores[n].Incarnation())
	}
	return err
}

// reading is what the step's node reads from its clock. The clock of the model shows
// one time only.
func (s *system) reading(a *trace.Record) (hb.Reading, error) {
	if !a.Has("at") {
		return 0, nil // it reads no clock
	}
	at := a.Int("at")
	if at != s.now {
		return 0, hb.ErrNotAllowed
	}
	return hb.Reading(at), nil
}

// of takes a step of a node that is up.
func (s *system) of(do func(*hb.Core, hb.Reading) error) toolbox.Step {
	return func(a *trace.Record) error {
		n := a.String("node")
		at, err := s.reading(a)
		if err == nil && !s.alive[n] {
			err = hb.ErrNotAllowed
		}
		if err != nil {
			return err
		}
		return do(s.cores[n], at)
	}
}

func (s *system) starts(a *trace.Record) error {
	n := a.String("node")
	at, err := s.reading(a)
	if err != nil {
		return err
	}
	if !s.alive[n] { // else the core must refuse
		s.started(n)
	}
	return s.cores[n].Start(at)
}

func (s *system) sends(c *hb.Core, at hb.Reading) error {
	h, err := c.Send(at)
	if err == nil {
		s.sent(h)
	}
	return err
}

// arrives hands a message that is under way to its node.
func (s *system) arrives(take func(*hb.Core, hb.Heartbeat, *trace.Record) error) toolbox.Step {
	return func(a *trace.Record) error {
		h := message(a)
		return s.of(func(c *hb.Core, _ hb.Reading) error {
			if s.flying[h] == nil {
				return hb.ErrNotAllowed
			}
			err := take(c, h, a)
			if err == nil {
				s.arrived(h)
			}
			return err
		})(a)
	}
}

func (s *system) receives(c *hb.Core, h hb.Heartbeat, a *trace.Record) error {
	s.window = int64(a.Int("window"))
	if !c.MayAdapt(s.window) {
		return hb.ErrNotAllowed // it would choose another
	}
	_, err := c.Receive(h, hb.Reading(a.Int("at")))
	return err
}

// mayPass says whether nothing that has to be done until then is left undone.
func (s *system) mayPass(to int) bool {
	for n := range s.alive {
		c := s.cores[n]
		switch {
		case s.paused[n]:
		case slices.Contains(s.senders, n) && to-int(c.Sent()) > s.times.interval,
			slices.Contains(s.watchers, n) && to-int(c.LastCheck()) > s.times.checkEvery:
			return false
		}
	}
	for _, f := range s.flying {
		if f.owed && to > f.by {
			return false
		}
	}
	return true
}

// allRight says whether no watcher is wrong about any sender.
func (s *system) allRight() bool {
	for _, o := range s.watchers {
		for _, t := range others(s.senders, o) {
			status, _ := s.cores[o].Status(t)
			if s.alive[o] && (!s.alive[t] && status != hb.Down || s.alive[t] && s.calm && status != hb.Up) {
				return false
			}
		}
	}
	return true
}

// message reads the heartbeat that a trace shows.
func message(a *trace.Record) hb.Heartbeat {
	m := a.Record("message")
	return hb.Heartbeat{From: m.String("from"), To: m.String("to"), Incarnation: m.Uint("incarnation"), Sequence: m.Uint("sequence")}
}

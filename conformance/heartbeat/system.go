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
		"Tick": s.may(func(a *trace.Record) (bool, func()) {
			to := a.Int("to")
			return to == s.now+1 && s.mayPass(to), func() { s.tick(to) }
		}),
		"Calm":   s.may(func(*trace.Record) (bool, func()) { return !s.calm, s.beCalm }),
		"Pause":  s.to(func(n string) bool { return !s.calm && s.alive[n] && !s.paused[n] }, s.pause),
		"Resume": s.to(func(n string) bool { return s.paused[n] }, s.resume),
		"Crash":  s.to(func(n string) bool { return s.alive[n] }, s.crashes),
		"SetClock": s.may(func(a *trace.Record) (bool, func()) {
			n, offset := a.String("target"), a.Int("offset")
			return s.wall[n] != offset, func() { s.setClock(n, offset) }
		}),
		"Lose": s.may(func(a *trace.Record) (bool, func()) {
			h := message(a)
			f := s.flying[h]
			return f != nil && !f.owed, func() { s.lose(h) }
		}),
		"End": s.may(func(*trace.Record) (bool, func()) {
			return s.now-s.disturbed > s.times.bound() && s.allRight(), s.end
		}),
		"Start":   s.starts,
		"Send":    s.of(s.sends),
		"Block":   s.of(func(c *hb.Core, _ hb.Reading) error { return c.Block() }),
		"Unblock": s.of(func(c *hb.Core, _ hb.Reading) error { return c.Unblock() }),
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
		c.Watched = watched(s.senders, n)
	}
	s.cores[n] = hb.NewCore(c)
}

// modelled is a detector whose windows come from the model.
type modelled struct{ *system }

func (modelled) Learn(int64)                             {}
func (d modelled) Window() int64                         { return d.window }
func (modelled) Suspicion(silence, window int64) float64 { return float64(silence) / float64(window) }

// may takes a step of the environment, if that is allowed.
func (s *system) may(step func(a *trace.Record) (allowed bool, do func())) toolbox.Step {
	return func(a *trace.Record) error {
		allowed, do := step(a)
		if !allowed {
			return hb.ErrNotAllowed
		}
		do()
		return nil
	}
}

// to takes a step of the environment that happens to a node.
func (s *system) to(allowed func(n string) bool, do func(n string)) toolbox.Step {
	return s.may(func(a *trace.Record) (bool, func()) {
		n := a.String("target")
		return allowed(n), func() { do(n) }
	})
}

func (s *system) crashes(n string) {
	s.birth(n, s.cores[n].Incarnation())
	s.crash(n)
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
		for _, t := range watched(s.senders, o) {
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

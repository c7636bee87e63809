package heartbeat

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the nodes' cores in a world, driven step by step. What a node may
// do, its core decides. What the world may do is decided here, because nobody
// else knows.
type system struct {
	*world
	cores  map[string]*hb.Core
	window int64 // what the detectors say
}

// small are the constants of the model that is explored.
var small = times{interval: 1, checkEvery: 1, tolerance: 0, delay: 0, floor: 2, ceiling: 2}

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := &system{world: newWorld(rec, small, []string{"p"}, []string{"o"}), cores: map[string]*hb.Core{}}
	for _, n := range s.nodes() {
		s.birth(n, 0)
	}
	return s, nil
}

// birth makes the process of a node that has had so many lives. It has not
// started yet.
func (s *system) birth(n string, lives uint64) {
	c := hb.CoreConfig{
		Name: n, Sends: slices.Contains(s.senders, n),
		Interval: int64(s.times.interval), CheckEvery: int64(s.times.checkEvery), Tolerance: int64(s.times.tolerance),
		Floor: int64(s.times.floor), Ceiling: int64(s.times.ceiling),
		Lives: lives, Trace: s.rec,
		Detector: func() hb.Detector { return said{s} },
	}
	if slices.Contains(s.watchers, n) {
		c.Watched = watched(s.senders, n)
	}
	s.cores[n] = hb.NewCore(c)
}

// said is a detector whose windows come from the model.
type said struct{ *system }

func (said) Learn(int64)                             {}
func (d said) Window() int64                         { return d.window }
func (said) Suspicion(silence, window int64) float64 { return float64(silence) / float64(window) }

// Close implements conformance.System.
func (s *system) Close() error { return nil }

// Do implements conformance.System.
func (s *system) Do(step string, args map[string]trace.Value) error {
	at, timed := args["at"].(int)
	if timed && at != s.now {
		return conformance.ErrRefused // it is not what the clock shows
	}
	err := s.worlds(step, args)
	if errors.Is(err, errNotOurs) {
		node, _ := args["node"].(string)
		err = s.nodeDoes(step, node, hb.Reading(at), args)
	}
	if errors.Is(err, hb.ErrNotAllowed) {
		return conformance.ErrRefused
	}
	return err
}

var errNotOurs = errors.New("not a step of the world")

// worlds takes a step of the world.
func (s *system) worlds(step string, args map[string]trace.Value) error {
	who, _ := args["who"].(string)
	allowed := true
	allow := func(yes bool, do func()) {
		if allowed = yes; yes {
			do()
		}
	}
	switch step {
	case "Tick":
		to, _ := args["to"].(int)
		allow(to == s.now+1 && s.mayPass(to), func() { s.tick(to) })
	case "Calm":
		allow(!s.calm, s.beCalm)
	case "Pause":
		allow(!s.calm && s.alive[who] && !s.paused[who], func() { s.pause(who) })
	case "Resume":
		allow(s.paused[who], func() { s.resume(who) })
	case "SetClock":
		offset, _ := args["offset"].(int)
		allow(s.wall[who] != offset, func() { s.setClock(who, offset) })
	case "Crash":
		allow(s.alive[who], func() {
			s.birth(who, s.cores[who].Incarnation())
			s.crash(who)
		})
	case "Lose":
		h := messageOf(args["message"])
		f := s.flying[h]
		allow(f != nil && !f.owed, func() { s.lose(h) })
	case "End":
		allow(s.now-s.disturbed > s.times.bound() && s.allRight(), s.end)
	default:
		return errNotOurs
	}
	if !allowed {
		return hb.ErrNotAllowed
	}
	return nil
}

// nodeDoes takes a step of a node.
func (s *system) nodeDoes(step, node string, at hb.Reading, args map[string]trace.Value) error {
	c := s.cores[node]
	if step != "Start" && !s.alive[node] {
		return hb.ErrNotAllowed
	}
	switch step {
	case "Start":
		if s.alive[node] {
			return c.Start(at) // it must refuse
		}
		s.started(node)
		return c.Start(at)
	case "Send":
		h, err := c.Send(at)
		if err == nil {
			s.sent(h)
		}
		return err
	case "Block":
		return c.Block()
	case "Unblock":
		return c.Unblock()
	case "Check":
		_, err := c.Check(at)
		return err
	case "Forgive":
		return c.Forgive(at)
	case "Receive", "Ignore":
		return s.arrives(step, c, at, args)
	}
	return fmt.Errorf("unknown step %s", step)
}

func (s *system) arrives(step string, c *hb.Core, at hb.Reading, args map[string]trace.Value) (err error) {
	h := messageOf(args["message"])
	if s.flying[h] == nil {
		return hb.ErrNotAllowed // it is not under way
	}
	if step == "Ignore" {
		err = c.Ignore(h)
	} else {
		window, _ := args["window"].(int)
		if !c.MayAdapt(int64(window)) {
			return hb.ErrNotAllowed // it would choose another
		}
		s.window = int64(window)
		_, err = c.Receive(h, at)
	}
	if err == nil {
		s.arrived(h)
	}
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

// allRight says whether nobody is wrong about anybody.
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

// messageOf turns what a trace shows of a heartbeat into one.
func messageOf(v trace.Value) hb.Heartbeat {
	m, _ := v.(map[string]trace.Value)
	from, _ := m["from"].(string)
	to, _ := m["to"].(string)
	incarnation, _ := m["incarnation"].(int)
	sequence, _ := m["sequence"].(int)
	return hb.Heartbeat{From: from, To: to, Incarnation: uint64(incarnation), Sequence: uint64(sequence)}
}

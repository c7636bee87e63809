package heartbeat

import (
	"context"
	"fmt"
	"time"

	fuzz "github.com/google/gofuzz"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
)

// fixed are the times of runs with a fixed window, and adaptive of those in
// which each window is learnt.
var (
	fixed    = times{interval: 100, checkEvery: 100, tolerance: 50, delay: 20, floor: 300, ceiling: 300}
	adaptive = times{interval: 100, checkEvery: 50, tolerance: 50, delay: 20, floor: 121, ceiling: 500}
)

const ms = time.Millisecond

// chosen are the times that a seed stands for. The learning detector believes in
// deviations so small that it would like windows below the floor.
func chosen(seed int64) (times, *hb.PhiOptions) {
	if seed%2 == 0 {
		return adaptive, &hb.PhiOptions{MinDeviation: 2}
	}
	return fixed, nil
}

// operation is one thing that happens to the world; gofuzz fills it in.
type operation struct {
	Kind   uint8
	Node   uint8
	Other  uint8
	Choice uint8
	Length uint16
}

// workload returns the operations that a seed stands for.
func workload(seed int64, from, to int) []operation {
	var ops []operation
	fuzz.NewWithSeed(seed).NilChance(0).NumElements(from, to).Fuzz(&ops)
	return ops
}

// faults lets everything go wrong that can, and then the world becomes calm,
// and a node crashes, and another one starts.
func faults(ctx context.Context, run conformance.Run) error {
	t, phi := chosen(run.Seed)
	senders, watchers := []string{"a", "b"}, []string{"a", "w"}
	return recorded(run, "faults", t, senders, watchers, func(w *world) error {
		s := newSimulation(w, run.Seed, phi)
		s.net.Change(networktest.Faults{Lose: 10, Repeat: 20, MaxDelay: 150 * ms})
		for _, op := range workload(run.Seed, 12, 18) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.happens(op); err != nil {
				return err
			}
			s.run(time.Duration(op.Length%200) * ms)
		}
		s.calmly()
		last := workload(run.Seed+1000, 2, 2)
		for _, op := range last { // crashes and starts go on
			if err := s.turn(s.pick(op.Node)); err != nil {
				return err
			}
			s.run(time.Duration(op.Length%500) * ms)
		}
		s.settle()
		return nil
	})
}

// settle lets so much time pass that everybody must be right.
func (s *simulation) settle() {
	s.run(time.Duration(s.times.bound()+1) * ms)
	s.end()
}

func (s *simulation) pick(n uint8) string {
	all := s.world.nodes()
	return all[int(n)%len(all)]
}

// turn crashes a node, or starts it if it has crashed.
func (s *simulation) turn(name string) error {
	if s.alive[name] {
		s.kill(name)
		return nil
	}
	return s.start(name)
}

// happens does one thing.
func (s *simulation) happens(op operation) error {
	name := s.pick(op.Node)
	switch kind := op.Kind % 12; {
	case kind < 4:
		if kind == 0 || !s.alive[name] {
			return s.turn(name)
		}
	case kind < 6 && s.alive[name]:
		if s.paused[name] {
			s.proceed(name, op.Choice%2 == 0)
		} else {
			s.halt(name)
		}
	case kind == 6:
		s.set(name, offsets[int(op.Choice)%len(offsets)])
	case kind == 7 && s.works(s.nodes[name]):
		s.nodes[name].node.Do(func() { s.run(time.Duration(op.Length%500) * ms) })
	case kind == 8:
		s.net.Cut(name, s.pick(op.Other)) // one way
	case kind == 9:
		s.net.Partition([]string{name}, []string{s.pick(op.Other)})
	case kind == 10:
		s.net.Heal()
	}
	return nil
}

// scripts are runs in which one rule after the other is what matters.
var scripts = []struct {
	about string
	run   func(*simulation) error
}{
	{"a peer that is never heard", neverHeard},
	{"a watcher that stands still, and hears nothing meanwhile", standsStill},
	{"wall clocks that are set", clocksAreSet},
	{"a heartbeat of an earlier life", earlierLife},
	{"a flush that takes long", longFlush},
	{"a long regular life, and then none", longLife},
	{"a peer that is heard irregularly", irregular},
}

// script runs one of them, with a fixed window and then with one that is
// learnt.
func script(_ context.Context, run conformance.Run) error {
	n := int(run.Seed-1) % len(scripts)
	t, phi := chosen(run.Seed - 1)
	return recorded(run, "script", t, []string{"a", "b"}, []string{"a", "w"}, func(w *world) error {
		s := newSimulation(w, run.Seed, phi)
		if err := scripts[n].run(s); err != nil {
			return fmt.Errorf("%s: %w", scripts[n].about, err)
		}
		return nil
	})
}

// startAll starts these nodes.
func (s *simulation) startAll(names ...string) error {
	for _, name := range names {
		if err := s.start(name); err != nil {
			return err
		}
	}
	return nil
}

func neverHeard(s *simulation) error {
	if err := s.startAll("w", "a"); err != nil {
		return err
	}
	s.calmly()
	s.settle()
	return nil
}

func standsStill(s *simulation) error {
	if err := s.startAll("a", "b", "w"); err != nil {
		return err
	}
	s.run(1300 * ms)
	for _, clockFirst := range []bool{true, false} {
		s.halt("w")
		s.net.Cut("a", "w")
		s.run(800 * ms)
		s.net.Heal()
		s.proceed("w", clockFirst)
		s.run(300 * ms)
	}
	s.calmly()
	s.settle()
	return nil
}

func clocksAreSet(s *simulation) error {
	if err := s.startAll("w", "a", "b"); err != nil {
		return err
	}
	s.calmly()
	for _, offset := range offsets[1:] {
		s.run(250 * ms)
		s.set("w", offset)
		s.run(250 * ms)
		s.set("w", 0)
		s.set("b", offset)
	}
	s.kill("b")
	s.run(300 * ms)
	if err := s.start("b"); err != nil {
		return err
	}
	s.settle()
	return nil
}

func earlierLife(s *simulation) error {
	if err := s.startAll("w", "b"); err != nil {
		return err
	}
	s.net.Change(networktest.Faults{MinDelay: 400 * ms, MaxDelay: 400 * ms})
	s.run(150 * ms)
	s.kill("b")
	if err := s.start("b"); err != nil {
		return err
	}
	s.net.Change(networktest.Faults{Repeat: 100, MaxDelay: 10 * ms})
	s.run(300 * ms) // the heartbeat of the first life comes behind those of the second
	s.kill("b")
	s.run(400 * ms)
	s.calmly()
	s.settle()
	return nil
}

func longFlush(s *simulation) error {
	if err := s.startAll("w", "a", "b"); err != nil {
		return err
	}
	s.calmly()
	s.run(130 * ms)
	s.nodes["b"].node.Do(func() { s.run(700 * ms) })
	s.run(200 * ms)
	s.nodes["a"].node.Do(func() { s.kill("b") })
	s.settle()
	return nil
}

func longLife(s *simulation) error {
	if err := s.startAll("w", "a", "b"); err != nil {
		return err
	}
	s.calmly()
	s.run(1400 * ms)
	s.kill("a")
	s.run(time.Duration(s.times.bound()+1) * ms)
	if err := s.start("a"); err != nil {
		return err
	}
	s.settle()
	return nil
}

func irregular(s *simulation) error {
	if err := s.startAll("w", "b"); err != nil {
		return err
	}
	s.net.Change(networktest.Faults{Lose: 30, Repeat: 10, MaxDelay: 300 * ms})
	s.run(3000 * ms)
	s.calmly()
	s.run(1000 * ms)
	s.settle()
	return nil
}

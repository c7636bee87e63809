package hybridclock

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is
// the nth of them.
var scripts = []func(*script){
	setBack, counterOfTheMessage, tooFarAhead, unreserved, reservationOfThePast, fullCounter, restartsAhead,
}

// script is clocks that are led by hand.
type script struct {
	toolbox.Script
	*cluster
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		s := &script{cluster: newCluster(rec, nodes, maxOffset)}
		toolbox.Pick(scripts, run.Seed-1)(s)
		return s.Err()
	})
}

// at lets a node read a time, and reserves up to a later one.
func (s *script) at(name string, reading, upTo uint64) {
	s.Must(s.cores[name].Read(reading))
	s.Must(s.reserve(name, upTo))
	s.Must(s.persist(name))
}

// now lets a node give a stamp, and returns it.
func (s *script) now(name string) hc.Stamp {
	s.Must(s.cluster.now(name))
	return s.last()
}

func (s *script) receive(name string, stamp hc.Stamp) hc.Stamp {
	s.Must(s.cluster.receive(name, stamp))
	return s.last()
}

func (s *script) last() hc.Stamp {
	if len(s.given) == 0 {
		return 0 // the first call has failed
	}
	return s.given[len(s.given)-1]
}

// setBack: the physical clock is set back, and the counter goes on; it goes on, and the
// counter is 0 again.
func setBack(s *script) {
	s.at("n1", 10, 18)
	s.now("n1")
	s.Must(s.cores["n1"].Read(5))
	s.now("n1")
	s.Must(s.cores["n1"].Read(10))
	s.now("n1")
	s.Must(s.cores["n1"].Read(11))
	s.now("n1")
}

// counterOfTheMessage: a message comes within the millisecond, with a greater counter,
// and then one with a smaller one; then the node's clock is ahead of both.
func counterOfTheMessage(s *script) {
	s.at("n1", 10, 18)
	s.at("n2", 10, 18)
	s.at("n3", 9, 18)
	early := s.now("n2")
	for range 3 {
		s.now("n1")
	}
	late := s.last()
	s.receive("n2", late)
	s.receive("n2", early)
	s.receive("n3", late)
	s.Must(s.cores["n2"].Read(11))
	s.receive("n2", late)
	s.receive("n2", s.last())
}

// tooFarAhead: n2's physical clock is ahead. n1 follows at the maximum offset and not
// beyond, and reserves nothing beyond.
func tooFarAhead(s *script) {
	s.at("n1", 10, 10+maxOffset)
	s.at("n2", 10+maxOffset, 10+maxOffset+ahead)
	most := s.now("n2")
	s.Refused(s.refuse("n1", most), hc.ErrNotAllowed)
	s.receive("n1", most)
	s.Must(s.cores["n2"].Read(10 + maxOffset + 1))
	beyond := s.now("n2")
	s.Refused(s.cluster.receive("n1", beyond), hc.ErrNotAllowed)
	s.Must(s.refuse("n1", beyond))
	s.Refused(s.reserve("n1", 10+maxOffset+1), hc.ErrNotAllowed)
	s.Must(s.cores["n1"].Read(5)) // what is reserved would be enough
	s.Refused(s.cluster.receive("n1", most), hc.ErrNotAllowed)
	s.Must(s.refuse("n1", most))
	s.now("n1")
}

// unreserved: a stamp would be given before its millisecond is on the disk, and a crash
// takes that back.
func unreserved(s *script) {
	s.at("n1", 10, 10)
	s.Must(s.cores["n1"].Read(11))
	s.Refused(s.cluster.now("n1"), hc.ErrNotAllowed)
	s.Must(s.reserve("n1", 19))
	s.Refused(s.reserve("n1", 20), hc.ErrNotAllowed) // one at a time
	s.Refused(s.cluster.now("n1"), hc.ErrNotAllowed)
	s.restart("n1", 10)
	s.at("n1", 11, 12)
	s.now("n1")
	s.Must(s.reserve("n1", 19))
	s.restart("n1", 19) // the flush had come to the disk
	s.Refused(s.cores["n1"].Persist(), hc.ErrNotAllowed)
	s.at("n1", 12, 20)
	s.now("n1")
}

// reservationOfThePast: the physical clock is set back, and the reservation stays.
func reservationOfThePast(s *script) {
	s.at("n1", 30, 40)
	last := s.now("n1")
	s.Must(s.cores["n1"].Read(10))
	s.Refused(s.reserve("n1", 20), hc.ErrNotAllowed)
	s.Refused(s.reserve("n1", 40), hc.ErrNotAllowed)
	s.now("n1")
	s.restart("n1", 40)
	s.at("n1", 21, 41)
	s.now("n1")
}

// fullCounter: the counter is at its end, behind a restart. The next stamp carries into
// the milliseconds, and waits until these are near.
func fullCounter(s *script) {
	s.at("n1", 10, 10+maxOffset)
	s.restart("n1", 10+maxOffset)
	s.Must(s.cores["n1"].Read(10))
	s.Refused(s.cluster.now("n1"), hc.ErrNotAllowed)
	s.Refused(s.reserve("n1", 10+maxOffset+1), hc.ErrNotAllowed)
	s.Must(s.cores["n1"].Read(11))
	s.Must(s.reserve("n1", 11+maxOffset))
	s.Must(s.persist("n1"))
	s.now("n1")
	s.now("n1")
}

// restartsAhead: two processes one after the other, the second with a clock that was
// set back. Its first stamp is greater than the last of the first.
func restartsAhead(s *script) {
	s.at("n1", 20, 25)
	for range 5 {
		s.now("n1")
	}
	s.Must(s.cores["n1"].Read(25))
	last := s.now("n1")
	s.restart("n1", 25)
	s.at("n1", 10, 10+maxOffset)
	s.now("n1")
	s.receive("n1", last)
}

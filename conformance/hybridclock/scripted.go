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

// now lets a node give a stamp.
func (s *script) now(name string) hc.Stamp {
	s.Must(s.cluster.now(name))
	return s.given[len(s.given)-1]
}

// refusedAt reads a time at which a node may give no stamp.
func (s *script) refusedAt(name string, reading uint64) {
	s.Must(s.cores[name].Read(reading))
	s.Refused(s.cluster.now(name), hc.ErrNotAllowed)
}

// setBack: the physical clock is set back, and the counter goes on; it goes on, and the
// counter is 0 again.
func setBack(s *script) {
	s.at("n1", 10, 18)
	s.now("n1")
	for _, reading := range []uint64{5, 10, 11} {
		s.Must(s.cores["n1"].Read(reading))
		s.now("n1")
	}
}

// counterOfTheMessage: a message has the node's millisecond and a greater counter, or a
// smaller one, or a later millisecond; then physical time is ahead. A node's own stamp
// comes back to it.
func counterOfTheMessage(s *script) {
	s.at("n1", 10, 18)
	s.at("n2", 10, 18)
	s.at("n3", 9, 18)
	early := s.now("n2")
	s.now("n1")
	s.now("n1")
	late := s.now("n1")
	s.Must(s.receive("n2", late))
	s.Must(s.receive("n2", early))
	s.Must(s.receive("n3", late))
	s.Must(s.cores["n2"].Read(11))
	s.Must(s.receive("n2", late))
}

// tooFarAhead: n2's physical clock is ahead. n1 follows at the maximum offset and not
// beyond, and reserves nothing beyond, also if what is reserved would be enough.
func tooFarAhead(s *script) {
	s.at("n1", 10, 10+maxOffset)
	s.at("n2", 10+maxOffset, 10+maxOffset+ahead)
	most := s.now("n2")
	s.Refused(s.refuse("n1", most), hc.ErrNotAllowed)
	s.Must(s.receive("n1", most))
	s.Must(s.cores["n2"].Read(10 + maxOffset + 1))
	beyond := s.now("n2")
	s.Refused(s.receive("n1", beyond), hc.ErrNotAllowed)
	s.Must(s.refuse("n1", beyond))
	s.Refused(s.reserve("n1", 10+maxOffset+1), hc.ErrNotAllowed)
	s.Must(s.cores["n1"].Read(5))
	s.Refused(s.receive("n1", most), hc.ErrNotAllowed)
	s.Must(s.refuse("n1", most))
	s.now("n1")
}

// unreserved: a stamp would be given before its millisecond is on the disk, and a crash
// takes that back, or does not.
func unreserved(s *script) {
	s.at("n1", 10, 10)
	s.refusedAt("n1", 11)
	s.Must(s.reserve("n1", 19))
	s.Refused(s.reserve("n1", 20), hc.ErrNotAllowed) // one at a time
	s.Refused(s.cluster.now("n1"), hc.ErrNotAllowed)
	s.restart("n1", 10)
	s.at("n1", 11, 12)
	s.now("n1")
	s.Must(s.reserve("n1", 19))
	s.restart("n1", 19)
	s.Refused(s.persist("n1"), hc.ErrNotAllowed)
	s.at("n1", 12, 20)
	s.now("n1")
}

// reservationOfThePast: the physical clock is set back, and the reservation stays.
func reservationOfThePast(s *script) {
	s.at("n1", 30, 40)
	s.now("n1")
	s.Must(s.cores["n1"].Read(10))
	s.Refused(s.reserve("n1", 20), hc.ErrNotAllowed)
	s.Refused(s.reserve("n1", 40), hc.ErrNotAllowed)
	s.now("n1")
	s.restart("n1", 40)
	s.at("n1", 21, 41)
	s.now("n1")
}

// fullCounter: the counter is at its end. The next stamp carries into the milliseconds,
// and waits until these are near.
func fullCounter(s *script) {
	s.at("n1", 10, 10+maxOffset)
	s.restart("n1", 10+maxOffset)
	s.refusedAt("n1", 10)
	s.Refused(s.reserve("n1", 10+maxOffset+1), hc.ErrNotAllowed)
	s.at("n1", 11, 11+maxOffset)
	s.now("n1")
	s.now("n1")
}

// restartsAhead: the second process has a clock that was set back. Its first stamp is
// greater than the last of the first.
func restartsAhead(s *script) {
	s.at("n1", 20, 25)
	s.Must(s.cores["n1"].Read(25))
	last := s.now("n1")
	s.restart("n1", 25)
	s.at("n1", 10, 10+maxOffset)
	s.now("n1")
	s.Must(s.receive("n1", last))
}

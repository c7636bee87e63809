package generationclock

import (
	"context"
	"errors"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what each of the rules is there for, step by step and without chance.
// Run n is the nth of them.
var scripts = []func(*script){
	secondVote, present, sameNumber, unflushed, unflushedVote, lateVote, minority, deposed, staleOrder, staleWrite,
	refusal, voterRestarts, fenceRestarts, answers, stray,
}

// script is a cluster that is led by hand.
type script struct {
	toolbox.Script
	*cluster
	n1, n2, n3 *gc.Core
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		c := newCluster(rec)
		s := &script{cluster: c, n1: c.nodes["n1"], n2: c.nodes["n2"], n3: c.nodes["n3"]}
		toolbox.Pick(scripts, run.Seed-1)(s)
		s.rest(&s.Script)
		return s.Err()
	})
}

// must is for a step that returns a message.
func (s *script) must(m *gc.Message, err error) *gc.Message {
	s.Must(s.send(m, err))
	return m
}

// refused is for a step that would return a message, if a rule did not forbid it.
func (s *script) refused(m *gc.Message, err error) *gc.Message {
	_ = s.send(m, err)
	s.Refused(err, gc.ErrNotAllowed)
	return m
}

// stand lets a node stand for election and ask.
func (s *script) stand(n *gc.Core) *gc.Message {
	s.Must(n.Stand())
	s.Must(n.Persist())
	return s.must(n.Ask())
}

// vote lets a node vote for the candidate that asks.
func (s *script) vote(n *gc.Core, ask *gc.Message) *gc.Message {
	s.Must(n.Adopt(ask))
	s.Must(n.Persist())
	return s.must(n.Grant())
}

// elect makes a node the leader by the vote of another one.
func (s *script) elect(n, voter *gc.Core) {
	grant := s.vote(voter, s.stand(n))
	s.Must(n.Count(grant))
	s.Must(n.Lead())
}

// apply lets the store take a write that it may take.
func (s *script) apply(m *gc.Message) {
	if gc.IsNewer(s.store.Memory().Gen, m.Gen) {
		s.Must(s.store.Adopt(m))
	}
	s.Must(s.store.Apply(m))
	s.Must(s.store.Persist())
	s.must(s.store.Acknowledge())
}

// secondVote: two candidates ask with one number. n3 has voted.
func secondVote(s *script) {
	one, two := s.stand(s.n1), s.stand(s.n2)
	s.vote(s.n3, one)
	s.Refused(s.n3.Adopt(two), gc.ErrNotAllowed)
	s.must(s.n3.Grant()) // the same vote, once more
	s.Refused(s.n2.Lead(), gc.ErrNotAllowed)
}

// present: messages with the present number are not refused.
func present(s *script) {
	s.elect(s.n1, s.n2)
	beat := s.must(s.n1.Beat())
	s.refused(s.n2.Refuse(beat))
	order := s.must(s.n1.Order("a"))
	s.Must(s.n2.Accept(order))
	s.Must(s.n2.Persist())
	s.must(s.n2.Acknowledge())
	s.Must(s.n2.Accept(s.must(s.n1.Order("b"))))
	write := s.must(s.n1.Write(store, "a"))
	s.apply(write)
	s.refused(s.store.Refuse(write))
}

// sameNumber: n2 has voted for n1 and stands then, with another number.
func sameNumber(s *script) {
	s.elect(s.n1, s.n2)
	s.Must(s.n2.Stand())
	s.Check(s.n2.Memory().Gen == 2, "n2 stands with %d", s.n2.Memory().Gen)
}

// unflushed: a candidate would ask, and a store would answer, before the disk has
// what they say. A crash takes it back.
func unflushed(s *script) {
	s.Must(s.n1.Stand())
	s.refused(s.n1.Ask())
	s.n1.Restart(s.n1.Disk())
	s.elect(s.n2, s.n3)
	write := s.must(s.n2.Write(store, "a"))
	s.Must(s.store.Adopt(write))
	s.Must(s.store.Apply(write))
	s.refused(s.store.Acknowledge())
	s.store.Restart(s.store.Disk())
}

// unflushedVote: a voter would vote before its disk has the number, and would vote
// again after a crash.
func unflushedVote(s *script) {
	one, two := s.stand(s.n1), s.stand(s.n2)
	s.Must(s.n3.Adopt(one))
	s.refused(s.n3.Grant())
	s.n3.Restart(s.n3.Disk())
	s.vote(s.n3, two)
	s.Must(s.n1.Stand())
	s.refused(s.n1.Refuse(two)) // stale, but the number is not on the disk yet
}

// lateVote: the vote of the first election arrives in the second one.
func lateVote(s *script) {
	grant := s.vote(s.n3, s.stand(s.n1))
	s.vote(s.n3, s.stand(s.n1))
	s.Refused(s.n1.Count(grant), gc.ErrNotAllowed)
	s.Refused(s.n1.Lead(), gc.ErrNotAllowed)
}

// minority: a candidate would lead with its own vote.
func minority(s *script) {
	s.stand(s.n1)
	s.Refused(s.n1.Lead(), gc.ErrNotAllowed)
	s.vote(s.n2, s.stand(s.n3))
	s.Refused(s.n3.Lead(), gc.ErrNotAllowed)
}

// deposed: n1 leads and stands still for a whole generation. When it goes on, a
// message of the new leader makes it follow.
func deposed(s *script) {
	s.elect(s.n1, s.n2)
	s.elect(s.n2, s.n3)
	s.elect(s.n3, s.n2)
	s.must(s.n1.Beat())
	s.Must(s.n1.Adopt(s.must(s.n3.Beat())))
	s.Check(s.n1.Role() == gc.Follower, "n1 is %s", s.n1.Role())
	s.refused(s.n1.Beat())
	s.Must(s.n1.Persist())
	s.refused(s.n1.Order("a"))
}

// staleOrder: an order arrives after the generation in which it was given.
func staleOrder(s *script) {
	s.elect(s.n1, s.n2)
	early, late := s.must(s.n1.Order("a")), s.must(s.n1.Order("b"))
	s.Must(s.n3.Adopt(early))
	s.Must(s.n3.Accept(early))
	s.Must(s.n3.Persist())
	s.elect(s.n2, s.n3)
	s.Refused(s.n3.Accept(late), gc.ErrNotAllowed)
	s.must(s.n3.Refuse(late))
	s.Refused(s.n2.Accept(early), gc.ErrNotAllowed)
}

// staleWrite: a write of the first leader arrives at the store behind one of the
// second: it would undo what its successor has done.
func staleWrite(s *script) {
	s.elect(s.n1, s.n2)
	late := s.must(s.n1.Write(store, "a"))
	s.elect(s.n2, s.n3)
	s.apply(s.must(s.n2.Write(store, "b")))
	s.Refused(s.store.Apply(late), gc.ErrNotAllowed)
	refusal := s.must(s.store.Refuse(late))
	s.Check(s.store.Memory().Entry.Value == "b", "the store holds %q", s.store.Memory().Entry.Value)
	s.Must(s.n1.Adopt(refusal))
	s.Must(s.n1.Persist())
}

// refusal: the old leader learns from a refusal that it leads no more.
func refusal(s *script) {
	s.elect(s.n1, s.n2)
	s.elect(s.n2, s.n3)
	answer := s.must(s.n3.Refuse(s.must(s.n1.Beat())))
	s.Must(s.n1.Adopt(answer))
	s.Check(s.n1.Role() == gc.Follower, "n1 is %s", s.n1.Role())
	s.Must(s.n1.Persist())
	s.Refused(s.n2.Adopt(answer), gc.ErrNotAllowed) // it is n1's
}

// voterRestarts: n3 has accepted an order of the first generation, has voted in the
// second, and forgets nothing of it in a crash.
func voterRestarts(s *script) {
	s.elect(s.n1, s.n3)
	s.Must(s.n3.Accept(s.must(s.n1.Order("a"))))
	s.Must(s.n3.Persist())
	s.Must(s.n2.Stand())
	s.vote(s.n3, s.stand(s.n2))
	s.n3.Restart(s.n3.Disk())
	s.Check(s.n3.Memory().Gen == 2, "n3 begins again with %d", s.n3.Memory().Gen)
	s.refused(s.n3.Grant()) // for whom it has voted, it has forgotten
}

// fenceRestarts: the store is started again between two leaders.
func fenceRestarts(s *script) {
	s.elect(s.n1, s.n2)
	late := s.must(s.n1.Write(store, "a"))
	s.elect(s.n2, s.n3)
	s.apply(s.must(s.n2.Write(store, "b")))
	s.store.Restart(s.store.Disk())
	s.Refused(s.store.Adopt(late), gc.ErrNotAllowed)
	s.Refused(s.store.Apply(late), gc.ErrNotAllowed)
	s.must(s.store.Refuse(late))
}

// answers: whatever brings a greater number deposes, also a vote and an
// acknowledgement. A leader follows its own orders.
func answers(s *script) {
	s.elect(s.n1, s.n2)
	own := s.must(s.n1.Order("a"))
	s.Must(s.n1.Accept(own))
	s.refused(s.n1.Beat()) // its own entry is not on its disk yet
	s.Must(s.n1.Persist())
	s.must(s.n1.Acknowledge())
	grant := s.vote(s.n3, s.stand(s.n2))
	s.Must(s.n1.Adopt(s.must(s.n3.Refuse(own))))
	s.Must(s.n1.Persist())
	s.Must(s.n2.Count(grant))
	s.Must(s.n2.Count(grant)) // a vote that comes twice is one vote
	s.Must(s.n2.Lead())
	s.Refused(s.n2.Lead(), gc.ErrNotAllowed)
	s.Refused(s.n2.Stand(), gc.ErrNotAllowed)
	s.Must(s.n3.Accept(s.must(s.n2.Order("c"))))
	s.n3.Restart(s.n3.Memory()) // the flush has come to the disk, and its end was not seen
	s.must(s.n3.Acknowledge())
}

// stray: messages arrive where they were not sent, or where no such message counts.
func stray(s *script) {
	ask := s.stand(s.n1)
	grant := s.vote(s.n3, ask)
	s.Must(s.n1.Count(grant))
	s.Must(s.n1.Lead())
	order, write := s.must(s.n1.Order("a")), s.must(s.n1.Write(store, "a"))
	for _, err := range []error{
		s.n2.Count(grant), s.n2.Adopt(grant), s.n2.Adopt(write), s.store.Adopt(order), s.store.Adopt(ask),
		s.n3.Accept(write), s.store.Apply(order), s.n3.Persist(), s.n1.Count(order),
	} {
		s.Check(errors.Is(err, gc.ErrNotAllowed), "a stray message: %v", err)
	}
	s.vote(s.n2, s.stand(s.n3))
	s.refused(s.n2.Refuse(write))
	s.refused(s.n2.Refuse(grant))
	s.must(s.n2.Refuse(ask))
	s.refused(s.store.Refuse(write))
	s.refused(s.store.Acknowledge())
}

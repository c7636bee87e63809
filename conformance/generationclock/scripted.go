package generationclock

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is
// the nth of them.
var scripts = []func(*script){
	secondVote, present, unflushed, unflushedVote, lateVote, deposed, staleOrder, staleWrite, voterRestarts, fenceRestarts, answers,
}

// script is a cluster that is led by hand.
type script struct {
	toolbox.Script
	*cluster
	n1, n2, n3 *gc.Core
}

func newScript(rec *trace.Recorder) *script {
	c := newCluster(rec)
	return &script{cluster: c, n1: c.nodes["n1"], n2: c.nodes["n2"], n3: c.nodes["n3"]}
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		s := newScript(rec)
		toolbox.Pick(scripts, run.Seed-1)(s)
		s.rest()
		return s.Err()
	})
}

// must is for a step that returns a message.
func (s *script) must(m *gc.Message, err error) *gc.Message {
	s.Must(s.send(m, err))
	return m
}

// refused is for a step that would return a message, if a rule did not forbid it.
func (s *script) refused(m *gc.Message, err error) {
	_ = s.send(m, err)
	s.Refused(err, gc.ErrNotAllowed)
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
	s.Must(n.Count(s.vote(voter, s.stand(n))))
	s.Must(n.Lead())
}

// apply lets the store apply a write.
func (s *script) apply(m *gc.Message) {
	s.Allow(s.store.Adopt(m), gc.ErrNotAllowed) // the number may be the present one
	s.Must(s.store.Apply(m))
	s.Must(s.store.Persist())
	s.must(s.store.Acknowledge())
}

// rest lets one more leader be elected and obeyed, so that whatever the holders have
// done before shows.
func (s *script) rest() {
	for _, name := range all {
		s.Allow(s.holder(name).Persist(), gc.ErrNotAllowed)
	}
	s.n1.Restart(s.n1.Disk())
	for range max(s.n2.Gen, s.n3.Gen) + 1 - min(s.n1.Gen, s.n2.Gen, s.n3.Gen) {
		s.Must(s.n1.Stand()) // code without a rule may get nowhere
	}
	s.elect(s.n1, s.n2)
	s.Must(s.n2.Accept(s.must(s.n1.Order("d"))))
	s.Must(s.n2.Persist())
	s.apply(s.must(s.n1.Write(store, "d")))
}

// secondVote: two candidates ask with one number. n3 has voted, and does not vote again.
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
	s.refused(s.n2.Refuse(s.must(s.n1.Beat())))
	s.Must(s.n2.Accept(s.must(s.n1.Order("a"))))
	s.Must(s.n2.Persist())
	s.must(s.n2.Acknowledge())
	s.Must(s.n2.Accept(s.must(s.n1.Order("b"))))
	write := s.must(s.n1.Write(store, "a"))
	s.apply(write)
	s.refused(s.store.Refuse(write))
}

// unflushed: a candidate would ask, and a store would answer, before the disk has what
// they say. A crash takes it back.
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

// unflushedVote: a voter would vote before its disk has the number, and would vote for
// another candidate after a crash.
func unflushedVote(s *script) {
	one, two := s.stand(s.n1), s.stand(s.n2)
	s.Must(s.n3.Adopt(one))
	s.refused(s.n3.Grant())
	s.n3.Restart(s.n3.Disk())
	s.vote(s.n3, two)
	s.Must(s.n1.Stand())
	s.refused(s.n1.Refuse(two)) // it is stale, but that is not on the disk yet
}

// lateVote: the vote of the first election arrives in the second one.
func lateVote(s *script) {
	grant := s.vote(s.n3, s.stand(s.n1))
	s.vote(s.n3, s.stand(s.n1))
	s.Refused(s.n1.Count(grant), gc.ErrNotAllowed)
	s.Refused(s.n1.Lead(), gc.ErrNotAllowed)
}

// deposed: n1 leads and stands still for two generations. When it goes on, the answer to
// its heartbeat makes it follow.
func deposed(s *script) {
	s.elect(s.n1, s.n2)
	s.elect(s.n2, s.n3)
	s.elect(s.n3, s.n2)
	s.Must(s.n1.Adopt(s.must(s.n3.Refuse(s.must(s.n1.Beat())))))
	s.Check(s.n1.Role() == gc.Follower, "n1 is %s", s.n1.Role())
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

// staleWrite: a write of the first leader arrives at the store behind one of the second:
// it would undo what its successor has done.
func staleWrite(s *script) {
	late := s.lateWrite()
	s.Refused(s.store.Apply(late), gc.ErrNotAllowed)
	s.Must(s.n1.Adopt(s.must(s.store.Refuse(late))))
	s.Must(s.n1.Persist())
}

// fenceRestarts: the same, and the store is started again in between.
func fenceRestarts(s *script) {
	late := s.lateWrite()
	s.store.Restart(s.store.Disk())
	s.Refused(s.store.Adopt(late), gc.ErrNotAllowed)
	s.must(s.store.Refuse(late))
}

func (s *script) lateWrite() *gc.Message {
	s.elect(s.n1, s.n2)
	late := s.must(s.n1.Write(store, "a"))
	s.elect(s.n2, s.n3)
	s.apply(s.must(s.n2.Write(store, "b")))
	return late
}

// voterRestarts: n3 has accepted an order of the first generation, has voted in the
// second, and does not go back in a crash.
func voterRestarts(s *script) {
	s.elect(s.n1, s.n3)
	s.Must(s.n3.Accept(s.must(s.n1.Order("a"))))
	s.Must(s.n3.Persist())
	s.Must(s.n2.Stand())
	s.vote(s.n3, s.stand(s.n2))
	s.n3.Restart(s.n3.Disk())
	s.refused(s.n3.Grant()) // it has forgotten for whom it has voted
}

// answers: a leader follows its own orders. A vote that comes twice is one vote. What a
// flush has brought to the disk, and its end was not seen, counts.
func answers(s *script) {
	s.elect(s.n1, s.n2)
	own := s.must(s.n1.Order("a"))
	s.Must(s.n1.Accept(own))
	s.refused(s.n1.Beat()) // its own entry is not on its disk yet
	s.Must(s.n1.Persist())
	s.must(s.n1.Acknowledge())
	grant := s.vote(s.n3, s.stand(s.n2))
	s.Must(s.n1.Adopt(s.must(s.n3.Refuse(own))))
	s.Must(s.n2.Count(grant))
	s.Must(s.n2.Count(grant))
	s.Must(s.n2.Lead())
	s.Refused(s.n2.Stand(), gc.ErrNotAllowed)
	s.Must(s.n3.Accept(s.must(s.n2.Order("c"))))
	s.n3.Restart(s.n3.Memory())
	s.must(s.n3.Acknowledge())
}

package requestwaitinglist

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	rwl "github.com/lockstep-tla/lockstep/impl/requestwaitinglist"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is the
// nth of them.
var scripts = []func(*script){
	noLeader, registeredFirst, onePeerTwice, yesAndNo, halfAndHalf, reachedBefore, passedBy, expires, endsOnce, abandoned, nextProcess,
}

// script is a list that is led by hand.
type script struct {
	toolbox.Script
	*system
}

func newScript(rec *trace.Recorder) *script {
	return &script{system: &system{core: rwl.NewCore(node, rec)}}
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed, 40), func(rec *trace.Recorder) error {
		s := newScript(rec)
		s.Must(s.core.Restart(1))
		toolbox.Pick(scripts, run.Seed-1)(s)
		s.rest()
		return s.Err()
	})
}

// begin begins a call to the first peers, and sends their requests.
func (s *script) begin(size, quorum int) (call uint64, asked []request) {
	call, err := s.core.Begin(peers[:size], quorum, 10)
	s.Must(err)
	for _, peer := range peers[:size] {
		asked = append(asked, s.ask(call, peer))
	}
	return call, asked
}

func (s *script) ask(call uint64, peer string) request {
	id, err := s.core.Ask(call, peer)
	s.Must(err)
	s.Must(s.send(id.Number, call, peer))
	return request{id, peer}
}

func (s *script) answer(r request, yes bool) { s.core.Receive(r.id, r.to, yes) }

func (s *script) wait(index uint64) {
	_, err := s.core.Wait(index, 10)
	s.Must(err)
}

// told expects that clients are told just this.
func (s *script) told(outcomes ...rwl.Outcome) {
	for _, want := range outcomes {
		e, err := s.core.Tell()
		s.Must(err)
		s.Check(e.Outcome == want, "call %d: %s, want %s", e.Call, e.Outcome, want)
	}
	_, err := s.core.Tell()
	s.Refused(err, rwl.ErrNotAllowed)
}

// rest lets a whole call succeed in the next process, so that whatever was done before
// shows.
func (s *script) rest() {
	for _, r := range s.sent {
		s.answer(r, true)
	}
	_ = s.core.Sweep()
	_ = s.core.StepDown()
	for {
		if _, err := s.core.Tell(); err != nil {
			break
		}
	}
	s.Must(s.core.Restart(s.core.Incarnation() + 1))
	s.Must(s.core.Lead())
	_, asked := s.begin(3, 2)
	s.answer(asked[0], true)
	s.answer(asked[1], true)
	s.told(rwl.Success)
}

// noLeader: nothing begins at a node that does not lead, or leads no longer.
func noLeader(s *script) {
	try := func() {
		_, err := s.core.Begin(peers[:2], 2, 10)
		s.Refused(err, rwl.ErrNotAllowed)
		_, err = s.core.Wait(1, 10)
		s.Refused(err, rwl.ErrNotAllowed)
	}
	try()
	s.Must(s.core.Lead())
	s.Refused(s.core.Lead(), rwl.ErrNotAllowed)
	s.Must(s.core.StepDown())
	s.Refused(s.core.StepDown(), rwl.ErrNotAllowed)
	try()
}

// registeredFirst: a request whose entry is not there yet, or is another one's, does not
// leave. A request may leave again.
func registeredFirst(s *script) {
	s.Must(s.core.Lead())
	call, err := s.core.Begin(peers[:2], 2, 10)
	s.Must(err)
	s.Refused(s.core.Send(call+1, call, "p1"), rwl.ErrNotAllowed)
	r := s.ask(call, "p1")
	s.Refused(s.core.Send(r.id.Number, call, "p2"), rwl.ErrNotAllowed)
	s.Must(s.send(r.id.Number, call, "p1"))
	s.answer(r, true)
	s.Refused(s.core.Send(r.id.Number, call, "p1"), rwl.ErrNotAllowed)
	_, err = s.core.Ask(call, "p3")
	s.Refused(err, rwl.ErrNotAllowed)
}

// onePeerTwice: p1 is asked twice and answers both times. That is one peer.
func onePeerTwice(s *script) {
	s.Must(s.core.Lead())
	call, asked := s.begin(3, 2)
	again := s.ask(call, "p1")
	s.answer(asked[0], true)
	s.answer(asked[0], true)
	s.answer(again, true)
	s.told()
	_, err := s.core.Ask(call, "p1")
	s.Refused(err, rwl.ErrNotAllowed)
	s.answer(asked[2], true)
	s.told(rwl.Success)
}

// yesAndNo: a no does not count for success, an answer from another peer not at all.
func yesAndNo(s *script) {
	s.Must(s.core.Lead())
	_, asked := s.begin(3, 2)
	s.answer(asked[0], true)
	_, _, err := s.core.SendFails(asked[1].id.Number)
	s.Must(err)
	_, _, err = s.core.SendFails(asked[1].id.Number)
	s.Refused(err, rwl.ErrNotAllowed)
	s.told()
	s.answer(asked[2], true)
	s.told(rwl.Success)
}

// halfAndHalf: two of four say yes and two say no. The second no ends the call.
func halfAndHalf(s *script) {
	s.Must(s.core.Lead())
	_, asked := s.begin(4, 3)
	for i, r := range asked {
		s.answer(r, i < 2)
	}
	s.told(rwl.Failure)
}

// reachedBefore: the log has come to the index before the client waits for it.
func reachedBefore(s *script) {
	s.Must(s.core.Lead())
	s.Must(s.core.Advance(2))
	s.Refused(s.core.Advance(2), rwl.ErrNotAllowed)
	s.wait(1)
	s.wait(2)
	s.told(rwl.Success, rwl.Success)
}

// passedBy: one advance passes two indexes, and completes them in their order.
func passedBy(s *script) {
	s.Must(s.core.Lead())
	for _, index := range []uint64{5, 3, 4, 3, 9} {
		s.wait(index)
	}
	s.Must(s.core.Advance(1))
	s.told()
	s.Must(s.core.Advance(5))
	for _, call := range []uint64{2, 4, 3, 1} {
		e, err := s.core.Tell()
		s.Must(err)
		s.Check(e == rwl.Ended{Call: call, Outcome: rwl.Success}, "%v, want call %d", e, call)
	}
	s.told()
}

// expires: an answer is lost. The first sweep after the deadline ends the call, and an
// answer that comes later does nothing.
func expires(s *script) {
	s.Must(s.core.Lead())
	s.Must(s.core.Tick(5))
	_, asked := s.begin(2, 2)
	s.wait(7)
	s.answer(asked[0], true)
	s.Must(s.core.Tick(14))
	s.Refused(s.core.Tick(14), rwl.ErrNotAllowed)
	s.Refused(s.core.Sweep(), rwl.ErrNotAllowed)
	s.Must(s.core.Tick(15))
	s.Must(s.core.Sweep())
	s.answer(asked[1], true)
	s.Must(s.core.Advance(8))
	s.told(rwl.Expired, rwl.Expired)
}

// endsOnce: a call has succeeded. Its other answer, the sweep, and the step-down are not
// for it.
func endsOnce(s *script) {
	s.Must(s.core.Lead())
	_, asked := s.begin(3, 2)
	s.answer(asked[0], true)
	s.answer(asked[1], true)
	s.answer(asked[2], false)
	s.Must(s.core.Tick(11))
	s.Refused(s.core.Sweep(), rwl.ErrNotAllowed)
	s.Must(s.core.StepDown())
	s.told(rwl.Success)
}

// abandoned: the node steps down while calls wait.
func abandoned(s *script) {
	s.Must(s.core.Lead())
	s.wait(1)
	_, asked := s.begin(2, 1)
	s.Must(s.core.StepDown())
	s.answer(asked[0], true)
	s.Must(s.core.Advance(1))
	s.told(rwl.Unknown, rwl.Unknown)
}

// nextProcess: the answers to the first process come to the second, in which the same
// numbers stand for other requests. It cannot have the first one's incarnation.
func nextProcess(s *script) {
	s.Must(s.core.Lead())
	_, early := s.begin(2, 2)
	s.Refused(s.core.Restart(1), rwl.ErrNotAllowed)
	s.Must(s.core.Restart(2))
	s.Must(s.core.Lead())
	_, asked := s.begin(2, 2)
	s.answer(early[0], true)
	s.answer(early[1], true)
	s.told()
	s.answer(asked[0], true)
	s.answer(asked[1], true)
	s.told(rwl.Success)
}

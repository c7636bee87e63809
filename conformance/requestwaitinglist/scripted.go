package requestwaitinglist

import (
	"context"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	rwl "github.com/lockstep-tla/lockstep/impl/requestwaitinglist"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is the
// nth of them. The word not stands before a step that the core must refuse. Calls and
// entries have numbers from 1; requests that were sent are counted from 0. `begin 3 2' calls
// three peers, of which two must say yes, and asks them. `told' lists what clients are told,
// in order, and that no other one is.
var scripts = []string{
	// Nothing begins at a node that does not lead, or leads no longer.
	`not begin 2 2, not wait 1, lead, not lead, down, not down, not begin 2 2, not wait 1`,
	// A request whose entry is not there yet, or is another one's, does not leave. A request
	// may leave again.
	`lead, call 2 2, not send 2 1 p1, ask 1 p1, not send 2 1 p2, send 2 1 p1, yes 0
	not send 2 1 p1, not ask 1 p3`,
	// p1 is asked twice and answers both times. That is one peer.
	`lead, begin 3 2, ask 1 p1, yes 0, yes 0, yes 3, told, not ask 1 p1, yes 2, told success`,
	// A no does not count for success.
	`lead, begin 3 2, yes 0, fail 1, not fail 1, told, yes 2, told success`,
	// Two of four say yes and two say no. The second no ends the call.
	`lead, begin 4 3, yes 0, yes 1, no 2, no 3, told failure`,
	// The log has come to the index before the client waits for it.
	`lead, advance 2, not advance 2, wait 1, wait 2, told success success`,
	// One advance passes two indexes, and completes them in their order.
	`lead, wait 5, wait 3, wait 4, wait 3, wait 9, advance 1, told, advance 5
	told success success success success`,
	// An answer is lost. The first sweep after the deadline ends the call, and an answer that
	// comes later does nothing.
	`lead, tick 5, begin 2 2, wait 7, yes 0, tick 14, not tick 14, not sweep, tick 15, sweep
	yes 1, advance 8, told expired expired`,
	// A call has succeeded. Its other answer, the sweep, and the step-down are not for it.
	`lead, begin 3 2, yes 0, yes 1, no 2, tick 11, not sweep, down, told success`,
	// The node steps down while calls wait.
	`lead, wait 1, begin 2 1, down, yes 0, advance 1, told unknown unknown`,
	// The answers to the first process come to the second, in which the same numbers stand
	// for other requests. It cannot have the first one's incarnation.
	`lead, begin 2 2, not restart 1, restart 2, lead, begin 2 2, yes 0, yes 1, told
	yes 2, yes 3, told success`,
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
		s.FollowSteps(toolbox.Pick(scripts, run.Seed-1), rwl.ErrNotAllowed, s.step)
		s.rest()
		return s.Err()
	})
}

// step takes one step, or those of a call.
func (s *script) step(words []string) (err error) {
	n := func(i int) uint64 { return s.Number(words[i]) }
	switch words[0] {
	case "yes", "no":
		r := s.sent[n(1)]
		s.core.Receive(r.id, r.to, words[0] == "yes")
	case "fail":
		_, _, err = s.core.SendFails(s.sent[n(1)].id.Number)
	case "told":
		s.told(words[1:])
	default:
		return toolbox.Command(words[0], map[string]func() error{
			"lead": s.core.Lead, "down": s.core.StepDown, "sweep": s.core.Sweep,
			"begin":   func() error { return s.begin(int(n(1)), int(n(2))) },
			"call":    func() error { return toolbox.ErrOf(s.core.Begin(peers[:n(1)], int(n(2)), 10)) },
			"wait":    func() error { return toolbox.ErrOf(s.core.Wait(n(1), 10)) },
			"ask":     func() error { return s.ask(n(1), words[2]) },
			"send":    func() error { return s.send(n(1), n(2), words[3]) },
			"advance": func() error { return s.core.Advance(n(1)) },
			"tick":    func() error { return s.core.Tick(n(1)) },
			"restart": func() error { return s.core.Restart(n(1)) },
			"quiet":   func() error { s.core.Quiet(); return nil },
		})
	}
	return err
}

// begin begins a call to the first peers, and sends their requests.
func (s *script) begin(size, quorum int) error {
	call, err := s.core.Begin(peers[:size], quorum, 10)
	if err != nil {
		return err
	}
	for _, peer := range peers[:size] {
		s.Must(s.ask(call, peer))
	}
	return nil
}

func (s *script) ask(call uint64, peer string) error {
	id, err := s.core.Ask(call, peer)
	if err != nil {
		return err
	}
	return s.send(id.Number, call, peer)
}

// told expects that clients are told just this.
func (s *script) told(outcomes []string) {
	for _, want := range outcomes {
		e, err := s.core.Tell()
		s.Must(err)
		s.Check(string(e.Outcome) == want, "call %d: %s, want %s", e.Call, e.Outcome, want)
	}
	s.Refused(toolbox.ErrOf(s.core.Tell()), rwl.ErrNotAllowed)
}

// rest lets a whole call succeed in the next process, so that whatever was done before
// shows.
func (s *script) rest() {
	for _, r := range s.sent {
		s.core.Receive(r.id, r.to, true)
	}
	_ = s.core.Sweep()
	_ = s.core.StepDown()
	for toolbox.ErrOf(s.core.Tell()) == nil {
	}
	next, first := s.core.Incarnation()+1, len(s.sent)
	s.FollowSteps(fmt.Sprintf("quiet, restart %d, lead, begin 3 2, yes %d, yes %d, told success, quiet", next, first, first+1), rwl.ErrNotAllowed, s.step)
}

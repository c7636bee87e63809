package requestbatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	rb "github.com/lockstep-tla/lockstep/impl/requestbatch"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is the
// nth of them. A batch has 4 bytes, requests wait for 3 microseconds, and three of them may
// wait. The word not stands before a step that an end must refuse. `ask 2' asks with a
// request of 2 bytes; `take 1' lets the server take batch 1 as it was sent last, and
// `reply 1' is the same for the client; `told 2 ok2' says what caller 2 was told.
var scripts = []string{
	// A full batch waits no longer. The third request has no room in it.
	`ask 2, not cut, tick 1, ask 1, not cut, ask 2, not tick 2, cut, not cut, send
	take 1, ok, ok, not ok, answer 1 2, reply 1, told 1 ok1, told 2 ok2, told 3, tick 4, not tick 5, cut`,
	// The oldest request has waited for the linger, the newest has not.
	`ask 1, tick 2, ask 1, tick 3, not tick 4, cut, send, tick 5`,
	// A request that is larger than a batch travels alone, in its turn.
	`ask 1, ask 6, ask 1, cut, send, take 1, ok, answer 1, reply 1, cut, send, take 2, ok, answer 1, reply 2
	not cut, tick 3, cut, send, take 3, ok, answer 1, reply 3, told 1 ok1, told 2 ok2, told 3 ok3`,
	// Three wait, and there is no room for a fourth.
	`ask 1, not full, ask 1, ask 1, not ask 1, full, tick 3, cut, ask 1`,
	// The client closes. What waits leaves at once, and no more comes.
	`ask 1, ask 1, close, not close, not ask 1, closed, not tick 1, cut, send, take 1, ok, failed
	answer 1 2, reply 1, told 1 ok1, told 2 failed, tick 1`,
	// One batch is in flight. What has come meanwhile is in the next one, although the first
	// is sent again.
	`ask 4, cut, send, ask 4, not cut, tick 9, fail, ask 1, not cut, send, take 1, ok, answer 1
	reply 1, told 1 ok1, told 2, not fail, not send, cut, send, take 2, ok, answer 1, reply 2, told 2 ok2`,
	// A request fails. The one after it does not, and the answers come in another order.
	`ask 2, ask 2, cut, send, take 1, failed, not answer 1, ok, not answer 1 1, not answer 1, answer 2 1
	reply 1, told 1 failed, told 2 ok2`,
	// The server stops inside a batch, and goes on when that comes again. Then it is answered
	// again.
	`ask 1, ask 1, ask 2, cut, send, not take 2, take 1, not take 1, ok, restart, not ok, take 1, ok, ok
	not answer 1 2, answer 3 1 2, take 1, restart, send, take 1, not ok, answer 1 2 3, reply 1
	told 1 ok1, told 2 ok2, told 3 ok3`,
	// A batch is given up. Its reply comes when the next one is in flight.
	`ask 4, cut, send, take 1, ok, giveup, not giveup, told 1 unknown, ask 4, cut, answer 1, reply 1, told 2
	send, take 2, ok, answer 1, reply 1, told 2, reply 2, told 2 ok2, reply 2`,
	// It comes to the server itself only then.
	`ask 4, cut, send, giveup, ask 4, cut, send, not reject 2, take 2, reject 1, ok, answer 1, not take 1
	reject 1, reply 2, told 1 unknown, told 2 ok2`,
}

// script is both cores, led by hand.
type script struct {
	toolbox.Script
	*system
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed, limits, 40), func(rec *trace.Recorder) error {
		s := &script{system: newNetwork(rec, limits)}
		s.FollowSteps(toolbox.Pick(scripts, run.Seed-1), rb.ErrNotAllowed, s.step)
		s.rest()
		return s.Err()
	})
}

// step takes one step.
func (s *script) step(words []string) error {
	n := toolbox.Numbers(words[1:])
	switch words[0] {
	case "ask":
		return s.ask(n[0])
	case "full":
		return s.refuse(rb.ErrFull)
	case "closed":
		return s.refuse(rb.ErrClosed)
	case "tick":
		return s.client.Tick(uint64(n[0]))
	case "take":
		return arrive(s.batches, n[0], s.server.Take)
	case "reject":
		return arrive(s.batches, n[0], s.server.Reject)
	case "reply":
		return arrive(s.replies, n[0], s.client.Receive)
	case "ok", "failed":
		return s.execute(words[0] == "failed")
	case "answer":
		return s.answer(n)
	case "told":
		have := outcome(s.calls[n[0]])
		s.Check(have == strings.Join(words[2:], ""), "caller %s was told %q", words[1], have)
	case "restart":
		s.server.Restart(s.server.Session)
	default:
		return toolbox.Command(words[0], map[string]func() error{
			"cut": s.client.Cut, "send": s.send, "fail": s.client.Fail, "giveup": s.client.GiveUp, "close": s.client.Close,
		})
	}
	return nil
}

// arrive lets the message of a batch arrive that was sent last.
func arrive[M rb.Batch | rb.Reply](list []M, number int, take func(rb.Message) error) error {
	for _, m := range slices.Backward(list) {
		if m := rb.Message(m); m.Number == uint64(number) {
			return take(m)
		}
	}
	return rb.ErrNotAllowed
}

// outcome is what a caller was told: an answer, or how its request has ended; "" for nothing
// yet.
func outcome(call *rb.Call) string {
	switch answer, err := call.Result(); {
	case err == nil:
		return string(answer)
	case errors.Is(err, rb.ErrFailed):
		return "failed"
	}
	return "unknown"
}

// rest lets all that waits be answered without faults, so that whatever was done before
// shows, and holds against each caller's request what it was told.
func (s *script) rest() {
	s.Allow(s.client.Close(), rb.ErrNotAllowed)
	s.server.Restart(s.server.Session)
	for s.client.InFlight() || s.client.Cut() == nil {
		s.Must(s.send())
		m := s.batches[len(s.batches)-1]
		s.Must(s.server.Take(rb.Message(m)))
		for s.execute(false) == nil {
		}
		s.Must(s.answer(s.server.InOrder()))
		if s.Err() != nil {
			break
		}
		s.Must(s.client.Receive(rb.Message(s.replies[len(s.replies)-1])))
	}
	if s.client.Idle() { // else callers are found below that were not told
		s.client.Quiet()
	}
	for id, call := range s.calls {
		if call != nil {
			have := outcome(call)
			s.Check(have == "unknown" || have == "failed" || have == fmt.Sprint("ok", id), "caller %d was told %q", id, have)
		}
	}
}

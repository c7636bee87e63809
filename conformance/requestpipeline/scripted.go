package requestpipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	rp "github.com/lockstep-tla/lockstep/impl/requestpipeline"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is the
// nth of them. Max is 2. The word not stands before a step that an end must refuse. `ask 3'
// lets the third caller ask; `up 1.2 3' lets the server take the frame with number 3 from
// the second connection of the client's first process, and `down' is the same for the
// client. `told 1 answer' says what a caller was told.
var scripts = []string{
	// Two requests are in flight. The third leaves when one is answered.
	`connect, ask 1, ask 2, ask 3, send, send, not send, up 1.1 1, not send, down 1.1 1, told 1 answer
	send, up 1.1 2, up 1.1 3, down 1.1 2, down 1.1 3, told 2 answer, told 3 answer, not send`,
	// Callers are served in order, and one that leaves the queue is not.
	`ask 1, ask 2, ask 3, not send, cancel 2, not cancel 2, told 2 not-sent, connect, send, send, not send
	up 1.1 1, up 1.1 2, down 1.1 1, down 1.1 2, told 1 answer, told 3 answer`,
	// The connection is lost with a full window, of which the server has processed one. All
	// is sent again, before anything new.
	`connect, ask 1, ask 2, ask 3, send, send, up 1.1 1, lose, not lose, not send, not resend
	connect, not send, resend, not send, resend, not resend, not send, up 1.2 1, up 1.2 2
	down 1.2 1, down 1.2 2, told 1 answer, told 2 answer, send, up 1.2 3, down 1.2 3`,
	// A request is answered while the next one waits to be sent again.
	`connect, ask 1, ask 2, ask 3, send, send, lose, connect, resend, up 1.2 1, down 1.2 1, not send
	resend, send, up 1.2 2, up 1.2 3, down 1.2 2, down 1.2 3`,
	// A cancelled request keeps its place. Its answer is read, and is not the next one's.
	`connect, ask 1, ask 2, ask 3, send, send, cancel 1, told 1 unknown, not send, up 1.1 1, up 1.1 2
	down 1.1 1, down 1.1 2, told 2 answer, send, up 1.1 3, down 1.1 3, told 3 answer`,
	// It was sent on an earlier connection, and not yet on this one.
	`connect, ask 1, send, up 1.1 1, lose, connect, cancel 1, told 1 unknown, resend, up 1.2 1, down 1.2 1
	ask 2, send, lose, connect, close, told 2 unknown`,
	// An answer is lost. The next one is not taken for it.
	`connect, ask 1, ask 2, send, send, up 1.1 1, up 1.1 2, down 1.1 2, lost, connect, resend, resend
	up 1.2 1, up 1.2 2, down 1.2 1, down 1.2 2, told 1 answer, told 2 answer`,
	// A request is lost. The server does not take the next one.
	`connect, ask 1, ask 2, send, send, up 1.1 2, closed 1.1, ask 3, not send, lose, connect, resend, resend
	up 1.2 1, up 1.2 2, down 1.2 1, down 1.2 2`,
	// The old connection brings an answer late. It does not count.
	`connect, ask 1, send, up 1.1 1, lose, connect, not down 1.1 1, resend, not down 1.1 1, up 1.2 1
	down 1.2 1, told 1 answer`,
	// The server reads the old connection, and then the new one, and then no more of the old.
	`connect, ask 1, ask 2, send, send, lose, connect, resend, up 1.1 1, up 1.2 1, up 1.1 2, closed 1.1
	resend, up 1.2 2, down 1.2 1, down 1.2 2, told 2 answer`,
	// The next process counts from 1. Requests and answers of the first one come too late.
	`connect, ask 1, ask 2, send, send, up 1.1 1, close, not close, told 1 unknown, told 2 unknown
	not ask 3, not connect, not restart 1, restart 2, not restart 3, connect, ask 3, send
	not down 1.1 1, up 2.1 1, up 1.1 2, closed 1.1, down 2.1 1, told 3 answer`,
	// The client closes. Each caller is told what is known.
	`connect, ask 1, ask 2, ask 3, ask 4, send, send, cancel 2, up 1.1 1, close
	told 1 unknown, told 2 unknown, told 3 not-sent, told 4 not-sent`,
	// The server's process ends after it has processed a request.
	`connect, ask 1, ask 2, send, send, up 1.1 1, up 1.1 2, recover, ask 3, lose, connect, resend, resend
	up 1.2 1, up 1.2 2, down 1.2 1, down 1.2 2, send, up 1.2 3, down 1.2 3, told 3 answer`,
}

// script is both cores, led by hand.
type script struct {
	toolbox.Script
	*system
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed, 6, 2, true), func(rec *trace.Recorder) error {
		s := &script{system: newPair(rec, 2)}
		s.Must(s.client.Restart(1))
		s.Follow(toolbox.Pick(scripts, run.Seed-1), func(words []string) error {
			if words[0] == "not" {
				s.Refused(s.step(words[1:]), rp.ErrNotAllowed)
			} else {
				s.Must(s.step(words))
			}
			return nil
		})
		s.rest([]string{"r5", "r6"})
		return s.Err()
	})
}

// step takes one step.
func (s *script) step(words []string) error {
	n := func(i int) uint64 {
		v, err := strconv.ParseUint(words[i], 10, 32)
		s.Must(err)
		return v
	}
	switch words[0] {
	case "ask":
		return s.ask("r" + words[1])
	case "cancel":
		return s.client.Cancel(s.calls["r"+words[1]])
	case "told":
		have := outcome(s.calls["r"+words[1]])
		want := strings.Replace(words[2], "answer", "r"+words[1], 1)
		s.Check(have == want, "caller %s was told %q, want %q", words[1], have, want)
	case "up":
		return s.serve(s.named(words[1]), n(2))
	case "down":
		return s.hear(s.named(words[1]), n(2))
	case "closed":
		s.Check(s.wires[s.named(words[1])] == nil, "the server has not closed the connection")
	case "lost":
		s.Refused(s.lose(), rp.ErrNotAllowed)
	case "restart":
		return s.client.Restart(n(1))
	default:
		step, known := map[string]func() error{
			"connect": s.connect, "send": s.send, "resend": s.resend, "lose": s.lose,
			"close": s.client.Close, "recover": s.recover,
		}[words[0]]
		if !known {
			return fmt.Errorf("%w: %s", toolbox.ErrNoCommand, words[0])
		}
		return step()
	}
	return nil
}

// named is a connection, as in 1.2.
func (s *script) named(word string) (c rp.Connection) {
	_, err := fmt.Sscanf(word, "%d.%d", &c.Process, &c.Epoch)
	s.Must(err)
	return c
}

// outcome is what a caller was told.
func outcome(call *rp.Call) string {
	select {
	case <-call.Done():
	default:
		return ""
	}
	answer, err := call.Result()
	switch {
	case errors.Is(err, rp.ErrUnknown):
		return "unknown"
	case errors.Is(err, rp.ErrNotSent):
		return "not-sent"
	}
	return string(answer)
}

// serve lets the server take a frame, in whichever way it does.
func (s *system) serve(c rp.Connection, number uint64) error {
	if w := s.wires[c]; w != nil {
		return s.one(c, w.up, number, s.accept, s.repeat, s.refuse)
	}
	return rp.ErrNotAllowed
}

// hear lets the client take a frame.
func (s *system) hear(c rp.Connection, number uint64) error {
	if w := s.wires[c]; w != nil {
		return s.one(c, w.down, number, s.receive, s.protocolError)
	}
	return rp.ErrNotAllowed
}

// one takes the first of the steps that is allowed, with the frame that has the number.
func (s *system) one(c rp.Connection, frames []rp.Message, number uint64, steps ...take) error {
	i := slices.IndexFunc(frames, func(m rp.Message) bool { return m.Number == number })
	for _, step := range steps {
		if i >= 0 && step(c, frames[i]) == nil {
			return nil
		}
	}
	return rp.ErrNotAllowed
}

// rest lets the client's next process make calls over a connection without faults, so that
// whatever was done before shows.
func (s *script) rest(last []string) {
	s.work(40)
	s.Allow(s.client.Close(), rp.ErrNotAllowed)
	s.Must(s.client.Restart(s.conn.Process + 1))
	for _, text := range last {
		s.Must(s.ask(text))
	}
	s.work(40)
	for _, text := range last {
		have := outcome(s.calls[text])
		s.Check(have == text, "the last calls: %q was told %q", text, have)
	}
}

// work lets both ends do what there is to do, without faults: at most so many rounds.
func (s *script) work(rounds int) {
	for range rounds {
		_ = s.connect()
		for s.resend() == nil || s.send() == nil {
		}
		w := s.wires[s.conn]
		if w == nil {
			_ = s.lose()
			continue
		}
		if len(w.up) > 0 {
			s.Allow(s.serve(s.conn, w.up[0].Number), rp.ErrNotAllowed)
		}
		if w = s.wires[s.conn]; w != nil && len(w.down) > 0 {
			s.Allow(s.hear(s.conn, w.down[0].Number), rp.ErrNotAllowed)
		}
	}
}

// operation is one thing that happens in a walk, as the fuzzer makes it.
type operation struct{ What, At uint8 }

// walk lets the cores take random steps.
func walk(_ context.Context, run conformance.Run) error {
	calls, length := 24, 160
	if run.Long {
		calls, length = 60, 500
	}
	most := 1 + int(run.Seed)%3
	return toolbox.Record(run, header("walk", run.Seed, calls, most, true), func(rec *trace.Recorder) error {
		s := &script{system: newPair(rec, most)}
		all := texts(calls)
		s.Must(s.client.Restart(1))
		rng := rand.New(rand.NewPCG(uint64(run.Seed), 32))
		for _, op := range toolbox.Workload[operation](run.Seed, length, length) {
			s.Allow(s.do(op, all[:calls-2], rng), rp.ErrNotAllowed)
		}
		s.rest(all[calls-2:])
		return s.Err()
	})
}

// do lets one thing happen. Frames are mostly taken in their order.
func (s *script) do(op operation, all []string, rng *rand.Rand) error {
	conn := s.conn
	if op.At%4 == 0 && conn.Epoch > 1 {
		conn.Epoch--
	}
	pick := func(frames []rp.Message) uint64 {
		if len(frames) == 0 {
			return 0
		}
		if i := 1 + rng.IntN(len(frames)); op.At%16 == 1 && i < len(frames) {
			return frames[i].Number
		}
		return frames[0].Number
	}
	w := s.wires[conn]
	switch what := op.What % 32; {
	case what < 4 && len(s.calls) < len(all):
		return s.ask(all[len(s.calls)])
	case what < 8:
		return s.send()
	case what < 11:
		return s.resend()
	case what < 18 && w != nil:
		return s.serve(conn, pick(w.up))
	case what < 24 && w != nil:
		return s.hear(conn, pick(w.down))
	case what < 27:
		return s.connect()
	case what == 27 && len(s.calls) > 0:
		return s.client.Cancel(s.calls[all[int(op.At)%len(s.calls)]])
	case what == 28:
		return s.lose()
	case what == 29 && op.At < 60:
		return s.client.Close()
	case what == 30:
		return s.client.Restart(s.conn.Process + uint64(op.At%2))
	case what == 31 && op.At < 90:
		return s.recover()
	}
	return nil
}

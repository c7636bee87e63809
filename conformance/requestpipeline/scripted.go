package requestpipeline

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

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
	`connect, ask 1, ask 2, send, send, up 1.1 1, up 1.1 2, down 1.1 2, not lose, connect, resend, resend
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
		s.FollowSteps(toolbox.Pick(scripts, run.Seed-1), rp.ErrNotAllowed, s.step)
		s.end([]string{"r5", "r6"})
		return s.Err()
	})
}

// step takes one step.
func (s *script) step(words []string) error {
	n := func(i int) uint64 { return s.Number(words[i]) }
	switch words[0] {
	case "ask":
		return s.ask("r" + words[1])
	case "cancel":
		return s.client.Cancel(s.calls["r"+words[1]])
	case "told":
		s.told("r"+words[1], words[2])
	case "up", "down":
		return s.arrive(s.named(words[1]), words[0], n(2))
	case "closed":
		s.Check(s.wires[s.named(words[1])] == nil, "the server has not closed the connection")
	case "restart":
		return s.client.Restart(n(1))
	default:
		return toolbox.Command(words[0], map[string]func() error{
			"connect": s.connect, "send": s.send, "resend": s.resend, "lose": s.lose,
			"close": s.client.Close, "recover": s.recover,
		})
	}
	return nil
}

// named is a connection, as in 1.2.
func (s *script) named(word string) (c rp.Connection) {
	_, err := fmt.Sscanf(word, "%d.%d", &c.Process, &c.Epoch)
	s.Must(err)
	return c
}

// told expects that a caller was told so.
func (s *script) told(text, what string) {
	answer, err := s.calls[text].Result()
	switch what {
	case "unknown":
		s.Refused(err, rp.ErrUnknown)
	case "not-sent":
		s.Refused(err, rp.ErrNotSent)
	default:
		s.Check(string(answer) == text, "%s: the answer is %q, the error %v", text, answer, err)
	}
}

// arrive lets the frame with a number arrive, or the first one for 0, at the end that takes
// it in whichever way it may.
func (s *script) arrive(c rp.Connection, way string, number uint64) error {
	frames := s.wires[c][way]
	i := slices.IndexFunc(frames, func(m rp.Message) bool { return number == 0 || m.Number == number })
	if i < 0 {
		return rp.ErrNotAllowed
	}
	takes := s.takes()
	for _, step := range map[string][]string{"up": {"Accept", "Repeat", "Refuse"}, "down": {"Receive", "ProtocolError"}}[way] {
		if takes[step](c, frames[i]) == nil {
			return nil
		}
	}
	return rp.ErrNotAllowed
}

// end lets the client's next process make calls over a connection without faults, so that
// whatever was done before shows.
func (s *script) end(last []string) {
	s.work(40)
	s.Allow(s.client.Close(), rp.ErrNotAllowed)
	s.Must(s.client.Restart(s.client.Current().Process + 1))
	for _, text := range last {
		s.Must(s.ask(text))
	}
	s.work(40)
	for _, text := range last {
		s.told(text, "answer")
	}
	s.client.Quiet()
}

// work lets both ends do what there is to do, without faults, for some rounds.
func (s *script) work(rounds int) {
	for range rounds {
		_ = s.connect()
		for s.resend() == nil || s.send() == nil {
		}
		conn := s.client.Current()
		if s.arrive(conn, "up", 0) != nil && s.arrive(conn, "down", 0) != nil && s.wires[conn] == nil {
			_ = s.lose() // the server has closed it
		}
	}
}

// walk lets the cores take random steps.
func walk(_ context.Context, run conformance.Run) error {
	calls := toolbox.Length(run, 24, 60)
	most := 1 + int(run.Seed)%3
	return toolbox.Record(run, header("walk", run.Seed, calls, most, true), func(rec *trace.Recorder) error {
		s, all := &script{system: newPair(rec, most)}, texts(calls)
		s.Must(s.client.Restart(1))
		rng := rand.New(rand.NewPCG(uint64(run.Seed), 32))
		for range 8 * calls {
			s.Allow(s.random(rng, all[:calls-2]), rp.ErrNotAllowed)
		}
		s.end(all[calls-2:])
		return s.Err()
	})
}

// random lets one thing happen. Frames mostly arrive in their order, and on the last
// connection.
func (s *script) random(rng *rand.Rand, all []string) error {
	conn := s.client.Current()
	if rng.IntN(4) == 0 {
		conn.Epoch = 1
	}
	way := toolbox.Pick([]string{"up", "down"}, rng.IntN(2))
	if rng.IntN(4) == 0 && s.client.Restart(conn.Process+rng.Uint64N(2)) == nil {
		return nil // it was closed
	}
	switch what := rng.IntN(31); {
	case what < 5 && len(s.calls) < len(all):
		return s.ask(all[len(s.calls)])
	case what < 9:
		return s.send()
	case what < 12:
		return s.resend()
	case what < 24:
		return s.arrive(conn, way, 0)
	case what < 25:
		return s.arrive(conn, way, 1+rng.Uint64N(9)) // those before it are lost
	case what < 28:
		return s.connect()
	case what == 28 && len(s.calls) > 0:
		return s.client.Cancel(s.calls[all[rng.IntN(len(s.calls))]])
	case what == 29:
		return s.lose()
	}
	return toolbox.Pick([]func() error{s.client.Close, s.recover, s.recover}, rng.IntN(3))()
}

package requestpipeline

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	rp "github.com/lockstep-tla/lockstep/impl/requestpipeline"
	"github.com/lockstep-tla/lockstep/trace"
)

// script is both cores, led by a seed.
type script struct {
	toolbox.Script
	*system
}

// told expects that a caller has its answer.
func (s *script) told(text string) {
	answer, err := s.calls[text].Result()
	s.Check(string(answer) == text, "%s: the answer is %q, the error %v", text, answer, err)
}

// cancel lets a caller leave, which must be told whether its request may have been processed.
func (s *script) cancel(call *rp.Call) error {
	unknown := s.client.MayHaveRun(call)
	if err := s.client.Cancel(call); err != nil {
		return err
	}
	_, err := call.Result()
	s.Check(errors.Is(err, rp.ErrUnknown) == unknown && errors.Is(err, rp.ErrNotSent) != unknown, "a caller that leaves is told %v", err)
	return nil
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
// whatever was done before shows. A request of the process before comes too late.
func (s *script) end(late string, last []string) {
	next := func() error { return s.client.Restart(s.client.Current().Process + 1) }
	s.Allow(next(), rp.ErrNotAllowed) // it was closed
	s.work(100)
	s.Must(errors.Join(s.ask(late), s.send()))
	before := s.client.Current()
	s.Must(errors.Join(s.client.Close(), next()))
	for _, text := range last {
		s.Must(s.ask(text))
	}
	s.work(100)
	s.Must(s.arrive(before, "up", 0))
	s.Check(s.wires[before] == nil, "the server has not closed the connection of an earlier process")
	for _, text := range last {
		s.told(text)
	}
	for text, call := range s.calls {
		if _, err := call.Result(); err == nil {
			s.told(text)
		}
	}
	if s.client.Idle() { // else a caller was found that was not told
		s.client.Quiet()
	}
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
	calls := toolbox.Length(run, 30, 60)
	most := 1 + int(run.Seed)%4
	return toolbox.Record(run, header("walk", run.Seed, calls, most, true), func(rec *trace.Recorder) error {
		s, all := &script{system: newPair(rec, most)}, texts(calls)
		s.Must(s.client.Restart(toolbox.CountFrom(rec, run.Seed) + 1))
		rng := rand.New(rand.NewPCG(uint64(run.Seed), 32))
		for range 10 * calls {
			s.Allow(s.random(rng, all[:calls-3]), rp.ErrNotAllowed)
		}
		s.end(all[calls-3], all[calls-2:])
		return s.Err()
	})
}

// random lets one thing happen. Frames mostly arrive in their order, and on the last
// connection.
func (s *script) random(rng *rand.Rand, all []string) error {
	conn := s.client.Current()
	if rng.IntN(3) == 0 && len(s.wires) > 0 {
		conn = toolbox.Pick(s.connections(), rng.IntN(100))
	}
	way := toolbox.Pick([]string{"up", "down"}, rng.IntN(2))
	if rng.IntN(4) == 0 && s.client.Restart(s.client.Current().Process+rng.Uint64N(2)) == nil {
		return nil // it was closed
	}
	switch what := rng.IntN(62); {
	case what < 8 && len(s.calls) < len(all):
		return s.ask(all[len(s.calls)])
	case what < 24:
		return s.send()
	case what < 32:
		return s.resend()
	case what < 42:
		return s.arrive(conn, way, 0)
	case what < 53:
		if frames := s.wires[conn][way]; len(frames) > 0 {
			return s.arrive(conn, way, frames[rng.IntN(len(frames))].Number) // those before it are lost
		}
		return rp.ErrNotAllowed
	case what < 58:
		return s.connect()
	case what == 58 && len(s.calls) > 0:
		return s.cancel(s.calls[all[rng.IntN(len(s.calls))]])
	case what < 61:
		return s.lose()
	}
	return toolbox.Pick([]func() error{s.client.Close, s.recover, s.recover}, rng.IntN(3))()
}

// connections are those that the server has not closed, in the order in which they were made.
func (s *script) connections() []rp.Connection {
	return slices.SortedFunc(maps.Keys(s.wires), func(c, d rp.Connection) int {
		return cmp.Or(cmp.Compare(c.Process, d.Process), cmp.Compare(c.Epoch, d.Epoch))
	})
}

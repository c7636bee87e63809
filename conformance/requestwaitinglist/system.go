package requestwaitinglist

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	rwl "github.com/lockstep-tla/lockstep/impl/requestwaitinglist"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the core with a network that keeps all that was ever sent.
type system struct {
	core *rwl.Core
	sent []request
}

type request struct {
	id rwl.ID
	to string
}

// newSystem is the bounded model's node, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := &system{core: rwl.NewCore(node, rec)}
	return &toolbox.Steps{Refusal: rwl.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Lead": toolbox.Plain(s.core.Lead), "StepDown": toolbox.Plain(s.core.StepDown), "Sweep": toolbox.Plain(s.core.Sweep),
		"Begin": func(a *trace.Record) error {
			return toolbox.ErrOf(s.core.Begin(a.Record("group").Names(), a.Int("quorum"), a.Uint("timeout")))
		},
		"Wait": func(a *trace.Record) error { return toolbox.ErrOf(s.core.Wait(a.Uint("index"), a.Uint("timeout"))) },
		"Ask":  func(a *trace.Record) error { return toolbox.ErrOf(s.core.Ask(a.Uint("call"), a.String("peer"))) },
		"Send": func(a *trace.Record) error { return s.send(a.Uint("number"), a.Uint("call"), a.String("peer")) },
		"SendFails": func(a *trace.Record) error {
			_, _, err := s.core.SendFails(a.Uint("number"))
			return err
		},
		"Receive": func(a *trace.Record) error {
			r := a.Record("request")
			want := request{rwl.ID{Incarnation: r.Uint("incarnation"), Number: r.Uint("number")}, r.String("to")}
			if !slices.Contains(s.sent, want) {
				return rwl.ErrNotAllowed // it was never sent
			}
			s.core.Receive(want.id, want.to, a.Bool("yes"))
			return nil
		},
		"Advance": func(a *trace.Record) error { return s.core.Advance(a.Uint("high")) },
		"Quiet":   toolbox.Claim(s.core.Idle, s.core.Quiet),
		"Tick":    func(a *trace.Record) error { return s.core.Tick(a.Uint("to")) },
		"Tell": func(a *trace.Record) error {
			next, ok := s.core.Next()
			want := rwl.Ended{Call: a.Uint("call"), Outcome: rwl.Outcome(a.String("outcome"))}
			if !ok || next != want || a.Uint("incarnation") != s.core.Incarnation() {
				return rwl.ErrNotAllowed // the list would tell another client
			}
			return toolbox.ErrOf(s.core.Tell())
		},
		"Restart": func(a *trace.Record) error { return s.core.Restart(a.Uint("incarnation")) },
	}}, nil
}

// send lets a request leave.
func (s *system) send(number, call uint64, peer string) error {
	err := s.core.Send(number, call, peer)
	if err == nil {
		s.sent = append(s.sent, request{rwl.ID{Incarnation: s.core.Incarnation(), Number: number}, peer})
	}
	return err
}

package requestbatch

import (
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	rb "github.com/lockstep-tla/lockstep/impl/requestbatch"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is both cores, and a network that keeps all that was ever sent.
type system struct {
	client  *rb.Core
	server  *rb.ServerCore
	calls   []*rb.Call // by the number of the request, from 1; nil for one that was refused
	batches []rb.Batch
	replies []rb.Reply
}

func newNetwork(rec *trace.Recorder, l rb.Limits) *system {
	return &system{client: rb.NewCore(client, l, rec), server: rb.NewServerCore(server, rec), calls: []*rb.Call{nil}}
}

// newSystem is the bounded model's two ends, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := newNetwork(rec, rb.Limits{MaxSize: 2, Linger: 1, MaxQueue: 2})
	batch := func(step func(rb.Message) error) toolbox.Step {
		return func(a *trace.Record) error {
			m, err := toolbox.Sent(s.batches, a.Value("batch"))
			if err != nil {
				return err
			}
			return step(rb.Message(m))
		}
	}
	return &toolbox.Steps{Refusal: rb.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Ask":    func(a *trace.Record) error { return s.ask(a.Int("size")) },
		"Refuse": toolbox.Plain(func() error { return s.refuse(rb.ErrFull, rb.ErrClosed) }),
		"Cut":    toolbox.Plain(s.client.Cut), "Send": toolbox.Plain(s.send), "Fail": toolbox.Plain(s.client.Fail), "Close": toolbox.Plain(s.client.Close),
		"Receive": s.receive, "Quiet": toolbox.Plain(s.quiet),
		"GiveUp": func(a *trace.Record) error {
			if a.String("outcome") != string(rb.GivenUpOutcome()) {
				return rb.ErrNotAllowed // the client would tell its callers something else
			}
			return s.client.GiveUp()
		},
		"Tick": func(a *trace.Record) error { return s.client.Tick(a.Uint("to")) },
		"Take": batch(s.server.Take), "Reject": batch(s.server.Reject),
		"Execute": func(a *trace.Record) error { return s.execute(a.String("outcome") == string(rb.Failed)) },
		"Answer": func(a *trace.Record) error {
			var order []int
			places, _ := a.Value("order").([]trace.Value)
			for _, place := range places {
				n, _ := place.(int)
				order = append(order, n)
			}
			return s.answer(order)
		},
		"Restart": toolbox.Plain(func() error {
			s.server.Restart(s.server.Session)
			return nil
		}),
	}}, nil
}

func (s *system) ask(size int) error {
	call, err := s.client.Ask(fmt.Append(nil, len(s.calls)), size)
	if err == nil {
		s.calls = append(s.calls, call)
	}
	return err
}

// refuse lets the client refuse a caller, for one of these reasons.
func (s *system) refuse(reasons ...error) error {
	err := s.client.Refuse()
	if !errors.Is(err, rb.ErrNotAllowed) {
		s.calls = append(s.calls, nil)
	}
	return toolbox.Allow(err, reasons...)
}

// quiet lets an observer say that nothing is owed.
func (s *system) quiet() error {
	if !s.client.Idle() {
		return rb.ErrNotAllowed
	}
	s.client.Quiet()
	return nil
}

func (s *system) send() error {
	m, err := s.client.Send()
	if err == nil {
		s.batches = append(s.batches, rb.Batch(m))
	}
	return err
}

// told is a list of what callers are told.
type told []rb.Told

func (t told) View(o *trace.Object) {
	o.Objects("told", len(t), func(i int) trace.Viewer { return t[i] })
}

func (s *system) receive(a *trace.Record) error {
	m, err := toolbox.Sent(s.replies, a.Value("reply"))
	if err != nil {
		return err
	}
	would, err := trace.ValueOf(told(s.client.ToldBy(rb.Message(m))))
	if err != nil || !trace.Equal(would["told"], a.Value("told")) {
		return errors.Join(err, rb.ErrNotAllowed) // the client would tell its callers something else
	}
	return s.client.Receive(rb.Message(m))
}

// execute executes the next request, whose answer is "ok" and the request.
func (s *system) execute(failed bool) error {
	request, ok := s.server.Next()
	if !ok {
		return rb.ErrNotAllowed
	}
	return s.server.Execute(append([]byte("ok"), request.Body...), failed)
}

func (s *system) answer(order []int) error {
	m, err := s.server.Answer(order)
	if err == nil {
		s.replies = append(s.replies, rb.Reply(m))
	}
	return err
}

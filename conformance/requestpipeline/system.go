package requestpipeline

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	rp "github.com/lockstep-tla/lockstep/impl/requestpipeline"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is both cores, and wires between them, which may leave out frames.
type system struct {
	client *rp.Core
	server *rp.ServerCore
	calls  map[string]*rp.Call // by text
	wires  map[rp.Connection]wire
}

// wire has the frames that are under way on a connection: up to the server, and down to the
// client.
type wire map[string][]rp.Message

// take is a step with a frame that has come.
type take func(rp.Connection, rp.Message) error

func newPair(rec *trace.Recorder, most int) *system {
	return &system{
		client: rp.NewCore(client, most, rec), server: rp.NewServerCore(server, most, rec),
		calls: map[string]*rp.Call{}, wires: map[rp.Connection]wire{},
	}
}

// newSystem is the bounded model's two ends, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := newPair(rec, 2)
	steps := map[string]toolbox.Step{
		"Ask":  func(a *trace.Record) error { return s.ask(a.String("text")) },
		"Send": toolbox.Plain(s.send), "Resend": toolbox.Plain(s.resend), "Connect": toolbox.Plain(s.connect), "Lose": toolbox.Plain(s.lose),
		"Restart": func(a *trace.Record) error { return s.client.Restart(a.Uint("process")) },
		"Cancel": func(a *trace.Record) error {
			call := s.calls[a.String("text")]
			if call == nil || (a.String("outcome") == "unknown") != s.client.MayHaveRun(call) {
				return rp.ErrNotAllowed
			}
			return s.client.Cancel(call)
		},
		"Close": func(a *trace.Record) error {
			unknown, unsent := s.client.Waiting()
			if !s.are(a.Value("unknown"), unknown) || !s.are(a.Value("unsent"), unsent) {
				return rp.ErrNotAllowed // the client would tell other callers
			}
			return s.client.Close()
		},
		"Recover": toolbox.Plain(s.recover),
		"Quiet":   toolbox.Plain(s.quiet),
	}
	for name, step := range s.takes() {
		steps[name] = func(a *trace.Record) error {
			shown := a.Record("connection")
			c := rp.Connection{Process: shown.Uint("process"), Epoch: shown.Uint("epoch")}
			m, err := toolbox.Sent(slices.Concat(s.wires[c]["up"], s.wires[c]["down"]), a.Value("frame"))
			if err != nil {
				return err
			}
			return step(c, m)
		}
	}
	return &toolbox.Steps{Refusal: rp.ErrNotAllowed, Take: steps}, nil
}

// are says whether calls have just these texts.
func (s *system) are(list trace.Value, calls []*rp.Call) bool {
	all, _ := list.([]trace.Value)
	return slices.EqualFunc(all, calls, func(text trace.Value, call *rp.Call) bool {
		name, ok := text.(string)
		return ok && s.calls[name] == call
	})
}

// ask lets a caller make a request, whose text names it: no other one has the same.
func (s *system) ask(text string) error {
	if s.calls[text] != nil {
		return rp.ErrNotAllowed
	}
	call, err := s.client.Ask([]byte(text))
	if err == nil {
		s.calls[text] = call
	}
	return err
}

func (s *system) send() error   { return s.put(s.client.Send()) }
func (s *system) resend() error { return s.put(s.client.Resend()) }
func (s *system) lose() error   { return s.client.Lose(s.client.Current()) }

// put puts a frame on the current connection, if the server has not closed it.
func (s *system) put(m rp.Message, err error) error {
	if w := s.wires[s.client.Current()]; err == nil && w != nil {
		w["up"] = append(w["up"], m)
	}
	return err
}

func (s *system) connect() error {
	conn, err := s.client.Connect()
	if err == nil {
		s.wires[conn] = wire{}
	}
	return err
}

func (s *system) recover() error {
	clear(s.wires)
	s.server.Recover(s.server.Session)
	return nil
}

// quiet lets an observer say that nothing is owed.
func (s *system) quiet() error {
	if !s.client.Idle() {
		return rp.ErrNotAllowed
	}
	s.client.Quiet()
	return nil
}

// takes is the table of the steps that take a frame.
func (s *system) takes() map[string]take {
	answerless := func(step take) func(rp.Connection, rp.Message) (rp.Message, error) {
		return func(c rp.Connection, m rp.Message) (rp.Message, error) { return m, step(c, m) }
	}
	return map[string]take{
		"Receive":       s.arrives("down", answerless(s.client.Receive)),
		"ProtocolError": s.arrives("down", answerless(s.client.ProtocolError)),
		"Repeat":        s.arrives("up", s.server.Repeat),
		"Accept": s.arrives("up", func(c rp.Connection, m rp.Message) (rp.Message, error) {
			return s.server.Accept(c, m, m.Body)
		}),
		"Refuse": func(c rp.Connection, m rp.Message) error {
			err := s.arrives("up", answerless(s.server.Refuse))(c, m)
			if err == nil {
				delete(s.wires, c)
			}
			return err
		},
	}
}

// arrives lets an end take a frame that is under way; the server answers it. Those before it
// are lost.
func (s *system) arrives(way string, step func(rp.Connection, rp.Message) (rp.Message, error)) take {
	return func(c rp.Connection, m rp.Message) error {
		w := s.wires[c]
		i := slices.IndexFunc(w[way], func(f rp.Message) bool { return f.Number == m.Number && string(f.Body) == string(m.Body) })
		if i < 0 {
			return rp.ErrNotAllowed
		}
		answer, err := step(c, m)
		if err != nil {
			return err
		}
		w[way] = w[way][i+1:]
		if way == "up" {
			w["down"] = append(w["down"], answer)
		}
		return nil
	}
}

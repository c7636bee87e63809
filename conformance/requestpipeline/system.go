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
	wires  map[rp.Connection]*wire
	conn   rp.Connection // that the client has made last
}

// wire has the frames that are under way on a connection, by where they go.
type wire struct{ up, down []rp.Message }

// take is a step that an end takes with a frame that has come.
type take func(rp.Connection, rp.Message) error

func newPair(rec *trace.Recorder, most int) *system {
	return &system{
		client: rp.NewCore(client, most, rec), server: rp.NewServerCore(server, most, rec),
		calls: map[string]*rp.Call{}, wires: map[rp.Connection]*wire{},
	}
}

// newSystem is the bounded model's two ends, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := newPair(rec, 2)
	plain := func(step func() error) toolbox.Step { return func(*trace.Record) error { return step() } }
	framed := func(step take) toolbox.Step {
		return func(a *trace.Record) error {
			shown := a.Record("connection")
			c := rp.Connection{Process: shown.Uint("process"), Epoch: shown.Uint("epoch")}
			w := s.wires[c]
			if w == nil {
				return rp.ErrNotAllowed
			}
			m, err := toolbox.Sent(slices.Concat(w.up, w.down), a.Value("frame"))
			if err != nil {
				return err
			}
			return step(c, m)
		}
	}
	return &toolbox.Steps{Refusal: rp.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Ask":  func(a *trace.Record) error { return s.ask(a.String("text")) },
		"Send": plain(s.send), "Resend": plain(s.resend), "Connect": plain(s.connect), "Lose": plain(s.lose),
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
		"Receive": framed(s.receive), "ProtocolError": framed(s.protocolError),
		"Accept": framed(s.accept), "Repeat": framed(s.repeat), "Refuse": framed(s.refuse),
		"Recover": plain(s.recover),
	}}, nil
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
func (s *system) lose() error   { return s.client.Lose(s.conn) }

// put puts a frame on the current connection, if the server has not closed it.
func (s *system) put(m rp.Message, err error) error {
	if w := s.wires[s.conn]; err == nil && w != nil {
		w.up = append(w.up, m)
	}
	return err
}

func (s *system) connect() error {
	conn, err := s.client.Connect()
	if err == nil {
		s.conn, s.wires[conn] = conn, &wire{}
	}
	return err
}

func (s *system) recover() error {
	clear(s.wires)
	s.server.Recover(s.server.Session)
	return nil
}

func (s *system) receive(c rp.Connection, m rp.Message) error { return s.down(c, m, s.client.Receive) }
func (s *system) protocolError(c rp.Connection, m rp.Message) error {
	return s.down(c, m, s.client.ProtocolError)
}
func (s *system) repeat(c rp.Connection, m rp.Message) error { return s.up(c, m, s.server.Repeat) }
func (s *system) accept(c rp.Connection, m rp.Message) error {
	return s.up(c, m, func(c rp.Connection, m rp.Message) (rp.Message, error) { return s.server.Accept(c, m, m.Body) })
}
func (s *system) refuse(c rp.Connection, m rp.Message) error {
	err := s.up(c, m, func(c rp.Connection, m rp.Message) (rp.Message, error) { return m, s.server.Refuse(c, m) })
	if err == nil {
		delete(s.wires, c)
	}
	return err
}

// arrives takes a frame from a wire, and loses those before it.
func arrives(frames *[]rp.Message, m rp.Message, step func() error) error {
	i := slices.IndexFunc(*frames, func(f rp.Message) bool { return f.Number == m.Number && string(f.Body) == string(m.Body) })
	if i < 0 {
		return rp.ErrNotAllowed
	}
	err := step()
	if err == nil {
		*frames = (*frames)[i+1:]
	}
	return err
}

// down lets the client take an answer.
func (s *system) down(c rp.Connection, m rp.Message, step take) error {
	w := s.wires[c]
	if w == nil {
		return rp.ErrNotAllowed
	}
	return arrives(&w.down, m, func() error { return step(c, m) })
}

// up lets the server take a request, and answer it.
func (s *system) up(c rp.Connection, m rp.Message, step func(rp.Connection, rp.Message) (rp.Message, error)) error {
	w := s.wires[c]
	if w == nil {
		return rp.ErrNotAllowed
	}
	return arrives(&w.up, m, func() error {
		answer, err := step(c, m)
		if err == nil {
			w.down = append(w.down, answer)
		}
		return err
	})
}

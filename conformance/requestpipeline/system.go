package requestpipeline

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	rp "github.com/lockstep-tla/lockstep/impl/requestpipeline"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is both cores, and the wires between them.
type system struct {
	client *rp.Core
	server *rp.ServerCore
	calls  map[string]*rp.Call // by text
	wires  map[rp.Connection]*wire
	conn   rp.Connection // that the client has made last
	lossy  bool          // wires leave out frames
}

// wire has the frames that are under way on a connection.
type wire struct{ up, down []rp.Message }

func newWires(rec *trace.Recorder, most int, lossy bool) *system {
	return &system{
		client: rp.NewCore(client, most, rec), server: rp.NewServerCore(server, most, rec),
		calls: map[string]*rp.Call{}, wires: map[rp.Connection]*wire{}, lossy: lossy,
	}
}

// newSystem is the bounded model's two ends, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	return newWires(rec, 2, true).steps(), nil
}

// steps is the table of all steps.
func (s *system) steps() *toolbox.Steps {
	plain := func(step func() error) toolbox.Step { return func(*trace.Record) error { return step() } }
	framed := func(step func(rp.Connection, trace.Value) error) toolbox.Step {
		return func(a *trace.Record) error {
			c := a.Record("connection")
			return step(rp.Connection{Process: c.Uint("process"), Epoch: c.Uint("epoch")}, a.Value("frame"))
		}
	}
	return &toolbox.Steps{Refusal: rp.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Ask":  func(a *trace.Record) error { return s.ask(a.String("text")) },
		"Send": plain(s.send), "Resend": plain(s.resend), "Connect": plain(s.connect),
		"Lose":    plain(func() error { return s.client.Lose(s.conn) }),
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
		"Receive": framed(func(c rp.Connection, frame trace.Value) error {
			return s.down(c, frame, s.client.Receive)
		}),
		"ProtocolError": framed(func(c rp.Connection, frame trace.Value) error {
			return s.down(c, frame, s.client.ProtocolError)
		}),
		"Accept":  framed(s.accept),
		"Repeat":  framed(s.repeat),
		"Refuse":  framed(s.refuse),
		"Recover": plain(s.recover),
	}}
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

// are says whether calls have just these texts.
func (s *system) are(list trace.Value, calls []*rp.Call) bool {
	all, _ := list.([]trace.Value)
	return slices.EqualFunc(all, calls, func(text trace.Value, call *rp.Call) bool {
		name, ok := text.(string)
		return ok && s.calls[name] == call
	})
}

func (s *system) send() error   { return s.put(s.client.Send()) }
func (s *system) resend() error { return s.put(s.client.Resend()) }

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
		s.conn = conn
		if s.wires[conn] == nil {
			s.wires[conn] = &wire{}
		}
	}
	return err
}

// arrives returns a frame that is under way, and what is left behind it.
func (s *system) arrives(frames []rp.Message, shown trace.Value) (m rp.Message, rest []rp.Message, err error) {
	m, err = toolbox.Sent(frames, shown)
	if err != nil {
		return m, nil, err
	}
	i := slices.IndexFunc(frames, func(f rp.Message) bool { return f.Number == m.Number && string(f.Body) == string(m.Body) })
	if i > 0 && !s.lossy {
		return m, nil, rp.ErrNotAllowed
	}
	return m, frames[i+1:], nil
}

// down lets the client take an answer. One that is a protocol error stays on its wire,
// which the client reads no more.
func (s *system) down(c rp.Connection, shown trace.Value, step func(rp.Connection, rp.Message) error) error {
	w := s.wires[c]
	if w == nil {
		return rp.ErrNotAllowed
	}
	m, rest, err := s.arrives(w.down, shown)
	if err != nil {
		return err
	}
	if err = step(c, m); err == nil && s.client.IsCurrent(c) {
		w.down = rest
	}
	return err
}

// up lets the server take a request, and answer it.
func (s *system) up(c rp.Connection, shown trace.Value, step func(rp.Connection, rp.Message) (rp.Message, error)) error {
	w := s.wires[c]
	if w == nil {
		return rp.ErrNotAllowed
	}
	m, rest, err := s.arrives(w.up, shown)
	if err != nil {
		return err
	}
	answer, err := step(c, m)
	if err == nil {
		w.up, w.down = rest, append(w.down, answer)
	}
	return err
}

func (s *system) accept(c rp.Connection, frame trace.Value) error {
	return s.up(c, frame, func(c rp.Connection, m rp.Message) (rp.Message, error) { return s.server.Accept(c, m, m.Body) })
}

func (s *system) repeat(c rp.Connection, frame trace.Value) error {
	return s.up(c, frame, s.server.Repeat)
}

func (s *system) refuse(c rp.Connection, frame trace.Value) error {
	err := s.up(c, frame, func(c rp.Connection, m rp.Message) (rp.Message, error) { return m, s.server.Refuse(c, m) })
	if err == nil {
		delete(s.wires, c)
	}
	return err
}

func (s *system) recover() error {
	clear(s.wires)
	s.server.Recover(s.server.Session)
	return nil
}

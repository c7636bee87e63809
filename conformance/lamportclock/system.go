package lamportclock

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is all the servers and clients of the bounded model, driven step by step. A
// server or client decides what it may do. What is under way in the network, and what a
// crash may leave, is decided here.
type system struct {
	*toolbox.Steps
	servers  map[string]*lc.Core
	client   *lc.ClientCore
	requests []*lc.Request
	replies  []*lc.Reply
}

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := &system{servers: map[string]*lc.Core{}, client: lc.NewClientCore("c1", rec, "k")}
	for _, name := range servers {
		s.servers[name] = lc.NewCore(name, rec)
	}
	s.Steps = &toolbox.Steps{Refusal: lc.ErrNotAllowed, Take: map[string]toolbox.Step{
		"RequestWrite": func(a *trace.Record) error {
			return s.send(s.client.RequestWrite(a.String("server"), a.String("key"), a.String("value")))
		},
		"RequestRead": func(a *trace.Record) error {
			return s.send(s.client.RequestRead(a.String("server"), a.String("key")))
		},
		"RequestSnapshot": func(a *trace.Record) error {
			return s.send(s.client.RequestSnapshot(a.String("server"), a.String("key")))
		},
		"Write": s.takes((*lc.Core).Write),
		"Read":  s.takes((*lc.Core).Read),
		"Sync":  s.of(func(c *lc.Core, a *trace.Record) error { return c.Sync(a.Int("upTo")) }),
		"Reply": s.of(s.reply),
		"Hear":  s.hear,
		"Crash": s.of(crash),
		"Start": s.of(func(c *lc.Core, _ *trace.Record) error { return c.Start() }),
	}}
	return s, nil
}

// of takes a step of a server.
func (s *system) of(do func(*lc.Core, *trace.Record) error) toolbox.Step {
	return func(a *trace.Record) error { return do(s.servers[a.String("node")], a) }
}

func (s *system) send(m *lc.Request) error {
	s.requests = append(s.requests, m)
	return nil
}

// takes gives a server a request that was sent.
func (s *system) takes(take func(*lc.Core, *lc.Request) (lc.Answer, error)) toolbox.Step {
	return s.of(func(c *lc.Core, a *trace.Record) error {
		m, err := toolbox.Sent(s.requests, a.Value("message"))
		if err != nil {
			return err
		}
		_, err = take(c, m)
		return err
	})
}

// reply lets the answer leave that is the message.
func (s *system) reply(c *lc.Core, a *trace.Record) error {
	var wrong error = lc.ErrNotAllowed
	for _, owed := range c.Owed() {
		var is error
		if _, is = toolbox.Sent([]*lc.Reply{c.Preview(owed)}, a.Value("message")); is == nil {
			m, err := c.Reply(owed)
			if err == nil {
				s.replies = append(s.replies, m)
			}
			return err
		}
		wrong = is
	}
	return wrong
}

func (s *system) hear(a *trace.Record) error {
	m, err := toolbox.Sent(s.replies, a.Value("message"))
	if err != nil {
		return err
	}
	return s.client.Hear(m)
}

func crash(c *lc.Core, a *trace.Record) error {
	left := a.Int("left")
	if left < c.Durable() || left > len(c.Log()) {
		return lc.ErrNotAllowed // no crash does that
	}
	return c.Crash(c.Log()[:left])
}

package lamportclock

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// newSystem is all the servers and clients of the bounded model, driven step by step. A
// server or client decides what it may do. What is under way in the network, and what a
// crash may leave, is decided here.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	c := newCluster(rec, clients[:1], "k")
	client := c.clients["c1"]
	asks := func(kind lc.Kind) toolbox.Step {
		return func(a *trace.Record) error {
			value := ""
			if kind == lc.Write {
				value = a.String("value")
			}
			c.requests = append(c.requests, request(client, kind, a.String("server"), a.String("key"), value))
			return nil
		}
	}
	return &toolbox.Steps{Refusal: lc.ErrNotAllowed, Take: map[string]toolbox.Step{
		"RequestWrite": asks(lc.Write), "RequestRead": asks(lc.Read), "RequestSnapshot": asks(lc.Snapshot),
		"Write": c.takes((*lc.Core).Write),
		"Read":  c.takes((*lc.Core).Read),
		"Sync":  c.of(func(s *lc.Core, a *trace.Record) error { return s.Sync(a.Int("upTo")) }),
		"Reply": c.of(c.replyThat),
		"Hear": func(a *trace.Record) error {
			m, err := toolbox.Sent(c.replies, a.Value("message"))
			if err != nil {
				return err
			}
			return client.Hear(m)
		},
		"Crash": c.of(func(s *lc.Core, a *trace.Record) error {
			left := a.Int("left")
			if left < s.Durable() || left > len(s.Log()) {
				return lc.ErrNotAllowed // no crash does that
			}
			return s.Crash(s.Log()[:left])
		}),
		"Start": c.of(func(s *lc.Core, _ *trace.Record) error { return s.Start() }),
		"End": c.of(func(s *lc.Core, a *trace.Record) error {
			if !owesNothing(s) {
				return lc.ErrNotAllowed
			}
			end(rec, a.String("node"), s)
			return nil
		}),
	}}, nil
}

// owesNothing says whether a server is up, and has nothing to flush and to answer.
func owesNothing(s *lc.Core) bool {
	view, err := trace.ValueOf(s)
	return err == nil && view["mode"] == "up" && len(s.Log()) == s.Durable() && len(s.Owed()) == 0
}

// of takes a step of a server.
func (c *cluster) of(do func(*lc.Core, *trace.Record) error) toolbox.Step {
	return func(a *trace.Record) error { return do(c.servers[a.String("node")], a) }
}

// takes gives a server a request that was sent.
func (c *cluster) takes(take func(*lc.Core, *lc.Request) (lc.Answer, error)) toolbox.Step {
	return c.of(func(s *lc.Core, a *trace.Record) error {
		m, err := toolbox.Sent(c.requests, a.Value("message"))
		if err != nil {
			return err
		}
		return toolbox.ErrOf(take(s, m))
	})
}

// replyThat lets the answer leave that is the message.
func (c *cluster) replyThat(s *lc.Core, a *trace.Record) error {
	var wrong error = lc.ErrNotAllowed
	for _, owed := range s.Owed() {
		if _, wrong = toolbox.Sent([]*lc.Reply{s.ReplyTo(owed)}, a.Value("message")); wrong == nil {
			return c.reply(s, owed)
		}
	}
	return wrong
}

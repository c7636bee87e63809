package versionvector

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the bounded model's replicas, driven step by step.
type system struct {
	cores   map[string]*vv.Core
	sent    []*vv.Message
	replies []vv.Reply // that clients have read
	written []string   // each value once
}

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := &system{cores: map[string]*vv.Core{}, replies: []vv.Reply{{}}}
	for _, name := range nodes[:2] {
		s.cores[name] = vv.NewCore(name, rec)
	}
	type core = *vv.Core
	return &toolbox.Steps{Refusal: vv.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Read":  s.ofNode(s.read),
		"Put":   s.ofNode(s.put),
		"Flush": s.ofNode(func(c core, _ *trace.Record) error { return c.Flush() }),
		"Restart": s.ofNode(func(c core, a *trace.Record) error {
			kept, ok := toolbox.Find([]vv.State{c.Disk(), c.Store()}, a.Value("kept"))
			if !ok {
				return vv.ErrNotAllowed
			}
			return c.Restart(kept, a.Uint("incarnation"))
		}),
		"Send":   s.sends(core.Send),
		"Ask":    s.sends(core.Ask),
		"Answer": s.arrives(func(c core, m *vv.Message) error { return s.keep(c.Answer(m)) }),
		"Ignore": s.arrives(core.Ignore),
		"Merge":  s.arrives(core.Merge),
		"End":    toolbox.Plain(func() error { return s.end(rec) }),
	}}, nil
}

// end says that nothing is left to do, if all replicas have the same on their disks.
func (s *system) end(rec *trace.Recorder) error {
	var seen readers
	for _, c := range s.cores {
		seen = append(seen, vv.Reply{Values: c.Store().Values(), Context: vv.ContextOf(c.Store())})
		if c.IsDirty() || !seen.agree() {
			return vv.ErrNotAllowed
		}
	}
	seen.end(rec)
	return nil
}

// ofNode is a step of a replica.
func (s *system) ofNode(step func(*vv.Core, *trace.Record) error) toolbox.Step {
	return func(a *trace.Record) error { return step(s.cores[a.String("node")], a) }
}

// read lets a client read, if the answer is the one that is shown.
func (s *system) read(c *vv.Core, a *trace.Record) error {
	_, answer := toolbox.Find([]vv.State{c.Store()}, a.Value("answer"))
	_, context := toolbox.Find([]vv.Vector{vv.SeenByReader(c.Store())}, a.Value("context"))
	if !answer || !context {
		return vv.ErrNotAllowed
	}
	s.replies = append(s.replies, c.Read())
	return nil
}

// put lets a client write with a reply.
func (s *system) put(c *vv.Core, a *trace.Record) error {
	value := a.String("value")
	for _, r := range s.replies {
		if _, ok := toolbox.Find([]vv.Vector{r.Context}, a.Value("context")); ok && !slices.Contains(s.written, value) {
			s.written = append(s.written, value)
			c.Put(r, value)
			return nil
		}
	}
	return vv.ErrNotAllowed
}

// sends is a step that sends a message.
func (s *system) sends(step func(c *vv.Core, to string) (*vv.Message, error)) toolbox.Step {
	return s.ofNode(func(c *vv.Core, a *trace.Record) error { return s.keep(step(c, a.String("to"))) })
}

func (s *system) keep(m *vv.Message, err error) error {
	if err == nil {
		s.sent = append(s.sent, m)
	}
	return err
}

// arrives is a step that takes a message, if it was sent.
func (s *system) arrives(step func(*vv.Core, *vv.Message) error) toolbox.Step {
	return s.ofNode(func(c *vv.Core, a *trace.Record) error {
		m, err := toolbox.Sent(s.sent, a.Value("message"))
		if err != nil {
			return err
		}
		return step(c, m)
	})
}

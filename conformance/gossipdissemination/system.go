package gossipdissemination

import (
	"errors"
	"fmt"
	"maps"

	"github.com/lockstep-tla/lockstep/conformance"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is two nodes, driven step by step. What they may do, their cores
// decide. What is on its way is decided here: only what was sent.
type system struct{ *world }

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	return &system{newWorld(rec, 1, []string{"a", "b"})}, nil
}

// Close implements conformance.System.
func (s *system) Close() error { return nil }

// Do implements conformance.System.
func (s *system) Do(step string, args map[string]trace.Value) error {
	err := s.do(step, args)
	if errors.Is(err, gossip.ErrNotAllowed) {
		return conformance.ErrRefused
	}
	return err
}

func (s *system) do(step string, args map[string]trace.Value) error {
	text := func(name string) string {
		v, _ := args[name].(string)
		return v
	}
	if step == "Agree" {
		if !s.agreed() {
			return gossip.ErrNotAllowed
		}
		s.agree()
		return nil
	}
	if step == "Lose" {
		m := s.underWay(args["message"])
		if m == nil {
			return gossip.ErrNotAllowed
		}
		s.lose(m)
		return nil
	}
	c := s.byName[text("node")]
	switch step {
	case "Start":
		return c.Start()
	case "Update":
		return c.Update(text("key"), text("value"))
	case "Refute":
		return c.Refute()
	case "Leave":
		return c.Leave()
	case "Suspect":
		return c.Suspect(text("other"))
	case "Bury":
		return c.Bury(text("other"))
	case "Crash":
		return c.Crash()
	case "Digest":
		return s.digest(c, text("to"), args["about"])
	case "Answer":
		return s.message(c.Answer, args)
	case "Merge":
		return s.message(c.Merge, args)
	}
	return fmt.Errorf("unknown step %s", step)
}

// digest sends a digest, if it is about what the node knows.
func (s *system) digest(c *gossip.Core, to string, arg trace.Value) error {
	about := map[string]bool{}
	fields, _ := arg.(map[string]trace.Value)
	for owner, v := range fields {
		is, _ := v.(bool)
		about[owner] = is
		if c.Mark(owner).Gen == 0 {
			return gossip.ErrNotAllowed
		}
	}
	if len(about) != len(c.Owners()) {
		return gossip.ErrNotAllowed
	}
	m, err := c.Digest(to, about)
	s.note(m)
	return err
}

// underWay returns the message that a trace shows like that, if it may arrive.
func (s *system) underWay(as trace.Value) *gossip.Message {
	for _, m := range s.sent {
		if sameValue(shown(m), as) {
			return m
		}
	}
	return nil
}

// message hands on a message, if it is under way.
func (s *system) message(step func(*gossip.Message, gossip.Fit) (*gossip.Message, error), args map[string]trace.Value) error {
	sent := s.underWay(args["message"])
	if sent == nil {
		return gossip.ErrNotAllowed
	}
	given := gossip.Cut{}
	fields, _ := args["cut"].(map[string]trace.Value)
	for owner, v := range fields {
		given[owner], _ = v.(int)
	}
	m, err := gossip.Decode(sent.Encode(nil))
	if err != nil {
		return err
	}
	answer, err := step(m, func(*gossip.News) gossip.Cut { return given })
	s.note(answer)
	return err
}

// shown is what a trace shows of a message.
func shown(m *gossip.Message) trace.Value {
	mark := func(of gossip.Mark) map[string]trace.Value {
		return map[string]trace.Value{"gen": int(of.Gen), "ver": int(of.Ver), "inc": int(of.Inc), "status": of.Status.String()}
	}
	marks, entries := map[string]trace.Value{}, map[string]trace.Value{}
	for owner, of := range m.Marks {
		marks[owner] = mark(of)
	}
	for owner, d := range m.Entries {
		vals := map[string]trace.Value{}
		for key, v := range d.Vals {
			vals[key] = map[string]trace.Value{"val": v.Val, "ver": int(v.Ver)}
		}
		entry := mark(d.Mark)
		maps.Copy(entry, map[string]trace.Value{"since": int(d.Since), "vals": vals})
		entries[owner] = entry
	}
	all := map[string]trace.Value{"type": m.Kind.String(), "from": m.From, "to": m.To}
	if m.Kind == gossip.Digests {
		all["marks"], all["whole"] = marks, m.Whole
	} else {
		all["wants"], all["entries"] = marks, entries
	}
	return all
}

// sameValue compares values of a trace. What is empty may be a sequence to TLC.
func sameValue(a, b trace.Value) bool {
	one, isMap := a.(map[string]trace.Value)
	other, isMapToo := b.(map[string]trace.Value)
	switch {
	case isMap && isMapToo:
		return maps.EqualFunc(one, other, sameValue)
	case isMap:
		list, ok := b.([]trace.Value)
		return ok && len(one) == 0 && len(list) == 0
	}
	return a == b
}

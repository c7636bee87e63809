package twophasecommit

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/lockstep-tla/lockstep/conformance"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// name is what a transaction is called in traces.
func name(n uint64) string { return tpc.Ref{Number: n}.String() }

func number(name string) uint64 {
	n, err := strconv.ParseUint(name[1:], 10, 64)
	if err != nil {
		panic(err) // names come from here or from the spec
	}
	return n
}

// system is a coordinator and two participants, driven step by step. Which
// messages there are, and what a crash takes, is decided here: every message
// that was ever sent can arrive at any time.
type system struct {
	rec      *trace.Recorder
	policy   tpc.Policy
	servers  map[string]*server
	sessions map[string]*tpc.Session
	refs     map[string]tpc.Ref
	sent     []tpc.Message
}

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := &system{rec: rec, servers: map[string]*server{}, sessions: map[string]*tpc.Session{}, refs: map[string]tpc.Ref{}}
	return s, nil
}

// Close implements conformance.System.
func (s *system) Close() error {
	for _, v := range s.servers {
		if err := v.log.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Do implements conformance.System.
func (s *system) Do(step string, args map[string]trace.Value) error {
	err := s.do(step, args)
	for _, v := range s.servers {
		s.sent = append(s.sent, v.core.Messages()...)
	}
	for _, v := range s.sessions {
		s.sent = append(s.sent, v.Messages()...)
	}
	if errors.Is(err, tpc.ErrNotAllowed) {
		return conformance.ErrRefused
	}
	return err
}

func (s *system) do(step string, args map[string]trace.Value) error {
	text := func(name string) string {
		v, _ := args[name].(string)
		return v
	}
	node := text("node")
	if step == "Configure" {
		return s.configure(tpc.Policy(text("policy")))
	}
	if v := s.servers[node]; v != nil {
		switch step {
		case "Recover":
			return v.core.Recover()
		case "Crash":
			if !v.core.Up() {
				return tpc.ErrNotAllowed
			}
			return v.crash(nil)
		case "Quiet":
			if !v.core.Up() || !v.core.Idle() {
				return tpc.ErrNotAllowed
			}
			v.core.Quiet()
			return nil
		}
		if c, ok := v.core.(*tpc.Coordinator); ok && step == "Close" {
			return s.close(c, uint64(args["number"].(int)))
		} else if ok {
			return s.coordinate(c, step, text("transaction"), args)
		}
		if step == "Forget" {
			return with(s.find(name(uint64(args["number"].(int))), func(m tpc.Message) bool { return m.Type == tpc.TypeClosed }), v.core.(*tpc.Participant).Forget)
		}
		return s.participate(v.core.(*tpc.Participant), step, node, text("transaction"), args)
	}
	if session := s.sessions[node]; session != nil {
		return s.client(session, step, node, args)
	}
	return tpc.ErrNotAllowed // it has not begun yet, or there is no such node
}

func (s *system) configure(policy tpc.Policy) (err error) {
	if s.policy != "" {
		return tpc.ErrNotAllowed
	}
	s.policy = policy
	s.servers[coordinator], err = newServer(newCoordinator(s.rec))
	for _, p := range participants[:2] {
		if err == nil {
			s.servers[p], err = newServer(newParticipant(s.rec, p, policy))
		}
	}
	if err == nil {
		tpc.Configure(s.rec, policy)
	}
	return err
}

// find returns the messages of a kind about a transaction.
func (s *system) find(t string, is func(m tpc.Message) bool) []tpc.Message {
	var found []tpc.Message
	for _, m := range s.sent {
		if name(m.Transaction.Number) == t && is(m) {
			found = append(found, m)
		}
	}
	return found
}

// with takes a step with the first of some messages with which it can be taken.
func with(found []tpc.Message, step func(m tpc.Message) error) error {
	for _, m := range found {
		if err := step(m); !errors.Is(err, tpc.ErrNotAllowed) {
			return err
		}
	}
	return tpc.ErrNotAllowed
}

func (s *system) client(c *tpc.Session, step, t string, args map[string]trace.Value) error {
	switch step {
	case "Get":
		return c.Get(args["key"].(string))
	case "Put":
		return c.Put(args["key"].(string), args["value"].(string))
	case "Hear":
		return with(s.find(t, func(m tpc.Message) bool {
			return m.Type == tpc.TypeDone && int(m.Operation) == args["number"] && m.From == args["from"] &&
				int(m.Life) == args["life"] && (m.Found && m.Value == args["value"] || !m.Found && args["value"] == "absent")
		}), c.Hear)
	case "AskCommit":
		return c.AskCommit()
	case "RollBack":
		return c.RollBack()
	case "Rest":
		return c.Rest()
	case "Learn":
		return with(s.find(t, func(m tpc.Message) bool {
			return m.Type == tpc.TypeDecision && string(m.Outcome) == args["outcome"]
		}), c.Learn)
	}
	return fmt.Errorf("unknown step %s of a client", step)
}

func (s *system) coordinate(c *tpc.Coordinator, step, t string, args map[string]trace.Value) error {
	n := number(t)
	if step == "Begin" {
		if n != uint64(len(s.refs)+1) {
			return tpc.ErrNotAllowed // it is not this one's turn
		}
		ref, err := c.Begin("client", int64(args["age"].(int)))
		if err == nil {
			s.refs[t] = ref
			s.sessions[t] = tpc.NewSession(tpc.SessionConfig{Client: "client", Coordinator: coordinator, Home: home, Trace: s.rec}, ref)
		}
		return err
	}
	if c.Up() {
		for _, m := range s.find(t, func(m tpc.Message) bool { return m.Type == tpc.TypeVote || m.Type == tpc.TypeAck }) {
			c.Note(m)
		}
	}
	switch step {
	case "StartPrepare":
		return with(s.find(t, func(m tpc.Message) bool { return m.Type == tpc.TypeAskCommit }), c.StartPrepare)
	case "Commit":
		return c.Commit(n)
	case "Abort":
		return c.Abort(n)
	case "Tell":
		err := c.Tell(n)
		if err == nil { // its client asks again, if the coordinator does not know it any more
			s.sent = append(s.sent, tpc.Message{Type: tpc.TypeDecision, From: coordinator, To: "client", Transaction: s.refs[t], Outcome: c.Outcome(n)})
		}
		return err
	case "Complete":
		return c.Complete(n)
	case "Answer":
		return with(s.find(t, func(m tpc.Message) bool { return m.Type == tpc.TypeInquiry && m.From == args["participant"] }), c.Answer)
	}
	return fmt.Errorf("unknown step %s of a coordinator", step)
}

// close lets a coordinator say it to all, even to those it has not met in this
// life.
func (s *system) close(c *tpc.Coordinator, n uint64) error {
	err := c.Close(n)
	if err == nil {
		s.sent = append(s.sent, tpc.Message{Type: tpc.TypeClosed, From: coordinator, Transaction: tpc.Ref{Number: n}})
	}
	return err
}

func (s *system) participate(p *tpc.Participant, step, node, t string, args map[string]trace.Value) error {
	n := number(t)
	operation := func(of tpc.Type) []tpc.Message {
		return s.find(t, func(m tpc.Message) bool {
			return m.Type == of && home(m.Key) == node && (args["number"] == nil || int(m.Operation) == args["number"])
		})
	}
	asked := s.find(t, func(m tpc.Message) bool { return m.Type == tpc.TypePrepare && m.To == node })
	decided := s.find(t, func(m tpc.Message) bool {
		return m.Type == tpc.TypeDecision && (!m.Presumed || m.To == node)
	})
	wanting := append(asked, operation(tpc.TypeGet)...)
	switch step {
	case "Read":
		return with(operation(tpc.TypeGet), p.Read)
	case "Write":
		return with(operation(tpc.TypePut), p.Write)
	case "Prepare":
		return with(asked, p.Prepare)
	case "Vote":
		return with(asked, p.Vote)
	case "Refuse":
		return with(asked, p.Refuse)
	case "Wait":
		return with(wanting, p.Wait)
	case "Wound":
		return with(wanting, func(m tpc.Message) error { return p.Wound(m, number(args["other"].(string))) })
	case "Die":
		return with(wanting, p.Die)
	case "GiveUp":
		return p.GiveUp(n)
	case "Inquire":
		return p.Inquire(n)
	case "Apply":
		return with(decided, p.Apply)
	case "Discard":
		return with(decided, p.Discard)
	}
	return fmt.Errorf("unknown step %s of a participant", step)
}

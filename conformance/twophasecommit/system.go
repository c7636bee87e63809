package twophasecommit

import (
	"errors"
	"slices"
	"strconv"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
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

// system is a coordinator, two participants and clients, driven step by step. The
// network is decided here: each message that was ever sent can arrive at any time.
type system struct {
	*toolbox.Steps
	rec      *trace.Recorder
	nodes    map[string]*node
	sessions map[string]*tpc.Session
	sent     []tpc.Message
}

// arguments are those of a step.
type arguments = *trace.Record

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := &system{rec: rec, sessions: map[string]*tpc.Session{}}
	s.Steps = &toolbox.Steps{Refusal: tpc.ErrNotAllowed, After: s.collect, Closing: s.close, Take: map[string]toolbox.Step{
		"Configure": s.configure,
		"Recover":   s.node(func(n *node) error { return n.Recover() }),
		"Crash":     s.node(func(n *node) error { return when(n.Up(), func() error { return n.crash(unsynced) }) }),
		"Quiet":     s.node(func(n *node) error { return when(n.Up() && n.Idle(), func() error { n.Quiet(); return nil }) }),

		"Get":       s.client(func(c *tpc.Session, a arguments) error { return c.Get(a.String("key")) }),
		"Put":       s.client(func(c *tpc.Session, a arguments) error { return c.Put(a.String("key"), a.String("value")) }),
		"Hear":      s.client(s.hear),
		"AskCommit": s.client(func(c *tpc.Session, _ arguments) error { return c.AskCommit() }),
		"RollBack":  s.client(func(c *tpc.Session, _ arguments) error { return c.RollBack() }),
		"Learn":     s.client(s.learn),
		"Rest":      s.client(func(c *tpc.Session, _ arguments) error { return c.Rest() }),

		"Begin":        s.coordinator(s.begin),
		"StartPrepare": s.coordinator(s.startPrepare),
		"Commit":       s.coordinator(decide((*tpc.Coordinator).Commit)),
		"Abort":        s.coordinator(decide((*tpc.Coordinator).Abort)),
		"Tell":         s.coordinator(s.tell),
		"Complete":     s.coordinator(decide((*tpc.Coordinator).Complete)),
		"Answer":       s.coordinator(s.answer),
		"Close":        s.closed,

		"Read":    s.takes((*tpc.Participant).Read, operation(tpc.TypeGet)),
		"Write":   s.takes((*tpc.Participant).Write, operation(tpc.TypePut)),
		"Prepare": s.takes((*tpc.Participant).Prepare, asked),
		"Vote":    s.takes((*tpc.Participant).Vote, asked),
		"Refuse":  s.takes((*tpc.Participant).Refuse, asked),
		"Wait":    s.takes((*tpc.Participant).Wait, asked, operation(tpc.TypeGet)),
		"Wound":   s.wound,
		"Die":     s.takes((*tpc.Participant).Die, asked, operation(tpc.TypeGet)),
		"GiveUp":  s.participant((*tpc.Participant).GiveUp),
		"Inquire": s.participant((*tpc.Participant).Inquire),
		"Apply":   s.takes((*tpc.Participant).Apply, decided),
		"Discard": s.takes((*tpc.Participant).Discard, decided),
		"Forget":  s.forget,
	}}
	return s, nil
}

func (s *system) close() (err error) {
	for _, n := range s.nodes {
		err = errors.Join(err, n.log.Close())
	}
	return err
}

// collect sends what the nodes and clients have to send.
func (s *system) collect(_ string, err error) error {
	for _, n := range s.nodes {
		s.sent = append(s.sent, n.Messages()...)
	}
	for _, c := range s.sessions {
		s.sent = append(s.sent, c.Messages()...)
	}
	return err
}

func (s *system) configure(a arguments) (err error) {
	return when(s.nodes == nil, func() error {
		s.nodes, err = newNodes(s.rec, tpc.Policy(a.String("policy")), participants[:2]...)
		return err
	})
}

// when refuses a step unless the environment allows it.
func when(allowed bool, step func() error) error {
	if !allowed {
		return tpc.ErrNotAllowed
	}
	return step()
}

// node is a step of any node. There is none before the policy is chosen.
func (s *system) node(step func(*node) error) toolbox.Step {
	return func(a arguments) error {
		n := s.nodes[a.String("node")]
		return when(n != nil, func() error { return step(n) })
	}
}

// client is a step of a client, which is called as its transaction.
func (s *system) client(step func(*tpc.Session, arguments) error) toolbox.Step {
	return func(a arguments) error {
		c := s.sessions[a.String("node")]
		return when(c != nil, func() error { return step(c, a) })
	}
}

// coordinator is a step of the coordinator about a transaction. It has received all
// votes and acknowledgements that were sent, unless it is down.
func (s *system) coordinator(step func(c *tpc.Coordinator, t string, a arguments) error) toolbox.Step {
	return func(a arguments) error {
		t := a.String("transaction")
		return s.node(func(n *node) error {
			c := n.core.(*tpc.Coordinator)
			for _, m := range s.find(t, tpc.TypeVote, tpc.TypeAck) {
				if c.Up() {
					c.Note(m)
				}
			}
			return step(c, t, a)
		})(a)
	}
}

// decide is a step that needs no message.
func decide(step func(*tpc.Coordinator, uint64) error) func(*tpc.Coordinator, string, arguments) error {
	return func(c *tpc.Coordinator, t string, _ arguments) error { return step(c, number(t)) }
}

// participant is a step of a participant that needs no message.
func (s *system) participant(step func(p *tpc.Participant, n uint64) error) toolbox.Step {
	return func(a arguments) error {
		return s.node(func(n *node) error { return step(n.core.(*tpc.Participant), number(a.String("transaction"))) })(a)
	}
}

// takes is a step of a participant that takes one of the messages that are chosen.
func (s *system) takes(step func(*tpc.Participant, tpc.Message) error, choices ...choice) toolbox.Step {
	return func(a arguments) error {
		return s.node(func(n *node) error {
			p := n.core.(*tpc.Participant)
			return with(s.chosen(a, choices...), func(m tpc.Message) error { return step(p, m) })
		})(a)
	}
}

// A choice says whether a step with these arguments may take a message.
type choice func(m tpc.Message, a arguments) bool

func operation(of tpc.Type) choice {
	return func(m tpc.Message, a arguments) bool {
		return m.Type == of && placement(m.Key) == a.String("node") && (!a.Has("number") || m.Operation == a.Uint("number"))
	}
}

func asked(m tpc.Message, a arguments) bool {
	return m.Type == tpc.TypePrepare && m.To == a.String("node")
}

func decided(m tpc.Message, a arguments) bool {
	return m.Type == tpc.TypeDecision && (!m.Presumed || m.To == a.String("node"))
}

// chosen returns the messages about the step's transaction of the first choice, then
// those of the next.
func (s *system) chosen(a arguments, choices ...choice) (all []tpc.Message) {
	for _, is := range choices {
		for _, m := range s.find(a.String("transaction")) {
			if is(m, a) {
				all = append(all, m)
			}
		}
	}
	return all
}

// find returns the messages about a transaction that are of one of the types, or of
// any.
func (s *system) find(t string, types ...tpc.Type) (all []tpc.Message) {
	for _, m := range s.sent {
		if name(m.Transaction.Number) == t && (types == nil || slices.Contains(types, m.Type)) {
			all = append(all, m)
		}
	}
	return all
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

// The steps that need more than that.

func (s *system) hear(c *tpc.Session, a arguments) error {
	value := a.String("value")
	var answers []tpc.Message
	for _, m := range s.find(c.Ref().String(), tpc.TypeDone) {
		if m.Operation == a.Uint("number") && m.From == a.String("from") && m.Incarnation == a.Uint("incarnation") &&
			(m.Found && m.Value == value || !m.Found && value == absent) {
			answers = append(answers, m)
		}
	}
	return with(answers, c.Hear)
}

func (s *system) learn(c *tpc.Session, a arguments) error {
	return with(s.find(c.Ref().String(), tpc.TypeDecision), func(m tpc.Message) error {
		return when(string(m.Outcome) == a.String("outcome"), func() error { return c.Learn(m) })
	})
}

func (s *system) begin(c *tpc.Coordinator, t string, a arguments) error {
	if number(t) != uint64(len(s.sessions)+1) {
		return tpc.ErrNotAllowed // the numbers are given in turn
	}
	ref, err := c.Begin(client, int64(a.Int("age")))
	if err == nil {
		s.sessions[t] = newSession(s.rec, ref)
	}
	return err
}

func (s *system) startPrepare(c *tpc.Coordinator, t string, _ arguments) error {
	return with(s.find(t, tpc.TypeAskCommit), c.StartPrepare)
}

func (s *system) tell(c *tpc.Coordinator, t string, _ arguments) error {
	err := c.Tell(number(t))
	if err == nil { // a client asks again if the coordinator does not know it any more
		s.sent = append(s.sent, tpc.Message{Type: tpc.TypeDecision, From: coordinator, To: client, Transaction: s.sessions[t].Ref(), Outcome: c.Outcome(number(t))})
	}
	return err
}

func (s *system) answer(c *tpc.Coordinator, t string, a arguments) error {
	return with(s.find(t, tpc.TypeInquiry), func(m tpc.Message) error {
		return when(m.From == a.String("participant"), func() error { return c.Answer(m) })
	})
}

// closed lets the coordinator close up to a number. All participants receive that, also
// those that it has told nothing since its last start.
func (s *system) closed(a arguments) error {
	return s.node(func(n *node) error {
		err := n.core.(*tpc.Coordinator).Close(a.Uint("number"))
		if err == nil {
			s.sent = append(s.sent, tpc.Message{Type: tpc.TypeClosed, From: coordinator, Transaction: tpc.Ref{Number: a.Uint("number")}})
		}
		return err
	})(a)
}

func (s *system) forget(a arguments) error {
	return s.node(func(n *node) error {
		return with(s.find(name(a.Uint("number")), tpc.TypeClosed), n.core.(*tpc.Participant).Forget)
	})(a)
}

func (s *system) wound(a arguments) error {
	other := a.String("other")
	return s.takes(func(p *tpc.Participant, m tpc.Message) error { return p.Wound(m, number(other)) }, asked, operation(tpc.TypeGet))(a)
}

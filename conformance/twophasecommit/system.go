package twophasecommit

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
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
	after := func(_ string, err error) error { s.collect(); return err }
	s.Steps = &toolbox.Steps{Refusal: tpc.ErrNotAllowed, After: after, Closing: s.close, Take: map[string]toolbox.Step{
		"Configure": s.configure,
		"Recover":   s.node(func(n *node, _ arguments) error { return n.Recover() }),
		"Crash":     s.node(func(n *node, _ arguments) error { return when(n.Up(), func() error { return n.crash(unsynced) }) }),
		"Quiet": s.node(func(n *node, _ arguments) error {
			return when(n.Up() && n.Idle(), func() error { n.Quiet(); return nil })
		}),

		"Get":       s.client(func(c *tpc.Session, a arguments) error { return c.Get(a.String("key")) }),
		"Put":       s.client(func(c *tpc.Session, a arguments) error { return c.Put(a.String("key"), a.String("value")) }),
		"Hear":      s.client(func(c *tpc.Session, a arguments) error { return s.with(a, a.String("node"), c.Hear, done) }),
		"AskCommit": s.client(func(c *tpc.Session, _ arguments) error { return c.AskCommit() }),
		"RollBack":  s.client(func(c *tpc.Session, _ arguments) error { return c.RollBack() }),
		"Learn":     s.client(func(c *tpc.Session, a arguments) error { return s.with(a, a.String("node"), c.Learn, told) }),
		"Rest":      s.client(func(c *tpc.Session, _ arguments) error { return c.Rest() }),

		"Begin": s.coordinator(s.begin),
		"StartPrepare": s.coordinator(func(c *tpc.Coordinator, t string, a arguments) error {
			return s.with(a, t, c.StartPrepare, typed(tpc.TypeAskCommit))
		}),
		"Commit":   s.coordinator(decide((*tpc.Coordinator).Commit)),
		"Abort":    s.coordinator(decide((*tpc.Coordinator).Abort)),
		"Tell":     s.coordinator(s.tell),
		"Complete": s.coordinator(decide((*tpc.Coordinator).Complete)),
		"Answer": s.coordinator(func(c *tpc.Coordinator, t string, a arguments) error {
			return s.with(a, t, c.Answer, func(m tpc.Message, a arguments) bool {
				return m.Type == tpc.TypeInquiry && m.From == a.String("participant")
			})
		}),
		"Close": s.node(s.closed),

		"Read":    s.takes((*tpc.Participant).Read, operation(tpc.TypeGet)),
		"Write":   s.takes((*tpc.Participant).Write, operation(tpc.TypePut)),
		"Prepare": s.takes((*tpc.Participant).Prepare, asked),
		"Vote":    s.takes((*tpc.Participant).Vote, asked),
		"Refuse":  s.takes((*tpc.Participant).Refuse, asked),
		"Wait":    s.takes((*tpc.Participant).Wait, asked, operation(tpc.TypeGet)),
		"Wound":   s.participant(s.wound),
		"Die":     s.takes((*tpc.Participant).Die, asked, operation(tpc.TypeGet)),
		"GiveUp":  s.participant(func(p *tpc.Participant, a arguments) error { return p.GiveUp(number(a.String("transaction"))) }),
		"Inquire": s.participant(func(p *tpc.Participant, a arguments) error { return p.Inquire(number(a.String("transaction"))) }),
		"Apply":   s.takes((*tpc.Participant).Apply, decided),
		"Discard": s.takes((*tpc.Participant).Discard, decided),
		"Forget": s.participant(func(p *tpc.Participant, a arguments) error {
			return s.with(a, name(a.Uint("number")), p.Forget, typed(tpc.TypeClosed))
		}),
	}}
	return s, nil
}

func (s *system) close() (err error) {
	for _, n := range s.nodes {
		err = errors.Join(err, n.log.Close())
	}
	return err
}

// collect sends what the nodes and clients have to send, and returns it.
func (s *system) collect() (all []tpc.Message) {
	for _, name := range nodes() {
		if n := s.nodes[name]; n != nil {
			all = append(all, n.Messages()...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.sessions)) {
		all = append(all, s.sessions[name].Messages()...)
	}
	s.sent = append(s.sent, all...)
	return all
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
func (s *system) node(step func(*node, arguments) error) toolbox.Step {
	return func(a arguments) error {
		n := s.nodes[a.String("node")]
		return when(n != nil, func() error { return step(n, a) })
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
	return s.node(func(n *node, a arguments) error {
		c, t := n.core.(*tpc.Coordinator), a.String("transaction")
		for _, m := range s.sent {
			if c.Up() && m.Transaction.String() == t && (m.Type == tpc.TypeVote || m.Type == tpc.TypeAck) {
				c.Note(m)
			}
		}
		return step(c, t, a)
	})
}

// decide is a step of the coordinator that needs no message.
func decide(step func(*tpc.Coordinator, uint64) error) func(*tpc.Coordinator, string, arguments) error {
	return func(c *tpc.Coordinator, t string, _ arguments) error { return step(c, number(t)) }
}

// participant is a step of a participant.
func (s *system) participant(step func(*tpc.Participant, arguments) error) toolbox.Step {
	return s.node(func(n *node, a arguments) error { return step(n.core.(*tpc.Participant), a) })
}

// takes is a step of a participant that takes one of the messages that are chosen.
func (s *system) takes(step func(*tpc.Participant, tpc.Message) error, choices ...choice) toolbox.Step {
	return s.participant(func(p *tpc.Participant, a arguments) error {
		return s.with(a, a.String("transaction"), func(m tpc.Message) error { return step(p, m) }, choices...)
	})
}

// with takes a step with a message about a transaction: the first of those that the
// first choice is for with which the step can be taken, or else one of the next.
func (s *system) with(a arguments, t string, step func(tpc.Message) error, choices ...choice) error {
	for _, is := range choices {
		for _, m := range s.sent {
			if m.Transaction.String() != t || !is(m, a) {
				continue
			}
			if err := step(m); !errors.Is(err, tpc.ErrNotAllowed) {
				return err
			}
		}
	}
	return tpc.ErrNotAllowed
}

// A choice says whether a step with these arguments may take a message.
type choice func(m tpc.Message, a arguments) bool

func typed(of tpc.Type) choice { return func(m tpc.Message, _ arguments) bool { return m.Type == of } }

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

func told(m tpc.Message, a arguments) bool {
	return m.Type == tpc.TypeDecision && string(m.Outcome) == a.String("outcome")
}

func done(m tpc.Message, a arguments) bool {
	value := a.String("value")
	return m.Type == tpc.TypeDone && m.Operation == a.Uint("number") && m.From == a.String("from") &&
		m.Incarnation == a.Uint("incarnation") && (m.Found && m.Value == value || !m.Found && value == absent)
}

// The steps that need more than that.

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

func (s *system) tell(c *tpc.Coordinator, t string, _ arguments) error {
	err := c.Tell(number(t))
	if err == nil { // a client asks again if the coordinator does not know it any more
		s.sent = append(s.sent, tpc.Message{Type: tpc.TypeDecision, From: coordinator, To: client, Transaction: s.sessions[t].Ref(), Outcome: c.Outcome(number(t))})
	}
	return err
}

// closed lets the coordinator close up to a number. All participants receive that, also
// those that it has told nothing since its last start.
func (s *system) closed(n *node, a arguments) error {
	err := n.core.(*tpc.Coordinator).Close(a.Uint("number"))
	if err == nil {
		s.sent = append(s.sent, tpc.Message{Type: tpc.TypeClosed, From: coordinator, Transaction: tpc.Ref{Number: a.Uint("number")}})
	}
	return err
}

func (s *system) wound(p *tpc.Participant, a arguments) error {
	other := number(a.String("other"))
	return s.with(a, a.String("transaction"), func(m tpc.Message) error { return p.Wound(m, other) }, asked, operation(tpc.TypeGet))
}

// patience is how many ticks a coordinator of a walk waits until a transaction is decided.
const patience = 6

// segments is the folder with the files of a simulated node's log.
const segments = "log/log"

// core is what coordinator and participants have in common.
type core interface {
	tpc.Core
	Crash()
	Quiet()
	Idle() bool
	Up() bool
	Survived()
	Heard(...trace.Stamp)
}

// node is a core with its log on a simulated disk.
type node struct {
	core
	disk  *disktest.Disk
	log   *lowwatermark.Store
	make  func() (core, error)
	known uint64 // records that the core knows to be in the log
}

// newNodes returns a coordinator and participants, which are down.
func newNodes(rec *trace.Recorder, policy tpc.Policy, names ...string) (map[string]*node, error) {
	tpc.Configure(rec, policy)
	nodes := map[string]*node{}
	for _, name := range append([]string{coordinator}, names...) {
		n := &node{disk: disktest.New(), make: func() (core, error) { return newCore(rec, name, policy, patience) }}
		if err := n.open(); err != nil {
			return nil, err
		}
		nodes[name] = n
	}
	return nodes, nil
}

// recoverAll starts all nodes that are down.
func recoverAll(all map[string]*node) error {
	return each(func(name string) error {
		if n := all[name]; !n.Up() {
			return n.Recover()
		}
		return nil
	})
}

// newCore returns the core of a node. Patience is in ticks: the coordinator waits so long for a
// decision, and a participant twice as long for a client.
func newCore(rec *trace.Recorder, name string, policy tpc.Policy, patience int) (core, error) {
	if name == coordinator {
		return tpc.NewCoordinator(tpc.CoordinatorConfig{Name: name, Placement: placement, Trace: rec, Patience: patience, Retention: retention})
	}
	return tpc.NewParticipant(tpc.ParticipantConfig{
		Name: name, Coordinator: coordinator, Policy: policy, Keys: keys, Trace: rec, Patience: 2 * patience,
	})
}

// open makes a core and reads its log.
func (n *node) open() (err error) {
	if n.core, err = n.make(); err != nil {
		return err
	}
	n.log, err = tpc.OpenJournal("log", n.core, lowwatermark.Options{FS: n.disk, Preallocate: -1, SegmentSize: 300})
	if err == nil {
		n.Use(n)
		n.known = n.log.Status().Applied
	}
	return err
}

// Append implements twophasecommit.Journal, and counts.
func (n *node) Append(kind uint32, payload []byte) (uint64, error) {
	index, err := n.log.Append(kind, payload)
	if err == nil {
		n.known++
	}
	return index, err
}

// crash ends the node, with what lose leaves on its disk. A record that was being
// written may have reached the disk: then its step was taken, and is recorded before
// the crash.
func (n *node) crash(lose func(*disktest.Disk)) error {
	dead, known := n.core, n.known
	lose(n.disk)
	_ = n.log.Close() // it is dead already
	if err := n.open(); err != nil {
		return err
	}
	err := n.log.Read("observer", known+1, func(e lowwatermark.Entry) error {
		dead.Durable().Apply(e)
		dead.Survived()
		return nil
	})
	n.Crash()
	return err
}

// unsynced loses everything that was not flushed.
func unsynced(d *disktest.Disk) { d.Crash(nil) }

func newSession(rec *trace.Recorder, ref tpc.Ref) *tpc.Session {
	return tpc.NewSession(tpc.SessionConfig{Client: client, Coordinator: coordinator, Placement: placement, Trace: rec}, ref)
}

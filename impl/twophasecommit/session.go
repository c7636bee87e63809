package twophasecommit

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// phase is what a client knows of its transaction.
type phase string

const (
	open  phase = "open"
	asked phase = "asked"
)

// SessionConfig is what a Session is made with.
type SessionConfig struct {
	Client      string // the name under which it gets messages
	Coordinator string
	Placement   func(key string) string
	Trace       *trace.Recorder
}

// Session is a client's side of one transaction, without goroutines, clock or
// network. A step that its state does not allow returns ErrNotAllowed and changes
// nothing. Only one goroutine at a time may use it.
type Session struct {
	base
	config   SessionConfig
	ref      Ref
	phase    phase
	ops      uint64
	answered uint64 // operations answered
	last     Message
	seen     map[string]uint64
	reads    map[string]*string // nil is no value
	writes   map[string]string
}

// NewSession returns the session of a transaction that has begun.
func NewSession(config SessionConfig, ref Ref) *Session {
	s := &Session{config: config, ref: ref, phase: open, seen: map[string]uint64{}, reads: map[string]*string{}, writes: map[string]string{}}
	s.base = base{name: ref.String(), rec: config.Trace, up: true}
	return s
}

// MayRollBack says whether the client may still give up: if it has asked to
// commit it has given the choice away, whether it gets an answer or not.
func (s *Session) MayRollBack() bool { return s.phase == open }

// Ref returns the transaction.
func (s *Session) Ref() Ref { return s.ref }

// Outcome returns how the transaction has ended for its client, or "".
func (s *Session) Outcome() Outcome {
	if s.phase == open || s.phase == asked {
		return ""
	}
	return Outcome(s.phase)
}

// Get asks for the value of a key.
func (s *Session) Get(key string) error {
	return s.operate("Get", Message{Type: TypeGet, Key: key})
}

// Put asks for a value to be written when the transaction commits.
func (s *Session) Put(key, value string) error {
	return s.operate("Put", Message{Type: TypePut, Key: key, Value: value})
}

func (s *Session) operate(step string, m Message) error {
	if s.phase != open || s.answered < s.ops {
		return ErrNotAllowed
	}
	s.ops++
	m.To, m.Transaction, m.Operation = s.config.Placement(m.Key), s.ref, s.ops
	record := s.step(step).String("key", m.Key)
	if m.Type == TypePut {
		s.writes[m.Key] = m.Value
		record.String("value", m.Value)
	}
	record.State(s)
	s.last = m
	s.say(m)
	return nil
}

// Hear takes the answer to the operation under way.
func (s *Session) Hear(m Message) error {
	if s.phase != open || m.Type != TypeDone || m.Operation != s.ops || s.answered >= s.ops {
		return ErrNotAllowed
	}
	s.answered = s.ops
	if _, ok := s.seen[m.From]; !ok {
		s.seen[m.From] = m.Incarnation
	}
	_, written := s.writes[m.Key]
	_, read := s.reads[m.Key]
	if !written && !read {
		s.reads[m.Key] = nil
		if m.Found {
			s.reads[m.Key] = &m.Value
		}
	}
	value := absent
	if m.Found {
		value = m.Value
	}
	s.step("Hear").Uint("number", m.Operation).String("from", m.From).Uint("incarnation", m.Incarnation).String("value", value).State(s)
	return nil
}

// AskCommit asks the coordinator to commit, with the keys that were touched.
func (s *Session) AskCommit() error {
	if s.phase != open || s.answered < s.ops {
		return ErrNotAllowed
	}
	s.phase = asked
	s.step("AskCommit").State(s)
	s.last = Message{Type: TypeAskCommit, To: s.config.Coordinator, Transaction: s.ref, Keys: s.touched()}
	s.say(s.last)
	return nil
}

// touched are the keys of all operations, each with the incarnation of its participant.
func (s *Session) touched() map[string]uint64 {
	all := map[string]uint64{}
	for _, keys := range []([]string){slices.Collect(maps.Keys(s.reads)), slices.Collect(maps.Keys(s.writes))} {
		for _, key := range keys {
			all[key] = s.seen[s.config.Placement(key)]
		}
	}
	return all
}

// RollBack gives the transaction up.
func (s *Session) RollBack() error {
	if !s.MayRollBack() {
		return ErrNotAllowed
	}
	s.phase = phase(Aborted)
	s.step("RollBack").State(s)
	keys := s.touched()
	if s.answered < s.ops {
		keys[s.last.Key] = s.seen[s.last.To] // it may be done, or wait
	}
	s.last = Message{}
	s.say(Message{Type: TypeRollBack, To: s.config.Coordinator, Transaction: s.ref, Keys: keys})
	return nil
}

// Learn takes the decision.
func (s *Session) Learn(m Message) error {
	if s.Outcome() != "" || m.Type != TypeDecision || m.Presumed {
		return ErrNotAllowed
	}
	s.phase = phase(m.Outcome)
	s.step("Learn").String("outcome", string(m.Outcome)).State(s)
	return nil
}

// Rest records, for an observer, that the client knows the end and does nothing more.
func (s *Session) Rest() error {
	if s.Outcome() == "" {
		return ErrNotAllowed
	}
	s.step("Rest").State(s)
	return nil
}

// Again sends again what was asked for last, if that is not answered.
func (s *Session) Again() {
	if s.last.Type == TypeAskCommit && s.phase == asked || s.phase == open && s.answered < s.ops {
		s.say(s.last)
	}
}

// TimeOut is for a client that has waited long enough. It gives up, if it may;
// else it goes on asking.
func (s *Session) TimeOut() error {
	if s.MayRollBack() {
		return s.RollBack()
	}
	s.Again()
	return nil
}

// Receive takes a message and does what follows from it.
func (s *Session) Receive(m Message) error {
	s.Heard(m.Stamp)
	var err error
	switch m.Type {
	case TypeDone:
		err = s.Hear(m)
	case TypeDecision:
		err = s.Learn(m)
	case TypeFailed:
		if s.phase == open {
			err = s.RollBack()
		}
	}
	if err == ErrNotAllowed {
		return nil // it comes again, or too late
	}
	return err
}

// say sends a message under the client's name.
func (s *Session) say(m Message) {
	s.send(m)
	s.out[len(s.out)-1].From = s.config.Client
}

// absent is how traces show that a key has no value.
const absent = "absent"

// View adds what the spec's View has of a client.
func (s *Session) View(o *trace.Object) {
	o.String("client", string(s.phase)).Uint("ops", s.ops).Uint("heard", s.answered)
	o.Record("seen", func(o *trace.Object) {
		for _, p := range slices.Sorted(maps.Keys(s.seen)) {
			o.Uint(p, s.seen[p])
		}
	})
	o.Record("reads", func(o *trace.Object) {
		for _, key := range slices.Sorted(maps.Keys(s.reads)) {
			value := absent
			if v := s.reads[key]; v != nil {
				value = *v
			}
			o.String(key, value)
		}
	})
	o.Record("writes", func(o *trace.Object) {
		for _, key := range slices.Sorted(maps.Keys(s.writes)) {
			o.String(key, s.writes[key])
		}
	})
}

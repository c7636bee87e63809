package twophasecommit

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/impl/internal/strictjson"
	"github.com/lockstep-tla/lockstep/trace"
)

// place is how far a participant is with a transaction.
type place string

const (
	nowhere  place = "none"
	active   place = "active"
	refused  place = "refused"
	prepared place = "prepared"
)

// ParticipantConfig is what a Participant is made with.
type ParticipantConfig struct {
	Name        string
	Coordinator string // the name of the node to inquire at
	Policy      Policy
	// Patience is how many ticks a transaction may do nothing before it is given
	// up. The default is 20. A prepared one is asked after instead, each tick.
	Patience int
	// Keys are those that its traces show. All others are held all the same.
	Keys  []string
	Trace *trace.Recorder // nil to record nothing
}

// Participant holds keys and changes them in transactions. It has no goroutine,
// clock or network: what comes from there is given to it, and what is to be sent
// is in Messages. A step that its state does not allow returns ErrNotAllowed and
// changes nothing. Only one goroutine at a time may use it.
type Participant struct {
	base
	config ParticipantConfig

	// What is in the log.
	promises map[uint64]*promise
	store    map[string]string
	closed   uint64 // the number up to which all is forgotten

	// What is not.
	works map[uint64]*work
	over  uint64 // the number up to which all is over, as far as it has heard
}

// promise is what the log has of a transaction that was prepared here.
type promise struct {
	Ref    Ref               `json:"ref"`
	At     place             `json:"at"` // prepared, or how it ended
	Writes map[string]string `json:"writes,omitempty"`
	Reads  []string          `json:"reads,omitempty"`
}

// work is what is known of a transaction in this incarnation only.
type work struct {
	ref     Ref
	at      place // nowhere, active or refused
	pending map[string]string
	locks   map[string]bool // for reading
	done    uint64          // its last operation done
	waiting Want            // the locks that it waits for
	request Message         // what it waits with
	answer  Message         // to its last operation
	ticks   int
	weight  int // of all that it has written
}

// NewParticipant returns a participant that is down. Open its journal, Use it,
// and Recover.
func NewParticipant(config ParticipantConfig) (*Participant, error) {
	if config.Name == "" || config.Coordinator == "" {
		return nil, fmt.Errorf("%w: a participant needs a name and a coordinator", ErrOptions)
	}
	if !slices.Contains([]Policy{NoWait, WoundWait, WaitDie}, config.Policy) {
		return nil, fmt.Errorf("%w: no policy is called %q", ErrOptions, config.Policy)
	}
	if config.Patience < 0 {
		return nil, fmt.Errorf("%w: a patience of %d ticks", ErrOptions, config.Patience)
	}
	if config.Patience == 0 {
		config.Patience = 20
	}
	p := &Participant{config: config, promises: map[uint64]*promise{}, store: map[string]string{}, works: map[uint64]*work{}}
	p.base = base{name: config.Name, rec: config.Trace}
	p.durable.core = p
	return p, nil
}

// The rules. Each is one reason why this works; those of locking are with the
// locks.

// MayVote says whether a participant may say yes: a vote is a promise, and is
// given when everything is locked and in the log.
func (p *Participant) MayVote(n uint64) bool { return p.at(n) == prepared }

// IsWhole says whether a participant has had all of a transaction: it promises
// only for what it has had in one incarnation. What was done here before a crash is
// gone, with its locks.
func (p *Participant) IsWhole(m Message) bool { return m.Incarnation == p.incarnation }

// IsNew says whether an operation is still to be done. One that comes again, or
// late, is not done again.
func (p *Participant) IsNew(n, operation uint64) bool { return operation > p.work(n).done }

// IsOpen says whether a transaction is not forgotten here. The number up to which all
// are is kept, so that no late message is taken for the beginning of a new one.
func (p *Participant) IsOpen(n uint64) bool { return n > p.closed }

// MayGiveUp says whether a participant may give a transaction up without a decision.
// It may not give up one that it has promised, however long the decision takes.
func (p *Participant) MayGiveUp(n uint64) bool { return p.at(n) == active }

// Restored returns the read locks of a prepared transaction, which a participant
// has again when it starts.
func (p *Participant) Restored(r *promise) []string { return r.Reads }

// The steps.

// Recover is the start of the node, with what its log has.
func (p *Participant) Recover() error {
	if p.up || p.failure != nil || p.journal == nil {
		return ErrNotAllowed
	}
	return p.log(record{Kind: kindStarted}, func() {
		p.up = true
		p.forget()
		for n, r := range p.promises {
			w := p.work(n)
			w.ref = r.Ref
			if r.At == prepared {
				for _, key := range p.Restored(r) {
					w.locks[key] = true
				}
			}
		}
		p.step("Recover").State(p)
	})
}

func (p *Participant) forget() { p.works, p.over = map[uint64]*work{}, 0 }

// Crash records the end of the node. It is called by the observer of the crash.
func (p *Participant) Crash() {
	p.up, p.out = false, nil
	p.forget()
	p.step("Crash").State(p)
}

// Quiet records, for an observer, that the node does nothing any more.
func (p *Participant) Quiet() { p.step("Quiet").State(p) }

// Read locks a key for reading and answers with what its transaction sees.
func (p *Participant) Read(m Message) error {
	n := m.Transaction.Number
	if !p.takes(m) || len(p.obstacles(n, toRead(m.Key))) > 0 {
		return p.not()
	}
	w := p.meet(m)
	w.locks[m.Key], w.waiting = true, Want{}
	value, found := w.pending[m.Key]
	if !found {
		value, found = p.store[m.Key]
	}
	p.operated("Read", w, m, value, found)
	return nil
}

// Write keeps a value until its transaction commits. It is invisible before, and
// nothing is locked yet.
func (p *Participant) Write(m Message) error {
	if !p.takes(m) {
		return p.not()
	}
	w := p.meet(m)
	w.pending[m.Key] = m.Value
	w.weight += weight(m.Key, m.Value)
	p.operated("Write", w, m, m.Value, true)
	return nil
}

// takes says whether an operation can be taken at all.
func (p *Participant) takes(m Message) bool {
	n := m.Transaction.Number
	at := p.at(n)
	return p.usable() && (at == nowhere || at == active) && p.IsOpen(n) && p.IsNew(n, m.Operation)
}

func (p *Participant) operated(step string, w *work, m Message, value string, found bool) {
	w.at, w.done, w.ticks = active, m.Operation, 0
	p.step(step).String("transaction", w.ref.String()).Uint("number", m.Operation).State(p)
	w.answer = Message{Type: TypeDone, To: m.From, Transaction: w.ref, Operation: m.Operation, Key: m.Key, Value: value, Found: found, Incarnation: p.incarnation}
	p.send(w.answer)
}

// Prepare locks what a transaction wants to write, and puts into the log what it
// promises, with all locks.
func (p *Participant) Prepare(m Message) error {
	n := m.Transaction.Number
	if !p.usable() || p.at(n) != active || !p.IsWhole(m) || len(p.obstacles(n, toWrite(p.work(n).pending))) > 0 {
		return p.not()
	}
	w := p.work(n)
	reads := slices.Sorted(maps.Keys(w.locks))
	return p.log(record{Kind: kindPrepared, Transaction: w.ref, Writes: w.pending, Reads: reads}, func() {
		w.at, w.pending, w.waiting = nowhere, map[string]string{}, Want{}
		p.step("Prepare").String("transaction", w.ref.String()).State(p)
	})
}

// Vote votes yes, for the first time or once more.
func (p *Participant) Vote(m Message) error {
	if !p.usable() || !p.MayVote(m.Transaction.Number) {
		return p.not()
	}
	p.step("Vote").String("transaction", m.Transaction.String()).State(p)
	p.send(Message{Type: TypeVote, To: m.From, Transaction: m.Transaction, Yes: true})
	return nil
}

// Refuse votes no: the participant cannot promise what it does not have.
func (p *Participant) Refuse(m Message) error {
	at := p.at(m.Transaction.Number)
	if !p.usable() || !p.IsOpen(m.Transaction.Number) || at != nowhere && at != refused && (at != active || p.IsWhole(m)) {
		return p.not()
	}
	p.drop(p.meet(m))
	p.step("Refuse").String("transaction", m.Transaction.String()).State(p)
	p.send(Message{Type: TypeVote, To: m.From, Transaction: m.Transaction})
	return nil
}

// GiveUp gives a transaction up whose client is not heard of any more.
func (p *Participant) GiveUp(n uint64) error {
	if !p.usable() || !p.MayGiveUp(n) {
		return p.not()
	}
	p.fail("GiveUp", n, n)
	return nil
}

// fail drops a transaction and says so to a client that waits for an answer.
func (p *Participant) fail(step string, by, n uint64) {
	w := p.work(n)
	waits := w.request
	p.drop(w)
	s := p.step(step).String("transaction", p.ref(by).String())
	if step == "Wound" {
		s.String("other", w.ref.String())
	}
	s.State(p)
	switch waits.Type {
	case TypePrepare: // the vote says so, later
	case TypeGet:
		p.send(Message{Type: TypeFailed, To: waits.From, Transaction: w.ref, Operation: waits.Operation})
	default:
		if w.answer.To != "" {
			p.send(Message{Type: TypeFailed, To: w.answer.To, Transaction: w.ref})
		}
	}
}

// drop takes away all that a transaction has here.
func (p *Participant) drop(w *work) {
	w.at, w.pending, w.locks, w.waiting, w.request = refused, map[string]string{}, map[string]bool{}, Want{}, Message{}
}

// Inquire asks what became of a transaction that was promised. The participant
// may do no more than that.
func (p *Participant) Inquire(n uint64) error {
	if !p.usable() || p.at(n) != prepared {
		return p.not()
	}
	ref := p.ref(n)
	p.step("Inquire").String("transaction", ref.String()).State(p)
	p.send(Message{Type: TypeInquiry, To: p.config.Coordinator, Transaction: ref})
	return nil
}

// Apply carries a transaction out: its writes are visible from now on, and its locks
// are free.
func (p *Participant) Apply(m Message) error { return p.end("Apply", m, Committed) }

// Discard ends a transaction that was aborted, and frees its locks.
func (p *Participant) Discard(m Message) error { return p.end("Discard", m, Aborted) }

func (p *Participant) end(step string, m Message, outcome Outcome) error {
	n := m.Transaction.Number
	if !p.usable() || p.at(n) != prepared || m.Outcome != outcome {
		return p.not()
	}
	ref := p.ref(n)
	return p.log(record{Kind: kindDecided, Transaction: ref, Outcome: outcome}, func() {
		w := p.work(n)
		w.locks, w.ticks = map[string]bool{}, 0
		p.step(step).String("transaction", ref.String()).State(p)
		if outcome == Committed {
			p.send(Message{Type: TypeAck, To: p.config.Coordinator, Transaction: ref})
		}
	})
}

// Forget forgets the transactions that are closed, as soon as they are over here as
// well. The participant keeps the number up to which it has forgotten.
func (p *Participant) Forget(m Message) error {
	n := m.Transaction.Number
	if !p.usable() || m.Type != TypeClosed || n <= p.closed || p.unfinished(n) {
		return p.not()
	}
	return p.log(record{Kind: kindForgotten, Transaction: Ref{Number: n}}, func() {
		maps.DeleteFunc(p.works, func(old uint64, _ *work) bool { return old <= n })
		p.step("Forget").Uint("number", n).State(p)
	})
}

// unfinished says whether something up to a number is at work or in doubt here.
func (p *Participant) unfinished(n uint64) bool {
	for old := range p.works {
		if at := p.at(old); old <= n && (at == active || at == prepared) {
			return true
		}
	}
	return false
}

// What there is.

// Get returns the committed value of a key.
func (p *Participant) Get(key string) (string, bool) {
	v, ok := p.store[key]
	return v, ok
}

// Idle says whether nothing is left to do.
func (p *Participant) Idle() bool {
	for _, w := range p.works {
		if p.at(w.ref.Number) == active {
			return false
		}
	}
	return p.InDoubt() == 0
}

// InDoubt returns how many transactions are promised and not decided here.
func (p *Participant) InDoubt() int {
	n := 0
	for _, r := range p.promises {
		if r.At == prepared {
			n++
		}
	}
	return n
}

// Remembered returns how many transactions are not forgotten here: those that are
// under way, and those that have ended since the last Forget.
func (p *Participant) Remembered() int {
	n := len(p.promises)
	for old := range p.works {
		if p.promises[old] == nil {
			n++
		}
	}
	return n
}

// Waiting returns how many transactions wait for locks here.
func (p *Participant) Waiting() int {
	n := 0
	for _, w := range p.works {
		if !w.waiting.none() {
			n++
		}
	}
	return n
}

func (p *Participant) at(n uint64) place {
	if r := p.promises[n]; r != nil {
		return r.At
	}
	if w := p.works[n]; w != nil {
		return w.at
	}
	return nowhere
}

func (p *Participant) ref(n uint64) Ref {
	if r := p.promises[n]; r != nil {
		return r.Ref
	}
	return p.work(n).ref
}

// work returns what is known of a transaction; nothing, if it is not known.
func (p *Participant) work(n uint64) *work {
	w := p.works[n]
	if w == nil {
		w = &work{ref: Ref{Number: n}, at: nowhere, pending: map[string]string{}, locks: map[string]bool{}}
		p.works[n] = w
	}
	return w
}

// meet is work, for a transaction that has just sent something.
func (p *Participant) meet(m Message) *work {
	w := p.work(m.Transaction.Number)
	w.ref = m.Transaction
	return w
}

// apply takes a record of the log into the state.
func (p *Participant) apply(r *record) error {
	n := r.Transaction.Number
	switch r.Kind {
	case kindStarted:
		p.incarnation++
	case kindPrepared:
		if p.promises[n] != nil {
			return errUnexpected
		}
		p.promises[n] = &promise{Ref: r.Transaction, At: prepared, Writes: maps.Clone(r.Writes), Reads: r.Reads}
	case kindDecided:
		q := p.promises[n]
		if q == nil || q.At != prepared {
			return errUnexpected
		}
		q.At = place(r.Outcome)
		if r.Outcome == Committed {
			maps.Copy(p.store, q.Writes)
		}
		q.Writes, q.Reads = nil, nil
	case kindForgotten:
		if n <= p.closed {
			return errUnexpected
		}
		p.closed = n
		maps.DeleteFunc(p.promises, func(old uint64, _ *promise) bool { return old <= n })
	default:
		return errUnexpected
	}
	return nil
}

// kept is what a participant's snapshot has.
type kept struct {
	Incarnation uint64              `json:"incarnation"`
	Closed      uint64              `json:"closed"`
	Promises    map[uint64]*promise `json:"promises"`
	Store       map[string]string   `json:"store"`
}

func (p *Participant) save() any { return kept{p.incarnation, p.closed, p.promises, p.store} }

func (p *Participant) restore(snapshot []byte) error {
	var k kept
	err := strictjson.Unmarshal(snapshot, &k)
	if err == nil {
		p.incarnation, p.closed, p.promises, p.store = k.Incarnation, k.Closed, k.Promises, k.Store
	}
	return err
}

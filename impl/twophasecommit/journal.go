package twophasecommit

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/impl/internal/strictjson"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	"github.com/lockstep-tla/lockstep/trace"
)

// Journal is where a core writes its records. When Append returns without an error the
// record is durable, and has been handed to the core's state. The *lowwatermark.Store that
// OpenJournal opens is one.
type Journal interface {
	Append(kind uint32, payload []byte) (uint64, error)
}

// record is one entry of a node's log. Which fields count depends on the kind.
type record struct {
	Kind        kind              `json:"kind"`
	Transaction Ref               `json:"transaction,omitzero"`
	Keys        map[string]uint64 `json:"keys,omitempty"`
	Outcome     Outcome           `json:"outcome,omitempty"`
	Aborted     []uint64          `json:"aborted,omitempty"` // by a recovery
	Writes      map[string]string `json:"writes,omitempty"`
	Reads       []string          `json:"reads,omitempty"`
}

type kind string

const (
	kindStarted   kind = "started"   // the node was started
	kindBegun     kind = "begun"     // the coordinator's
	kindAsked     kind = "asked"     //
	kindDecided   kind = "decided"   // the coordinator's, and a participant's
	kindComplete  kind = "complete"  // the coordinator's
	kindPrepared  kind = "prepared"  // a participant's
	kindForgotten kind = "forgotten" // a participant's: all up to this transaction
)

// State is what a node has in its log and its snapshots. It is a lowwatermark.Machine.
type State struct {
	// Err is what was wrong with a record of the log; the node must not start.
	Err  error
	core interface {
		apply(r *record) error
		save() any // as JSON, all that apply has changed
		restore(snapshot []byte) error
	}
}

// Apply implements lowwatermark.Machine.
func (s *State) Apply(e lowwatermark.Entry) {
	if s.Err != nil {
		return
	}
	var r record
	err := strictjson.Unmarshal(e.Payload, &r)
	if err == nil {
		err = s.core.apply(&r)
	}
	if err != nil {
		s.Err = fmt.Errorf("%w: entry %d: %w", ErrRecord, e.Index, err)
	}
}

// Snapshot implements lowwatermark.Machine.
func (s *State) Snapshot() []byte {
	b, err := json.Marshal(s.core.save())
	if err != nil {
		panic(err) // numbers and texts
	}
	return b
}

// Restore implements lowwatermark.Machine.
func (s *State) Restore(snapshot []byte) error {
	if err := s.core.restore(snapshot); err != nil {
		return fmt.Errorf("%w: snapshot: %w", ErrRecord, err)
	}
	return nil
}

var errUnexpected = errors.New("it does not follow from what is before it")

// OpenJournal opens the log of a core, in a folder, and brings the core's state up to it.
// Each record is flushed before its step counts. Snapshots replace the log's beginning, so
// that it does not grow for ever; see lowwatermark.Options.
func OpenJournal(dir string, core interface{ Durable() *State }, options lowwatermark.Options) (*lowwatermark.Store, error) {
	log, err := lowwatermark.Open(dir, core.Durable(), options)
	if err != nil {
		return nil, err
	}
	if err := core.Durable().Err; err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return log, nil
}

// base is what the cores of coordinator and participants have in common.
type base struct {
	name        string
	rec         *trace.Recorder
	journal     Journal
	durable     State
	failure     error // what a write to the log has failed with
	up          bool
	incarnation uint64        // in the log
	heard       []trace.Stamp // of messages that no step has been recorded for yet
	out         []Message
	flight      func() // what is left to do when the record under way is durable
}

// Durable returns what the log is to be opened with.
func (b *base) Durable() *State { return &b.durable }

// Use gives the core its log, once that is open.
func (b *base) Use(j Journal) { b.journal = j }

// Heard notes that what this core does from now on follows from steps of other
// processes. Receive does that for what it is given.
func (b *base) Heard(stamps ...trace.Stamp) {
	for _, s := range stamps {
		if s.Time > 0 {
			b.heard = append(b.heard, s)
		}
	}
}

// Messages returns what is to be sent, and forgets it.
func (b *base) Messages() []Message {
	out := b.out
	b.out = nil
	return out
}

// Err returns the error of a write to the log that has failed, or nil. After it the core
// does not know what is in the log: it takes no step any more, and a new one must recover.
func (b *base) Err() error { return b.failure }

// Up says whether the node is running.
func (b *base) Up() bool { return b.up }

// usable says whether a step may be taken at all.
func (b *base) usable() bool { return b.up && b.failure == nil }

// log makes a record durable and then does the rest of the step.
func (b *base) log(r record, rest func()) error {
	payload, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	b.flight = rest
	if _, err := b.journal.Append(0, payload); err != nil {
		b.failure = fmt.Errorf("two-phase commit: %s cannot write its log: %w", b.name, err)
		return b.failure
	}
	b.flight = nil
	rest()
	return nil
}

// Survived records the step whose record was being written at a crash. It is called
// when that record is found in the log: then the step was taken.
func (b *base) Survived() {
	if rest := b.flight; rest != nil {
		b.flight = nil
		rest()
	}
}

// step begins to record a step.
func (b *base) step(name string) *trace.Step {
	s := b.rec.Step(name).String("node", b.name)
	for _, h := range b.heard {
		s.Heard(h)
	}
	b.heard = nil
	return s
}

// send puts messages into the outbox, with the stamp of the step behind which
// they are sent.
func (b *base) send(m Message) {
	m.From, m.Stamp = b.name, b.rec.Stamp()
	b.out = append(b.out, m)
}

// Configure records the choice of a policy, which comes before anything else.
func Configure(rec *trace.Recorder, p Policy) {
	rec.Step("Configure").String("node", "operator").String("policy", string(p)).State(configured(p))
}

type configured Policy

// View is what the spec's View("operator") has.
func (c configured) View(o *trace.Object) { o.String("policy", string(c)) }

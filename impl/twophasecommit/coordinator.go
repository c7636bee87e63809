package twophasecommit

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/impl/internal/strictjson"
	"github.com/lockstep-tla/lockstep/trace"
)

// stage is how far the coordinator is with a transaction.
type stage string

const (
	begun     stage = "begun"
	preparing stage = "preparing"
	committed stage = "committed"
	aborted   stage = "aborted"
)

// CoordinatorConfig is what a Coordinator is made with.
type CoordinatorConfig struct {
	Name string
	// Placement says which participant holds a key. It is asked anew each time, and
	// what is logged are keys.
	Placement func(key string) string
	// Patience is how many ticks a transaction may take before it is aborted.
	// The default is 10.
	Patience int
	// Retention is how many ticks the end of a transaction is kept for a client
	// that did not hear it. The default is 10; negative means none.
	Retention int
	Trace     *trace.Recorder // nil to record nothing
}

// Coordinator decides what becomes of transactions. It has no goroutine, clock
// or network: what comes from there is given to it, and what is to be sent is in
// Messages. A step that its state does not allow returns ErrNotAllowed and
// changes nothing. Only one goroutine at a time may use it.
type Coordinator struct {
	base
	config CoordinatorConfig

	// What is in the log. Of what is complete, it is only known that it was.
	count uint64 // transactions begun
	all   map[uint64]*entry

	// What is not.
	driven map[uint64]*drive
	met    map[string]bool // the participants that it has told how something ended
	closed uint64          // the number up to which it has said that all is over
}

// entry is a transaction in the log.
type entry struct {
	Ref   Ref               `json:"ref"`
	Stage stage             `json:"stage"`
	Keys  map[string]uint64 `json:"keys,omitempty"` // each with the incarnation of its participant
}

// drive is what the coordinator knows of a transaction in this incarnation only.
type drive struct {
	client  string
	begin   uint64   // the number that its client has given to the question
	asked   bool     // its votes were asked for
	touched []string // by a transaction that was rolled back: participants to be told
	votes   map[string]bool
	acks    map[string]bool
	told    bool
	ticks   int
}

// NewCoordinator returns a coordinator that is down. Open its journal, Use it,
// and Recover.
func NewCoordinator(config CoordinatorConfig) (*Coordinator, error) {
	if config.Name == "" || config.Placement == nil {
		return nil, fmt.Errorf("%w: a coordinator needs a name, and the placement of keys", ErrOptions)
	}
	if config.Patience < 0 {
		return nil, fmt.Errorf("%w: a patience of %d ticks", ErrOptions, config.Patience)
	}
	if config.Patience == 0 {
		config.Patience = 10
	}
	if config.Retention == 0 {
		config.Retention = 10
	}
	c := &Coordinator{config: config, all: map[uint64]*entry{}, driven: map[uint64]*drive{}, met: map[string]bool{}}
	c.base = base{name: config.Name, rec: config.Trace}
	c.durable.core = c
	return c, nil
}

// The rules. Each is one reason why this works.

// MayCommit says whether all participants of a transaction have voted yes: voters are
// counted, not votes.
func (c *Coordinator) MayCommit(n uint64) bool {
	d := c.driven[n]
	return d != nil && !slices.ContainsFunc(c.members(n), func(p string) bool { return !d.votes[p] })
}

// MayAbort says whether a transaction can still be aborted. A decision is made
// once: a time-out looks at the state first.
func (c *Coordinator) MayAbort(n uint64) bool { return c.undecided(n) }

// MayTell says whether others may hear of the decision: when it is in the log.
func (c *Coordinator) MayTell(n uint64) bool { return c.decided(n) }

// MustAbort says whether a recovery aborts what it finds: no other
// node can end what is undecided.
func (c *Coordinator) MustAbort(n uint64) bool { return c.undecided(n) }

// MayForget says whether the decision may be forgotten: when no participant will ask for
// it any more. A coordinator presumes that a transaction that it does not know was
// aborted.
func (c *Coordinator) MayForget(n uint64) bool {
	d := c.drive(n)
	return c.all[n].Stage == aborted || !slices.ContainsFunc(c.members(n), func(p string) bool { return !d.acks[p] })
}

// MayClose says whether all up to this number may be forgotten: when it is over
// for the coordinator, which has no question about it any more.
func (c *Coordinator) MayClose(n uint64) bool {
	for open := range c.all {
		if open <= n {
			return false
		}
	}
	return n <= c.count
}

// The steps.

// Recover is the start of the node, with what its log has.
func (c *Coordinator) Recover() error {
	if c.up || c.failure != nil || c.journal == nil {
		return ErrNotAllowed
	}
	var left []uint64
	for _, n := range c.numbers() {
		if c.MustAbort(n) {
			left = append(left, n)
		}
	}
	return c.log(record{Kind: kindStarted, Aborted: left}, func() {
		c.up = true
		c.driven, c.met, c.closed = map[uint64]*drive{}, map[string]bool{}, 0
		c.step("Recover").State(c)
	})
}

// Crash records the end of the node. It is called by the observer of the crash.
func (c *Coordinator) Crash() {
	c.up, c.out = false, nil
	c.driven = map[uint64]*drive{}
	c.step("Crash").State(c)
}

// Quiet records, for an observer, that the node does nothing any more.
func (c *Coordinator) Quiet() { c.step("Quiet").State(c) }

// Begin begins a transaction of that age for a client.
func (c *Coordinator) Begin(client string, age int64) (Ref, error) {
	if !c.usable() {
		return Ref{}, c.not()
	}
	ref := Ref{Number: c.count + 1, Age: age}
	return ref, c.log(record{Kind: kindBegun, Transaction: ref}, func() {
		c.driven[ref.Number] = &drive{client: client}
		c.step("Begin").String("transaction", ref.String()).Int("age", int(age)).State(c)
		c.send(Message{Type: TypeBegun, To: client, Transaction: ref})
	})
}

// StartPrepare asks all participants of a transaction for their vote, since its client
// wants to commit.
func (c *Coordinator) StartPrepare(m Message) error {
	n := m.Transaction.Number
	e := c.all[n]
	if !c.usable() || e == nil || e.Stage != begun {
		return c.not()
	}
	return c.log(record{Kind: kindAsked, Transaction: e.Ref, Keys: m.Keys}, func() {
		d := c.drive(n)
		d.asked, d.client, d.votes = true, m.From, map[string]bool{}
		c.step("StartPrepare").String("transaction", e.Ref.String()).State(c)
		c.askVotes(n)
	})
}

// askVotes asks the participants that have not voted yes.
func (c *Coordinator) askVotes(n uint64) {
	e, d := c.all[n], c.drive(n)
	for _, p := range c.members(n) {
		if !d.votes[p] {
			c.send(Message{Type: TypePrepare, To: p, Transaction: e.Ref, Keys: e.Keys, Incarnation: c.incarnationOf(n, p)})
		}
	}
}

// incarnationOf is the incarnation of a participant that the transaction has met.
func (c *Coordinator) incarnationOf(n uint64, p string) uint64 {
	for key, incarnation := range c.all[n].Keys {
		if c.config.Placement(key) == p {
			return incarnation
		}
	}
	return 0
}

// Commit decides that a transaction is carried out.
func (c *Coordinator) Commit(n uint64) error {
	e := c.all[n]
	if !c.usable() || e == nil || e.Stage != preparing || !c.drive(n).asked || !c.MayCommit(n) {
		return c.not()
	}
	return c.decide("Commit", e, Committed)
}

// Abort decides that a transaction is not carried out.
func (c *Coordinator) Abort(n uint64) error {
	e := c.all[n]
	if !c.usable() || e == nil || !c.MayAbort(n) {
		return c.not()
	}
	return c.decide("Abort", e, Aborted)
}

func (c *Coordinator) decide(step string, e *entry, outcome Outcome) error {
	return c.log(record{Kind: kindDecided, Transaction: e.Ref, Outcome: outcome}, func() {
		c.drive(e.Ref.Number).ticks = 0
		c.step(step).String("transaction", e.Ref.String()).State(c)
	})
}

// Tell tells all participants and the client what was decided.
func (c *Coordinator) Tell(n uint64) error {
	e := c.all[n]
	if !c.usable() || e == nil || !c.MayTell(n) {
		return c.not()
	}
	d := c.drive(n)
	d.told = true
	c.step("Tell").String("transaction", e.Ref.String()).State(c)
	outcome := Committed
	if e.Stage == aborted {
		outcome = Aborted
	}
	told := append(c.members(n), d.touched...)
	slices.Sort(told)
	told = slices.Compact(told)
	for _, p := range told {
		c.met[p] = true
	}
	for _, to := range append(told, d.client) {
		if to != "" && !d.acks[to] {
			c.send(Message{Type: TypeDecision, To: to, Transaction: e.Ref, Outcome: outcome})
		}
	}
	return nil
}

// Complete forgets how a transaction has ended.
func (c *Coordinator) Complete(n uint64) error {
	if !c.usable() || !c.decided(n) || !c.MayForget(n) {
		return c.not()
	}
	ref := c.all[n].Ref
	return c.log(record{Kind: kindComplete, Transaction: ref}, func() {
		delete(c.driven, n)
		c.step("Complete").String("transaction", ref.String()).State(c)
	})
}

// Close tells the participants that all that was begun up to this number is over,
// so that they may forget it.
func (c *Coordinator) Close(n uint64) error {
	if !c.usable() || !c.MayClose(n) {
		return c.not()
	}
	c.closed = max(c.closed, n)
	c.step("Close").Uint("number", n).State(c)
	for _, p := range slices.Sorted(maps.Keys(c.met)) {
		c.send(Message{Type: TypeClosed, To: p, Transaction: Ref{Number: n}})
	}
	return nil
}

// Answer tells a participant that is in doubt, and has asked, what must have
// become of a transaction that is forgotten: a committed one is forgotten only when all
// participants have acknowledged it, so it was aborted.
func (c *Coordinator) Answer(m Message) error {
	ref := m.Transaction
	if !c.usable() || m.Type != TypeInquiry || ref.Number > c.count || c.all[ref.Number] != nil {
		return c.not()
	}
	c.step("Answer").String("transaction", ref.String()).String("participant", m.From).State(c)
	c.send(Message{Type: TypeDecision, To: m.From, Transaction: ref, Outcome: Aborted, Presumed: true})
	return nil
}

// What there is.

// Idle says whether nothing is left to do.
func (c *Coordinator) Idle() bool { return len(c.all) == 0 }

// Outcome returns what was decided of a transaction; nothing, if it is open or
// forgotten.
func (c *Coordinator) Outcome(n uint64) Outcome {
	if !c.decided(n) {
		return ""
	}
	return Outcome(c.all[n].Stage)
}

func (c *Coordinator) undecided(n uint64) bool {
	e := c.all[n]
	return e != nil && (e.Stage == begun || e.Stage == preparing)
}

func (c *Coordinator) decided(n uint64) bool {
	e := c.all[n]
	return e != nil && (e.Stage == committed || e.Stage == aborted)
}

// numbers returns the transactions that are not forgotten, in their order.
func (c *Coordinator) numbers() []uint64 { return slices.Sorted(maps.Keys(c.all)) }

// members are the participants that hold a key of a transaction.
func (c *Coordinator) members(n uint64) []string { return c.holders(c.all[n].Keys) }

func (c *Coordinator) holders(keys map[string]uint64) []string {
	var all []string
	for key := range keys {
		all = append(all, c.config.Placement(key))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (c *Coordinator) drive(n uint64) *drive {
	d := c.driven[n]
	if d == nil {
		d = &drive{}
		c.driven[n] = d
	}
	return d
}

// not is why a step cannot be taken.
func (b *base) not() error {
	if b.failure != nil {
		return b.failure
	}
	return ErrNotAllowed
}

// apply takes a record of the log into the state.
func (c *Coordinator) apply(r *record) error {
	e := c.all[r.Transaction.Number]
	switch r.Kind {
	case kindStarted:
		c.incarnation++
		for _, n := range r.Aborted {
			if !c.undecided(n) {
				return errUnexpected
			}
			c.all[n].Stage = aborted
		}
		return nil
	case kindBegun:
		if r.Transaction.Number != c.count+1 {
			return errUnexpected
		}
		c.count++
		c.all[c.count] = &entry{Ref: r.Transaction, Stage: begun}
		return nil
	}
	if e == nil {
		return errUnexpected
	}
	switch r.Kind {
	case kindAsked:
		e.Stage, e.Keys = preparing, r.Keys
	case kindDecided:
		e.Stage = stage(r.Outcome)
	case kindComplete:
		delete(c.all, r.Transaction.Number)
	default:
		return errUnexpected
	}
	return nil
}

// listed is what a coordinator's snapshot has.
type listed struct {
	Incarnation uint64            `json:"incarnation"`
	Count       uint64            `json:"count"`
	All         map[uint64]*entry `json:"all"`
}

func (c *Coordinator) save() any { return listed{c.incarnation, c.count, c.all} }

func (c *Coordinator) restore(snapshot []byte) error {
	var l listed
	err := strictjson.Unmarshal(snapshot, &l)
	if err == nil {
		c.incarnation, c.count, c.all = l.Incarnation, l.Count, l.All
	}
	return err
}

// View adds what the spec's View has of the coordinator.
func (c *Coordinator) View(o *trace.Object) {
	o.Bool("up", c.up).Uint("incarnation", c.incarnation)
	o.Record("stage", func(o *trace.Object) {
		for n := uint64(1); n <= c.count; n++ {
			s := stage("complete")
			if e := c.all[n]; e != nil {
				s = e.Stage
			}
			o.String(Ref{Number: n}.String(), string(s))
		}
	})
	o.Record("age", func(o *trace.Object) {
		for _, n := range c.numbers() {
			o.Int(c.all[n].Ref.String(), int(c.all[n].Ref.Age))
		}
	})
	o.Record("keys", func(o *trace.Object) {
		for _, n := range c.numbers() {
			o.Record(c.all[n].Ref.String(), func(o *trace.Object) {
				for _, key := range slices.Sorted(maps.Keys(c.all[n].Keys)) {
					o.Uint(key, c.all[n].Keys[key])
				}
			})
		}
	})
	var driven []string
	for _, n := range c.numbers() {
		if d := c.driven[n]; d != nil && d.asked {
			driven = append(driven, c.all[n].Ref.String())
		}
	}
	o.Set("driven", driven...)
}

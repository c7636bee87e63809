package gossipdissemination

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// CoreConfig configures a Core.
type CoreConfig struct {
	Name  string
	Seeds []string // the names of the nodes that every node can find
	// Generation is the number of the node's last generation, 0 if it had none. It
	// must survive crashes.
	Generation uint32
	Trace      *trace.Recorder // nil to record nothing
	// Counts makes a step record how much the node knows instead of all of it, for
	// large clusters.
	Counts bool
}

// Core is a node without goroutines, clock and network: a method for each step
// of the spec. Use it in a loop of your own; otherwise use Node, which is built on
// it. A step that the present state does not allow returns ErrNotAllowed and
// changes nothing. A message that it returns is to be sent, and may be lost.
//
// Only one goroutine at a time may use a Core.
type Core struct {
	config     CoreConfig
	generation uint32
	known      map[string]*Entry // entries are replaced; only the values of the node's own change
}

// NewCore returns a node that is down. Start is its first step.
func NewCore(config CoreConfig) *Core {
	config.Seeds = slices.Clone(config.Seeds)
	return &Core{config: config, generation: config.Generation, known: map[string]*Entry{}}
}

// The rules that concern a node; the others are in entry.go.

// NextGeneration returns the number of the next generation, which none had before.
func (c *Core) NextGeneration() uint32 { return c.generation + 1 }

// Offered returns the owners that the sender of a digest is behind on: those that are
// in the digest, and if that was about all that its sender knows, those that are not.
func (c *Core) Offered(digests map[string]Digest, whole bool) []string {
	return slices.DeleteFunc(sorted(c.known), func(owner string) bool {
		at, ok := digests[owner]
		return !ok && !whole || !IsBehind(at, c.known[owner].Digest)
	})
}

// Wanted returns the owners that this node is behind on.
func (c *Core) Wanted(digests map[string]Digest) []string {
	return slices.DeleteFunc(sorted(digests), func(owner string) bool {
		return owner == c.config.Name || !IsBehind(c.DigestOf(owner), digests[owner])
	})
}

// Name returns the node's name.
func (c *Core) Name() string { return c.config.Name }

// Generation returns the number of the node's present or last generation.
func (c *Core) Generation() uint32 { return c.generation }

// Up says whether the node is up.
func (c *Core) Up() bool { return c.own() != nil }

// DigestOf returns how much is known of an owner.
func (c *Core) DigestOf(owner string) Digest {
	if e := c.known[owner]; e != nil {
		return e.Digest
	}
	return Digest{}
}

// Entry returns a copy of what is known of an owner, if anything is.
func (c *Core) Entry(owner string) (Entry, bool) {
	e := c.known[owner]
	if e == nil {
		return Entry{}, false
	}
	return Entry{Digest: e.Digest, Vals: maps.Clone(e.Vals)}, true
}

// Owners returns the names of all known owners, in order.
func (c *Core) Owners() []string { return sorted(c.known) }

func (c *Core) own() *Entry { return c.known[c.config.Name] }

// entry returns what is known of an owner, an empty entry if nothing is.
func (c *Core) entry(owner string) *Entry {
	if e := c.known[owner]; e != nil {
		return e
	}
	return &Entry{}
}

// Start begins a new generation, in which the node knows only itself. Its number must
// be durable before a message is sent.
func (c *Core) Start() error {
	if c.Up() {
		return ErrNotAllowed
	}
	c.generation = c.NextGeneration()
	c.known[c.config.Name] = &Entry{Digest: Digest{Gen: c.generation}}
	c.step("Start").State(c)
	return nil
}

// Update gives one of the node's own values a new version. After 2^31-2 of them
// it returns ErrExhausted.
func (c *Core) Update(key, value string) error {
	e := c.own()
	if e == nil || e.Status == Left {
		return ErrNotAllowed
	}
	if e.Ver >= maxNumber-1 { // the last one is for Leave
		return ErrExhausted
	}
	if e.Vals == nil {
		e.Vals = map[string]Value{}
	}
	e.Ver++
	e.Vals[key] = Value{value, e.Ver}
	c.step("Update").String("key", key).String("value", value).State(c)
	return nil
}

// MayContact says whether the node can gossip with another one: a known one or a seed.
func (c *Core) MayContact(to string) bool {
	return to != c.config.Name && (c.known[to] != nil || slices.Contains(c.config.Seeds, to))
}

// Digest returns a message that says how much is known of some owners, or of
// all if about is nil.
func (c *Core) Digest(to string, about map[string]bool) (*Message, error) {
	if !c.Up() || !c.MayContact(to) {
		return nil, ErrNotAllowed
	}
	m := &Message{Kind: KindDigest, From: c.config.Name, To: to, Digests: map[string]Digest{}}
	for owner, e := range c.known {
		if about == nil || about[owner] {
			m.Digests[owner] = e.Digest
		}
	}
	if len(m.Digests) == 0 {
		return nil, ErrNotAllowed
	}
	m.Whole = len(m.Digests) == len(c.known)
	c.step("Digest").String("to", to).Record("about", func(o *trace.Object) {
		for _, owner := range sorted(c.known) {
			_, is := m.Digests[owner]
			o.Bool(owner, is)
		}
	}).State(c)
	return m, nil
}

// Answer takes a digest, and returns what its sender lacks together with what
// this node wants. If neither lacks anything it is not a step: ErrNotAllowed.
func (c *Core) Answer(m *Message, budget Budget) (*Message, error) {
	if m.Kind != KindDigest || m.To != c.config.Name || !c.Up() {
		return nil, ErrNotAllowed
	}
	updates := &Updates{From: m.To, To: m.From, Owners: c.Offered(m.Digests, m.Whole), Wants: map[string]Digest{}, digests: m.Digests, entry: c.entry}
	for _, owner := range c.Wanted(m.Digests) {
		updates.Wants[owner] = c.DigestOf(owner)
	}
	if len(updates.Owners) == 0 && len(updates.Wants) == 0 {
		return nil, ErrNotAllowed
	}
	truncation := budget(updates)
	if !updates.allows(truncation) {
		return nil, ErrNotAllowed
	}
	answer := c.answer(updates, truncation)
	c.step("Answer").Object("message", m).Record("truncation", func(o *trace.Object) { viewTruncation(o, truncation) }).State(c)
	return answer, nil
}

// Merge takes a delta, and adds what is new in it to what is known. If it
// asks for something, a delta with that is returned.
func (c *Core) Merge(m *Message, budget Budget) (*Message, error) {
	if m.Kind != KindDelta || m.To != c.config.Name || !c.Up() {
		return nil, ErrNotAllowed
	}
	after := maps.Clone(c.known)
	for owner, d := range m.Entries {
		if owner == c.config.Name {
			after[owner] = MergeOwn(c.own(), &d)
		} else if e := merged(c.entry(owner), &d); e.Gen > 0 {
			after[owner] = e
		} else {
			delete(after, owner)
		}
	}
	next := &Core{config: c.config, known: after}
	updates := &Updates{From: m.To, To: m.From, digests: m.Digests, entry: next.entry}
	for _, owner := range sorted(m.Digests) {
		if IsBehind(m.Digests[owner], next.DigestOf(owner)) {
			updates.Owners = append(updates.Owners, owner)
		}
	}
	truncation := budget(updates)
	if !updates.allows(truncation) {
		return nil, ErrNotAllowed
	}
	var rest *Message
	if len(truncation) > 0 {
		rest = c.answer(updates, truncation)
	}
	c.known = after
	c.step("Merge").Object("message", m).Record("truncation", func(o *trace.Object) { viewTruncation(o, truncation) }).State(c)
	return rest, nil
}

func (c *Core) answer(u *Updates, t Truncation) *Message {
	return &Message{Kind: KindDelta, From: c.config.Name, To: u.To, Entries: u.entries(t), Digests: u.Wants}
}

// Refute raises the node's incarnation, once it knows that it is suspected.
func (c *Core) Refute() error {
	e := c.own()
	if e == nil || e.Status != Suspect && e.Status != Dead || e.Inc == maxNumber {
		return ErrNotAllowed
	}
	alive := *e
	alive.Inc++
	alive.Status = Alive
	c.known[c.config.Name] = &alive
	c.step("Refute").State(c)
	return nil
}

// Leave ends this generation for good: the others keep a tombstone.
func (c *Core) Leave() error {
	e := c.own()
	if e == nil || e.Status == Left {
		return ErrNotAllowed
	}
	gone := &Entry{Digest: e.Digest}
	gone.Ver++
	gone.Status = Left
	c.known[c.config.Name] = gone
	c.step("Leave").State(c)
	return nil
}

// Suspect records that another node has not answered. It may be dead, slow, or
// cut off from this node alone.
func (c *Core) Suspect(other string) error { return c.setStatus("Suspect", other, Alive, Suspect) }

// DeclareDead records that a suspected node has not refuted that for long.
func (c *Core) DeclareDead(other string) error {
	return c.setStatus("DeclareDead", other, Suspect, Dead)
}

func (c *Core) setStatus(step, other string, from, to Status) error {
	e := c.known[other]
	if !c.Up() || e == nil || other == c.config.Name || e.Status != from {
		return ErrNotAllowed
	}
	changed := *e
	changed.Status = to
	c.known[other] = &changed
	c.step(step).String("other", other).State(c)
	return nil
}

// Crash ends this generation, as the end of the process would: the node forgets
// all but its number.
func (c *Core) Crash() error {
	if !c.Up() {
		return ErrNotAllowed
	}
	c.known = map[string]*Entry{}
	c.step("Crash").State(c)
	return nil
}

// step begins to record a step.
func (c *Core) step(name string) *trace.Step {
	return c.config.Trace.Step(name).String("node", c.config.Name)
}

// View adds the fields of the spec's View(node): all that the node knows.
func (c *Core) View(o *trace.Object) {
	o.Count("generation", uint64(c.generation))
	if c.config.Counts {
		o.Record("known", c.viewCounts)
		return
	}
	o.Record("known", func(o *trace.Object) {
		for _, owner := range sorted(c.known) {
			o.Object(owner, c.known[owner])
		}
	})
}

func (c *Core) viewCounts(o *trace.Object) {
	updated, valued, suspected := 0, 0, 0
	for _, e := range c.known {
		if e.Ver > 0 {
			updated++
		}
		if len(e.Vals) > 0 {
			valued++
		}
		if e.Status != Alive {
			suspected++
		}
	}
	o.Int("owners", len(c.known)).Int("updated", updated).Int("valued", valued).Int("suspected", suspected)
}

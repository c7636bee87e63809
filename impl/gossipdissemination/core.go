package gossipdissemination

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// CoreConfig is what a Core is made with.
type CoreConfig struct {
	Name  string
	Seeds []string // the names of those whom everybody can find
	// Generation is the number of the node's last life, 0 if it had none. It
	// must survive the node's end.
	Generation uint32
	Trace      *trace.Recorder // nil to record nothing
	// Counts says that a step records how much the node knows, not what: for
	// clusters in which that would be long.
	Counts bool
}

// Core is a node without goroutines, clock and network: a method for each step
// of the spec. It is for those who bring a loop of their own; all others use
// Node, which is built on it. A step that the present state does not allow
// returns ErrNotAllowed and changes nothing. A message that it returns is to be
// sent, and may be lost.
//
// Only one goroutine at a time may use a Core.
type Core struct {
	config     CoreConfig
	generation uint32
	known      map[string]*Entry // entries are replaced; only one's own values change
}

// NewCore returns a node that is down. Start is its first step.
func NewCore(config CoreConfig) *Core {
	config.Seeds = slices.Clone(config.Seeds)
	return &Core{config: config, generation: config.Generation, known: map[string]*Entry{}}
}

// The rules that concern a node; the others are with Entry.

// NextGeneration returns the number of the next life: one that no life had.
func (c *Core) NextGeneration() uint32 { return c.generation + 1 }

// Offered returns the owners of whom the sender of a digest lacks something:
// those of whom it has an older mark, and if the digest had everything in it,
// those of whom it has none.
func (c *Core) Offered(marks map[string]Mark, whole bool) []string {
	return slices.DeleteFunc(sorted(c.known), func(owner string) bool {
		at, ok := marks[owner]
		return !ok && !whole || !Lacks(at, c.known[owner].Mark)
	})
}

// Wanted returns the owners of whom the sender of a digest knows more.
func (c *Core) Wanted(marks map[string]Mark) []string {
	return slices.DeleteFunc(sorted(marks), func(owner string) bool {
		return owner == c.config.Name || !Lacks(c.Mark(owner), marks[owner])
	})
}

// Name returns the node's name.
func (c *Core) Name() string { return c.config.Name }

// Generation returns the number of the node's present or last life.
func (c *Core) Generation() uint32 { return c.generation }

// Up says whether the node lives.
func (c *Core) Up() bool { return c.own() != nil }

// Mark returns how much is known of an owner.
func (c *Core) Mark(owner string) Mark {
	if e := c.known[owner]; e != nil {
		return e.Mark
	}
	return Mark{}
}

// Entry returns a copy of what is known of an owner, if anything is.
func (c *Core) Entry(owner string) (Entry, bool) {
	e := c.known[owner]
	if e == nil {
		return Entry{}, false
	}
	return Entry{Mark: e.Mark, Vals: maps.Clone(e.Vals)}, true
}

// Owners returns the names of all of whom something is known, in order.
func (c *Core) Owners() []string { return sorted(c.known) }

func (c *Core) own() *Entry { return c.known[c.config.Name] }

// entry returns what is known of an owner, an empty entry if nothing is.
func (c *Core) entry(owner string) *Entry {
	if e := c.known[owner]; e != nil {
		return e
	}
	return &Entry{}
}

// Start begins a new life, in which the node knows only itself. Its number must
// be durable before anybody hears from it.
func (c *Core) Start() error {
	if c.Up() {
		return ErrNotAllowed
	}
	c.generation = c.NextGeneration()
	c.known[c.config.Name] = &Entry{Mark: Mark{Gen: c.generation}}
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

// MayContact says whether the node can gossip with another.
func (c *Core) MayContact(to string) bool {
	return to != c.config.Name && (c.known[to] != nil || slices.Contains(c.config.Seeds, to))
}

// Digest returns a message that says how much is known of some owners, or of
// all if about is nil.
func (c *Core) Digest(to string, about map[string]bool) (*Message, error) {
	if !c.Up() || !c.MayContact(to) {
		return nil, ErrNotAllowed
	}
	m := &Message{Kind: Digests, From: c.config.Name, To: to, Marks: map[string]Mark{}}
	for owner, e := range c.known {
		if about == nil || about[owner] {
			m.Marks[owner] = e.Mark
		}
	}
	if len(m.Marks) == 0 {
		return nil, ErrNotAllowed
	}
	m.Whole = len(m.Marks) == len(c.known)
	c.step("Digest").String("to", to).Record("about", func(o *trace.Object) {
		for _, owner := range sorted(c.known) {
			_, is := m.Marks[owner]
			o.Bool(owner, is)
		}
	}).State(c)
	return m, nil
}

// Answer takes a digest, and returns what its sender lacks together with what
// this node wants. If neither lacks anything it is not a step: ErrNotAllowed.
func (c *Core) Answer(m *Message, fit Fit) (*Message, error) {
	if m.Kind != Digests || m.To != c.config.Name || !c.Up() {
		return nil, ErrNotAllowed
	}
	news := &News{From: m.To, To: m.From, Who: c.Offered(m.Marks, m.Whole), Wants: map[string]Mark{}, marks: m.Marks, entry: c.entry}
	for _, owner := range c.Wanted(m.Marks) {
		news.Wants[owner] = c.Mark(owner)
	}
	if len(news.Who) == 0 && len(news.Wants) == 0 {
		return nil, ErrNotAllowed
	}
	cut := fit(news)
	if !news.allows(cut) {
		return nil, ErrNotAllowed
	}
	answer := c.answer(news, cut)
	c.step("Answer").Object("message", m).Record("cut", func(o *trace.Object) { viewCut(o, cut) }).State(c)
	return answer, nil
}

// Merge takes a delta, and adds what is news in it to what is known. If it
// asked for something, what there is to tell is returned.
func (c *Core) Merge(m *Message, fit Fit) (*Message, error) {
	if m.Kind != Deltas || m.To != c.config.Name || !c.Up() {
		return nil, ErrNotAllowed
	}
	after := maps.Clone(c.known)
	for owner, d := range m.Entries {
		d = AsHeard(d)
		if owner == c.config.Name {
			after[owner] = OfOneself(c.own(), &d)
		} else if e := merged(c.entry(owner), &d); e.Gen > 0 {
			after[owner] = e
		} else {
			delete(after, owner)
		}
	}
	next := &Core{config: c.config, known: after}
	news := &News{From: m.To, To: m.From, marks: m.Marks, entry: next.entry}
	for _, owner := range sorted(m.Marks) {
		if Lacks(m.Marks[owner], next.Mark(owner)) {
			news.Who = append(news.Who, owner)
		}
	}
	cut := fit(news)
	if !news.allows(cut) {
		return nil, ErrNotAllowed
	}
	var rest *Message
	if len(cut) > 0 {
		rest = c.answer(news, cut)
	}
	c.known = after
	c.step("Merge").Object("message", m).Record("cut", func(o *trace.Object) { viewCut(o, cut) }).State(c)
	return rest, nil
}

func (c *Core) answer(news *News, cut Cut) *Message {
	return &Message{Kind: Deltas, From: c.config.Name, To: news.To, Entries: news.entries(cut), Marks: news.Wants}
}

// Refute says that the node is alive, when it has heard that it is not.
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

// Leave says that the node goes for good, as far as this life is concerned.
func (c *Core) Leave() error {
	e := c.own()
	if e == nil || e.Status == Left {
		return ErrNotAllowed
	}
	gone := &Entry{Mark: e.Mark}
	gone.Ver++
	gone.Status = Left
	c.known[c.config.Name] = gone
	c.step("Leave").State(c)
	return nil
}

// Suspect notes that another node has not answered. It may be dead, slow, or
// cut off from this node alone.
func (c *Core) Suspect(other string) error { return c.opine("Suspect", other, Alive, Suspect) }

// Bury notes that a suspected node has not said for long that it is alive.
func (c *Core) Bury(other string) error { return c.opine("Bury", other, Suspect, Dead) }

func (c *Core) opine(step, other string, from, to Status) error {
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

// Crash ends this life, as a process that ends would: all is forgotten but its
// number.
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

// View adds what the spec's View(node) has: all that the node knows.
func (c *Core) View(o *trace.Object) {
	o.Uint("generation", uint64(c.generation))
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
	told, valued, doubted := 0, 0, 0
	for _, e := range c.known {
		if e.Ver > 0 {
			told++
		}
		if len(e.Vals) > 0 {
			valued++
		}
		if e.Status != Alive {
			doubted++
		}
	}
	o.Int("owners", len(c.known)).Int("told", told).Int("valued", valued).Int("doubted", doubted)
}

package gossipdissemination

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// world is a cluster on a simulated network, in virtual time.
type world struct {
	rec      *trace.Recorder
	random   *rand.Rand
	nodes    []*gossip.Core
	byName   map[string]*gossip.Core
	net      *networktest.Simulation[[]byte]
	sent     map[string]*gossip.Message // all that may still arrive, as far as was recorded
	arriving map[string]int             // how many of each are on the network
	fit      gossip.Fit
	about    int // a digest is about so many owners at most
	rounds   int
	bytes    int
}

const round = time.Second

func newWorld(rec *trace.Recorder, seed int64, nodes []string) *world {
	w := &world{
		rec: rec, random: rand.New(rand.NewPCG(uint64(seed), 26)), byName: map[string]*gossip.Core{},
		sent: map[string]*gossip.Message{}, arriving: map[string]int{},
		net: networktest.NewSimulation[[]byte](networktest.NewConditions(seed, networktest.Faults{})),
		fit: gossip.Everything, about: len(nodes),
	}
	for _, name := range nodes {
		c := gossip.NewCore(gossip.CoreConfig{Name: name, Seeds: nodes[:1], Trace: rec, Counts: len(nodes) > 8})
		w.nodes = append(w.nodes, c)
		w.byName[name] = c
	}
	return w
}

// allowed drops the error of a step that was not possible.
func allowed(err error) error {
	if errors.Is(err, gossip.ErrNotAllowed) {
		return nil
	}
	return err
}

// note notes that a core has made a message: from now on it may arrive.
func (w *world) note(m *gossip.Message) {
	if m != nil {
		w.sent[string(m.Encode(nil))] = m
	}
}

// send puts a message on the network, if there is one. If nothing of it will
// arrive, that is recorded.
func (w *world) send(m *gossip.Message) {
	if m == nil {
		return
	}
	b := m.Encode(nil)
	w.bytes += len(b)
	w.arriving[string(b)] += w.net.Send(m.From, m.To, b)
	if w.arriving[string(b)] == 0 {
		w.lose(m)
	}
}

// lose records that nobody gets a message any more.
func (w *world) lose(m *gossip.Message) {
	delete(w.sent, string(m.Encode(nil)))
	w.rec.Step("Lose").String("node", "world").Object("message", m).State(lossy{w})
}

// lossy is the world as far as messages are concerned.
type lossy struct{ *world }

// View adds how many messages may arrive.
func (l lossy) View(o *trace.Object) { o.Int("messages", len(l.sent)) }

// start begins a life of a node, which tells its address.
func (w *world) start(c *gossip.Core) error {
	if err := c.Start(); err != nil {
		return err
	}
	return c.Update("address", "0")
}

// gossip lets a node send a digest to another.
func (w *world) gossip(c *gossip.Core, to string) error {
	m, err := c.Digest(to, w.window(c))
	if err == nil {
		w.note(m)
		w.send(m)
	}
	return allowed(err)
}

// window chooses what a digest is about: as many owners as have room, another
// part of them each time.
func (w *world) window(c *gossip.Core) map[string]bool {
	owners := c.Owners()
	if len(owners) <= w.about {
		return nil
	}
	about := map[string]bool{}
	at := w.random.IntN(len(owners))
	for i := range w.about {
		about[owners[(at+i)%len(owners)]] = true
	}
	return about
}

// peer chooses whom a node gossips with: anybody it knows, or a seed.
func (w *world) peer(c *gossip.Core) string {
	var others []string
	for _, o := range w.nodes {
		if c.MayContact(o.Name()) {
			others = append(others, o.Name())
		}
	}
	if len(others) == 0 {
		return ""
	}
	return others[w.random.IntN(len(others))]
}

// round lets every node gossip with one other, and everything arrive that the
// network delivers within its time.
func (w *world) round() error {
	w.rounds++
	for _, i := range w.random.Perm(len(w.nodes)) {
		c := w.nodes[i]
		if to := w.peer(c); c.Up() && to != "" {
			if err := w.gossip(c, to); err != nil {
				return err
			}
		}
	}
	return w.deliver(w.net.Now() + round)
}

// deliver hands on what arrives until a time.
func (w *world) deliver(end time.Duration) error {
	for d, ok := w.net.Next(end); ok; d, ok = w.net.Next(end) {
		m, err := gossip.Decode(d.Message)
		if err != nil {
			return err
		}
		w.arriving[string(d.Message)]--
		if err := w.receive(m); err != nil {
			return err
		}
	}
	return nil
}

// receive lets a node take a message.
func (w *world) receive(m *gossip.Message) error {
	answer, err := w.take(m)
	w.send(answer)
	return err
}

// take lets a node take a message, and returns its answer without sending it.
func (w *world) take(m *gossip.Message) (*gossip.Message, error) {
	c := w.byName[m.To]
	step := c.Answer
	if m.Kind == gossip.Deltas {
		step = c.Merge
	}
	answer, err := step(m, w.fit)
	if err := allowed(err); err != nil {
		return nil, err
	}
	w.note(answer)
	return answer, allowed(c.Refute())
}

// agreed says whether all who are up know the same.
func (w *world) agreed() bool {
	up := slices.DeleteFunc(slices.Clone(w.nodes), func(c *gossip.Core) bool { return !c.Up() })
	for _, c := range up {
		if !same(c, up[0]) {
			return false
		}
		if s := c.Mark(c.Name()).Status; s != gossip.Alive && s != gossip.Left {
			return false
		}
	}
	return true
}

func same(a, b *gossip.Core) bool {
	if !slices.Equal(a.Owners(), b.Owners()) {
		return false
	}
	for _, owner := range a.Owners() {
		one, _ := a.Entry(owner)
		other, _ := b.Entry(owner)
		if one.Mark != other.Mark || !maps.Equal(one.Vals, other.Vals) {
			return false
		}
	}
	return true
}

// settle gossips until all agree, and records what an observer says then. What
// takes too long is claimed all the same: the spec knows better.
func (w *world) settle(limit int) error {
	for range limit {
		if w.agreed() {
			break
		}
		if err := w.round(); err != nil {
			return err
		}
	}
	w.agree()
	return nil
}

// agree records that all agree.
func (w *world) agree() { w.rec.Step("Agree").String("node", "observer").State(w) }

// View adds what the observer sees.
func (w *world) View(o *trace.Object) {
	var live []string
	for _, c := range w.nodes {
		if c.Up() {
			live = append(live, c.Name())
		}
	}
	o.Set("live", live...)
}

// recorded makes a recorder, lets something run with it, and finishes the trace
// even if that fails.
func recorded(path string, h trace.Header, do func(rec *trace.Recorder) error) (err error) {
	rec, err := trace.Create(path, h)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	if err := do(rec); err != nil {
		return fmt.Errorf("seed %d: %w", h.Seed, err)
	}
	return nil
}

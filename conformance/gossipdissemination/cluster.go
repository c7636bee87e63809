package gossipdissemination

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// round is the time between two digests of a node.
const round = time.Second

// cluster is the cores of some nodes, with the messages that they have made. How the
// messages travel is up to the run: by a toolbox.Cluster, by a toolbox.Scripted, or
// one by one.
type cluster struct {
	rec     *trace.Recorder
	random  *rand.Rand
	members []*member
	byName  map[string]*member
	sent    map[string]*gossip.Message // by their encoding: those that may still arrive
	copies  map[string]int             // by their encoding: how many are under way
	budget  gossip.Budget
	window  int                               // the most owners that a digest is about
	network *toolbox.Cluster[*gossip.Message] // nil unless it is simulated
}

// member is a node of the cluster. It is a toolbox.Node.
type member struct {
	*gossip.Core
	*cluster
	toolbox.Outbox[*gossip.Message]
}

func newCluster(rec *trace.Recorder, seed int64, names []string) *cluster {
	c := &cluster{
		rec: rec, random: rand.New(rand.NewPCG(uint64(seed), 26)), byName: map[string]*member{},
		sent: map[string]*gossip.Message{}, copies: map[string]int{}, budget: gossip.Everything, window: len(names),
	}
	for _, name := range names {
		core := gossip.NewCore(gossip.CoreConfig{Name: name, Seeds: names[:1], Trace: rec, Counts: len(names) > 8})
		m := &member{Core: core, cluster: c}
		c.members = append(c.members, m)
		c.byName[name] = m
	}
	return c
}

// simulate puts the cluster on a simulated network, in virtual time.
func (c *cluster) simulate(seed int64, f networktest.Faults) {
	sim := toolbox.NewCluster(seed, f, func(m *gossip.Message) (from, to string) { return m.From, m.To })
	sim.Every = round
	sim.OnSend = func(m *gossip.Message, copies int) {
		key := string(m.Encode(nil))
		if c.copies[key] += copies; c.copies[key] == 0 {
			c.lose(key)
		}
	}
	sim.OnArrive = func(m *gossip.Message) { c.copies[string(m.Encode(nil))]-- }
	for _, m := range c.members {
		sim.Add(m.Name(), onWire{m})
	}
	c.network = sim
}

// pass lets a round pass on the simulated network.
func (c *cluster) pass() error { return c.network.Run(round) }

// starts starts a node, which publishes its address.
func (m *member) starts() error {
	if err := m.Start(); err != nil {
		return err
	}
	return m.Update("address", "0")
}

// start starts those nodes that are down.
func start(members []*member) error {
	for _, m := range members {
		if m.Up() {
			continue
		}
		if err := m.starts(); err != nil {
			return err
		}
	}
	return nil
}

// gossip sends a digest to a peer.
func (m *member) gossip(to string) error {
	digest, err := m.Digest(to, m.about())
	m.sends(digest)
	return toolbox.Allow(err, gossip.ErrNotAllowed)
}

// sends notes that a message may arrive from now on, and queues it.
func (m *member) sends(message *gossip.Message) {
	if message != nil {
		m.sent[string(message.Encode(nil))] = message
		m.Post(message)
	}
}

// about chooses the owners of a digest, nil for all: as many as the window holds,
// others each time.
func (m *member) about() map[string]bool {
	owners := m.Owners()
	if len(owners) <= m.window {
		return nil
	}
	about := map[string]bool{}
	at := m.random.IntN(len(owners))
	for i := range m.window {
		about[owners[(at+i)%len(owners)]] = true
	}
	return about
}

// Tick implements toolbox.Node: the node gossips with a peer that it chooses at random.
func (m *member) Tick() error {
	var peers []string
	for _, o := range m.members {
		if m.MayContact(o.Name()) {
			peers = append(peers, o.Name())
		}
	}
	if !m.Up() || len(peers) == 0 {
		return nil
	}
	return m.gossip(peers[m.random.IntN(len(peers))])
}

// onWire is a member whose messages are encoded when they are sent. One that is not may
// share memory with its sender, and change on its way.
type onWire struct{ *member }

// Messages implements toolbox.Node.
func (m onWire) Messages() []*gossip.Message {
	out := m.member.Messages()
	for i, message := range out {
		wired, err := gossip.Decode(message.Encode(nil))
		if err != nil {
			panic(err) // the core has made a message that cannot be sent
		}
		out[i] = wired
	}
	return out
}

// Receive implements toolbox.Node.
func (m *member) Receive(message *gossip.Message) error {
	step := m.Answer
	if message.Kind == gossip.KindDelta {
		step = m.Merge
	}
	answer, err := step(message, m.budget)
	if err := toolbox.Allow(err, gossip.ErrNotAllowed); err != nil {
		return err
	}
	m.sends(answer)
	return toolbox.Allow(m.Refute(), gossip.ErrNotAllowed)
}

// lose records that a message, given by its encoding, does not arrive any more.
func (c *cluster) lose(key string) {
	m := c.sent[key]
	delete(c.sent, key)
	c.rec.Step("Lose").String("node", environment).Object("message", m).State(onNetwork{c})
}

// onNetwork is the cluster's View(environment).
type onNetwork struct{ *cluster }

// View adds how many messages may arrive.
func (n onNetwork) View(o *trace.Object) { o.Int("messages", len(n.sent)) }

// agreed says whether all nodes that are up know the same, and none is suspected.
func agreed(cores []*gossip.Core) bool {
	up := running(cores)
	return !slices.ContainsFunc(up, func(c *gossip.Core) bool {
		status := c.DigestOf(c.Name()).Status
		return !same(c, up[0]) || status != gossip.Alive && status != gossip.Left
	})
}

func running(cores []*gossip.Core) []*gossip.Core {
	return slices.DeleteFunc(slices.Clone(cores), func(c *gossip.Core) bool { return !c.Up() })
}

func same(a, b *gossip.Core) bool {
	return slices.Equal(a.Owners(), b.Owners()) && !slices.ContainsFunc(a.Owners(), func(owner string) bool {
		x, _ := a.Entry(owner)
		y, _ := b.Entry(owner)
		return x.Digest != y.Digest || !maps.Equal(x.Vals, y.Vals)
	})
}

func (c *cluster) cores() []*gossip.Core {
	var all []*gossip.Core
	for _, m := range c.members {
		all = append(all, m.Core)
	}
	return all
}

// settle lets rounds pass until all agree, and records that. After too many rounds it
// is recorded all the same: the spec refuses it.
func (c *cluster) settle(rounds int, pass func() error) error {
	for ; rounds > 0 && !agreed(c.cores()); rounds-- {
		if err := pass(); err != nil {
			return err
		}
	}
	agree(c.rec, c.cores())
	return nil
}

// agree records that all nodes that are up agree.
func agree(rec *trace.Recorder, cores []*gossip.Core) {
	rec.Step("Agree").String("node", observer).State(observed(cores))
}

// observed is the cluster's View(observer).
type observed []*gossip.Core

// View adds the names of the nodes that are up.
func (all observed) View(o *trace.Object) {
	var live []string
	for _, c := range running(all) {
		live = append(live, c.Name())
	}
	o.Set("live", live...)
}

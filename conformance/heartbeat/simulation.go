package heartbeat

import (
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
)

// simulation is nodes on a network in virtual time. Nothing in it depends on
// goroutines: the same calls give the same trace.
type simulation struct {
	*world
	net   *networktest.Simulation[[]byte]
	nodes map[string]*member
	phi   *hb.PhiOptions
	sent  []hb.Heartbeat // by the node that is at work, and not yet under way
	copy  map[hb.Heartbeat]int
}

// member is one node of the simulation, through all its lives.
type member struct {
	name  string
	clock *clocktest.Clock
	lives hb.Lives
	node  *hb.Node      // nil while it is crashed
	due   time.Duration // when it wants to be called next
	inbox [][]byte      // what came while it was paused
}

func newSimulation(w *world, seed int64, phi *hb.PhiOptions) *simulation {
	s := &simulation{
		world: w, phi: phi, nodes: map[string]*member{}, copy: map[hb.Heartbeat]int{},
		net: networktest.NewSimulation[[]byte](networktest.NewConditions(seed, networktest.Faults{})),
	}
	for _, name := range w.nodes() {
		s.nodes[name] = &member{name: name, clock: clocktest.New(s.net.Now), lives: hb.LivesInMemory()}
	}
	return s
}

// calmly makes the network one that keeps its word, and the world calm.
func (s *simulation) calmly() {
	for _, name := range s.world.nodes() {
		if s.paused[name] {
			s.proceed(name, true)
		}
	}
	s.net.Heal()
	s.net.Change(networktest.Faults{MaxDelay: time.Duration(s.times.delay) * time.Millisecond})
	for _, name := range s.world.nodes() {
		s.net.Lose(name) // what would come too late
	}
	clear(s.copy)
	s.beCalm()
}

// endpoint is a node's end of the simulated network.
type endpoint struct {
	*simulation
	name string
}

func (e endpoint) Name() string { return e.name }

func (e endpoint) Send(to string, datagram []byte) error {
	h, err := hb.Decode(datagram)
	if err == nil {
		e.simulation.sent = append(e.simulation.sent, h)
	}
	return err
}

func (endpoint) Receive() (string, []byte, error) { return "", nil, network.ErrClosed }
func (endpoint) Close() error                     { return nil }

// start starts a node, for the first time or again.
func (s *simulation) start(name string) error {
	m := s.nodes[name]
	sendTo := map[string]string{}
	if slices.Contains(s.senders, name) {
		for _, o := range s.watchers {
			if o != name {
				sendTo[o] = o
			}
		}
	}
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	o := hb.Options{
		Name: name, Endpoint: endpoint{s, name}, SendTo: sendTo,
		Interval: ms(s.times.interval), Delay: ms(s.times.delay), Timeout: ms(s.times.ceiling), Phi: s.phi,
		CheckEvery: ms(s.times.checkEvery), Tolerance: ms(s.times.tolerance),
		Lives: m.lives, Clock: m.clock, Trace: s.rec,
	}
	if slices.Contains(s.watchers, name) {
		o.Watch = watched(s.senders, name)
	}
	s.started(name)
	var err error
	m.node, err = hb.New(o)
	m.due = s.net.Now()
	return err
}

func (s *simulation) kill(name string) {
	s.nodes[name].node, s.nodes[name].inbox = nil, nil
	s.net.Lose(name)
	s.crash(name)
}

// halt makes a node stand still.
func (s *simulation) halt(name string) { s.pause(name) }

// proceed lets a node go on. Whether it first looks at its clock or at what has
// come meanwhile nobody can say.
func (s *simulation) proceed(name string, clockFirst bool) {
	m := s.nodes[name]
	if clockFirst {
		s.call(m)
	}
	for _, datagram := range m.inbox {
		s.hand(m, datagram)
	}
	m.inbox = nil
	s.call(m)
	s.resume(name)
}

// set sets a node's wall clock.
func (s *simulation) set(name string, offset int) {
	if s.wall[name] == offset {
		return
	}
	s.nodes[name].clock.Set(time.Duration(offset) * time.Millisecond)
	s.setClock(name, offset)
}

// run lets so much time pass.
func (s *simulation) run(length time.Duration) {
	end := s.net.Now() + length
	for {
		next := end
		for _, m := range s.nodes {
			if s.works(m) {
				next = min(next, m.due)
			}
		}
		d, arrives := s.net.Next(next)
		s.tick(int(s.net.Now().Milliseconds()))
		if arrives {
			s.arrive(d)
			continue
		}
		called := false
		for _, name := range s.world.nodes() {
			if m := s.nodes[name]; s.works(m) && m.due <= s.net.Now() {
				s.call(m)
				called = true
			}
		}
		if !called && s.net.Now() >= end {
			return
		}
	}
}

func (s *simulation) works(m *member) bool { return m.node != nil && !s.paused[m.name] }

// call lets a node do what is due.
func (s *simulation) call(m *member) {
	beat, _ := m.node.Beat() // its Endpoint never fails
	s.fly()
	look := m.node.Look()
	m.due = s.net.Now() + min(beat, look)
}

// fly gives to the network what a node has sent.
func (s *simulation) fly() {
	if len(s.sent) == 0 {
		return
	}
	s.world.sent(s.sent[0])
	for _, h := range s.sent {
		s.copy[h] = s.net.Send(h.From, h.To, h.Encode())
		s.gone(h)
	}
	s.sent = nil
}

// gone notes a message of which nothing is under way any more. In a calm world
// it would be gone soon anyway, and nobody needs to say so.
func (s *simulation) gone(h hb.Heartbeat) {
	if s.copy[h] == 0 && !s.calm {
		s.lose(h)
	}
}

func (s *simulation) arrive(d networktest.Delivery[[]byte]) {
	m := s.nodes[d.To]
	h, err := hb.Decode(d.Message)
	if err != nil {
		return // no heartbeat of ours
	}
	switch {
	case m.node == nil:
		s.copy[h]--
		s.gone(h)
	case s.paused[m.name]:
		m.inbox = append(m.inbox, d.Message)
	default:
		s.hand(m, d.Message)
	}
}

func (s *simulation) hand(m *member, datagram []byte) {
	h, err := hb.Decode(datagram)
	if err != nil {
		return
	}
	s.copy[h]--
	s.arrived(h)
	_ = m.node.Handle(datagram) // what it does not take, the trace lacks
	s.gone(h)
}

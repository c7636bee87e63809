package twophasecommit

import (
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// patience is the patience of simulated nodes, in ticks.
const patience = 8

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

// node is a core with its log on a simulated disk. It is a toolbox.Node.
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
	for _, name := range nodes() {
		if n := all[name]; !n.Up() {
			if err := n.Recover(); err != nil {
				return err
			}
		}
	}
	return nil
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

// Receive implements toolbox.Node.
func (n *node) Receive(m tpc.Message) error {
	if !n.Up() {
		return nil
	}
	return toolbox.Allow(n.core.Receive(m), tpc.ErrNotAllowed)
}

// Tick implements toolbox.Node.
func (n *node) Tick() error {
	if !n.Up() {
		return nil
	}
	return toolbox.Allow(n.core.Tick(), tpc.ErrNotAllowed)
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

// clients are the clients of a run, as one node. Each has one transaction, and is
// known by its number.
type clients struct {
	rec      *trace.Recorder
	begun    int // transactions asked for
	sessions map[uint64]*tpc.Session
	out      []tpc.Message
	// next, if set, lets a client do what is next in its plan.
	next func(*tpc.Session) error
	// tick, if set, tells a client that time has passed.
	tick func(*tpc.Session) error
}

func newClients(rec *trace.Recorder) *clients {
	return &clients{rec: rec, sessions: map[uint64]*tpc.Session{}}
}

func newSession(rec *trace.Recorder, ref tpc.Ref) *tpc.Session {
	return tpc.NewSession(tpc.SessionConfig{Client: client, Coordinator: coordinator, Placement: placement, Trace: rec}, ref)
}

// begin asks for a transaction of an age.
func (c *clients) begin(age int64) {
	c.begun++
	c.out = append(c.out, tpc.Message{Type: tpc.TypeBegin, From: client, To: coordinator, Transaction: tpc.Ref{Age: age}, Operation: uint64(c.begun)})
}

// each calls a function for each transaction, in their order, until one fails.
func (c *clients) each(do func(*tpc.Session) error) error {
	for n := uint64(1); n <= mostNumbers; n++ {
		if s := c.sessions[n]; s != nil {
			if err := do(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// Receive implements toolbox.Node.
func (c *clients) Receive(m tpc.Message) error {
	n := m.Transaction.Number
	s := c.sessions[n]
	switch {
	case s == nil && m.Type != tpc.TypeBegun:
		return nil
	case s == nil:
		s = newSession(c.rec, m.Transaction)
		c.sessions[n] = s
	default:
		if err := s.Receive(m); err != nil {
			return err
		}
		if m.Type != tpc.TypeDone {
			return nil
		}
	}
	if c.next == nil {
		return nil
	}
	return c.next(s)
}

// Tick implements toolbox.Node.
func (c *clients) Tick() error {
	if c.tick == nil {
		return nil
	}
	return c.each(c.tick)
}

// Messages implements toolbox.Node.
func (c *clients) Messages() []tpc.Message {
	out := c.out
	c.out = nil
	_ = c.each(func(s *tpc.Session) error {
		out = append(out, s.Messages()...)
		return nil
	})
	return out
}

// over lets each node and client say that it does nothing any more. If the spec holds
// that something must still happen, it refuses that.
func (c *clients) over(all map[string]*node) error {
	for _, name := range nodes() {
		all[name].Quiet()
	}
	return c.each(func(s *tpc.Session) error { return toolbox.Allow(s.Rest(), tpc.ErrNotAllowed) })
}

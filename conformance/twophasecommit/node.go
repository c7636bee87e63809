package twophasecommit

import (
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// patience is how many ticks a coordinator of a walk waits until a transaction is decided.
const patience = 6

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

// node is a core with its log on a simulated disk.
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
	return each(func(name string) error {
		if n := all[name]; !n.Up() {
			return n.Recover()
		}
		return nil
	})
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

func newSession(rec *trace.Recorder, ref tpc.Ref) *tpc.Session {
	return tpc.NewSession(tpc.SessionConfig{Client: client, Coordinator: coordinator, Placement: placement, Trace: rec}, ref)
}

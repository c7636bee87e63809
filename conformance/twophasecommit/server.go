package twophasecommit

import (
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// patience is for how many ticks a transaction may take.
const patience = 8

// core is what coordinator and participants have in common.
type core interface {
	Durable() *tpc.State
	Use(tpc.Journal)
	Recover() error
	Crash()
	Quiet()
	Idle() bool
	Up() bool
	Name() string
	Heard(...trace.Stamp)
	Err() error
	Survived()
	Messages() []tpc.Message
	Receive(tpc.Message) error
	Tick() error
}

// server is a node: its core, its log, and the disk below.
type server struct {
	disk  *disktest.Disk
	log   *wal.Log
	core  core
	make  func() (core, error)
	known uint64 // records that the core knows to be in the log
}

func newServer(make func() (core, error)) (*server, error) {
	s := &server{disk: disktest.New(), make: make}
	return s, s.open()
}

// open makes a core and reads its log.
func (s *server) open() (err error) {
	if s.core, err = s.make(); err != nil {
		return err
	}
	s.log, err = tpc.OpenJournal("log", s.core, wal.Options{FS: s.disk, Preallocate: -1})
	if err == nil {
		s.core.Use(s)
		s.known = s.log.Status().Appended
	}
	return err
}

// Append implements twophasecommit.Journal, and counts.
func (s *server) Append(kind uint32, payload []byte) (uint64, error) {
	index, err := s.log.Append(kind, payload)
	if err == nil {
		s.known++
	}
	return index, err
}

// crash ends the node. What it was writing may have reached the disk all the
// same: then its step was taken, and is recorded before the crash.
func (s *server) crash(lose func(*disktest.Disk)) error {
	dead, known := s.core, s.known
	if lose == nil {
		lose = func(d *disktest.Disk) { d.Crash(nil) }
	}
	lose(s.disk)
	_ = s.log.Close() // it is dead already
	if err := s.open(); err != nil {
		return err
	}
	for e, err := range s.log.Entries(known + 1) {
		if err != nil {
			return err
		}
		dead.Durable().Apply(e)
		dead.Survived()
	}
	s.core.Crash()
	return nil
}

func newCoordinator(rec *trace.Recorder) func() (core, error) {
	return func() (core, error) {
		return tpc.NewCoordinator(tpc.CoordinatorConfig{Name: coordinator, Home: home, Trace: rec, Patience: patience, Memory: 3})
	}
}

func newParticipant(rec *trace.Recorder, name string, policy tpc.Policy) func() (core, error) {
	return func() (core, error) {
		return tpc.NewParticipant(tpc.ParticipantConfig{Name: name, Coordinator: coordinator, Policy: policy, Keys: keys, Trace: rec, Patience: 2 * patience})
	}
}

package generationclock

import (
	"errors"
	"fmt"
	"sync"

	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// StoreOptions are what a store is opened with.
type StoreOptions struct {
	Name  string
	Path  string          // of its log, which is made if there is none
	FS    wal.FS          // where that is; nil is the operating system's
	Trace *trace.Recorder // nil to record nothing
}

// Store is a fenced resource: it keeps the last write, and refuses those of leaders
// that were deposed. Its methods may be called by any number of goroutines.
type Store struct {
	shell
	core *StoreCore
}

// OpenStore opens a store. Its fence is where it was when the last process ended.
func OpenStore(o StoreOptions) (*Store, error) {
	if err := checkName(o.Name); err != nil {
		return nil, err
	}
	j, err := openJournal(o.Path, o.FS)
	if err != nil {
		return nil, err
	}
	core := NewStoreCore(o.Name, o.Trace)
	core.Restart(j.last)
	return &Store{shell{journal: j, holder: &core.Holder}, core}, nil
}

// Receive takes a write and returns the answer, Done or Refused, when what it says
// is durable. ErrMessage means that the message was not for this store.
func (s *Store) Receive(m *Message) (*Message, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return nil, s.failed
	}
	if m.Type != Write || m.To != s.core.name {
		return nil, fmt.Errorf("%w for %s: %s for %q", ErrMessage, s.core.name, m.Type, m.To)
	}
	if err := s.core.Adopt(m); err != nil && !errors.Is(err, ErrNotAllowed) {
		return nil, err
	}
	if err := s.core.Apply(m); err == nil {
		if err := s.save(); err != nil {
			return nil, err
		}
		return s.core.Acknowledge()
	}
	return s.core.Refuse(m)
}

// Write applies a write of a leader, which has the given number. A *StaleError
// means that the leader was deposed, and that nothing was written.
func (s *Store) Write(leader string, number uint64, value string) error {
	answer, err := s.Receive(&Message{Type: Write, From: leader, To: s.core.name, Gen: number, Value: value})
	if err == nil && answer.Type == Refused {
		err = &StaleError{Number: number, Current: answer.Gen}
	}
	return err
}

// Last returns the last write. The zero Entry means that there was none.
func (s *Store) Last() Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.core.disk.Entry
}

// Fence returns the greatest number that the store has accepted.
func (s *Store) Fence() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.core.disk.Gen
}

// shell is what Node and Store share: a holder with its log.
type shell struct {
	mu      sync.Mutex
	journal *journal
	holder  *Holder
	failed  error // ErrStopped, once it is over
}

// save makes what is in the holder's memory durable. The lock is held meanwhile, so
// that nothing is mentioned before.
func (s *shell) save() error {
	if s.holder.disk == s.holder.Record {
		return nil
	}
	if err := s.journal.save(s.holder.Record); err != nil {
		s.failed = fmt.Errorf("%w: %w", ErrStopped, err)
		return s.failed
	}
	return s.holder.Persist()
}

// View adds what the spec's View(node) has of the holder.
func (s *shell) View(o *trace.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holder.viewer.View(o)
}

// Close ends the holder's work. A second Close does nothing.
func (s *shell) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.failed, errClosed) {
		return nil
	}
	s.failed = fmt.Errorf("%w: %w", ErrStopped, errClosed)
	return s.journal.log.Close()
}

var errClosed = errors.New("closed")

package versionvector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/impl/generationclock"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// Options are what a store is opened with.
type Options struct {
	Name  string   // of the replica; no other one may ever have it
	Peers []string // the other replicas

	// Send carries a message to a peer, whose Receive takes it. It may lose, repeat, delay
	// and reorder messages. One goroutine for each peer calls it; while it does not return,
	// other messages for that peer wait, or are dropped.
	Send func(to string, m *Message)

	Path string // of the log; beside it stands the number of the incarnation
	FS   wal.FS // where that is; nil is the operating system's

	// Trace returns the recorder of a key, or nil. Nil: no key is recorded.
	Trace func(key string) *trace.Recorder
}

// Store is a replica of any number of keys. Its methods may be called by any number of
// goroutines. An operation of one key waits for the flush of another.
type Store struct {
	options     Options
	incarnation uint64
	clock       *generationclock.Clock
	journal     *journal
	outbox      map[string]chan *Message // by peer
	senders     sync.WaitGroup

	mu     sync.Mutex
	cores  map[string]*Core // by key
	failed error            // ErrStopped, once it is over
}

// queued is how many messages wait for a peer. More are dropped; anti-entropy makes up
// for them.
const queued = 64

// Open opens a store, with all that was durable when the last process ended. It begins a
// new incarnation: the replica is another actor from now on.
func Open(o Options) (_ *Store, err error) {
	all := append(slices.Clone(o.Peers), o.Name)
	slices.Sort(all)
	switch {
	case o.Path == "" || all[0] == "" || o.Send == nil && len(o.Peers) > 0:
		return nil, fmt.Errorf("%w: a Path, all names and Send are needed", ErrOption)
	case len(slices.Compact(all)) != len(o.Peers)+1:
		return nil, fmt.Errorf("%w: a name twice: %q", ErrOption, all)
	}
	s := &Store{options: o, cores: map[string]*Core{}, outbox: map[string]chan *Message{}}
	if s.clock, err = generationclock.OpenClock(o.Path+".incarnation", o.FS); err != nil {
		return nil, err
	}
	if s.incarnation, err = s.clock.Raise(); err != nil {
		return nil, errors.Join(err, s.clock.Close())
	}
	if s.journal, err = openJournal(o.Path, o.FS); err != nil {
		return nil, errors.Join(err, s.clock.Close())
	}
	for _, key := range slices.Sorted(maps.Keys(s.journal.kept)) {
		s.core(key)
	}
	for _, peer := range o.Peers {
		out := make(chan *Message, queued)
		s.outbox[peer] = out
		s.senders.Go(func() {
			for m := range out {
				o.Send(peer, m)
			}
		})
	}
	return s, nil
}

// core returns the core of a key, which begins with what the disk has kept.
func (s *Store) core(key string) *Core {
	c := s.cores[key]
	if c == nil {
		var rec *trace.Recorder
		if s.options.Trace != nil {
			rec = s.options.Trace(key)
		}
		c = NewCore(s.options.Name, s.options.Peers, rec)
		if s.incarnation > 1 {
			kept := s.journal.kept[key]
			latest := c.Learned(kept.Latest)
			latest[s.options.Name] = s.incarnation
			if err := c.Restart(kept.State, latest); err != nil {
				panic(err) // the clock has raised the number
			}
		}
		s.cores[key] = c
	}
	return c
}

// Get returns what the replica has of a key: none, one or several values. It may be old,
// and it may be lost when the replica crashes.
func (s *Store) Get(key string) (Reply, error) {
	var reply Reply
	err := s.do(key, func(c *Core) error {
		reply = c.Read()
		return nil
	})
	return reply, err
}

// Put writes a value of a key. It replaces what the client has read, at this replica or
// at another one, and stays beside all else. It returns when the write is durable here.
// Other replicas may have it before. ErrStopped means that it may be durable or not, ErrEnd
// that this incarnation can write the key no more, and ErrStale that the client must read
// again.
func (s *Store) Put(key string, read Reply, value string) error {
	if err := errors.Join(checkValue(value), read.Context.check(), read.Latest.check()); err != nil {
		return err
	}
	return s.do(key, func(c *Core) error {
		if max(c.Store()[c.actor()].N, read.Context[c.actor()]) >= MaxCount {
			return ErrEnd
		}
		if c.Put(read, value) != nil {
			return ErrStale
		}
		for _, peer := range s.options.Peers {
			s.post(key, peer, c.Send)
		}
		return s.save(key, c)
	})
}

// Receive takes a message of a peer. ErrMessage means that it is not one for this store.
func (s *Store) Receive(m *Message) error {
	if err := m.check(); err != nil {
		return err
	}
	if m.To != s.options.Name || !slices.Contains(s.options.Peers, m.From) {
		return fmt.Errorf("%w for %s: from %q to %q", ErrMessage, s.options.Name, m.From, m.To)
	}
	return s.do(m.Key, func(c *Core) error {
		if err := s.learn(c, m); err != nil {
			return err
		}
		switch {
		case m.Type == Whole && c.Merge(m) != nil:
			s.post(m.Key, m.From, c.Ask) // which tells the peer what it does not know
		case m.Type == Ask:
			if c.Ignore(m) != nil {
				s.post(m.Key, m.From, func(string) (*Message, error) { return c.Answer(m) })
			}
			if IsBehind(ContextOf(c.Store()), m.Context) {
				s.post(m.Key, m.From, c.Ask) // the peer has what is missing here
			}
		}
		return nil
	})
}

// learn makes durable what a message says of the latest incarnations, with the state.
func (s *Store) learn(c *Core, m *Message) error {
	if !c.IsNews(m) {
		return nil
	}
	if err := s.write(m.Key, c.Store(), c.Learned(m.Latest)); err != nil {
		return err
	}
	if c.IsDirty() {
		if err := c.Flush(); err != nil {
			return err
		}
	}
	return c.Learn(m)
}

// AntiEntropy asks a peer for what is missing here, of all keys that this replica has.
// The peer asks in turn for what is missing there. What can be pruned goes before.
func (s *Store) AntiEntropy(peer string) error {
	if !slices.Contains(s.options.Peers, peer) {
		return fmt.Errorf("%w: there is no peer %q", ErrOption, peer)
	}
	return s.each(func(key string, c *Core) error {
		for _, replica := range slices.Sorted(maps.Keys(c.Latest())) {
			_ = c.Prune(replica, c.Prunable(replica)) // if it may
		}
		s.post(key, peer, c.Ask)
		return nil
	})
}

// Flush makes durable what other replicas have sent.
func (s *Store) Flush() error { return s.each(s.save) }

// Run calls AntiEntropy with one peer after the other, and Flush, once in each interval,
// until ctx ends.
func (s *Store) Run(ctx context.Context, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := s.Flush()
		if len(s.options.Peers) > 0 {
			err = errors.Join(err, s.AntiEntropy(s.options.Peers[i%len(s.options.Peers)]))
		}
		if err != nil {
			return err
		}
	}
}

// Close flushes and closes the store. Messages that wait are still sent.
func (s *Store) Close() error {
	err := s.Flush()
	s.mu.Lock()
	if errors.Is(s.failed, errClosed) {
		s.mu.Unlock()
		return s.failed
	}
	s.failed = fmt.Errorf("%w: %w", ErrStopped, errClosed)
	for _, out := range s.outbox {
		close(out)
	}
	s.mu.Unlock()
	s.senders.Wait()
	return errors.Join(err, s.journal.log.Close(), s.clock.Close())
}

var errClosed = errors.New("the store is closed")

// do takes steps of one key with the lock held.
func (s *Store) do(key string, steps func(*Core) error) error {
	if err := checkKey(key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	return steps(s.core(key))
}

// each takes steps of each key, in ascending order.
func (s *Store) each(steps func(key string, c *Core) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(s.cores)) {
		if s.failed != nil {
			return s.failed
		}
		if err := steps(key, s.cores[key]); err != nil {
			return err
		}
	}
	return s.failed
}

// post queues the message of a step for a peer, if the step is allowed.
func (s *Store) post(key, peer string, step func(to string) (*Message, error)) {
	m, err := step(peer)
	if err != nil {
		return
	}
	m.Key = key
	select {
	case s.outbox[peer] <- m:
	default: // the peer is slow, or away
	}
}

// save makes the state of a key durable.
func (s *Store) save(key string, c *Core) error {
	if !c.IsDirty() {
		return nil
	}
	if err := s.write(key, c.Store(), c.Latest()); err != nil {
		return err
	}
	return c.Flush()
}

// write returns when the journal has a state. If that fails, the store stops.
func (s *Store) write(key string, state State, latest Vector) error {
	if err := s.journal.save(key, state, latest); err != nil {
		s.failed = fmt.Errorf("%w: %w", ErrStopped, err)
	}
	return s.failed
}

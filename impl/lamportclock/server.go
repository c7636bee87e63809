package lamportclock

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// ServerOptions are what a server is made with.
type ServerOptions struct {
	Name    string          // no two servers have the same: it breaks ties
	Cluster string          // must be that of the clients; other installations have others
	Path    string          // of its log, which is made if there is none
	FS      wal.FS          // where that is; nil is the operating system's
	Trace   *trace.Recorder // nil to record nothing
	// Refused is told of each request that gets no answer, and why; nil
	// ignores it. It is called by any number of goroutines at once.
	Refused func(error)
}

// Server keeps versions of values in a log, and gives each a stamp. Its methods
// may be called by any number of goroutines at once. Of those that wait for a
// flush one makes it, for all the entries that are there by then.
type Server struct {
	mu       sync.Mutex
	changed  *sync.Cond // the log is durable up to somewhere else, or failed
	core     *Core
	log      *wal.Core
	refused  func(error)
	cluster  string
	flushing bool
	failed   error // ErrStopped, once it is over
	buffer   []byte
}

// OpenServer opens a server's log and starts the server: its clock begins where
// the stamps in the log end.
func OpenServer(o ServerOptions) (*Server, error) {
	if err := errors.Join(checkName(o.Name), checkCluster(o.Cluster)); err != nil {
		return nil, err
	}
	if o.FS == nil {
		o.FS = disk.OS{}
	}
	if o.Path == "" {
		return nil, fmt.Errorf("%w: no Path", ErrOption)
	}
	if o.Refused == nil {
		o.Refused = func(error) {}
	}
	found := &recovered{}
	log, err := wal.NewCore(wal.CoreConfig{FS: o.FS, Path: o.Path, Machine: found, MaxEntry: 8 + 2 + MaxKey + MaxValue, Salt: rand.Uint32()})
	if err != nil {
		return nil, err
	}
	err = log.Recover(wal.Group)
	if err = errors.Join(err, found.err); err != nil {
		return nil, errors.Join(err, log.Abandon())
	}
	s := &Server{core: NewCore(o.Name, o.Trace), log: log, refused: o.Refused, cluster: o.Cluster}
	s.changed = sync.NewCond(&s.mu)
	if err := errors.Join(s.core.Crash(found.entries), s.core.Start()); err != nil {
		return nil, errors.Join(err, log.Abandon())
	}
	found.entries, found.done = nil, true
	return s, nil
}

// recovered collects what the log holds when it is opened.
type recovered struct {
	entries []Entry
	last    uint64 // the stamp of the last one
	err     error
	done    bool
}

// Apply implements wal.StateMachine.
func (r *recovered) Apply(e wal.Entry) {
	if r.done || r.err != nil {
		return
	}
	entry, err := decodeEntry(e.Type, e.Payload, r.last)
	if err != nil {
		r.err = fmt.Errorf("entry %d: %w", e.Index, err)
		return
	}
	r.entries, r.last = append(r.entries, entry), entry.Stamp
}

// Do takes a request and returns the answer when it may leave: when what it
// stands on is durable. A read that comes again meanwhile gets ErrRepeated.
func (s *Server) Do(m *Request) (*Reply, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return nil, s.failed
	}
	if m.To != s.core.name || m.Cluster != s.cluster {
		return nil, fmt.Errorf("%w: it is for %q in the cluster %q", ErrMessage, m.To, m.Cluster)
	}
	if m.Kind == Write && max(s.core.clock, m.Stamp) >= MaxStamp {
		return nil, ErrEnd
	}
	before := len(s.core.log)
	take := s.core.Read
	if m.Kind == Write {
		take = s.core.Write
	}
	a, err := take(m)
	if err != nil {
		return nil, err
	}
	if len(s.core.log) > before {
		e := s.core.last()
		s.buffer = e.encode(s.buffer[:0])
		if err := s.log.AppendEntry(e.kind(), 0, s.buffer); err != nil {
			return nil, s.stop(err)
		}
	}
	for !s.core.May(a) {
		if s.failed != nil {
			return nil, s.failed
		}
		if s.flushing {
			s.changed.Wait()
		} else {
			s.flush()
		}
	}
	reply, err := s.core.Reply(a)
	if err != nil {
		return nil, ErrRepeated // it may leave, so another call has taken it
	}
	reply.Cluster = s.cluster
	return reply, nil
}

// flush makes what is in the log durable, and lets go of the server meanwhile.
func (s *Server) flush() {
	f, err := s.log.StartFlush(s.log.Length())
	if err != nil {
		s.stop(err)
		return
	}
	s.flushing = true
	s.mu.Unlock()
	returned := f.Do()
	s.mu.Lock()
	s.flushing = false
	err = s.log.Flushed(f, returned)
	if err == nil && s.failed == nil {
		err = s.settle(s.log.Synced())
	}
	if err != nil {
		s.stop(err)
	}
	s.changed.Broadcast()
}

// settle is what follows a flush: the log itself says how much of it is durable now.
func (s *Server) settle(upTo uint64) error {
	for i := s.log.Applied() + 1; i <= upTo; i++ { // the entries are in the core's log already
		if err := errors.Join(s.log.Apply(i), s.log.Acknowledge(i)); err != nil {
			return err
		}
	}
	if int(upTo) > s.core.durable {
		if err := s.core.Sync(int(upTo)); err != nil {
			panic(err) // the two logs have the same entries
		}
	}
	return nil
}

// stop ends the server's work. It returns the error of all calls from now on.
func (s *Server) stop(err error) error {
	if s.failed == nil {
		s.failed = fmt.Errorf("%w: %w", ErrStopped, err)
	}
	s.changed.Broadcast()
	return s.failed
}

// View adds what the spec's View(node) has of a server.
func (s *Server) View(o *trace.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.core.View(o)
}

// Serve answers the requests that arrive at the endpoint, each in a goroutine of
// its own, until the endpoint is closed; then it waits for them and returns nil.
// What is no request for this server gets no answer.
func (s *Server) Serve(e network.Endpoint) error {
	var busy sync.WaitGroup
	defer busy.Wait()
	for {
		from, datagram, err := e.Receive()
		if errors.Is(err, network.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		m, err := DecodeRequest(datagram)
		if err != nil {
			s.refused(err) // the network brings what it likes
			continue
		}
		busy.Go(func() {
			reply, err := s.Do(m)
			if err != nil {
				s.refused(err)
				return
			}
			_ = e.Send(from, reply.Encode()) // a client without an answer asks again
		})
	}
}

// Close stops the server, when the flush that is under way has returned. What
// is not durable may be lost. A second Close does nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.failed, errClosed) {
		return nil
	}
	s.failed = fmt.Errorf("%w: %w", ErrStopped, errClosed)
	s.changed.Broadcast()
	for s.flushing {
		s.changed.Wait()
	}
	return s.log.Abandon()
}

var errClosed = errors.New("closed")

package twophasecommit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// Core is what a Server runs: a *Coordinator or a *Participant that is not in
// use yet.
type Core interface {
	Name() string
	Durable() *State
	Use(Journal)
	Recover() error
	Receive(Message) error
	Tick() error
	Messages() []Message
}

// Name is what the node is called.
func (b *base) Name() string { return b.name }

// ServerOptions are how a Server is made. The zero value of each field stands
// for its default, except Dir and Listen, which must be set.
type ServerOptions struct {
	// Dir is the folder of the node's log. It is made if there is none; its parent must be
	// there.
	Dir string
	// Log is how it is opened. By default it takes a snapshot of the node's state after
	// every 10,000 records.
	Log lowwatermark.Options
	// Listen is where the node waits for connections, such as ":7000".
	Listen string
	// Peers are the addresses of other nodes by name, as far as they are known;
	// see Server.Know. The node's own may be among them. Clients make the
	// connection themselves.
	Peers map[string]string
	// Tick is the unit in which the node is patient: its config says for how
	// many ticks. It is also how often it asks again for what was not answered.
	// The default is 100 milliseconds.
	Tick time.Duration
	// Channel is how connections are made. Its MaxMessage has no effect. Its Log
	// is told what goes wrong with messages too.
	Channel ssc.Options
}

// Server is a running node: a coordinator or a participant with its log and its
// connections. One goroutine owns the core, and does one thing after the other.
// The methods may be called by any number of goroutines.
type Server struct {
	core      Core
	log       *lowwatermark.Store
	transport *transport
	inbox     chan Message
	calls     chan func()
	ctx       context.Context
	cancel    context.CancelFunc
	done      chan struct{} // closed when the core takes no step any more
	err       error         // why, once it is closed

	closing sync.Once
	closed  error
}

// Serve opens the log of a node, lets it recover, and runs it until Close. The
// core is the server's from now on: see Server.Do.
//
// A log that holds what no such node has written is ErrRecord; one that is
// damaged is what impl/writeaheadlog calls it. Nothing is changed then.
func Serve(core Core, o ServerOptions) (*Server, error) {
	if o.Dir == "" || o.Listen == "" {
		return nil, fmt.Errorf("%w: a server needs the folder of its log and an address", ErrOptions)
	}
	if o.Log.SnapshotEvery == 0 {
		o.Log.SnapshotEvery = 10_000
	}
	if o.Tick == 0 {
		o.Tick = 100 * time.Millisecond
	}
	if o.Tick < 0 {
		return nil, fmt.Errorf("%w: a tick of %v", ErrOptions, o.Tick)
	}
	log, err := OpenJournal(o.Dir, core, o.Log)
	if err != nil {
		return nil, err
	}
	s := &Server{
		core: core, log: log, inbox: make(chan Message), calls: make(chan func()), done: make(chan struct{}),
	}
	core.Use(log)
	if err := core.Recover(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if s.transport, err = openTransport(core.Name(), o.Listen, o.Channel, sendTicks*o.Tick, s.take); err != nil {
		s.cancel()
		return nil, errors.Join(err, log.Close())
	}
	if err := s.transport.knowAll(o.Peers); err != nil {
		s.cancel()
		return nil, errors.Join(err, s.transport.close(), log.Close())
	}
	go s.run(o.Tick)
	return s, nil
}

// sendTicks is for how many ticks a message may be on its way. Longer is of no
// use: it has been sent again since.
const sendTicks = 5

// take hands a message to the goroutine that owns the core.
func (s *Server) take(ctx context.Context, m Message) error {
	if m.To != s.core.Name() {
		return fmt.Errorf("%w: it is for %q, and this is %q", ErrMessage, m.To, s.core.Name())
	}
	select {
	case s.inbox <- m:
		return nil
	case <-s.done:
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// run is the goroutine that owns the core.
func (s *Server) run(tick time.Duration) {
	defer close(s.done)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		var err error
		select {
		case <-s.ctx.Done():
			s.err = ErrClosed
			return
		case m := <-s.inbox:
			err = s.core.Receive(m)
		case <-ticker.C:
			err = s.core.Tick()
		case f := <-s.calls:
			f()
		}
		if err != nil && !errors.Is(err, ErrNotAllowed) {
			s.err = err // nothing is said of a step that may not be in the log
			return
		}
		s.transport.send(s.core.Messages())
	}
}

// Addr is where the node listens.
func (s *Server) Addr() net.Addr { return s.transport.addr() }

// Know says where another node is, from now on.
func (s *Server) Know(name, addr string) error { return s.transport.know(name, addr) }

// Do calls f while the core does nothing else, so that f may use the core. It
// must not wait for anything. It is not called if Do returns an error.
func (s *Server) Do(ctx context.Context, f func()) error {
	called := make(chan struct{})
	select {
	case s.calls <- func() { defer close(called); f() }:
		<-called
		return nil
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Done returns a channel that is closed when the node has stopped: it was
// closed, or its log cannot be written any more. Err says why.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns why the node has stopped, or nil if it has not.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Close stops the node and waits until all its goroutines are gone. To others it
// looks like a crash, and to the node itself when it is started again: nothing
// is finished first. It returns what the node has failed with, if it has. A
// second Close does nothing and returns the same.
func (s *Server) Close() error {
	s.closing.Do(func() {
		s.cancel()
		<-s.done
		failed := s.err
		if errors.Is(failed, ErrClosed) {
			failed = nil
		}
		s.closed = errors.Join(failed, s.transport.close())
		if err := s.log.Close(); failed == nil {
			s.closed = errors.Join(s.closed, err)
		}
	})
	return s.closed
}

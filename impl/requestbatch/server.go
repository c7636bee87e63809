package requestbatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/trace"
)

// Position is where a request stands among those of its client.
type Position struct {
	Client string
	Batch  uint64 // the number of its batch
	Place  int    // in the batch, from 0
	ID     uint64 // of the request
}

// Handler executes one request and returns its answer, or the error with which it has
// failed. An error that wraps ErrStop says that it was not executed. The requests of one
// client come one after the other, those of several clients at once. If the handler panics,
// the request counts as not executed.
type Handler func(ctx context.Context, p Position, request []byte) ([]byte, error)

// ServerOptions are how a server is made. All are optional.
type ServerOptions struct {
	// Name is the server's name in traces.
	Name string
	// Sessions are what earlier processes of the server knew of the clients, by their names;
	// see Session.
	Sessions map[string]Session
	// Begin makes durable that the server has taken a new batch of a client, of which nothing
	// is executed yet. An error stops the server there.
	Begin func(client string, batch uint64) error
	// Trace returns the recorder for a client, or nil.
	Trace func(client string) *trace.Recorder
}

// Server executes the requests of clients. Its methods may be called by any number of
// goroutines.
type Server struct {
	options ServerOptions
	handler Handler

	mu      sync.Mutex
	clients map[string]*serving
}

// serving is the server's part for one client.
type serving struct {
	mu   sync.Mutex
	core *ServerCore
}

// NewServer returns a server that hands requests to a handler.
func NewServer(h Handler, o ServerOptions) *Server {
	s := &Server{options: o, handler: h, clients: map[string]*serving{}}
	for client, session := range o.Sessions {
		s.client(client).core.Restart(Session{session.Newest, slices.Clone(session.Answers)})
	}
	return s
}

func (s *Server) client(name string) *serving {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clients[name]
	if c == nil {
		var rec *trace.Recorder
		if s.options.Trace != nil {
			rec = s.options.Trace(name)
		}
		c = &serving{core: NewServerCore(s.options.Name, rec)}
		s.clients[name] = c
	}
	return c
}

// Forget forgets a client whose process has ended for good.
func (s *Server) Forget(client string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, client)
}

// Handle takes a batch and returns the reply. It is a handler for singlesocketchannel.Listen;
// the name of the peer is not used. The error is ErrProtocol, ErrOld or ErrStop.
func (s *Server) Handle(ctx context.Context, _ string, batch []byte) ([]byte, error) {
	m, err := decode(batch)
	if err != nil {
		return nil, err
	}
	c := s.client(m.Client)
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.options.Begin != nil && c.core.IsNew(m) {
		if err := s.options.Begin(m.Client, m.Number); err != nil {
			return nil, errors.Join(ErrStop, err)
		}
	}
	if err := c.core.Take(m); err != nil {
		return nil, errors.Join(ErrOld, c.core.Reject(m))
	}
	defer func() {
		if len(c.core.work) > 0 { // the handler has stopped, or panics
			c.core.Restart(c.core.Session)
		}
	}()
	for request, ok := c.core.Next(); ok; request, ok = c.core.Next() {
		p := Position{Client: m.Client, Batch: m.Number, Place: len(c.core.Answers), ID: request.ID}
		answer, err := s.handler(ctx, p, request.Body)
		if errors.Is(err, ErrStop) {
			return nil, err
		}
		if err != nil {
			answer = []byte(err.Error())
		}
		if err := c.core.Execute(answer, err != nil); err != nil {
			return nil, err
		}
	}
	reply, err := c.core.Answer(c.core.InOrder())
	if err != nil {
		return nil, fmt.Errorf("%w: batch %d has changed", ErrProtocol, m.Number)
	}
	return reply.encode(), nil
}

package requestpipeline

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"

	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// Request is what a handler gets. A client's process numbers its requests from 1.
type Request struct {
	Client string
	Connection
	Number uint64
	Body   []byte
}

// Handler processes one request and returns its answer, of at most MaxBody bytes. One
// goroutine calls it, in a client's order, and once for each request. All clients wait
// meanwhile. If it panics, the request counts as not processed: its connection ends, and
// the client sends it again.
type Handler func(Request) []byte

// ServerOptions are how a server is made.
type ServerOptions struct {
	// Name is the server's name in traces.
	Name string
	// Sessions are what earlier processes of the server knew of the clients, by their names;
	// see Session.
	Sessions map[string]Session
	// Network is where the server listens. The default is TCP.
	Network interface {
		Listen(addr string) (net.Listener, error)
	}
	// Trace returns the recorder for a client, or nil. It may be nil.
	Trace func(client string) *trace.Recorder
}

// Server processes the requests of clients. Its methods may be called by any number of
// goroutines.
type Server struct {
	options  ServerOptions
	handler  Handler
	listener net.Listener
	ctx      context.Context // ends at Close
	end      context.CancelFunc
	working  sync.WaitGroup
	cores    map[string]*ServerCore // by client; for the queue's worker
	queue    *suq.Queue[struct{}, arrival, Message]
}

// arrival is a request on its way to the queue.
type arrival struct {
	*link
	Message
}

// link is a connection of the server.
type link struct {
	hello
	refused bool // for the queue's worker
}

// Listen returns a server that listens on an address.
func Listen(addr string, h Handler, o ServerOptions) (*Server, error) {
	s := &Server{options: o, handler: h, cores: map[string]*ServerCore{}}
	for client, session := range o.Sessions {
		s.core(client).Recover(session)
	}
	var err error
	if o.Network != nil {
		s.listener, err = o.Network.Listen(addr)
	} else {
		s.listener, err = net.Listen("tcp", addr)
	}
	if err != nil {
		return nil, err
	}
	s.queue, err = suq.New(struct{}{}, s.process, suq.Options[struct{}, arrival, Message]{})
	if err != nil {
		return nil, errors.Join(err, s.listener.Close())
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	s.working.Go(s.accept)
	return s, nil
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Close ends all connections, when the request in work is processed. It returns what the
// server knows of its clients, for the Sessions of the next server.
func (s *Server) Close() (sessions map[string]Session, err error) {
	s.end()
	err = s.listener.Close()
	s.working.Wait()
	err = errors.Join(err, s.queue.Stop(context.Background(), suq.Abandon))
	sessions = map[string]Session{}
	for client, core := range s.cores {
		sessions[client] = core.Session
	}
	return sessions, err
}

// core is the server's part for a client.
func (s *Server) core(client string) *ServerCore {
	core := s.cores[client]
	if core == nil {
		var rec *trace.Recorder
		if s.options.Trace != nil {
			rec = s.options.Trace(client)
		}
		core = NewServerCore(s.options.Name, 0, rec)
		s.cores[client] = core
	}
	return core
}

func (s *Server) accept() {
	for {
		socket, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.working.Go(func() { s.serve(socket) })
	}
}

// serve reads requests from a connection and hands them to the queue, until it ends.
func (s *Server) serve(socket net.Conn) {
	ctx, end := context.WithCancel(s.ctx)
	defer end() // which closes the socket
	context.AfterFunc(ctx, func() { _ = socket.Close() })
	in := bufio.NewReader(socket)
	m, err := readMessage(in)
	if err != nil {
		return
	}
	l := &link{}
	if l.hello, err = parseHello(m); err != nil {
		return
	}
	answers := make(chan *suq.Future[Message], l.MaxInFlight) // the client sends no more at once
	defer close(answers)
	s.working.Go(func() {
		defer end()
		reply(ctx, socket, answers)
	})
	for {
		if m, err = readMessage(in); err != nil {
			return
		}
		answer, err := s.queue.Submit(ctx, arrival{l, m})
		if err != nil {
			return
		}
		select {
		case answers <- answer:
		case <-ctx.Done():
			return
		}
	}
}

// reply sends answers in the order of their requests. It returns when one request is
// refused.
func reply(ctx context.Context, socket net.Conn, answers <-chan *suq.Future[Message]) {
	out := bufio.NewWriter(socket)
	var buf []byte
	for answer := range answers {
		m, err := answer.Wait(ctx)
		if err == nil {
			buf = appendMessage(buf[:0], m)
			_, err = out.Write(buf)
		}
		if err == nil && len(answers) == 0 {
			err = out.Flush()
		}
		if err != nil {
			return
		}
	}
}

// process is the queue's handler: it takes one request of any client.
func (s *Server) process(_ *suq.Turn[struct{}, Message], a arrival) (Message, error) {
	core, conn := s.core(a.Client), a.hello.Connection
	core.max = max(core.max, a.MaxInFlight)
	if a.refused {
		return Message{}, ErrRefused
	}
	if core.MayAccept(conn, a.Message) {
		a.refused = true // if the handler panics
		answer := s.handler(Request{a.Client, conn, a.Number, a.Body})
		a.refused = false
		return core.Accept(conn, a.Message, answer)
	}
	answer, err := core.Repeat(conn, a.Message)
	if err != nil {
		a.refused = true
		err = errors.Join(ErrRefused, core.Refuse(conn, a.Message))
	}
	return answer, err
}

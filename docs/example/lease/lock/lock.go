// Package lock is the second example: a lock that is held for a time, a lease, with a
// fencing token. It has the core of the three programs that take part, the server, the
// client and the store, and no network: the caller carries the messages. The spec is
// in ../spec.
package lock

import (
	"errors"

	"github.com/lockstep-tla/lockstep/trace"
)

// ErrNotAllowed is returned by a step that is not possible now. Nothing has changed.
var ErrNotAllowed = errors.New("lock: not allowed now")

// None stands for no client in a trace.
const None = "none"

// Message is what the programs send each other. The types have the names that the spec
// gives them.
type Message struct {
	Type  string // request, granted, write, rejected
	From  string // of a request or a write
	To    string // of a granted or a rejected
	Token uint64 // of all but a request
}

// View is the message as the spec has it.
func (m Message) View(o *trace.Object) {
	o.String("type", m.Type)
	if m.From != "" {
		o.String("from", m.From)
	} else {
		o.String("to", m.To)
	}
	if m.Type != "request" {
		o.Uint("token", m.Token)
	}
}

// Server grants the lock. Only one goroutine at a time may use it.
type Server struct {
	name   string
	holder string
	token  uint64
	trace  *trace.Recorder // may be nil: then nothing is recorded
}

// NewServer returns a server whose lock is free.
func NewServer(name string, rec *trace.Recorder) *Server {
	return &Server{name: name, holder: None, trace: rec}
}

// Grant gives the lock to a client that has requested it, and returns the answer.
func (s *Server) Grant(m Message) (Message, error) {
	if m.Type != "request" || !s.MayGrant() {
		return Message{}, ErrNotAllowed
	}
	granted := s.GrantedTo(m.From)
	s.holder, s.token = m.From, granted.Token
	s.trace.Step("Grant").String("node", s.name).Object("message", m).Object("granted", granted).State(s)
	return granted, nil
}

// GrantedTo is the message with which a client gets the next lease.
func (s *Server) GrantedTo(client string) Message {
	return Message{Type: "granted", To: client, Token: s.NextToken()}
}

// Expire ends the lease, when its time is over.
func (s *Server) Expire() error {
	if s.holder == None {
		return ErrNotAllowed
	}
	s.holder = None
	s.trace.Step("Expire").String("node", s.name).State(s)
	return nil
}

// MayGrant says whether no lease runs.
func (s *Server) MayGrant() bool { return s.holder == None }

// NextToken is the token of the next lease. It is greater than those of all before.
func (s *Server) NextToken() uint64 { return s.token + 1 }

// View is what the spec calls View(node).
func (s *Server) View(o *trace.Object) {
	o.String("holder", s.holder)
	o.Uint("token", s.token)
}

// Client writes to the store while it holds the lock. Only one goroutine at a time may
// use it.
type Client struct {
	name  string
	held  uint64 // the token; 0: the client does not hold the lock
	trace *trace.Recorder
}

// NewClient returns a client that does not hold the lock.
func NewClient(name string, rec *trace.Recorder) *Client {
	return &Client{name: name, trace: rec}
}

// Request asks for the lock.
func (c *Client) Request() (Message, error) {
	if c.held != 0 {
		return Message{}, ErrNotAllowed
	}
	return c.send("Request", c.RequestOf()), nil
}

// Hold begins a lease that was granted to the client.
func (c *Client) Hold(m Message) error {
	if m.Type != "granted" || m.To != c.name || m.Token <= c.held {
		return ErrNotAllowed
	}
	c.held = m.Token
	c.trace.Step("Hold").String("node", c.name).Object("message", m).State(c)
	return nil
}

// Write sends a write to the store.
func (c *Client) Write() (Message, error) {
	if c.held == 0 {
		return Message{}, ErrNotAllowed
	}
	return c.send("Write", c.WriteOf()), nil
}

// Lapse ends the lease, when the client notices that its time is over. That may be
// long after the server has noticed.
func (c *Client) Lapse() error {
	if c.held == 0 {
		return ErrNotAllowed
	}
	c.held = 0
	c.trace.Step("Lapse").String("node", c.name).State(c)
	return nil
}

// Stop ends the lease because the store has rejected its token.
func (c *Client) Stop(m Message) error {
	if m.Type != "rejected" || m.To != c.name || m.Token != c.held {
		return ErrNotAllowed
	}
	c.held = 0
	c.trace.Step("Stop").String("node", c.name).Object("message", m).State(c)
	return nil
}

// RequestOf is the client's request.
func (c *Client) RequestOf() Message { return Message{Type: "request", From: c.name} }

// WriteOf is the client's write.
func (c *Client) WriteOf() Message { return Message{Type: "write", From: c.name, Token: c.held} }

// View is what the spec calls View(node).
func (c *Client) View(o *trace.Object) { o.Uint("held", c.held) }

func (c *Client) send(step string, m Message) Message {
	c.trace.Step(step).String("node", c.name).Object("message", m).State(c)
	return m
}

// Store takes the writes of the clients. Only one goroutine at a time may use it.
type Store struct {
	name    string
	written uint64 // the token of the last write
	trace   *trace.Recorder
}

// NewStore returns a store without writes.
func NewStore(name string, rec *trace.Recorder) *Store {
	return &Store{name: name, trace: rec}
}

// Apply makes a write.
func (s *Store) Apply(m Message) error {
	if m.Type != "write" || !s.MayApply(m) {
		return ErrNotAllowed
	}
	s.written = m.Token
	s.trace.Step("Apply").String("node", s.name).Object("message", m).State(s)
	return nil
}

// Reject answers a write that may not be applied.
func (s *Store) Reject(m Message) (Message, error) {
	if m.Type != "write" || s.MayApply(m) {
		return Message{}, ErrNotAllowed
	}
	rejection := RejectionOf(m)
	s.trace.Step("Reject").String("node", s.name).Object("message", m).Object("rejection", rejection).State(s)
	return rejection, nil
}

// RejectionOf is the answer to a write that is rejected.
func RejectionOf(m Message) Message { return Message{Type: "rejected", To: m.From, Token: m.Token} }

// MayApply says whether no lease that began later has written.
func (s *Store) MayApply(m Message) bool { return m.Token >= s.written }

// View is what the spec calls View(node).
func (s *Store) View(o *trace.Object) { o.Uint("written", s.written) }

// Package lock is the README's example: a lock for one client at a time, as
// small as code can be that has a spec.
package lock

import "github.com/lockstep-tla/lockstep/trace"

const nobody = "nobody"

// Server holds the lock. Its methods must not be called concurrently.
type Server struct {
	holder string
	trace  *trace.Recorder // may be nil: then nothing is recorded
}

// NewServer returns a server whose lock is free.
func NewServer(rec *trace.Recorder) *Server {
	return &Server{holder: nobody, trace: rec}
}

// Acquire gives the lock to the client, if it is free.
func (s *Server) Acquire(client string) bool {
	if s.holder != nobody {
		return false
	}
	s.holder = client
	s.trace.Step("Acquire").String("node", "server").String("client", client).State(s)
	return true
}

// Release takes the lock back from the client, if it has it.
func (s *Server) Release(client string) bool {
	if s.holder != client {
		return false
	}
	s.holder = nobody
	s.trace.Step("Release").String("node", "server").String("client", client).State(s)
	return true
}

// View is what the spec calls View(node).
func (s *Server) View(o *trace.Object) { o.String("holder", s.holder) }

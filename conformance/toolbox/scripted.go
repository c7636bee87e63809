package toolbox

import (
	"errors"
	"fmt"
)

// Scripted is a cluster in which nothing happens by chance. Messages arrive at
// once, in the order in which they were sent, except those that are held. It is a
// Script: an error of a node, a refusal too, is a surprise unless the node's Receive
// or Tick leaves it out.
type Scripted[M any] struct {
	Script
	// OnStray is called for a message to a name that no node has. Nil: it is a
	// surprise.
	OnStray func(m M)

	to      func(m M) string
	names   []string
	nodes   map[string]Node[M]
	queue   []M
	sent    []M            // all that ever were
	hold    func(m M) bool // nil: none
	held    []M
	arrived int
}

// mostArrivals is how many messages may arrive in a scripted run. Code without a
// rule may send without an end.
const mostArrivals = 2000

// ErrEndless is the surprise of a scripted run that does not come to rest.
var ErrEndless = errors.New("there is no end to the messages")

// NewScripted returns a cluster without nodes. To says which node a message is for.
func NewScripted[M any](to func(m M) string) *Scripted[M] {
	return &Scripted[M]{to: to, nodes: map[string]Node[M]{}}
}

// Add adds a node, or puts another in the place of the one that has its name.
func (s *Scripted[M]) Add(name string, n Node[M]) {
	if s.nodes[name] == nil {
		s.names = append(s.names, name)
	}
	s.nodes[name] = n
}

// Send sends messages, beside those of the nodes. They arrive with Settle.
func (s *Scripted[M]) Send(messages ...M) {
	for _, m := range messages {
		s.sent = append(s.sent, m)
		if s.hold != nil && s.hold(m) {
			s.held = append(s.held, m)
		} else {
			s.queue = append(s.queue, m)
		}
	}
}

// Settle lets everything arrive that is not held, and what is sent because of it.
func (s *Scripted[M]) Settle() {
	for s.collect(); len(s.queue) > 0; s.collect() {
		m := s.queue[0]
		s.queue = s.queue[1:]
		if s.arrived++; s.arrived > mostArrivals {
			s.queue = nil
			s.note(ErrEndless)
			return
		}
		if n := s.nodes[s.to(m)]; n != nil {
			s.note(n.Receive(m))
		} else if s.OnStray != nil {
			s.OnStray(m)
		} else {
			s.note(fmt.Errorf("there is no node %q to receive %v", s.to(m), m))
		}
	}
}

// collect sends what the nodes have to send.
func (s *Scripted[M]) collect() {
	for _, name := range s.names {
		s.Send(s.nodes[name].Messages()...)
	}
}

// Hold keeps the messages for which is holds from arriving, from now on, in place
// of what was held until now; those that were, stay. Nil: no more are held.
func (s *Scripted[M]) Hold(is func(m M) bool) { s.hold = is }

// Held returns the messages that are held.
func (s *Scripted[M]) Held() []M { return s.held }

// Release lets arrive what was held, and holds nothing more.
func (s *Scripted[M]) Release() {
	s.queue, s.held, s.hold = append(s.queue, s.held...), nil, nil
	s.Settle()
}

// Lose loses what was held, and holds nothing more.
func (s *Scripted[M]) Lose() { s.held, s.hold = nil, nil }

// Redeliver lets messages arrive once more: those of all that ever were sent for
// which is holds.
func (s *Scripted[M]) Redeliver(is func(m M) bool) {
	for _, m := range s.sent {
		if is(m) {
			s.queue = append(s.queue, m)
		}
	}
	s.Settle()
}

// Tick lets a node do what is due, this number of times. After each, everything
// arrives.
func (s *Scripted[M]) Tick(name string, times int) {
	for range times {
		s.note(s.nodes[name].Tick())
		s.Settle()
	}
}

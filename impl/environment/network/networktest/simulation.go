package networktest

import (
	"container/heap"
	"time"
)

// Simulation is a network whose messages are of type M, and whose time is that
// of the simulation: it moves only when it is told to. It has no goroutine,
// and the same calls have the same results. Not for use by several goroutines.
//
//	for d, ok := sim.Next(end); ok; d, ok = sim.Next(end) {
//		nodes[d.To].Receive(d.From, d.Message) // and sends
//	}
//
// Messages of type M are handed on as they are: do not change what one refers
// to after it was sent.
type Simulation[M any] struct {
	*Conditions
	now     time.Duration
	sent    int
	pending deliveries[M]
}

// Delivery is one copy of a message that arrives.
type Delivery[M any] struct {
	At       time.Duration // since the simulation began
	From, To string
	Message  M

	order int // among those that arrive at the same time, as they were sent
}

// NewSimulation returns a simulation at time 0.
func NewSimulation[M any](c *Conditions) *Simulation[M] {
	return &Simulation[M]{Conditions: c}
}

// Now is the time since the simulation began.
func (s *Simulation[M]) Now() time.Duration { return s.now }

// Send sends a message, and returns how many copies of it will arrive.
func (s *Simulation[M]) Send(from, to string, m M) int {
	fate := s.Fate(from, to)
	for _, delay := range fate {
		s.sent++
		heap.Push(&s.pending, Delivery[M]{At: s.now + delay, From: from, To: to, Message: m, order: s.sent})
	}
	return len(fate)
}

// Next returns the next message that arrives, if one does until the given time
// (inclusive), and moves the time to its arrival. If none does, it moves the
// time to end.
func (s *Simulation[M]) Next(end time.Duration) (Delivery[M], bool) {
	if len(s.pending) > 0 && s.pending[0].At <= end {
		d := heap.Pop(&s.pending).(Delivery[M])
		s.now = d.At
		return d, true
	}
	s.now = max(s.now, end)
	return Delivery[M]{}, false
}

// Pending returns how many copies are under way.
func (s *Simulation[M]) Pending() int { return len(s.pending) }

// Lose loses everything that is under way to a node, which has crashed.
func (s *Simulation[M]) Lose(to string) {
	var kept deliveries[M]
	for _, d := range s.pending {
		if d.To != to {
			kept = append(kept, d)
		}
	}
	s.pending = kept
	heap.Init(&s.pending)
}

// deliveries is a heap, by the time of arrival.
type deliveries[M any] []Delivery[M]

func (d deliveries[M]) Len() int { return len(d) }
func (d deliveries[M]) Less(i, j int) bool {
	return d[i].At < d[j].At || d[i].At == d[j].At && d[i].order < d[j].order
}
func (d deliveries[M]) Swap(i, j int) { d[i], d[j] = d[j], d[i] }
func (d *deliveries[M]) Push(x any)   { *d = append(*d, x.(Delivery[M])) }
func (d *deliveries[M]) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	(*d)[last] = Delivery[M]{} // it holds a message
	*d = (*d)[:last]
	return x
}

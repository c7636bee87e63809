package main

import (
	"context"
	"sync"

	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
)

// counter is a number to which many may add at once. add returns the sum.
type counter interface {
	add(n uint64) (uint64, error)
	close() error
}

type subject struct {
	name string
	open func(work int) (counter, error)
}

// subjects take turns in this order; the first is compared with the others. All
// have the same capacity where they have one.
var subjects = []subject{{"queue", openQueue}, {"mutex", openMutex}, {"channel", openChannel}}

const capacity = 1024

// change is the new state: the sum of both, after so much work.
func change(state, n uint64, work int) uint64 {
	x := state | 1
	for range work {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	if x == 0 { // never, but the compiler does not know
		n++
	}
	return state + n
}

type queue struct {
	*suq.Queue[uint64, uint64, uint64]
}

func openQueue(work int) (counter, error) {
	q, err := suq.New(0, func(t *suq.Turn[uint64, uint64], n uint64) (uint64, error) {
		t.State = change(t.State, n, work)
		return t.State, nil
	}, suq.Options[uint64, uint64, uint64]{Capacity: capacity})
	return queue{q}, err
}

func (q queue) add(n uint64) (uint64, error) { return q.Do(context.Background(), n) }

func (q queue) close() error { return q.Stop(context.Background(), suq.Drain) }

// mutex is a lock around the change.
type mutex struct {
	mu   sync.Mutex
	sum  uint64
	work int
}

func openMutex(work int) (counter, error) { return &mutex{work: work}, nil }

func (m *mutex) add(n uint64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum = change(m.sum, n, m.work)
	return m.sum, nil
}

func (m *mutex) close() error { return nil }

// channel is what one writes without a package: a channel of requests, each with
// a channel for its answer.
type channel struct {
	requests chan request
	done     chan struct{}
}

type request struct {
	n      uint64
	answer chan uint64
}

func openChannel(work int) (counter, error) {
	c := channel{make(chan request, capacity), make(chan struct{})}
	go func() {
		defer close(c.done)
		sum := uint64(0)
		for r := range c.requests {
			sum = change(sum, r.n, work)
			r.answer <- sum
		}
	}()
	return c, nil
}

func (c channel) add(n uint64) (uint64, error) {
	r := request{n, make(chan uint64, 1)}
	c.requests <- r
	return <-r.answer, nil
}

func (c channel) close() error {
	close(c.requests)
	<-c.done
	return nil
}

package clocktest

import (
	"context"
	"sync"
)

// Sleepers are goroutines that share a virtual time. It goes on when all of them sleep, and not
// while one is awake. The methods may be called from any goroutine.
type Sleepers struct {
	mu       sync.Mutex
	woken    *sync.Cond
	goOn     func()
	turn     uint64
	awake    int // those that do not sleep
	sleeping int
}

// NewSleepers returns sleepers of which this number is awake. When all sleep, it calls goOn, which
// lets the time go on. It must not call Sleepers.
func NewSleepers(awake int, goOn func()) *Sleepers {
	s := &Sleepers{goOn: goOn, awake: awake}
	s.woken = sync.NewCond(&s.mu)
	return s
}

// Sleep returns when the time has gone on once, or at once if the patience of the context has ended.
func (s *Sleepers) Sleep(ctx context.Context) error {
	if left, ok := ctx.Value(patienceKey{}).(*int); ok {
		if *left--; *left < 0 {
			return context.DeadlineExceeded
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sleeping++
	before := s.turn
	for s.wake(); before == s.turn; {
		s.woken.Wait()
	}
	return ctx.Err()
}

type patienceKey struct{}

// WithPatience is context.WithTimeout for Sleepers. The goroutine with this context can sleep this
// number of times. After that Sleep returns context.DeadlineExceeded.
func WithPatience(ctx context.Context, sleeps int) (context.Context, context.CancelFunc) {
	return context.WithCancel(context.WithValue(ctx, patienceKey{}, &sleeps))
}

// Add adds goroutines that are awake, or takes away those that have ended if n is negative.
func (s *Sleepers) Add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.awake += n
	s.wake()
}

// wake lets the time go on if all sleep. Its caller has the lock.
func (s *Sleepers) wake() {
	if s.sleeping == s.awake && s.sleeping > 0 {
		s.sleeping = 0
		s.turn++
		s.goOn()
		s.woken.Broadcast()
	}
}

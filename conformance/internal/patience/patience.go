// Package patience limits waits by the progress that the machine lets this process
// make, and not by the time on the clock.
package patience

import (
	"context"
	"sync/atomic"
	"time"
)

// tick is how often a limit looks whether it is over. It is short beside the time that
// a goroutine waits for a processor on a busy machine.
const tick = 5 * time.Millisecond

// WithLimit returns a context that ends after limit, with context.DeadlineExceeded and
// the cause. It counts ticks, each for its own length, however late it comes. So the
// limit grows while the machine stands still or other processes take the processors,
// and what does not come in time would not have come on a quiet machine either. The
// goroutine that counts ends with the context; call cancel to end it early.
func WithLimit(parent context.Context, limit time.Duration, cause error) (context.Context, context.CancelFunc) {
	return withLimit(parent, limit, cause, time.After)
}

func withLimit(parent context.Context, limit time.Duration, cause error, after func(time.Duration) <-chan time.Time) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancelCause(parent)
	c := &limited{Context: inner, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		each := max(min(tick, limit/20), 1)
		for passed := each; ; passed += each {
			select {
			case <-inner.Done():
				return
			case <-after(each):
			}
			if passed >= limit {
				c.over.Store(true)
				cancel(cause)
				return
			}
		}
	}()
	return c, func() {
		cancel(context.Canceled)
		<-c.done
	}
}

// limited has a channel of its own, so that contexts made from it ask for its Err.
type limited struct {
	context.Context
	done chan struct{}
	over atomic.Bool
}

// Done implements context.Context.
func (c *limited) Done() <-chan struct{} { return c.done }

// Err implements context.Context.
func (c *limited) Err() error {
	select {
	case <-c.done:
	default:
		return nil
	}
	if c.over.Load() {
		return context.DeadlineExceeded
	}
	return c.Context.Err()
}

package explore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// calls counts the calls into the code, and knows the one that is under way. One
// goroutine makes calls; any may look.
type calls struct {
	begun  atomic.Int64
	inside atomic.Pointer[string] // what is called; nil between two calls
}

// do makes a call and turns a panic into an error. Code with a broken rule may panic, and
// that must not end the exploration.
func (c *calls) do(what string, call func() error) (err error) {
	c.begun.Add(1)
	c.inside.Store(&what)
	defer func() {
		c.inside.Store(nil)
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return call()
}

// patience is how long the code is waited for.
type patience struct {
	look  time.Duration // between two looks
	looks int           // for how many of them one call may last
	grace time.Duration // for a walk whose context has ended
}

// A call takes microseconds, or milliseconds with real files. Looks are counted, so that
// the limit of five minutes grows while the machine stands still.
var callLimit = patience{look: time.Second, looks: 300, grace: 5 * time.Second}

// watch runs a walk in a goroutine of its own. It leaves the goroutine behind if a call
// into the code does not return.
func (c *calls) watch(ctx context.Context, limit patience, walk func(context.Context) error) error {
	done := make(chan error, 1)
	go func() {
		// This stays if the code ends the goroutine, as FailNow of a test does.
		var err error = codeError{errors.New("the code has ended the goroutine that called it")}
		defer func() { done <- err }()
		err = walk(ctx)
	}()
	looks := time.NewTicker(limit.look)
	defer looks.Stop()
	var last int64
	for same := 0; same < limit.looks; same++ {
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			select {
			case err := <-done:
				return err
			case <-time.After(limit.grace):
				return context.Cause(ctx)
			}
		case <-looks.C:
		}
		if now := c.begun.Load(); now != last || c.inside.Load() == nil {
			same, last = -1, now
		}
	}
	what := "a call"
	if inside := c.inside.Load(); inside != nil {
		what = *inside
	}
	return codeError{fmt.Errorf("the code does not return from %s: it was waited for %s", what, time.Duration(limit.looks)*limit.look)}
}

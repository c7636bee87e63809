package hybridclock

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/clock"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/trace"
)

// Options are what a clock is opened with.
type Options struct {
	Path string  // of the reservation's file, which is made if there is none
	FS   disk.FS // where that is; nil is the operating system's

	// MaxOffset is how far ahead of this node's physical clock a stamp may be that it
	// follows: more than the physical clocks of any two nodes differ. It is rounded
	// down to milliseconds; 0 is 500 milliseconds.
	MaxOffset time.Duration
	// Ahead is how far ahead of the physical clock the node reserves, which costs a
	// flush each half of this time, and is as far as its stamps are ahead after a crash.
	// It must be longer than a flush takes, and is at most MaxOffset; 0 is a fifth of that.
	Ahead time.Duration

	Clock clock.Clock     // the physical clock; nil is the machine's
	Name  string          // of the node, for the trace
	Trace *trace.Recorder // nil to record nothing
}

// Clock is a hybrid clock. Its methods may be called by any number of goroutines at
// once.
type Clock struct {
	mu       sync.Mutex
	core     *Core
	file     reservation
	physical clock.Clock
	ahead    uint64 // in milliseconds
	changed  *sync.Cond
	busy     sync.WaitGroup // with a flush
	failed   error          // ErrStopped, once it is over
}

// Open opens a clock, of which only one may use a file at a time. It gives no stamp
// that an earlier one with this file may have given.
func Open(o Options) (*Clock, error) {
	if o.FS == nil {
		o.FS = disk.OS{}
	}
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.MaxOffset == 0 {
		o.MaxOffset = 500 * time.Millisecond
	}
	if o.Ahead == 0 {
		o.Ahead = max(o.MaxOffset/5, time.Millisecond)
	}
	if o.Path == "" || o.MaxOffset < time.Millisecond || o.Ahead < time.Millisecond || o.Ahead > o.MaxOffset {
		return nil, fmt.Errorf("%w: path %q, MaxOffset %s, Ahead %s", ErrOption, o.Path, o.MaxOffset, o.Ahead)
	}
	c := &Clock{
		core: NewCore(o.Name, uint64(o.MaxOffset.Milliseconds()), o.Trace),
		file: reservation{o.FS, o.Path}, physical: o.Clock, ahead: uint64(o.Ahead.Milliseconds()),
	}
	c.changed = sync.NewCond(&c.mu)
	kept, err := c.file.load()
	if err != nil {
		return nil, err
	}
	if err := c.file.save(kept); err != nil { // it may have been in the machine's memory only
		return nil, err
	}
	c.core.Restart(kept)
	return c, nil
}

// Now returns the stamp of an event on this node, which is greater than all that it has
// given or received. It waits while a reservation is written. An *AheadError means that
// the physical clock is behind the time of stamps that this node has given: the caller
// may try again when it has gone on.
func (c *Clock) Now() (Stamp, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.read(); err != nil {
		return 0, err
	}
	for {
		if s, err := c.core.Now(); err == nil {
			c.reserveAhead()
			return s, nil
		}
		if err := c.wait(NextStamp(c.core.latest, 0)); err != nil {
			return 0, err
		}
	}
}

// Update takes a stamp that came with a message, and returns the stamp of its receipt,
// which is greater than both that one and all that this node has given. An *AheadError
// means that a physical clock is wrong, here or there, and that this clock has not
// changed: the message must not be used.
func (c *Clock) Update(received Stamp) (Stamp, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.read(); err != nil {
		return 0, err
	}
	for {
		if s, err := c.core.Receive(received); err == nil {
			c.reserveAhead()
			return s, nil
		}
		if ahead, err := c.core.Refuse(received); err == nil {
			return 0, ahead
		}
		if err := c.wait(NextStamp(c.core.latest, received)); err != nil {
			return 0, err
		}
	}
}

// read reads the physical clock.
func (c *Clock) read() error {
	if c.failed != nil {
		return c.failed
	}
	now := c.physical.Wall().UnixMilli()
	if now < 0 || now >= MaxWall-int64(c.core.maxOffset) { // no stamp comes behind the greatest
		return fmt.Errorf("%w: %d ms", ErrTime, now)
	}
	if uint64(now) != c.core.physical {
		return c.core.Read(uint64(now))
	}
	return nil
}

// wait returns when a flush has returned, behind which the next stamp may be given: for
// that one is begun if none is under way.
func (c *Clock) wait(next Stamp) error {
	if c.core.asked == c.core.bound {
		need := next.Wall()
		if !IsNear(need, c.core.physical, c.core.maxOffset) {
			return &AheadError{Wall: need, Physical: c.core.physical, MaxOffset: c.core.maxOffset}
		}
		c.reserve(max(need, c.core.physical+c.ahead))
	}
	c.changed.Wait()
	return c.failed
}

// reserveAhead reserves before it is needed, so that no caller waits for the disk.
func (c *Clock) reserveAhead() {
	if upTo := c.core.physical + c.ahead; c.core.asked == c.core.bound && c.core.bound < upTo-c.ahead/2 {
		c.reserve(upTo)
	}
}

// reserve writes a reservation while the clock goes on.
func (c *Clock) reserve(upTo uint64) {
	if err := c.core.Reserve(upTo); err != nil {
		panic(err) // the callers have looked
	}
	c.busy.Go(func() {
		err := c.file.save(upTo)
		c.mu.Lock()
		defer c.mu.Unlock()
		defer c.changed.Broadcast()
		if err != nil {
			c.stop(err)
		} else if err := c.core.Persist(); err != nil {
			panic(err) // this is the only flush
		}
	})
}

// stop ends the clock's work, for the first reason that there is.
func (c *Clock) stop(err error) {
	if c.failed == nil {
		c.failed = fmt.Errorf("%w: %w", ErrStopped, err)
	}
}

// Quiet records, for an observer, that no flush is under way. The trace is refused if that
// is not so.
func (c *Clock) Quiet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.core.Quiet()
}

// Close ends the clock, when the flush that is under way has returned. A second Close
// does nothing.
func (c *Clock) Close() error {
	c.mu.Lock()
	c.stop(errClosed)
	c.mu.Unlock()
	c.busy.Wait()
	return nil
}

var errClosed = errors.New("closed")

package clockboundwait

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/impl/versionedvalue"
	"github.com/lockstep-tla/lockstep/trace"
)

// Clock reads intervals that contain the true time. Their unit is the microsecond, and all
// nodes count from the same moment. Readings may go back within the bound. Now is called
// with the node's lock held.
type Clock interface{ Now() Interval }

// System returns the wall clock of this machine, which its owner believes to be wrong by
// no more than maxError. The interval counts from the Unix epoch. ErrOptions means that
// maxError is negative.
func System(maxError time.Duration) (Clock, error) {
	if maxError < 0 {
		return nil, fmt.Errorf("%w: the clock's error is %v", ErrOptions, maxError)
	}
	return system{maxError}, nil
}

type system struct{ maxError time.Duration }

func (s system) Now() Interval {
	now := time.Now()
	from, to := now.Add(-s.maxError).UnixMicro(), now.Add(s.maxError).UnixMicro()
	return Interval{Earliest: uint64(max(from, 0)), Latest: uint64(max(to, 0)) + 1} // rounded outwards
}

// Options are what a node is opened with.
type Options struct {
	Name  string
	Clock Clock
	// Sleep returns after about so long, or with the context's error. The node reads its
	// clock again after it. Nil sleeps by a timer.
	Sleep func(ctx context.Context, d time.Duration) error
	Trace *trace.Recorder // nil to record nothing
}

// Node has the keys of one node. Its methods may be called by any number of goroutines.
type Node struct {
	clock Clock
	sleep func(ctx context.Context, d time.Duration) error

	mu     sync.Mutex
	core   *Core
	closed bool
}

// Open opens a node without versions. ErrOptions means that it has no name or no clock.
func Open(o Options) (*Node, error) {
	if o.Name == "" || o.Clock == nil {
		return nil, fmt.Errorf("%w: the node %q needs a name and a clock", ErrOptions, o.Name)
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return &Node{clock: o.Clock, sleep: o.Sleep, core: NewCore(o.Name, o.Trace)}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Put writes a value and returns its version when that is visible. ErrAbandoned means that
// the context ended, the node was closed, or its clock was found broken before that.
func (n *Node) Put(ctx context.Context, key, value string) (version uint64, err error) {
	err = n.request(key, func() error {
		version, err = n.core.Begin(key, value)
		return err
	})
	if err != nil {
		return 0, err
	}
	for {
		left, err := n.commit(version)
		if err == nil && left == 0 {
			return version, nil
		}
		if err == nil {
			err = n.sleep(ctx, left)
		}
		if err != nil {
			return n.abandon(version, err)
		}
	}
}

// commit reads the clock and commits a write, or says how long its stamp has to wait.
func (n *Node) commit(version uint64) (left time.Duration, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return 0, ErrClosed
	}
	if err := n.read(); err != nil {
		return 0, err
	}
	if n.core.Commit(version) != nil {
		return n.left(version), nil
	}
	return 0, nil
}

// abandon gives up a write, unless the node was closed.
func (n *Node) abandon(version uint64, cause error) (uint64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	_ = n.core.Abandon(version) // Close may have done it
	return 0, fmt.Errorf("%w: version %d: %w", ErrAbandoned, version, cause)
}

// Ask gives a read of a key its stamp. The node named home has the key.
func (n *Node) Ask(home, key string) (r Request, err error) {
	err = n.request(key, func() error {
		r, err = n.core.Ask(home, key)
		return err
	})
	return r, err
}

// Get answers a read with the newest version of its key at its stamp. A key without a value
// has the version 0. Get waits until the stamp has passed, and each write below it has
// ended; or returns the context's error.
func (n *Node) Get(ctx context.Context, r Request) (versionedvalue.Entry, error) {
	for {
		e, left, err := n.serve(r)
		if err != nil || left == 0 {
			return e, err
		}
		if err := n.sleep(ctx, left); err != nil {
			return e, fmt.Errorf("clock-bound wait: %q at %d: %w", r.Key, r.Stamp, err)
		}
	}
}

// serve reads the clock and answers a read, or says how long it has to wait.
func (n *Node) serve(r Request) (e versionedvalue.Entry, left time.Duration, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return e, 0, ErrClosed
	}
	if r.To != n.core.name {
		return e, 0, fmt.Errorf("%w: %q is for %q, and this is %q", ErrOtherNode, r.Key, r.To, n.core.name)
	}
	if err := n.read(); err != nil {
		return e, 0, err
	}
	if e, err = n.core.Serve(r); err != nil {
		return e, n.left(r.Stamp), nil
	}
	return e, 0, nil
}

// Close abandons all writes that are pending. Calls that wait return ErrClosed.
func (n *Node) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return ErrClosed
	}
	n.closed = true
	for len(n.core.pending) > 0 {
		must(n.core.Abandon(n.core.pending[0].version))
	}
	return nil
}

// request lets a request arrive, reads the clock, and gives the request its stamp.
func (n *Node) request(key string, stamp func() error) error {
	if key == "" {
		return ErrKey
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return ErrClosed
	}
	if !n.core.arrived { // the last request left when the clock failed
		must(n.core.Arrive())
	}
	if err := n.read(); err != nil {
		return err
	}
	return stamp()
}

func (n *Node) read() error {
	now := n.clock.Now()
	if n.core.Read(now) != nil {
		return fmt.Errorf("%w: [%d, %d]", ErrInterval, now.Earliest, now.Latest)
	}
	return nil
}

// left is how long a stamp has to wait, if the clock is right. The node reads it again then.
// A read whose stamp has passed waits for a write whose stamp has passed, too, and soon ends.
func (n *Node) left(stamp uint64) time.Duration {
	if !n.core.IsPast(stamp) {
		return time.Duration(stamp-n.core.now.Earliest+1) * time.Microsecond
	}
	return pause
}

// pause is the time between two looks at the pending writes.
const pause = 50 * time.Microsecond

package readrestart

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	"github.com/lockstep-tla/lockstep/impl/versionedvalue"
)

// Node has the keys of one node. Its methods may be called by any number of goroutines.
type Node struct {
	options cbw.Options

	mu   sync.Mutex
	keys map[string]*Versions
}

// Open opens a node without versions. It records no trace. ErrOptions means that it has no name
// or no clock.
func Open(o cbw.Options) (*Node, error) {
	if _, err := cbw.Open(o); err != nil {
		return nil, err
	}
	return &Node{options: o, keys: map[string]*Versions{}}, nil
}

// Put writes a value and returns its version. It waits only if the key has a version that the
// clock has not reached. ErrAbandoned means that the context ended before.
func (n *Node) Put(ctx context.Context, key, value string) (version uint64, err error) {
	for {
		version, left, err := n.install(key, value)
		if err != nil || left == 0 {
			return version, err
		}
		if err := n.wait(ctx, left); err != nil {
			return 0, fmt.Errorf("%w: %w", cbw.ErrAbandoned, err)
		}
	}
}

func (n *Node) wait(ctx context.Context, d time.Duration) error {
	if n.options.Sleep != nil {
		return n.options.Sleep(ctx, d)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (n *Node) install(key, value string) (version uint64, left time.Duration, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now, err := n.read(key)
	if err != nil {
		return 0, 0, err
	}
	v := n.versions(key)
	n.keys[key] = v
	if version, err = v.Install(n.options.Name, value, now); err != nil {
		return 0, time.Duration(v.last()-now.Earliest+1) * time.Microsecond, nil
	}
	return version, 0, nil
}

// Ask begins a read of a key, which any node may have.
func (n *Node) Ask(key string) (Attempt, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now, err := n.read(key)
	if err != nil {
		return Attempt{}, err
	}
	return NewAttempt(n.options.Name, key, now, nil), nil
}

// Get answers a read, on the node that has the key. With ErrRestart it returns the next attempt
// instead, which the caller brings here.
func (n *Node) Get(a Attempt) (versionedvalue.Entry, Attempt, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	v := n.versions(a.Key)
	e, err := v.Serve(a)
	if !errors.Is(err, ErrRestart) {
		return e, a, err
	}
	next, failed := v.Restart(a)
	return e, next, errors.Join(err, failed)
}

func (n *Node) versions(key string) *Versions {
	if v := n.keys[key]; v != nil {
		return v
	}
	return NewVersions(key, nil)
}

// read reads the clock for an operation on a key.
func (n *Node) read(key string) (cbw.Interval, error) {
	now := n.options.Clock.Now()
	if key == "" {
		return now, cbw.ErrKey
	}
	if now.Earliest > now.Latest || now.Latest > cbw.MaxTime {
		return now, fmt.Errorf("%w: [%d, %d]", cbw.ErrInterval, now.Earliest, now.Latest)
	}
	return now, nil
}

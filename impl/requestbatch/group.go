package requestbatch

import (
	"context"
	"errors"
	"sync"
)

// Group keeps a Batcher for each destination. Requests to one do not wait for those to
// another. Its methods may be called by any number of goroutines.
type Group struct {
	open func(destination string) (*Batcher, error)

	mu     sync.Mutex
	all    map[string]*Batcher
	closed bool
}

// NewGroup returns a group that opens the Batcher of a destination with the first request
// to it.
func NewGroup(open func(destination string) (*Batcher, error)) *Group {
	return &Group{open: open, all: map[string]*Batcher{}}
}

// Call makes a request to a destination; see Batcher.Call.
func (g *Group) Call(ctx context.Context, destination string, request []byte) ([]byte, error) {
	b, err := g.to(destination)
	if err != nil {
		return nil, err
	}
	return b.Call(ctx, request)
}

func (g *Group) to(destination string) (b *Batcher, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, ErrClosed
	}
	b = g.all[destination]
	if b == nil {
		if b, err = g.open(destination); err == nil {
			g.all[destination] = b
		}
	}
	return b, err
}

// Close closes all Batchers at once; see Batcher.Close.
func (g *Group) Close(ctx context.Context) error {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	var closing sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for _, b := range g.all {
		closing.Go(func() {
			err := b.Close(ctx)
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		})
	}
	closing.Wait()
	return failed
}

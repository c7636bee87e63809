package toolbox

import (
	"context"
	"sync"
)

// Gate holds goroutines at a place in the code until they are let go. It is open at
// first. The zero value is ready, for use by several goroutines.
type Gate struct {
	mu      sync.Mutex
	opened  chan struct{} // closed when the gate opens; nil while it is open
	one     chan struct{} // lets one goroutine pass
	arrived int
}

// Hold closes the gate, and counts arrivals from none.
func (g *Gate) Hold() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.arrived = 0
	if g.opened == nil {
		g.opened, g.one = make(chan struct{}), make(chan struct{})
	}
}

// Open opens the gate: all that wait go on.
func (g *Gate) Open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
}

// PassOne lets one goroutine pass the closed gate, and waits for one that is there,
// or for the end of ctx. At an open gate it does nothing.
func (g *Gate) PassOne(ctx context.Context) {
	g.mu.Lock()
	opened, one := g.opened, g.one
	g.mu.Unlock()
	if opened == nil {
		return
	}
	select {
	case one <- struct{}{}:
	case <-opened:
	case <-ctx.Done():
	}
}

// Arrived says how many goroutines have come to the gate since Hold, with those that
// were let go meanwhile.
func (g *Gate) Arrived() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.arrived
}

// Pass returns when the gate lets this goroutine pass, or ctx ends.
func (g *Gate) Pass(ctx context.Context) {
	g.mu.Lock()
	opened, one := g.opened, g.one
	if opened != nil {
		g.arrived++
	}
	g.mu.Unlock()
	if opened == nil {
		return
	}
	select {
	case <-opened:
	case <-one:
	case <-ctx.Done():
	}
}

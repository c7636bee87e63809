package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/clock"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
)

// Node sends heartbeats and watches others. Run does all that has to be done. A
// caller with a loop of its own calls SendIfDue, CheckIfDue and Handle instead: the
// first two when the last call has said, the third when a datagram has come. All methods may be
// called from any goroutine.
type Node struct {
	options Options
	clock   clock.Clock
	sendTo  []string // names, sorted

	mu   sync.Mutex
	core *Core
	work int // how many callers wait for the disk
	bad  Rejected
}

// Rejected counts the datagrams that a node could not use, by the error that
// Handle returned.
type Rejected struct {
	Foreign, Damaged, Misdirected, Unknown int
}

// New starts a node: its new incarnation is noted, and nothing was sent or heard yet.
// The error matches ErrOptions or ErrIncarnations.
func New(options Options) (*Node, error) {
	options, err := options.complete()
	if err != nil {
		return nil, err
	}
	incarnations, err := options.Incarnations.Count()
	if err != nil {
		return nil, err
	}
	n := &Node{
		options: options, clock: options.Clock, sendTo: slices.Sorted(maps.Keys(options.SendTo)),
		core: NewCore(options.core(incarnations)),
	}
	if err := options.Incarnations.Begin(NextIncarnation(incarnations)); err != nil {
		return nil, err
	}
	if err := n.core.Start(n.Reading()); err != nil {
		return nil, err
	}
	return n, nil
}

// Reading is the time for the Core. It is read from the monotonic clock, which
// cannot be set. It is one of the rules.
func (n *Node) Reading() Reading { return Reading(n.clock.Monotonic().Milliseconds()) }

// until is how long it takes from now until so long after a reading, at least a
// millisecond.
func (n *Node) until(last Reading, every time.Duration) time.Duration {
	due := time.Duration(last)*time.Millisecond + every
	return max(due-n.clock.Monotonic(), time.Millisecond)
}

// SendIfDue sends a heartbeat if it is time to, and returns how long it is until the
// next. The network may still lose it; an error says that it did not get that far.
func (n *Node) SendIfDue() (next time.Duration, err error) {
	if len(n.sendTo) == 0 {
		return n.options.Interval, nil
	}
	h, due := n.nextHeartbeat()
	if due {
		for _, to := range n.sendTo {
			h.To = to
			err = errors.Join(err, n.options.Endpoint.Send(n.options.SendTo[to], h.Encode()))
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.until(n.core.Sent(), n.options.Interval), err
}

func (n *Node) nextHeartbeat() (h Heartbeat, due bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	at := n.Reading()
	if !n.core.IsDue(at) {
		return h, false
	}
	h, err := n.core.Send(at)
	return h, err == nil
}

// CheckIfDue checks the peers if it is time to, and returns how long it is until the
// next time.
func (n *Node) CheckIfDue() (next time.Duration) {
	for _, change := range n.check() {
		n.tell(change)
	}
	if len(n.options.Watch) == 0 {
		return n.options.CheckEvery
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.until(n.core.LastCheck(), n.options.CheckEvery)
}

func (n *Node) check() (changes []Change) {
	n.mu.Lock()
	defer n.mu.Unlock()
	at := n.Reading()
	if !n.core.IsCheckDue(at) {
		return nil
	}
	lost, err := n.core.Check(at)
	if err != nil {
		_ = n.core.Forgive(at) // it is too late, or there is no peer to watch: then neither is a step
	}
	for _, name := range lost {
		changes = append(changes, Change{name, Down, n.core.peers[name].incarnation})
	}
	return changes
}

// Handle takes a datagram that has come. An error says why it is of no use: it
// matches ErrForeign, ErrDamaged, ErrMisdirected or ErrUnknownPeer, and changes
// nothing.
func (n *Node) Handle(datagram []byte) error {
	h, err := Decode(datagram)
	if err == nil && h.To != n.options.Name {
		err = fmt.Errorf("%w: from %s, for %s", ErrMisdirected, h.From, h.To)
	}
	revived, err := n.handle(h, err)
	if revived {
		n.tell(Change{h.From, Up, h.Incarnation})
	}
	return err
}

func (n *Node) handle(h Heartbeat, err error) (revived bool, _ error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case errors.Is(err, ErrForeign):
		n.bad.Foreign++
		return false, err
	case errors.Is(err, ErrDamaged):
		n.bad.Damaged++
		return false, err
	case err != nil:
		n.bad.Misdirected++
		return false, err
	}
	if _, watched := n.core.Status(h.From); !watched {
		n.bad.Unknown++
		return false, fmt.Errorf("%w: %s", ErrUnknownPeer, h.From)
	}
	revived, err = n.core.Receive(h, n.Reading())
	if errors.Is(err, ErrNotAllowed) {
		err = n.core.Ignore(h)
	}
	return revived, err
}

func (n *Node) tell(change Change) {
	if n.options.OnChange != nil {
		n.options.OnChange(change)
	}
}

// Block notes that a caller waits for the node's disk, until it calls unblock. Heartbeats go
// out meanwhile.
func (n *Node) Block() (unblock func()) {
	n.working(1)
	return sync.OnceFunc(func() { n.working(-1) })
}

// working notes that some work has begun or ended.
func (n *Node) working(change int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	before := n.work
	n.work += change
	switch {
	case before == 0:
		_ = n.core.Block() // allowed, because nothing was going on
	case n.work == 0:
		_ = n.core.Unblock()
	}
}

// Run does what has to be done until the context ends, and closes the endpoint.
// It returns nil then, or what the network failed with before.
//
// Sending has a goroutine of its own, so that nothing delays it. Watching has
// another one, which both listens and checks: what keeps it from listening
// makes its next check late, and a late check marks no peer down.
func (n *Node) Run(ctx context.Context) (failed error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	datagrams := make(chan []byte, 64)
	wait.Go(func() {
		defer cancel()
		failed = n.listen(ctx, datagrams)
	})
	if len(n.sendTo) > 0 {
		wait.Go(func() { n.sendLoop(ctx) })
	}
	n.watch(ctx, datagrams)
	err := n.options.Endpoint.Close()
	wait.Wait()
	return errors.Join(failed, err)
}

// listen hands on what comes. It ends with the endpoint.
func (n *Node) listen(ctx context.Context, datagrams chan<- []byte) error {
	for {
		_, datagram, err := n.options.Endpoint.Receive()
		if errors.Is(err, network.ErrClosed) && ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("heartbeat: listening: %w", err)
		}
		select {
		case datagrams <- datagram:
		case <-ctx.Done():
			return nil
		}
	}
}

func (n *Node) sendLoop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			next, _ := n.SendIfDue() // what could not be sent is lost, like any other
			timer.Reset(next)
		}
	}
}

func (n *Node) watch(ctx context.Context, datagrams <-chan []byte) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case datagram := <-datagrams:
			_ = n.Handle(datagram) // counted
		case <-timer.C:
			timer.Reset(n.CheckIfDue())
		}
	}
}

// Status returns the status of a peer. Its error is ErrUnknownPeer.
func (n *Node) Status(peer string) (Status, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	status, ok := n.core.Status(peer)
	if !ok {
		return "", fmt.Errorf("%w: %s", ErrUnknownPeer, peer)
	}
	return status, nil
}

// Suspicion returns how near a peer is to being marked down: from 0 to 1, and
// beyond it if the check is late. Its error is ErrUnknownPeer.
func (n *Node) Suspicion(peer string) (float64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	level, ok := n.core.Suspicion(peer, n.Reading())
	if !ok {
		return 0, fmt.Errorf("%w: %s", ErrUnknownPeer, peer)
	}
	return level, nil
}

// Rejected returns how many datagrams were of no use so far.
func (n *Node) Rejected() Rejected {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.bad
}

// Observe lets do use the node's core, which takes no other step meanwhile.
func (n *Node) Observe(do func(*Core)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	do(n.core)
}

// Incarnation returns the number of the node's present incarnation.
func (n *Node) Incarnation() uint64 { return n.core.Incarnation() }

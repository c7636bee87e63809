package requestwaitinglist

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/clock"
	"github.com/lockstep-tla/lockstep/trace"
)

// Options are what a list is opened with.
type Options struct {
	// Node is the name of the node, for the trace.
	Node string
	// Incarnation is greater than that of any earlier process of this node.
	Incarnation uint64
	// Clock is what the node reads the time from; the machine's if nil. Only its monotonic
	// clock is read.
	Clock clock.Clock
	// Trace records the steps, if it is not nil.
	Trace *trace.Recorder
}

// Request is a call to a group of nodes.
type Request[A any] struct {
	Group   []string // the peers, each once
	Quorum  int      // how many of them must say yes
	Timeout time.Duration
	// Send sends the request to a peer, with the ID that its answer must bring. It is
	// called without locks. An error means that the request will not be answered; the peer
	// then counts as one that says no.
	Send func(peer string, id ID) error
	// Done is called once, when the call has ended. See the package comment.
	Done func(Result[A])
}

// Result is how a call has ended.
type Result[A any] struct {
	Outcome Outcome
	// Answers are those that were counted, in the order in which they came.
	Answers []Answer[A]
}

// Answer is the first answer of a peer. Err is the peer's no, or what Send has returned.
type Answer[A any] struct {
	From  string
	Value A
	Err   error
}

// Err is nil for a success, and else ErrNoQuorum, ErrExpired or ErrUnknown.
func (r Result[A]) Err() error {
	switch r.Outcome {
	case Success:
		return nil
	case Failure:
		return ErrNoQuorum
	case Expired:
		return ErrExpired
	}
	return ErrUnknown
}

// List is a request waiting list for answers of one type. Its methods may be called by any
// number of goroutines, also from within Send and Done.
type List[A any] struct {
	clock clock.Clock

	mu      sync.Mutex
	core    *Core
	waiting map[uint64]*waiting[A] // the calls whose clients were not told, by number
	telling bool                   // a goroutine is telling clients
}

// waiting is what the core does not know of a call.
type waiting[A any] struct {
	Request[A]
	answers []Answer[A]
}

// Open returns an empty list of a node that does not lead.
func Open[A any](o Options) (*List[A], error) {
	l := &List[A]{clock: o.Clock, core: NewCore(o.Node, o.Trace), waiting: map[uint64]*waiting[A]{}}
	if l.clock == nil {
		l.clock = clock.System()
	}
	if err := l.core.Restart(o.Incarnation); err != nil {
		return nil, fmt.Errorf("%w: incarnation %d", ErrOption, o.Incarnation)
	}
	return l, nil
}

// Call begins a call and sends its requests. It returns the call's number, for Again, and
// does not wait for the end of the call, which may come before Call returns.
func (l *List[A]) Call(r Request[A]) (uint64, error) {
	group := slices.Sorted(slices.Values(r.Group))
	switch {
	case len(slices.Compact(slices.Clone(group))) != len(group) || slices.Contains(group, Log):
		return 0, fmt.Errorf("%w: group %q", ErrOption, r.Group)
	case r.Quorum < 1 || r.Quorum > len(group):
		return 0, fmt.Errorf("%w: a quorum of %d of %d", ErrOption, r.Quorum, len(group))
	case r.Send == nil:
		return 0, fmt.Errorf("%w: no Send", ErrOption)
	}
	number, err := l.begin(r, func(timeout uint64) (uint64, error) { return l.core.Begin(group, r.Quorum, timeout) })
	if err != nil {
		return 0, err
	}
	for _, peer := range group {
		if !l.Again(number, peer) {
			break // it has ended
		}
	}
	l.tell()
	return number, nil
}

// Wait begins a call that succeeds when the high-water mark of the log has come to an index,
// which may be so already. Indexes begin with 1.
func (l *List[A]) Wait(index uint64, timeout time.Duration, done func(Result[A])) error {
	if index == 0 {
		return fmt.Errorf("%w: index 0", ErrOption)
	}
	_, err := l.begin(Request[A]{Timeout: timeout, Done: done},
		func(timeout uint64) (uint64, error) { return l.core.Wait(index, timeout) })
	l.tell()
	return err
}

func (l *List[A]) begin(r Request[A], begin func(timeout uint64) (uint64, error)) (uint64, error) {
	if r.Timeout < time.Microsecond || r.Done == nil {
		return 0, fmt.Errorf("%w: a Timeout of %v, or no Done", ErrOption, r.Timeout)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tick()
	number, err := begin(uint64(r.Timeout.Microseconds()))
	if err != nil {
		return 0, ErrNotLeader
	}
	l.waiting[number] = &waiting[A]{Request: r}
	return number, nil
}

// Again sends the request of a call to a peer again, under another ID. It returns false if
// the call has ended or the peer has answered.
func (l *List[A]) Again(call uint64, peer string) bool {
	l.mu.Lock()
	id, err := l.core.Ask(call, peer)
	if err == nil {
		err = l.core.Send(id.Number, call, peer)
	}
	var send func(string, ID) error
	if err == nil {
		send = l.waiting[call].Send
	}
	l.mu.Unlock()
	if err != nil {
		return false
	}
	if err := send(peer, id); err != nil {
		l.Fail(id, err)
	}
	return true
}

// Receive takes the answer of a peer to the request with an ID; err is the peer's no. An
// answer that is not awaited is ignored.
func (l *List[A]) Receive(id ID, from string, value A, err error) {
	l.mu.Lock()
	l.keep(l.core.Receive(id, from, err == nil), Answer[A]{from, value, err})
	l.mu.Unlock()
	l.tell()
}

// Fail says that a request will not be answered, for instance because its connection has
// ended. The peer counts as one that says no.
func (l *List[A]) Fail(id ID, err error) {
	l.mu.Lock()
	if l.core.IsOurs(id) {
		if call, peer, refused := l.core.SendFails(id.Number); refused == nil {
			l.keep(call, Answer[A]{From: peer, Err: err})
		}
	}
	l.mu.Unlock()
	l.tell()
}

// keep keeps an answer for the client of a call, 0 for none.
func (l *List[A]) keep(call uint64, a Answer[A]) {
	if w := l.waiting[call]; w != nil {
		w.answers = append(w.answers, a)
	}
}

// Advance says that the high-water mark has come to an index. A lower one changes nothing.
func (l *List[A]) Advance(high uint64) { l.do(func() error { return l.core.Advance(high) }) }

// Lead lets the node begin calls.
func (l *List[A]) Lead() { l.do(l.core.Lead) }

// StepDown ends all calls with ErrUnknown. The next call needs another Lead.
func (l *List[A]) StepDown() { l.do(l.core.StepDown) }

// Sweep ends the calls whose Timeout has passed.
func (l *List[A]) Sweep() {
	l.do(func() error {
		l.tick()
		return l.core.Sweep()
	})
}

// Quiet records, for an observer, that no client waits. The trace is refused if one does.
func (l *List[A]) Quiet() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.core.Quiet()
}

// Run sweeps as often as it is told to, until ctx ends. It returns the cause of that.
func (l *List[A]) Run(ctx context.Context, every time.Duration) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
			l.Sweep()
		}
	}
}

// do takes a step that may have nothing to do.
func (l *List[A]) do(step func() error) {
	l.mu.Lock()
	_ = step() // ErrNotAllowed: there was nothing to do
	l.mu.Unlock()
	l.tell()
}

func (l *List[A]) tick() { _ = l.core.Tick(uint64(l.clock.Monotonic().Microseconds())) }

// tell tells the clients of the calls that have ended. One goroutine at a time does so, so
// they are told in order; the others leave their calls to it.
func (l *List[A]) tell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.telling {
		return
	}
	l.telling = true
	defer func() { l.telling = false }()
	for {
		e, err := l.core.Tell()
		if err != nil {
			return
		}
		w := l.waiting[e.Call]
		delete(l.waiting, e.Call)
		l.unlocked(func() { w.Done(Result[A]{e.Outcome, w.answers}) })
	}
}

// unlocked calls a function without the lock. It has the lock again also if that panics.
func (l *List[A]) unlocked(do func()) {
	l.mu.Unlock()
	defer l.mu.Lock()
	do()
}

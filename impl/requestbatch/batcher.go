package requestbatch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/clock"
	"github.com/lockstep-tla/lockstep/trace"
)

// Options are what a Batcher is opened with. Client and Send are needed.
type Options struct {
	// Client is the name of the client's process, which no other process has or had.
	Client string
	// Send sends a batch to the destination and returns the reply, such as the method
	// Request of a singlesocketchannel.Channel. An error says that there is no reply this
	// time. The batch may have arrived.
	Send func(ctx context.Context, batch []byte) (reply []byte, err error)
	// MaxSize is the most that the requests of a batch have, in bytes. The default is 16 KiB.
	// A request that is larger by itself travels alone.
	MaxSize int
	// Linger is how long a request waits for others. With 0 those share a batch that come
	// while another one is in flight.
	Linger time.Duration
	// MaxQueue is how many requests wait. The default is 10,000.
	MaxQueue int
	// MaxRequest is the most that a request has, in bytes. The default is 1 MiB.
	MaxRequest int
	// Attempt is how long the client waits for the reply to a batch before it sends that
	// again. The default is 5 s.
	Attempt time.Duration
	// GiveUp is how long it sends a batch again. The default is 30 s.
	GiveUp time.Duration
	// Backoff is the time between an attempt that has failed and the next. The default is
	// 20 ms.
	Backoff time.Duration
	// Clock is what the client reads the time from; the machine's if nil. Only its monotonic
	// clock is read.
	Clock clock.Clock
	// Trace records the steps, if it is not nil.
	Trace *trace.Recorder
}

func (o *Options) check() error {
	for _, d := range []struct {
		name     string
		field    *time.Duration
		standard time.Duration
	}{
		{"Linger", &o.Linger, 0}, {"Attempt", &o.Attempt, 5 * time.Second},
		{"GiveUp", &o.GiveUp, 30 * time.Second}, {"Backoff", &o.Backoff, 20 * time.Millisecond},
	} {
		if *d.field == 0 {
			*d.field = d.standard
		}
		if *d.field < 0 {
			return fmt.Errorf("%w: %s is %v", ErrOption, d.name, *d.field)
		}
	}
	for _, n := range []struct {
		name     string
		field    *int
		standard int
	}{{"MaxSize", &o.MaxSize, 16 << 10}, {"MaxQueue", &o.MaxQueue, 10_000}, {"MaxRequest", &o.MaxRequest, 1 << 20}} {
		if *n.field == 0 {
			*n.field = n.standard
		}
		if *n.field < 1 || *n.field > math.MaxInt32 {
			return fmt.Errorf("%w: %s is %d", ErrOption, n.name, *n.field)
		}
	}
	if o.Client == "" || o.Send == nil {
		return fmt.Errorf("%w: Client and Send are needed", ErrOption)
	}
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	return nil
}

// Batcher sends requests to one destination. Its methods may be called by any number of
// goroutines.
type Batcher struct {
	options Options
	ctx     context.Context // ends when no batch is to be tried any longer
	end     context.CancelFunc
	wake    chan struct{} // there may be something to do
	ended   chan struct{} // closed when all callers are told, after Close

	mu   sync.Mutex
	core *Core
}

// Open returns a client without requests.
func Open(o Options) (*Batcher, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	limits := Limits{MaxSize: o.MaxSize, Linger: uint64(o.Linger.Microseconds()), MaxQueue: o.MaxQueue}
	b := &Batcher{
		options: o, core: NewCore(o.Client, limits, o.Trace),
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	b.ctx, b.end = context.WithCancel(context.Background())
	go b.run()
	return b, nil
}

// Call makes a request and waits for its answer. The package comment says what the errors
// mean. If the context ends first, the error is ErrUnknown and wraps the context's; the
// request goes its way. It must not be changed before it is answered, nor after ErrUnknown.
func (b *Batcher) Call(ctx context.Context, request []byte) ([]byte, error) {
	if len(request) > b.options.MaxRequest {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLong, len(request), b.options.MaxRequest)
	}
	b.mu.Lock()
	b.tick()
	call, err := b.core.Ask(request, sizeOf(request))
	if err != nil {
		err = b.core.Refuse()
	}
	_ = b.core.Cut() // ErrNotAllowed: it waits
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	b.wakeUp()
	select {
	case <-call.Done():
		return call.Result()
	case <-ctx.Done():
		return nil, errors.Join(ErrUnknown, context.Cause(ctx))
	}
}

// Quiet records, for an observer, that all callers have been told. The trace is refused if that
// is not so.
func (b *Batcher) Quiet() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.core.Quiet()
}

// Close refuses all further requests, sends those that wait, and returns when all callers
// are told. When the context ends, it gives up what is left, and returns the context's error.
func (b *Batcher) Close(ctx context.Context) error {
	b.mu.Lock()
	_ = b.core.Close() // ErrNotAllowed: it is closed
	b.mu.Unlock()
	b.wakeUp()
	defer context.AfterFunc(ctx, b.end)()
	<-b.ended
	return context.Cause(ctx)
}

func (b *Batcher) wakeUp() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// tick reads the clock. What is due is cut before and after.
func (b *Batcher) tick() {
	_ = b.core.Cut() // ErrNotAllowed: nothing is due
	_ = b.core.Tick(uint64(b.options.Clock.Monotonic().Microseconds()))
	_ = b.core.Cut()
}

// run sends one batch after the other.
func (b *Batcher) run() {
	defer close(b.ended)
	defer b.end()
	for {
		b.mu.Lock()
		b.tick()
		wait, waits := b.core.Wait()
		inFlight, closed := b.core.InFlight(), b.core.closed
		b.mu.Unlock()
		switch {
		case inFlight:
			b.deliver()
			continue
		case closed:
			return // nothing waits, or it would have been cut
		}
		var due <-chan time.Time
		if waits {
			due = time.After(time.Duration(wait) * time.Microsecond)
		}
		select {
		case <-b.wake:
		case <-due:
		}
	}
}

// deliver sends the batch in flight until it is answered or given up.
func (b *Batcher) deliver() {
	ctx, cancel := context.WithTimeout(b.ctx, b.options.GiveUp)
	defer cancel()
	for ctx.Err() == nil {
		b.mu.Lock()
		batch, err := b.core.Send()
		b.mu.Unlock()
		if err != nil {
			return
		}
		reply, err := b.exchange(ctx, batch)
		b.mu.Lock()
		if err == nil {
			err = b.core.Receive(reply)
		} else {
			_ = b.core.Fail() // always allowed here
		}
		b.mu.Unlock()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(b.options.Backoff):
		}
	}
	b.mu.Lock()
	_ = b.core.GiveUp() // always allowed here
	b.mu.Unlock()
}

// exchange sends a batch and returns its reply.
func (b *Batcher) exchange(ctx context.Context, batch Message) (Message, error) {
	ctx, cancel := context.WithTimeout(ctx, b.options.Attempt)
	defer cancel()
	data, err := b.options.Send(ctx, batch.encode())
	if err != nil {
		return Message{}, err
	}
	reply, err := decode(data)
	if err == nil && !reply.isReplyTo(batch) {
		err = fmt.Errorf("%w: no reply to batch %d", ErrProtocol, batch.Number)
	}
	return reply, err
}

package majorityquorum

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/trace"
)

// Majority is more than half of n: the smallest quorum that meets all others of its size.
func Majority(n int) int { return n/2 + 1 }

// Options are what a client is opened with. All clients of a register have the same Voters
// and WriteQuorum.
type Options struct {
	// Name is that of this process. No other client has it, and no earlier process of this
	// one: it tells apart versions with one number.
	Name string
	// Voters are the replicas that count.
	Voters []string
	// Followers are written to, and do not count.
	Followers []string
	// WriteQuorum is how many voters a write needs; 0 stands for a majority. A read needs
	// as many as are sure to meet it: with 3 voters, 2 for 2, 1 for 3 and 3 for 1.
	WriteQuorum int
	// Regular lets readers write nothing back. They need one phase in place of two. While a
	// value is being written, or if its writer gives up, one reader may return it and a
	// later one the value before.
	Regular bool
	// Timeout is how long a phase may take; 0 stands for a second.
	Timeout time.Duration
	// Send hands a request to a replica and returns its answer. It is called by goroutines
	// of the client, and ends when ctx does. An error counts as the replica's no.
	Send func(ctx context.Context, to string, m *Message) (*Message, error)
	// Trace records the steps, if it is not nil.
	Trace *trace.Recorder
}

func (o Options) withDefaults() Options {
	if o.WriteQuorum == 0 {
		o.WriteQuorum = Majority(len(o.Voters))
	}
	if o.Timeout == 0 {
		o.Timeout = time.Second
	}
	return o
}

func (o Options) check() error {
	names := slices.Sorted(slices.Values(slices.Concat(o.Voters, o.Followers, []string{o.Name})))
	switch {
	case slices.Contains(names, "") || len(slices.Compact(slices.Clone(names))) != len(names):
		return fmt.Errorf("%w: the names %q", ErrOption, names)
	case o.WriteQuorum < 1 || o.WriteQuorum > len(o.Voters):
		return fmt.Errorf("%w: a write quorum of %d of %d", ErrOption, o.WriteQuorum, len(o.Voters))
	case o.Timeout < time.Microsecond || o.Send == nil || len(o.Name) > MaxName:
		return fmt.Errorf("%w: a Timeout of %v, no Send, or a long Name", ErrOption, o.Timeout)
	}
	return nil
}

// Client reads and writes a register, one operation at a time; its methods may be called by
// any number of goroutines, of which the others wait.
type Client struct {
	o     Options
	one   chan struct{} // holds an element while there is an operation
	under sync.WaitGroup

	mu      sync.Mutex
	core    *Core
	changed chan struct{} // tells the operation that its call has ended
}

// Open returns a client.
func Open(o Options) (*Client, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Client{o: o, core: NewCore(o), one: make(chan struct{}, 1), changed: make(chan struct{}, 1)}, nil
}

// Read returns the value of the register, with its version: the zero Cell if it was never
// written. The error is ErrFailed.
func (c *Client) Read(ctx context.Context) (Cell, error) {
	return c.operate(ctx, (*Core).Read)
}

// Write gives the register a value, and returns its version. After ErrFailed nothing was
// written. After ErrUnknown it may have been, and readers may yet see it, now or later.
func (c *Client) Write(ctx context.Context, value string) (Version, error) {
	if err := (Cell{Version{1, c.o.Name}, value}).check(); err != nil {
		return Version{}, err
	}
	cell, err := c.operate(ctx, func(core *Core) error { return core.Write(value) })
	return cell.Version, err
}

// Wait returns when no request is under way any longer: slower replicas may still be at work
// when an operation has ended.
func (c *Client) Wait() { c.under.Wait() }

func (c *Client) operate(ctx context.Context, begin func(*Core) error) (Cell, error) {
	select {
	case c.one <- struct{}{}:
		defer func() { <-c.one }()
	case <-ctx.Done():
		return Cell{}, fmt.Errorf("%w: %w", ErrFailed, context.Cause(ctx))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	must(begin(c.core))
	for {
		c.phase(ctx)
		outcome, cell, err := c.core.Return()
		switch {
		case err != nil: // there is another phase
			if c.core.Choose() != nil {
				must(c.core.WriteBack())
			}
		case outcome == Done:
			return cell, nil
		case outcome == Failed:
			return Cell{}, ErrFailed
		default:
			return cell, ErrUnknown
		}
	}
}

// phase sends the requests of a phase and waits for the end of its call. It is called with
// the lock.
func (c *Client) phase(ctx context.Context) {
	requests := c.core.Requests()
	c.mu.Unlock()
	defer c.mu.Lock()
	select {
	case <-c.changed: // by the last phase
	default:
	}
	// The requests go on when the operation has ended, so that all replicas follow.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.o.Timeout)
	var left sync.WaitGroup
	for _, m := range requests {
		left.Add(1)
		c.under.Go(func() {
			defer left.Done()
			c.request(sending, m)
		})
	}
	c.under.Go(func() {
		left.Wait()
		cancel()
	})
	select {
	case <-c.changed:
	case <-sending.Done():
	case <-ctx.Done():
	}
	c.mu.Lock()
	_ = c.core.Expire() // ErrNotAllowed: the call has ended otherwise
	c.mu.Unlock()
}

// request sends a request, and takes its answer.
func (c *Client) request(ctx context.Context, m *Message) {
	answer, err := c.o.Send(ctx, m.To, m)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || answer == nil || answer.check() != nil || c.core.Receive(answer) != nil {
		_ = c.core.Fail(m) // ErrNotAllowed: its call has ended
	}
	if c.core.Ended() {
		select {
		case c.changed <- struct{}{}:
		default:
		}
	}
}

package twophasecommit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// ClientOptions are how a Client is made. Name, Coordinator and Placement must be
// set; the zero value of each other field stands for its default.
type ClientOptions struct {
	// Name is the name by which others know the client. Two clients that run at
	// once must have different names, and none has the name of a node. Nodes remember
	// names, so a client that comes again should have its old one.
	Name        string
	Coordinator string // the name of the coordinator
	// Placement says which participant holds a key. The coordinator must be of the
	// same opinion.
	Placement func(key string) string
	// Peers are the addresses of the coordinator and the participants by name,
	// as far as they are known; see Client.Know.
	Peers map[string]string
	// Retry is how long a client waits for an answer before it asks again. The
	// default is 200 milliseconds.
	Retry time.Duration
	// Age is the clock that says how old a transaction is: less is older. The
	// default is the time in microseconds.
	Age func() int64
	// Channel is how connections are made. Its MaxMessage has no effect. Its Log
	// is told what goes wrong with messages too.
	Channel ssc.Options
	// Trace records the steps of all transactions, if it is not nil. Traces take
	// ages and numbers below 2^31 only.
	Trace *trace.Recorder
}

// Client makes transactions. Its methods may be called by any number of
// goroutines.
type Client struct {
	options   ClientOptions
	transport *transport
	ctx       context.Context // ends with the client
	cancel    context.CancelFunc

	mu     sync.Mutex
	begins map[uint64]chan *Tx // by number: the calls that wait for a transaction
	open   map[uint64]*Tx      // by the transaction's number
}

// NewClient makes a client. It connects when there is something to ask.
func NewClient(o ClientOptions) (*Client, error) {
	if o.Name == "" || o.Coordinator == "" || o.Placement == nil {
		return nil, fmt.Errorf("%w: a client needs a name, a coordinator, and the placement of keys", ErrOptions)
	}
	if o.Retry == 0 {
		o.Retry = 200 * time.Millisecond
	}
	if o.Retry < 0 {
		return nil, fmt.Errorf("%w: it cannot ask again after %v", ErrOptions, o.Retry)
	}
	if o.Age == nil {
		o.Age = func() int64 { return time.Now().UnixMicro() }
	}
	c := &Client{options: o, begins: map[uint64]chan *Tx{}, open: map[uint64]*Tx{}}
	var err error
	if c.transport, err = openTransport(o.Name, "", o.Channel, sendTicks*o.Retry, c.take); err != nil {
		return nil, err
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	if err := c.transport.knowAll(o.Peers); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Know says where a node is, from now on.
func (c *Client) Know(name, addr string) error { return c.transport.know(name, addr) }

// Close ends the client. Calls that wait return ErrClosed. The nodes abort the
// transactions that are open when their patience ends.
func (c *Client) Close() error {
	c.cancel()
	return c.transport.close()
}

// take takes a message to the transaction that it is for.
func (c *Client) take(_ context.Context, m Message) error {
	if m.To != c.options.Name {
		return fmt.Errorf("%w: it is for %q, and this is %q", ErrMessage, m.To, c.options.Name)
	}
	c.mu.Lock()
	t := c.open[m.Transaction.Number]
	if waits := c.begins[m.Operation]; m.Type == TypeBegun && t == nil && waits != nil {
		delete(c.begins, m.Operation)
		t = newTx(c, m.Transaction)
		c.open[m.Transaction.Number] = t
		err := t.take(m) // before its caller can use it
		waits <- t
		c.mu.Unlock()
		return err
	}
	c.mu.Unlock()
	if t != nil {
		return t.take(m)
	}
	return nil // of one that is over
}

func (c *Client) forget(t *Tx) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, t.ref.Number)
}

// Begin begins a transaction. If it fails, none was begun that has any effect.
// Each that was begun must be ended, with Commit or RollBack.
func (c *Client) Begin(ctx context.Context) (*Tx, error) { return c.BeginAt(ctx, c.options.Age()) }

// BeginAt is Begin for a transaction that is as old as that: for one that is
// tried again, the age of its first time, so that it becomes the oldest in the
// end, which has precedence over all others.
func (c *Client) BeginAt(ctx context.Context, age int64) (*Tx, error) {
	if err := c.reaches(c.options.Coordinator); err != nil {
		return nil, err
	}
	waits := make(chan *Tx, 1)
	c.mu.Lock()
	number := rand.Uint64N(1<<53-1) + 1 // no other process of this name has asked under it
	for c.begins[number] != nil {
		number++
	}
	c.begins[number] = waits
	c.mu.Unlock()
	again := time.NewTicker(c.options.Retry)
	defer again.Stop()
	for {
		c.transport.send([]Message{{
			Type: TypeBegin, From: c.options.Name, To: c.options.Coordinator,
			Transaction: Ref{Age: age}, Operation: number,
		}})
		select {
		case t := <-waits:
			return t, nil
		case <-again.C:
		case <-ctx.Done():
			c.unwanted(number, waits)
			return nil, fmt.Errorf("two-phase commit: no transaction was begun: %w", context.Cause(ctx))
		case <-c.ctx.Done():
			return nil, ErrClosed
		}
	}
}

// unwanted drops a transaction whose caller does not wait for it any more.
func (c *Client) unwanted(number uint64, waits chan *Tx) {
	c.mu.Lock()
	delete(c.begins, number)
	c.mu.Unlock()
	select {
	case t := <-waits: // it has just come
		_ = t.RollBack()
	default:
	}
}

// Transact does something as a transaction: it begins one, lets do work with it,
// and commits. If it is aborted Transact waits for a random time and tries
// again, until it is committed or the context ends. do may be called often, and
// must return the errors of its Tx, or some that match them. With any other
// error of do the transaction is rolled back, and Transact returns that error.
// The other errors are those of Begin and Tx.Commit.
func (c *Client) Transact(ctx context.Context, do func(ctx context.Context, t *Tx) error) error {
	age := c.options.Age()
	for most := c.options.Retry / 8; ; most = min(2*most, 4*c.options.Retry) {
		err := c.transact(ctx, age, do)
		if !errors.Is(err, ErrAborted) || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(rand.N(most + 1)):
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		case <-c.ctx.Done():
			return errors.Join(err, ErrClosed)
		}
	}
}

func (c *Client) transact(ctx context.Context, age int64, do func(context.Context, *Tx) error) error {
	t, err := c.BeginAt(ctx, age)
	if err != nil {
		return err
	}
	defer t.RollBack() // does nothing, if it is over or has asked to commit
	if err := do(ctx, t); err != nil {
		return err
	}
	return t.Commit(ctx)
}

// reaches says whether there is an address for a node.
func (c *Client) reaches(name string) error {
	if !c.transport.knows(name) {
		return fmt.Errorf("%w: no address is known for %q", ErrUnreachable, name)
	}
	return nil
}

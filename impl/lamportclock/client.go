package lamportclock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/trace"
)

// ClientOptions are what a client is made with.
type ClientOptions struct {
	Name    string // no two clients have the same, nor one after the other: both count from 1
	Cluster string // must be that of the servers; other installations have others
	// RetryAfter is after how long without an answer a request is sent again;
	// 0 is 50 milliseconds.
	RetryAfter time.Duration
	Trace      *trace.Recorder // nil to record nothing
	Keys       []string        // what a trace shows even before it was heard of
	// Refused is told of each datagram that is no reply to this client, and why;
	// nil ignores it. It must return soon.
	Refused func(error)
}

// Client talks to servers, each time to whichever is named, and takes the stamps
// along. Its methods may be called by any number of goroutines at once.
type Client struct {
	mu      sync.Mutex
	core    *ClientCore
	e       network.Endpoint
	again   time.Duration
	refused func(error)
	cluster string
	servers map[string]string // by name: the address
	waiting map[uint64]chan *Reply
	closed  chan struct{} // receives no more
}

// NewClient returns a client that uses the endpoint until it is closed.
func NewClient(e network.Endpoint, o ClientOptions) (*Client, error) {
	if err := errors.Join(checkName(o.Name), checkCluster(o.Cluster)); err != nil {
		return nil, err
	}
	if o.RetryAfter < 0 {
		return nil, fmt.Errorf("%w: RetryAfter %s", ErrOption, o.RetryAfter)
	}
	if o.Refused == nil {
		o.Refused = func(error) {}
	}
	c := &Client{
		core: NewClientCore(o.Name, o.Trace, o.Keys...), e: e, again: cmp.Or(o.RetryAfter, 50*time.Millisecond), refused: o.Refused, cluster: o.Cluster,
		servers: map[string]string{}, waiting: map[uint64]chan *Reply{}, closed: make(chan struct{}),
	}
	go c.listen()
	return c, nil
}

// Know tells the client the address of a server, also a new one.
func (c *Client) Know(server, address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.servers[server] = address
}

// Seen returns the greatest stamp that the client has heard of.
func (c *Client) Seen() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.core.Seen()
}

// Held returns the newest version of a key that the client has heard of, from
// any server; the zero Version if it has heard of none.
func (c *Client) Held(key string) Version {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.core.Held(key)
}

// Put writes a value on a server, and returns its version, which is newer than
// all that the client has heard of before. If an answer is lost, the request is
// sent again, and there may be more than one version with the value. If the
// context ends first, there may be one or none.
func (c *Client) Put(ctx context.Context, server, key, value string) (Version, error) {
	reply, err := c.ask(ctx, server, key, value, func() *Request { return c.core.RequestWrite(server, key, value) })
	return reply.Version, err
}

// Get returns the newest version of a key on a server, and as of which stamp it
// is the newest: whatever is written there later has a greater stamp.
func (c *Client) Get(ctx context.Context, server, key string) (v Version, at uint64, err error) {
	reply, err := c.ask(ctx, server, key, "", func() *Request { return c.core.RequestRead(server, key) })
	return reply.Version, reply.At, err
}

// Snapshot returns the version of a key that was the newest on a server as of
// the stamp that the client has seen, and this stamp. A version with a greater
// stamp is not in it, even if it is there already. It stays the answer for that
// stamp.
func (c *Client) Snapshot(ctx context.Context, server, key string) (v Version, at uint64, err error) {
	reply, err := c.ask(ctx, server, key, "", func() *Request { return c.core.RequestSnapshot(server, key) })
	return reply.Version, reply.At, err
}

// ask sends a request until there is an answer. With an error the reply is empty.
func (c *Client) ask(ctx context.Context, server, key, value string, request func() *Request) (Reply, error) {
	if err := checkSizes(key, value); err != nil {
		return Reply{}, err
	}
	m, answer, err := c.begin(server, request)
	if err != nil {
		return Reply{}, err
	}
	defer c.forget(m.Number)
	datagram := m.Encode()
	ticker := time.NewTicker(c.again)
	defer ticker.Stop()
	for {
		c.mu.Lock()
		address := c.servers[server] // it may have moved
		c.mu.Unlock()
		switch err := c.e.Send(address, datagram); {
		case errors.Is(err, network.ErrClosed):
			return Reply{}, ErrStopped
		case errors.Is(err, network.ErrAddress), errors.Is(err, network.ErrTooLarge):
			return Reply{}, err
		} // whatever else it is passes, or the context ends
		select {
		case reply := <-answer:
			return *reply, nil
		case <-ticker.C:
		case <-ctx.Done():
			return Reply{}, context.Cause(ctx)
		case <-c.closed:
			return Reply{}, ErrStopped
		}
	}
}

func (c *Client) begin(server string, request func() *Request) (*Request, chan *Reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.servers[server] == "" {
		return nil, nil, fmt.Errorf("%w: %q", ErrNoServer, server)
	}
	m, answer := request(), make(chan *Reply, 1)
	m.Cluster = c.cluster
	c.waiting[m.Number] = answer
	return m, answer, nil
}

func (c *Client) forget(number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, number)
}

// listen takes each reply that arrives, also one that no call waits for any more.
func (c *Client) listen() {
	defer close(c.closed)
	for {
		_, datagram, err := c.e.Receive()
		if err != nil {
			return
		}
		m, err := DecodeReply(datagram)
		if err == nil {
			err = c.hear(m)
		}
		if err != nil {
			c.refused(err) // the network brings what it likes
		}
	}
}

func (c *Client) hear(m *Reply) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.Cluster != c.cluster || c.core.Hear(m) != nil {
		return fmt.Errorf("%w: it is for %q in the cluster %q", ErrMessage, m.To, m.Cluster)
	}
	if answer := c.waiting[m.Number]; answer != nil {
		select {
		case answer <- m:
		default: // a second one
		}
	}
	return nil
}

// Close closes the endpoint, and waits until nothing is heard any more.
func (c *Client) Close() error {
	err := c.e.Close()
	<-c.closed
	return err
}

package requestpipeline

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/trace"
)

// MaxInFlightLimit is the most that Options.MaxInFlight may be.
const MaxInFlightLimit = 1 << 16

// Options are how a client is made. Client, Process and Dial are needed.
type Options struct {
	// Client is the name by which the server knows the client, in all of its processes.
	Client string
	// Process is a number that no earlier process of the client had, and larger than all
	// of theirs.
	Process uint64
	// Dial makes a connection to the server, or fails when the context ends.
	Dial func(ctx context.Context) (net.Conn, error)
	// MaxInFlight is how many requests may be in flight. The default is 5.
	MaxInFlight int
	// Silence is how long the client waits, with requests in flight, for an answer before it
	// gives the connection up. The slowest request must be faster. The default is 10 s.
	Silence time.Duration
	// Backoff is the time between two connections. The default is 20 ms.
	Backoff time.Duration
	// Trace records the steps. It may be nil.
	Trace *trace.Recorder
}

func (o *Options) check() error {
	for _, d := range []struct {
		field    *time.Duration
		standard time.Duration
	}{{&o.Silence, 10 * time.Second}, {&o.Backoff, 20 * time.Millisecond}} {
		if *d.field == 0 {
			*d.field = d.standard
		}
		if *d.field < 0 {
			return fmt.Errorf("%w: a negative time, %v", ErrOption, *d.field)
		}
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 5
	}
	switch {
	case o.MaxInFlight < 1 || o.MaxInFlight > MaxInFlightLimit:
		return fmt.Errorf("%w: MaxInFlight is %d; it must be from 1 to %d", ErrOption, o.MaxInFlight, MaxInFlightLimit)
	case o.Client == "" || o.Process == 0 || o.Dial == nil:
		return fmt.Errorf("%w: Client, Process and Dial are needed", ErrOption)
	}
	return nil
}

// Client sends requests to a server. Its methods may be called by any number of goroutines.
type Client struct {
	options Options
	ctx     context.Context // ends at Close
	end     context.CancelFunc
	working sync.WaitGroup
	wake    chan struct{} // there may be something to send

	mu    sync.Mutex
	core  *Core
	since time.Time // since when the head waits for its answer on this connection
}

// Open returns a client, which begins to connect.
func Open(o Options) (*Client, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	c := &Client{options: o, wake: make(chan struct{}, 1), core: NewCore(o.Client, o.MaxInFlight, o.Trace)}
	if err := c.core.Restart(o.Process); err != nil {
		return nil, err
	}
	c.ctx, c.end = context.WithCancel(context.Background())
	c.working.Go(c.keep)
	return c, nil
}

// Call sends a request and waits for its answer. While MaxInFlight requests are in flight it
// waits for its turn; callers are served in order. The error is ErrTooLong or ErrNotSent if
// the server will not process the request, ErrUnknown if it may have done so or may do so yet.
// It wraps the context's error, too, where that has ended, and ErrClosed where the client was
// closed. The request must not be changed before it is answered, nor after ErrUnknown.
func (c *Client) Call(ctx context.Context, request []byte) ([]byte, error) {
	if len(request) > MaxBody {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLong, len(request), MaxBody)
	}
	c.mu.Lock()
	call, err := c.core.Ask(request)
	c.mu.Unlock()
	if err != nil {
		return nil, errors.Join(ErrNotSent, ErrClosed)
	}
	c.wakeSender()
	select {
	case <-call.Done():
		return call.Result()
	case <-ctx.Done():
	}
	c.mu.Lock()
	err = c.core.Cancel(call)
	c.mu.Unlock()
	answer, outcome := call.Result()
	if err == nil {
		outcome = errors.Join(outcome, context.Cause(ctx))
	}
	return answer, outcome // it came just now if err is not nil
}

// Quiet records, for an observer, that no caller waits and no request is in flight. The trace
// is refused if that is not so.
func (c *Client) Quiet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.core.Quiet()
}

// Close fails all calls that wait, and ends the connection.
func (c *Client) Close() error {
	c.end()
	c.mu.Lock()
	_ = c.core.Close() // ErrNotAllowed: it is closed
	c.mu.Unlock()
	c.working.Wait()
	return nil
}

func (c *Client) wakeSender() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// keep makes one connection after the other.
func (c *Client) keep() {
	for c.ctx.Err() == nil {
		if socket, err := c.options.Dial(c.ctx); err == nil {
			c.use(socket)
		}
		select {
		case <-c.ctx.Done():
		case <-time.After(c.options.Backoff):
		}
	}
}

// use sends and receives on a connection until it ends.
func (c *Client) use(socket net.Conn) {
	c.mu.Lock()
	name, err := c.core.Connect()
	c.mu.Unlock()
	if err != nil {
		_ = socket.Close() // the client was closed meanwhile
		return
	}
	ctx, end := context.WithCancel(c.ctx)
	defer end()
	context.AfterFunc(ctx, func() { _ = socket.Close() })
	var reading sync.WaitGroup
	reading.Go(func() {
		defer end()
		c.receive(socket, name)
	})
	c.send(ctx, socket, name)
	end()
	reading.Wait()
	c.mu.Lock()
	_ = c.core.Lose(name) // ErrNotAllowed: a protocol error or Close has ended it
	c.mu.Unlock()
}

// send sends what there is to send. It flushes the buffer when there is nothing more.
func (c *Client) send(ctx context.Context, socket net.Conn, name Connection) {
	out := bufio.NewWriter(socket)
	greeting := hello{c.options.Client, name, c.options.MaxInFlight}
	buf := appendMessage(nil, greeting.message())
	for {
		if _, err := out.Write(buf); err != nil {
			return
		}
		if m, err := c.next(); err == nil {
			buf = appendMessage(buf[:0], m)
			continue
		}
		buf = buf[:0]
		if out.Flush() != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
	}
}

// next returns what is to be sent: first what is sent again, and then what is new.
func (c *Client) next() (Message, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := c.core.Resend()
	if err != nil {
		m, err = c.core.Send()
	}
	if err == nil && c.core.out() == 1 {
		c.since = time.Now()
	}
	return m, err
}

// receive takes answers, until the connection ends or brings a wrong one.
func (c *Client) receive(socket net.Conn, name Connection) {
	in := bufio.NewReader(patientReader{c, socket})
	for {
		m, err := readMessage(in)
		if err != nil {
			return
		}
		c.mu.Lock()
		if err = c.core.Receive(name, m); err != nil {
			_ = c.core.ProtocolError(name, m) // ErrNotAllowed: the connection was given up
		}
		c.since = time.Now()
		c.mu.Unlock()
		if err != nil {
			return
		}
		c.wakeSender()
	}
}

// patientReader reads a connection until the answer to the head is late.
type patientReader struct {
	*Client
	socket net.Conn
}

func (r patientReader) Read(p []byte) (int, error) {
	for {
		if err := r.socket.SetReadDeadline(time.Now().Add(r.options.Silence / 4)); err != nil {
			return 0, err
		}
		n, err := r.socket.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || r.isLate() {
			return n, err
		}
	}
}

func (c *Client) isLate() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.core.out() > 0 && time.Since(c.since) >= c.options.Silence
}

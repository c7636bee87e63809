package singlesocketchannel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/proxy"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// world is two nodes, each behind a proxy, and a trace of what they do.
type world struct {
	rec   *trace.Recorder
	nodes map[string]*ssc.Node
	lives map[string]uint64
	ways  map[string]*proxy.Proxy // the way to a node
	taps  map[string]*tap         // what a node does with its sockets
	beat  time.Duration
	write time.Duration // how long one write may take
	plan  func(to string) proxy.Plan

	held    atomic.Bool   // handlers wait at the gate
	gate    chan struct{} // lets one of them go on
	arrived chan string   // what has come to a handler that waits
	wait    sync.WaitGroup
	mu      sync.Mutex
	wrong   error // what somebody has heard that he must not hear
}

// inWorld makes a world, records what do does in it, and finishes the trace
// even if that fails.
func inWorld(run conformance.Run, scenario string, beat time.Duration, plan func(to string) proxy.Plan, do func(*world) error) (err error) {
	rec, err := trace.Create(run.Path, header(scenario, run.Seed))
	if err != nil {
		return err
	}
	w := &world{
		rec: rec, beat: beat, write: max(10*beat, time.Second), plan: plan, nodes: map[string]*ssc.Node{}, lives: map[string]uint64{},
		ways: map[string]*proxy.Proxy{}, taps: map[string]*tap{},
		gate: make(chan struct{}, 1000), arrived: make(chan string, 1000),
	}
	defer func() { err = errors.Join(err, w.end()) }()
	for _, name := range []string{"a", "b"} {
		w.taps[name] = &tap{free: make(chan struct{})}
		if err := w.start(name); err != nil {
			return err
		}
	}
	return do(w)
}

// end ends everything, the trace last.
func (w *world) end() (err error) {
	for _, t := range w.taps {
		t.let()
	}
	for _, n := range w.nodes {
		err = errors.Join(err, n.Close())
	}
	w.wait.Wait()
	for _, p := range w.ways {
		err = errors.Join(err, p.Close())
	}
	return errors.Join(err, w.wrong, w.rec.Close())
}

// start starts a process of that name.
func (w *world) start(name string) error {
	w.lives[name]++
	n, err := ssc.Listen(name, "127.0.0.1:0", w.handle, ssc.Options{
		Heartbeat: w.beat, Silence: silence, ConnectTimeout: max(40*w.beat, 200*time.Millisecond),
		WriteTimeout: w.write, Backoff: 5 * time.Millisecond,
		MaxMessage: maxMessage, Window: window, Room: room, Buffer: 16,
		Life: w.lives[name], Network: w.taps[name], Trace: func(string) *trace.Recorder { return w.rec },
	})
	if err != nil {
		return err
	}
	w.nodes[name] = n
	if w.ways[name] == nil {
		w.ways[name], err = proxy.New(n.Addr().String(), w.plan(name))
		if err != nil {
			return err
		}
	}
	w.ways[name].Retarget(n.Addr().String())
	_, err = n.Peer(other(name), "") // it is there from now on, also for the trace
	return err
}

// restart ends a process and starts the next one.
func (w *world) restart(name string) error {
	if err := w.nodes[name].Close(); err != nil {
		return err
	}
	return w.start(name)
}

// channel is how a node reaches the other one: through its proxy, or directly.
func (w *world) channel(name string, direct bool) *ssc.Channel {
	addr := w.ways[other(name)].Addr()
	if direct {
		addr = w.nodes[other(name)].Addr().String()
	}
	ch, err := w.nodes[name].Peer(other(name), addr)
	if err != nil {
		w.blame(err)
	}
	return ch
}

// handle answers with what it was asked, as the spec has it.
func (w *world) handle(ctx context.Context, _ string, request []byte) ([]byte, error) {
	if w.held.Load() {
		w.arrived <- string(request)
		select {
		case <-w.gate:
		case <-ctx.Done():
		}
	}
	return request, nil
}

// open lets all handlers go on.
func (w *world) open() {
	w.held.Store(false)
	for range cap(w.gate) {
		select {
		case w.gate <- struct{}{}:
		default:
			return
		}
	}
}

func (w *world) blame(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = errors.Join(w.wrong, err)
}

// answered waits for an answer, which must be the right one or one of the
// errors.
func answered(ctx context.Context, f *ssc.Future, text string, or ...error) error {
	answer, err := f.Wait(ctx)
	if isOne(err, or) {
		return nil
	}
	if err == nil && string(answer) != text {
		err = errors.New("it is the answer to something else")
	}
	if err != nil {
		return fmt.Errorf("asked was %q, the answer %q: %w", text, answer, err)
	}
	return nil
}

func isOne(err error, of []error) bool {
	return slices.ContainsFunc(of, func(e error) bool { return errors.Is(err, e) })
}

// hurry is set once something has not come to its end in this process.
var hurry atomic.Bool

// patience is how long everything may take that should come to an end by
// itself. It never runs out unless something hangs, and then all that hangs
// later in the same process is found sooner.
func patience() (context.Context, context.CancelFunc) {
	long := conformance.WaitLimit()
	if hurry.Load() {
		long = 100 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(context.Background(), long)
	return ctx, func() {
		if ctx.Err() != nil {
			hurry.Store(true)
		}
		cancel()
	}
}

// until waits for something that another goroutine or the network brings about.
func until(what string, happened func() bool) error {
	ctx, cancel := patience()
	defer cancel()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !happened() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("it does not come to this: %s", what)
		case <-look.C:
		}
	}
	return nil
}

// waits waits for a request that comes to a handler that is held.
func (w *world) waits() error {
	ctx, cancel := patience()
	defer cancel()
	select {
	case <-w.arrived:
		return nil
	case <-ctx.Done():
		return errors.New("no request comes to the handler")
	}
}

// tap is TCP, but for a node's sockets doing what it says once their greetings
// are over.
type tap struct {
	ssc.TCP
	piece atomic.Int64 // a Read returns at most so many bytes; 0: any
	read  atomic.Int64 // so many bytes were read

	mu      sync.Mutex
	shut    bool          // writes wait
	free    chan struct{} // closed when they may go on
	waiting int           // so many do
	late    int           // so many have waited until their deadline
}

// stop lets all writes wait, until let.
func (t *tap) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shut = true
}

func (t *tap) let() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shut {
		t.shut = false
		close(t.free)
		t.free = make(chan struct{})
	}
}

func (t *tap) writers() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waiting
}

func (t *tap) expired() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.late
}

// Dial implements ssc.Network.
func (t *tap) Dial(ctx context.Context, addr string) (net.Conn, error) {
	conn, err := t.TCP.Dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	return &tapped{Conn: conn, t: t}, nil
}

// Listen implements ssc.Network.
func (t *tap) Listen(addr string) (net.Listener, error) {
	l, err := t.TCP.Listen(addr)
	return tappedListener{l, t}, err
}

type tappedListener struct {
	net.Listener
	t *tap
}

func (l tappedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &tapped{Conn: conn, t: l.t}, nil
}

type tapped struct {
	net.Conn
	t     *tap
	reads atomic.Int32
	until atomic.Int64 // the deadline of writes, in nanoseconds of the time; 0: none
}

// SetDeadline implements net.Conn.
func (c *tapped) SetDeadline(at time.Time) error {
	c.keep(at)
	return c.Conn.SetDeadline(at)
}

// SetWriteDeadline implements net.Conn.
func (c *tapped) SetWriteDeadline(at time.Time) error {
	c.keep(at)
	return c.Conn.SetWriteDeadline(at)
}

func (c *tapped) keep(at time.Time) {
	c.until.Store(0)
	if !at.IsZero() {
		c.until.Store(at.UnixNano())
	}
}

// expires is when the deadline of writes is over; nil: never.
func (c *tapped) expires() <-chan time.Time {
	if at := c.until.Load(); at != 0 {
		return time.After(time.Until(time.Unix(0, at)))
	}
	return nil
}

// greetingReads is how often a greeting is read from: its head and its body.
const greetingReads = 2

func (c *tapped) Read(p []byte) (int, error) {
	if most := int(c.t.piece.Load()); most > 0 && c.reads.Add(1) > greetingReads {
		p = p[:min(most, len(p))]
	}
	n, err := c.Conn.Read(p)
	c.t.read.Add(int64(n))
	return n, err
}

func (c *tapped) Write(p []byte) (int, error) {
	c.t.mu.Lock()
	if c.t.shut {
		free := c.t.free
		c.t.waiting++
		c.t.mu.Unlock()
		late := false
		select {
		case <-free:
		case <-c.expires():
			late = true
		}
		c.t.mu.Lock()
		c.t.waiting--
		if late {
			c.t.late++
			c.t.mu.Unlock()
			return 0, os.ErrDeadlineExceeded
		}
	}
	c.t.mu.Unlock()
	return c.Conn.Write(p)
}

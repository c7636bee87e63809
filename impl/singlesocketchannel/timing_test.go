package singlesocketchannel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

// pipes is a network in memory, for virtual time: a write waits for its read.
type pipes struct {
	mu        sync.Mutex
	listeners map[string]pipeListener
	dialled   []time.Time
}

func (p *pipes) Dial(ctx context.Context, addr string) (net.Conn, error) {
	p.mu.Lock()
	p.dialled = append(p.dialled, time.Now())
	l, ok := p.listeners[addr]
	p.mu.Unlock()
	if !ok {
		return nil, errors.New("there is no listener")
	}
	near, far := net.Pipe()
	select {
	case l.made <- far:
		return near, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// times are those at which it was dialled.
func (p *pipes) times() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.dialled)
}

func (p *pipes) Listen(addr string) (net.Listener, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := pipeListener{addr, make(chan net.Conn), make(chan struct{})}
	if p.listeners == nil {
		p.listeners = map[string]pipeListener{}
	}
	p.listeners[addr] = l
	return l, nil
}

type pipeListener struct {
	addr   string
	made   chan net.Conn
	closed chan struct{}
}

func (l pipeListener) Network() string { return "pipe" }
func (l pipeListener) String() string  { return l.addr }
func (l pipeListener) Addr() net.Addr  { return l }
func (l pipeListener) Close() error {
	select {
	case <-l.closed:
		return net.ErrClosed
	default:
		close(l.closed)
		return nil
	}
}
func (l pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.made:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// meets makes a node bob that has made a connection to a stranger ann, for a
// request that is not answered.
func meets(t *testing.T, o Options) (*Channel, stranger, *pipes) {
	network := &pipes{}
	o.Network = network
	listener, err := network.Listen("ann")
	require.NoError(t, err)
	n, err := Listen("bob", "", echo, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	ch, err := n.Peer("ann", "ann")
	require.NoError(t, err)
	_, err = ch.Send(t.Context(), []byte("hello"))
	require.NoError(t, err)
	return ch, welcomes(t, listener), network
}

// accepts takes a connection.
func accepts(t *testing.T, listener net.Listener) stranger {
	conn, err := listener.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return stranger{t, conn}
}

// welcomes takes a connection and answers its greeting.
func welcomes(t *testing.T, listener net.Listener) stranger {
	s := accepts(t, listener)
	hello, err := parseGreeting(s.hears())
	require.NoError(t, err)
	require.Equal(t, "bob", hello.from)
	s.says(AppendFrame(nil, (&greeting{from: "ann", to: "bob", incarnation: 1, epoch: hello.epoch}).frame(kindWelcome)))
	return s
}

func (s stranger) listensOnly() { go func() { _, _ = io.Copy(io.Discard, s) }() }

// An end that is silent is dead after Silence intervals, and a word before
// begins them anew.
func TestSilenceIsDeath(t *testing.T) {
	for _, word := range []time.Duration{0, 2500 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			ch, ann, _ := meets(t, Options{Silence: 3, Heartbeat: time.Second})
			ann.listensOnly()
			if word > 0 {
				time.Sleep(word)
				ann.says(AppendFrame(nil, &Frame{Kind: kindHeartbeat}))
			}
			time.Sleep(3*time.Second - 1)
			synctest.Wait()
			require.True(t, ch.Connected())
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			require.False(t, ch.Connected())
		})
	}
}

// An end that has nothing to say beats, once an interval.
func TestBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch, ann, _ := meets(t, Options{Heartbeat: time.Second})
		require.Equal(t, kindRequest, ann.hears().Kind)
		said := time.Now()
		for i := range 5 {
			require.Equal(t, kindHeartbeat, ann.hears().Kind)
			require.Equal(t, time.Duration(i+1)*time.Second, time.Since(said))
		}
		time.Sleep(700 * time.Millisecond)
		_, err := ch.Send(t.Context(), []byte("again"))
		require.NoError(t, err)
		require.Equal(t, kindRequest, ann.hears().Kind)
		require.Equal(t, kindHeartbeat, ann.hears().Kind)
		require.Equal(t, 6700*time.Millisecond, time.Since(said), "an interval after the request")
	})
}

// An end that does not read is given up after WriteTimeout, and not before.
func TestWriteDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var recorded bytes.Buffer
		rec := trace.New(&recorded, trace.Header{Spec: "SingleSocketChannel"})
		ch, ann, _ := meets(t, Options{WriteTimeout: 7 * time.Second, Heartbeat: time.Second, Incarnation: 1,
			Trace: func(string) *trace.Recorder { return rec }})
		var beating sync.WaitGroup
		beating.Go(func() { // ann lives
			for {
				if _, err := ann.Write(AppendFrame(nil, &Frame{Kind: kindHeartbeat})); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		time.Sleep(7*time.Second - 1)
		synctest.Wait()
		require.True(t, ch.Connected())
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.False(t, ch.Connected())
		beating.Wait()
		require.NoError(t, rec.Close())
		require.Contains(t, recorded.String(), `"step":"Stall"`)
		require.NotContains(t, recorded.String(), `"step":"Lose"`)
	})
}

// A connection without a greeting is given up after ConnectTimeout, and
// others are tried, less and less often.
func TestConnectTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := &pipes{}
		_, err := network.Listen("ann") // which accepts no connection
		require.NoError(t, err)
		n, err := Listen("bob", "", nil, Options{Network: network, ConnectTimeout: 5 * time.Second, Backoff: time.Second})
		require.NoError(t, err)
		defer n.Close()
		ch, err := n.Peer("ann", "ann")
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 110*time.Second)
		defer cancel()
		_, err = ch.Request(ctx, []byte("hello"))
		require.ErrorIs(t, err, ErrNotSent)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var waits []time.Duration
		dialled := network.times()
		for i := range dialled[1:] {
			waits = append(waits, dialled[i+1].Sub(dialled[i]).Round(time.Second))
		}
		require.Equal(t, []time.Duration{6 * time.Second, 7 * time.Second, 9 * time.Second, 13 * time.Second,
			21 * time.Second, 25 * time.Second, 25 * time.Second}, waits, "at most 20 times Backoff")
	})
}

// A receiver that is slow takes in Room requests and one more; then the sender
// has to wait, but neither takes the other for dead. When that takes longer than
// a write may, the connection is given up, and still every request is handled
// once and in its order.
func TestSlowReceiver(t *testing.T) {
	for _, slow := range []time.Duration{50 * time.Second, 70 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			network := &pipes{}
			o := Options{Network: network, Room: 2, Window: 20, Buffer: 16, Heartbeat: time.Second, Silence: 3, WriteTimeout: time.Minute}
			gate := make(chan struct{})
			var handled []string
			bob, err := Listen("bob", "bob", func(_ context.Context, _ string, request []byte) ([]byte, error) {
				<-gate
				handled = append(handled, string(request))
				return request, nil
			}, o)
			require.NoError(t, err)
			defer bob.Close()
			ann, err := Listen("ann", "", nil, o)
			require.NoError(t, err)
			defer ann.Close()
			ch, err := ann.Peer("bob", "bob")
			require.NoError(t, err)
			var futures []*Future
			var want []string
			for i := range 20 {
				want = append(want, fmt.Sprintf("request %d %s", i, strings.Repeat(".", 30)))
				f, err := ch.Send(t.Context(), []byte(want[i]))
				require.NoError(t, err)
				futures = append(futures, f)
			}
			synctest.Wait()
			back, err := bob.Peer("ann", "")
			require.NoError(t, err)
			require.Len(t, back.core.inbox, 2)
			require.Less(t, len(ch.core.pending)-len(ch.core.todo), 6, "most were not even sent")

			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err = ch.Send(ctx, []byte("one too many"))
			require.ErrorIs(t, err, ErrNotSent)
			time.Sleep(slow - time.Second)
			synctest.Wait()
			require.True(t, ch.Connected())
			require.Equal(t, slow > time.Minute, len(network.times()) > 1)
			close(gate)
			for i, f := range futures {
				answer, err := f.Wait(t.Context())
				require.NoError(t, err)
				require.Equal(t, want[i], string(answer))
			}
			require.Equal(t, want, handled)
		})
	}
}

// What a handler answers to a process that is gone is not the answer to the
// request of that number that its successor has made.
func TestAnswerForAProcessThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := &pipes{}
		gate := make(chan struct{})
		bob, err := Listen("bob", "bob", func(_ context.Context, _ string, request []byte) ([]byte, error) {
			<-gate
			return request, nil
		}, Options{Network: network})
		require.NoError(t, err)
		defer bob.Close()
		asks := func(text string) (*Node, *Future) {
			ann, err := Listen("ann", "", nil, Options{Network: network})
			require.NoError(t, err)
			ch, err := ann.Peer("bob", "bob")
			require.NoError(t, err)
			f, err := ch.Send(t.Context(), []byte(text))
			require.NoError(t, err)
			time.Sleep(time.Second) // it has another incarnation then
			synctest.Wait()
			return ann, f
		}
		gone, _ := asks("old")
		require.NoError(t, gone.Close())
		ann, f := asks("new")
		defer ann.Close()
		close(gate)
		answer, err := f.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, "new", string(answer))
	})
}

// A request that comes again on another connection is answered again at once,
// not when something else is to be said.
func TestRepetitionIsAnsweredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := &pipes{}
		bob, err := Listen("bob", "bob", echo, Options{Network: network})
		require.NoError(t, err)
		defer bob.Close()
		began := time.Now()
		for _, epoch := range []uint64{1, 3} {
			conn, err := network.Dial(t.Context(), "bob")
			require.NoError(t, err)
			defer conn.Close()
			ann := stranger{t, conn}
			ann.greets(epoch)
			ann.says(asks(1, 1))
			require.Equal(t, &Frame{Kind: kindAnswer, Number: 1}, ann.hears())
			require.Zero(t, time.Since(began))
		}
	})
}

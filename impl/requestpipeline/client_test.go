package requestpipeline_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	rp "github.com/lockstep-tla/lockstep/impl/requestpipeline"
)

// serve starts a server that is closed with the test.
func serve(t *testing.T, h rp.Handler, o rp.ServerOptions) *rp.Server {
	t.Helper()
	s, err := rp.Listen("127.0.0.1:0", h, o)
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = s.Close() })
	return s
}

func dial(addr string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", addr)
	}
}

func open(t *testing.T, o rp.Options) *rp.Client {
	t.Helper()
	o.Client = "c"
	if o.Process == 0 {
		o.Process = 1
	}
	c, err := rp.Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func echo(r rp.Request) []byte { return r.Body }

// brittle is a connection that ends after some bytes were read.
type brittle struct {
	net.Conn
	left int
}

func (b *brittle) Read(p []byte) (int, error) {
	if b.left <= 0 {
		_ = b.Close()
		return 0, io.ErrClosedPipe
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// TestEachRequestIsProcessedOnceInOrder: callers call and leave at once, over connections
// that end every few answers. Answers are one's own, and the server processes each number
// once.
func TestEachRequestIsProcessedOnceInOrder(t *testing.T) {
	var last, most uint64
	var out atomic.Int64
	times := map[string]int{}
	s := serve(t, func(r rp.Request) []byte {
		if r.Number != last+1 {
			most = r.Number // reported below: this is not the test's goroutine
		}
		last = r.Number
		times[string(r.Body)]++
		return append([]byte("answer to "), r.Body...)
	}, rp.ServerOptions{})
	connections := 0
	c := open(t, rp.Options{MaxInFlight: 4, Backoff: time.Microsecond, Dial: func(ctx context.Context) (net.Conn, error) {
		conn, err := dial(s.Addr().String())(ctx)
		connections++
		return &brittle{conn, 30 + connections*7%120}, err
	}})
	var callers sync.WaitGroup
	answered := make([]sync.Map, 8)
	for i := range answered {
		callers.Go(func() {
			for n := range 50 {
				text := fmt.Sprint(i, " ", n)
				ctx, cancel := context.WithCancel(t.Context())
				if n%7 == 0 {
					cancel()
				}
				answer, err := c.Call(ctx, []byte(text))
				cancel()
				if err == nil {
					answered[i].Store(text, string(answer))
				} else if !errors.Is(err, rp.ErrUnknown) && !errors.Is(err, rp.ErrNotSent) || !errors.Is(err, context.Canceled) {
					answered[i].Store(text, err.Error())
				}
				out.Add(1)
			}
		})
	}
	callers.Wait()
	require.NoError(t, c.Close())
	_, err := s.Close()
	require.NoError(t, err)
	require.Zero(t, most, "a number was left out or came again")
	require.Greater(t, connections, 3)
	require.EqualValues(t, 400, out.Load())
	for text, n := range times {
		require.Equal(t, 1, n, "%q was processed again", text)
	}
	for i := range answered {
		answered[i].Range(func(text, answer any) bool {
			require.Equal(t, "answer to "+text.(string), answer)
			require.Equal(t, 1, times[text.(string)])
			return true
		})
	}
}

// TestCancelledCallKeepsItsPlace: with room for one, the next request does not reach the
// server before the cancelled one is answered, and gets its own answer.
func TestCancelledCallKeepsItsPlace(t *testing.T) {
	came, proceed := make(chan string, 9), make(chan struct{})
	s := serve(t, func(r rp.Request) []byte {
		came <- string(r.Body)
		<-proceed
		return r.Body
	}, rp.ServerOptions{})
	c := open(t, rp.Options{MaxInFlight: 1, Dial: dial(s.Addr().String())})
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	callers.Go(func() {
		_, err := c.Call(ctx, []byte("first"))
		require.ErrorIs(t, err, rp.ErrUnknown)
		require.ErrorIs(t, err, context.Canceled)
	})
	require.Equal(t, "first", <-came)
	cancel()
	callers.Wait()
	late, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	_, err := c.Call(late, []byte("second"))
	require.ErrorIs(t, err, rp.ErrNotSent)
	require.Empty(t, came, "it overtook the cancelled one")
	close(proceed)
	answer, err := c.Call(t.Context(), []byte("third"))
	require.NoError(t, err)
	require.Equal(t, "third", string(answer))
	require.Equal(t, "third", <-came)
}

// TestCloseFailsAllCalls: those in flight may have been processed, the others have not.
func TestCloseFailsAllCalls(t *testing.T) {
	came, proceed := make(chan string, 9), make(chan struct{})
	s := serve(t, func(r rp.Request) []byte {
		came <- string(r.Body)
		<-proceed
		return r.Body
	}, rp.ServerOptions{})
	defer close(proceed)
	c := open(t, rp.Options{MaxInFlight: 1, Dial: dial(s.Addr().String())})
	var callers sync.WaitGroup
	call := func(text string, want error) {
		callers.Go(func() {
			_, err := c.Call(t.Context(), []byte(text))
			require.ErrorIs(t, err, want)
			require.ErrorIs(t, err, rp.ErrClosed)
		})
	}
	call("first", rp.ErrUnknown)
	<-came
	call("second", rp.ErrNotSent)
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	callers.Wait()
	_, err := c.Call(t.Context(), []byte("third"))
	require.ErrorIs(t, err, rp.ErrNotSent)
}

// TestWrongAnswerEndsTheConnection: a server leaves out an answer on the first connection. The
// client takes none that comes later, and sends all again.
func TestWrongAnswerEndsTheConnection(t *testing.T) {
	s := serve(t, echo, rp.ServerOptions{})
	connections := 0
	c := open(t, rp.Options{Backoff: time.Microsecond, Dial: func(ctx context.Context) (net.Conn, error) {
		conn, err := dial(s.Addr().String())(ctx)
		if connections++; connections == 1 {
			return &skipping{Conn: conn, skip: 21 + 1}, err // the frame of the first answer
		}
		return conn, err
	}})
	var callers sync.WaitGroup
	for _, text := range []string{"a", "b", "c"} {
		callers.Go(func() {
			answer, err := c.Call(t.Context(), []byte(text))
			require.NoError(t, err)
			require.Equal(t, text, string(answer))
		})
	}
	callers.Wait()
	require.NoError(t, c.Close())
	require.Equal(t, 2, connections)
}

// skipping is a connection that leaves out the first bytes that it brings.
type skipping struct {
	net.Conn
	skip int
}

func (s *skipping) Read(p []byte) (int, error) {
	if s.skip > 0 {
		n, err := io.ReadFull(s.Conn, make([]byte, s.skip))
		s.skip -= n
		if err != nil {
			return 0, err
		}
	}
	return s.Conn.Read(p)
}

// TestSilentServerIsGivenUp: the first connection brings nothing. The client sends the
// request over the next one.
func TestSilentServerIsGivenUp(t *testing.T) {
	s := serve(t, echo, rp.ServerOptions{})
	mute, other := net.Pipe()
	defer func() { _ = other.Close() }()
	go func() { _, _ = io.Copy(io.Discard, other) }()
	first := true
	c := open(t, rp.Options{Silence: 30 * time.Millisecond, Dial: func(ctx context.Context) (net.Conn, error) {
		if first {
			first = false
			return mute, nil
		}
		return dial(s.Addr().String())(ctx)
	}})
	answer, err := c.Call(t.Context(), []byte("hello"))
	require.NoError(t, err)
	require.Equal(t, "hello", string(answer))
}

// TestServerIsGivenUpWhenSilenceHasPassed, and not later.
func TestServerIsGivenUpWhenSilenceHasPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mute, other := net.Pipe()
		began, givenUp := time.Now(), make(chan time.Duration, 1)
		go func() {
			_, _ = io.Copy(io.Discard, other)
			givenUp <- time.Since(began)
		}()
		first := true
		c, err := rp.Open(rp.Options{Client: "c", Process: 1, Silence: 4 * time.Second, Dial: func(ctx context.Context) (net.Conn, error) {
			if !first {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			first = false
			return mute, nil
		}})
		require.NoError(t, err)
		called := make(chan error, 1)
		go func() {
			_, err := c.Call(t.Context(), []byte("hello"))
			called <- err
		}()
		require.Equal(t, 4*time.Second, <-givenUp)
		require.NoError(t, c.Close())
		require.Error(t, <-called)
	})
}

// TestServerComesBackWithItsSessions: a request that was processed, and not answered, is
// answered by the next server from memory. A server without sessions takes no such client:
// it does not know what was processed.
func TestServerComesBackWithItsSessions(t *testing.T) {
	processed := 0
	count := func(r rp.Request) []byte { processed++; return r.Body }
	s := serve(t, count, rp.ServerOptions{})
	c := open(t, rp.Options{Dial: dial(s.Addr().String())})
	_, err := c.Call(t.Context(), []byte("one"))
	require.NoError(t, err)
	require.NoError(t, c.Close())
	sessions, err := s.Close()
	require.NoError(t, err)
	require.EqualValues(t, 1, sessions["c"].Accepted)

	s = serve(t, count, rp.ServerOptions{Sessions: sessions})
	c = open(t, rp.Options{Dial: dial(s.Addr().String())}) // a process with an old number
	answer, err := c.Call(t.Context(), []byte("another"))
	require.NoError(t, err)
	require.Equal(t, "one", string(answer), "number 1 of process 1 was processed before")
	require.Equal(t, 1, processed)
	c = open(t, rp.Options{Process: 2, Dial: dial(s.Addr().String())})
	answer, err = c.Call(t.Context(), []byte("two"))
	require.NoError(t, err)
	require.Equal(t, "two", string(answer))
}

// TestHandlerThatPanicsIsCalledAgain, and the requests behind it wait.
func TestHandlerThatPanicsIsCalledAgain(t *testing.T) {
	panics := 2
	s := serve(t, func(r rp.Request) []byte {
		if panics > 0 && r.Number == 1 {
			panics--
			panic("as planned")
		}
		return r.Body
	}, rp.ServerOptions{})
	c := open(t, rp.Options{Backoff: time.Microsecond, Dial: dial(s.Addr().String())})
	var callers sync.WaitGroup
	for _, text := range []string{"a", "b", "c"} {
		callers.Go(func() {
			answer, err := c.Call(t.Context(), []byte(text))
			require.NoError(t, err)
			require.Equal(t, text, string(answer))
		})
	}
	callers.Wait()
}

// TestStrangersAreTurnedAway: what does not begin with a hello, or is too long, ends its
// connection and nothing else.
func TestStrangersAreTurnedAway(t *testing.T) {
	s := serve(t, echo, rp.ServerOptions{})
	for _, bytes := range []string{
		"GET / HTTP/1.1\r\n\r\n and more that no frame has",
		"\x00\x00\x00\x13\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00{}",
		"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	} {
		conn, err := net.Dial("tcp", s.Addr().String())
		require.NoError(t, err)
		_, err = conn.Write([]byte(bytes))
		require.NoError(t, err)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
		n, err := conn.Read(make([]byte, 1))
		require.Zero(t, n)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Error(t, err)
		require.NoError(t, conn.Close())
	}
}

// TestWrongOptionsAreRefused, and a request that is too long.
func TestWrongOptionsAreRefused(t *testing.T) {
	d := dial("127.0.0.1:1")
	for _, o := range []rp.Options{
		{Process: 1, Dial: d}, {Client: "c", Dial: d}, {Client: "c", Process: 1},
		{Client: "c", Process: 1, Dial: d, MaxInFlight: -1},
		{Client: "c", Process: 1, Dial: d, MaxInFlight: rp.MaxInFlightLimit + 1},
		{Client: "c", Process: 1, Dial: d, Silence: -1},
	} {
		_, err := rp.Open(o)
		require.ErrorIs(t, err, rp.ErrOption, "%+v", o)
	}
	c := open(t, rp.Options{Dial: d})
	_, err := c.Call(t.Context(), make([]byte, rp.MaxBody+1))
	require.ErrorIs(t, err, rp.ErrTooLong)
}

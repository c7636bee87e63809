package singlesocketchannel_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

const loopback = "127.0.0.1:0"

func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func echo(_ context.Context, _ string, request []byte) ([]byte, error) { return request, nil }

func listen(t *testing.T, name, addr string, handler ssc.Handler, o ssc.Options) *ssc.Node {
	t.Helper()
	n, err := ssc.Listen(name, addr, handler, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n
}

func peer(t *testing.T, n *ssc.Node, name, addr string) *ssc.Channel {
	t.Helper()
	ch, err := n.Peer(name, addr)
	require.NoError(t, err)
	return ch
}

// Requests of one goroutine are handled in their order, and each gets its own
// answer.
func TestInOrder(t *testing.T) {
	var seen []string
	b := listen(t, "b", loopback, func(_ context.Context, from string, request []byte) ([]byte, error) {
		seen = append(seen, from+string(request))
		return append([]byte("re "), request...), nil
	}, ssc.Options{Window: 7})
	a := listen(t, "a", "", nil, ssc.Options{Window: 7})
	ch := peer(t, a, "b", b.Addr().String())
	var futures []*ssc.Future
	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprintf("a%d", i))
		f, err := ch.Send(patience(t), []byte(fmt.Sprint(i)))
		require.NoError(t, err)
		futures = append(futures, f)
	}
	for i, f := range futures {
		answer, err := f.Wait(patience(t))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("re %d", i), string(answer))
	}
	require.Equal(t, want, seen)
}

// Both ends ask at once, from many goroutines, over whichever connection wins.
func TestBothEndsDial(t *testing.T) {
	for range 20 {
		a := listen(t, "a", loopback, echo, ssc.Options{})
		b := listen(t, "b", loopback, echo, ssc.Options{})
		there, back := peer(t, a, "b", b.Addr().String()), peer(t, b, "a", a.Addr().String())
		var wg sync.WaitGroup
		var wrong atomic.Int32
		for _, ch := range []*ssc.Channel{there, back} {
			for i := range 20 {
				wg.Go(func() {
					text := fmt.Sprint(i)
					if answer, err := ch.Request(patience(t), []byte(text)); err != nil || string(answer) != text {
						wrong.Add(1)
					}
				})
			}
		}
		wg.Wait()
		require.Zero(t, wrong.Load())
	}
}

// The other process is gone, and comes again at another place.
func TestRestart(t *testing.T) {
	ctx := patience(t)
	a := listen(t, "a", "", nil, ssc.Options{})
	b, err := ssc.Listen("b", loopback, echo, ssc.Options{})
	require.NoError(t, err)
	ch := peer(t, a, "b", b.Addr().String())
	_, err = ch.Request(ctx, []byte("one"))
	require.NoError(t, err)
	require.True(t, ch.Connected())
	addr := b.Addr().String()
	require.NoError(t, b.Close())
	listen(t, "b", addr, echo, ssc.Options{})
	answer, err := ch.Request(ctx, []byte("two"))
	if errors.Is(err, ssc.ErrUnknown) { // sent before the end was noticed
		answer, err = ch.Request(ctx, []byte("two"))
	}
	require.NoError(t, err)
	require.Equal(t, "two", string(answer))
}

// A request that its process has seen and not answered has no outcome when
// another process has taken its place.
func TestUnknownOutcome(t *testing.T) {
	ctx := patience(t)
	arrived := make(chan struct{})
	a := listen(t, "a", "", nil, ssc.Options{})
	b, err := ssc.Listen("b", loopback, func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
		close(arrived)
		<-ctx.Done()
		return nil, ctx.Err()
	}, ssc.Options{})
	require.NoError(t, err)
	ch := peer(t, a, "b", b.Addr().String())
	first, err := ch.Send(ctx, []byte("one"))
	require.NoError(t, err)
	<-arrived
	addr := b.Addr().String()
	require.NoError(t, b.Close())
	second, err := ch.Send(ctx, []byte("two"))
	require.NoError(t, err)
	listen(t, "b", addr, echo, ssc.Options{})
	_, err = first.Wait(ctx)
	require.ErrorIs(t, err, ssc.ErrUnknown)
	if answer, err := second.Wait(ctx); err == nil {
		require.Equal(t, "two", string(answer))
	} else {
		require.ErrorIs(t, err, ssc.ErrUnknown) // sent before the end was noticed
	}
}

// A handler that fails, in whatever way, is answered for, and the next request
// is handled.
func TestHandlerFails(t *testing.T) {
	ctx := patience(t)
	b := listen(t, "b", loopback, func(_ context.Context, _ string, request []byte) ([]byte, error) {
		switch string(request) {
		case "fail":
			return nil, errors.New("no such key")
		case "panic":
			panic("broken")
		case "long":
			return make([]byte, 21), nil
		case "long failure":
			return nil, errors.New("this is longer than a message")
		}
		return request, nil
	}, ssc.Options{MaxMessage: 20})
	a := listen(t, "a", "", nil, ssc.Options{MaxMessage: 20})
	ch := peer(t, a, "b", b.Addr().String())
	for request, text := range map[string]string{
		"fail": "no such key", "panic": "the handler has pani", "long": "the answer is too lo", "long failure": "this is longer than ",
	} {
		_, err := ch.Request(ctx, []byte(request))
		require.ErrorIs(t, err, ssc.ErrRemote, request)
		var remote *ssc.RemoteError
		require.ErrorAs(t, err, &remote)
		require.Equal(t, text, remote.Text)
		answer, err := ch.Request(ctx, []byte("well"))
		require.NoError(t, err)
		require.Equal(t, "well", string(answer))
	}
	back := peer(t, b, "a", "")
	_, err := back.Request(ctx, []byte("hello"))
	require.ErrorIs(t, err, ssc.ErrRemote, "a has no handler")
}

func TestTooLong(t *testing.T) {
	b := listen(t, "b", loopback, echo, ssc.Options{MaxMessage: 20})
	a := listen(t, "a", "", nil, ssc.Options{MaxMessage: 20})
	ch := peer(t, a, "b", b.Addr().String())
	answer, err := ch.Request(patience(t), make([]byte, 20))
	require.NoError(t, err)
	require.Len(t, answer, 20)
	_, err = ch.Request(patience(t), make([]byte, 21))
	require.ErrorIs(t, err, ssc.ErrTooLong)
}

// A caller that waits when a node is closed is told so, and whether its request was
// sent.
func TestClose(t *testing.T) {
	ctx := patience(t)
	arrived := make(chan struct{})
	b := listen(t, "b", loopback, func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
		close(arrived)
		<-ctx.Done()
		return nil, ctx.Err()
	}, ssc.Options{})
	a, err := ssc.Listen("a", "", nil, ssc.Options{Window: 1})
	require.NoError(t, err)
	ch, nowhere := peer(t, a, "b", b.Addr().String()), peer(t, a, "c", "")
	require.Equal(t, "b", ch.Peer())
	sent, err := ch.Send(ctx, []byte("one"))
	require.NoError(t, err)
	unsent, err := nowhere.Send(ctx, []byte("two"))
	require.NoError(t, err)
	<-arrived
	var waits sync.WaitGroup
	waits.Go(func() {
		_, err := nowhere.Send(ctx, []byte("for this there is no room"))
		if !errors.Is(err, ssc.ErrNotSent) || !errors.Is(err, ssc.ErrClosed) {
			t.Errorf("waits for room: %v", err)
		}
	})
	select {
	case <-sent.Done():
		t.Fatal("it is not answered yet")
	default:
	}
	require.NoError(t, a.Close())
	waits.Wait()
	<-sent.Done()
	require.False(t, ch.Connected())
	_, err = sent.Wait(ctx)
	require.ErrorIs(t, err, ssc.ErrUnknown)
	require.ErrorIs(t, err, ssc.ErrClosed)
	_, err = unsent.Wait(ctx)
	require.ErrorIs(t, err, ssc.ErrNotSent)
	require.ErrorIs(t, err, ssc.ErrClosed)
	_, err = ch.Request(ctx, []byte("three"))
	require.ErrorIs(t, err, ssc.ErrClosed)
	_, err = a.Peer("b", "")
	require.ErrorIs(t, err, ssc.ErrClosed)
	require.NoError(t, a.Close(), "twice does no harm")
}

// Requests that were given up count until the oldest is answered: the other end
// may still have them.
func TestGivenUpRequestsHoldTheWindow(t *testing.T) {
	ctx := patience(t)
	gate := make(chan struct{})
	b := listen(t, "b", loopback, func(_ context.Context, _ string, request []byte) ([]byte, error) {
		<-gate
		return request, nil
	}, ssc.Options{})
	a := listen(t, "a", "", nil, ssc.Options{Window: 3})
	ch := peer(t, a, "b", b.Addr().String())
	var futures []*ssc.Future
	for i := range 3 {
		f, err := ch.Send(ctx, []byte(fmt.Sprint(i)))
		require.NoError(t, err)
		futures = append(futures, f)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for _, f := range futures[1:] {
		_, err := f.Wait(gone)
		require.ErrorIs(t, err, context.Canceled)
	}
	_, err := ch.Send(gone, []byte("3"))
	require.ErrorIs(t, err, ssc.ErrNotSent)
	var made [3]*ssc.Future
	var asking sync.WaitGroup // one answer makes room for three
	for i := range made {
		asking.Go(func() {
			f, err := ch.Send(ctx, []byte(fmt.Sprint(i)))
			if made[i] = f; err != nil {
				t.Errorf("request %d: %v", i, err)
			}
		})
	}
	gate <- struct{}{} // and no second one is given before all have asked
	asking.Wait()
	close(gate)
	for i, f := range append(futures[:1], made[:]...) {
		answer, err := f.Wait(ctx)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(max(0, i-1)), string(answer))
	}
}

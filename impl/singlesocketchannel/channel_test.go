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

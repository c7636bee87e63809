package requestbatch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	rb "github.com/lockstep-tla/lockstep/impl/requestbatch"
)

// echo answers with the place of a request in its batch, and fails for "no".
func echo(_ context.Context, p rb.Position, request []byte) ([]byte, error) {
	if string(request) == "no" {
		return nil, errors.New("refused")
	}
	return fmt.Appendf(nil, "%s %d.%d", request, p.Batch, p.Place), nil
}

// wire is a network to a server: it notes when batches leave.
type wire struct {
	server *rb.Server
	begun  time.Time
	left   []time.Duration
	lose   int // how many replies get lost
	delay  time.Duration
}

func (w *wire) send(ctx context.Context, batch []byte) ([]byte, error) {
	w.left = append(w.left, time.Since(w.begun))
	reply, err := w.server.Handle(ctx, "", batch)
	select {
	case <-time.After(w.delay):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if w.lose > 0 {
		w.lose--
		return nil, errors.New("reply lost")
	}
	return reply, err
}

func open(t *testing.T, w *wire, o rb.Options) *rb.Batcher {
	t.Helper()
	if w.server == nil {
		w.server = rb.NewServer(echo, rb.ServerOptions{})
	}
	w.begun = time.Now()
	o.Client, o.Send = "c", w.send
	b, err := rb.Open(o)
	require.NoError(t, err)
	return b
}

// told is what callers were told, each in its place.
type told struct {
	mu   sync.Mutex
	list []string
}

func (t *told) call(b *rb.Batcher, i int, request string) {
	answer, err := b.Call(context.Background(), []byte(request))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list[i] = string(answer)
	if err != nil {
		t.list[i] = err.Error()
	}
}

// all is what the callers know when nothing more happens by itself.
func (t *told) all() []string {
	synctest.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.list)
}

// TestBatchLeavesWithItsOldestRequest: callers come one after the other, each sooner than the
// linger; the batch leaves when the first of them has waited for it.
func TestBatchLeavesWithItsOldestRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		b := open(t, w, rb.Options{Linger: 10 * time.Millisecond})
		told := told{list: make([]string, 3)}
		for i := range told.list {
			go told.call(b, i, fmt.Sprint(i))
			time.Sleep(4 * time.Millisecond)
		}
		synctest.Wait()
		require.Equal(t, []time.Duration{10 * time.Millisecond}, w.left)
		require.Equal(t, []string{"0 1.0", "1 1.1", "2 1.2"}, told.all())
		require.NoError(t, b.Close(t.Context()))
	})
}

// TestCallersDuringABatchShareTheNext, without a linger. One of them fails by itself.
func TestCallersDuringABatchShareTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{delay: time.Second}
		b := open(t, w, rb.Options{})
		told := told{list: make([]string, 4)}
		for i, request := range []string{"a", "b", "no", "c"} {
			go told.call(b, i, request)
			synctest.Wait()
		}
		require.NoError(t, b.Close(t.Context()))
		synctest.Wait()
		require.Equal(t, []string{"a 1.0", "b 2.0", rb.ErrFailed.Error() + ": refused", "c 2.2"}, told.all())
	})
}

// TestRetriedBatchIsExecutedOnce: two replies are lost. The answer is that of the first time.
func TestRetriedBatchIsExecutedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := 0
		w := &wire{lose: 2, server: rb.NewServer(func(context.Context, rb.Position, []byte) ([]byte, error) {
			count++
			return fmt.Append(nil, count), nil
		}, rb.ServerOptions{})}
		b := open(t, w, rb.Options{})
		told := told{list: make([]string, 1)}
		told.call(b, 0, "x")
		require.Equal(t, []string{"1"}, told.all())
		require.Len(t, w.left, 3)
		require.NoError(t, b.Close(t.Context()))
	})
}

// TestServerGoesOnInsideABatch, where its handler has stopped.
func TestServerGoesOnInsideABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var places []int
		w := &wire{server: rb.NewServer(func(_ context.Context, p rb.Position, _ []byte) ([]byte, error) {
			places = append(places, p.Place)
			if len(places) == 2 {
				return nil, rb.ErrStop
			}
			return nil, nil
		}, rb.ServerOptions{})}
		b := open(t, w, rb.Options{Linger: time.Millisecond})
		told := told{list: make([]string, 3)}
		for i := range told.list {
			go told.call(b, i, "x")
		}
		synctest.Wait()
		require.NoError(t, b.Close(t.Context()))
		require.Equal(t, []int{0, 1, 1, 2}, places)
	})
}

// TestEachCallerIsTold, also when the server does not answer, the queue is full, and the
// client closes.
func TestEachCallerIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{lose: 1e9}
		b := open(t, w, rb.Options{GiveUp: time.Minute, MaxQueue: 2})
		told := told{list: make([]string, 4)}
		for i := range told.list {
			go told.call(b, i, "x")
			synctest.Wait()
		}
		require.Equal(t, []string{"", "", "", rb.ErrFull.Error()}, told.all())
		time.Sleep(time.Minute + time.Second)
		require.Equal(t, rb.ErrUnknown.Error(), told.all()[0])
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, b.Close(ctx), context.DeadlineExceeded)
		synctest.Wait()
		require.Equal(t, rb.ErrUnknown.Error(), told.all()[1])
		require.Equal(t, rb.ErrUnknown.Error(), told.all()[2])
		_, err := b.Call(t.Context(), nil)
		require.ErrorIs(t, err, rb.ErrClosed)
	})
}

// TestCallerThatLeavesKnowsNothing, and the request is executed all the same.
func TestCallerThatLeavesKnowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		b := open(t, w, rb.Options{Linger: time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := b.Call(ctx, []byte("x"))
		require.ErrorIs(t, err, rb.ErrUnknown)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, b.Close(t.Context()))
		require.Len(t, w.left, 1)
	})
}

// TestBadInputIsRefused: options, requests and messages.
func TestBadInputIsRefused(t *testing.T) {
	send := func(context.Context, []byte) ([]byte, error) { return nil, nil }
	for _, o := range []rb.Options{
		{}, {Client: "c"}, {Send: send}, {Client: "c", Send: send, Linger: -1}, {Client: "c", Send: send, MaxSize: -1},
	} {
		_, err := rb.Open(o)
		require.ErrorIs(t, err, rb.ErrOption)
	}
	b := open(t, &wire{}, rb.Options{MaxRequest: 3})
	_, err := b.Call(t.Context(), []byte("long"))
	require.ErrorIs(t, err, rb.ErrTooLong)
	require.NoError(t, b.Close(t.Context()))
	server := rb.NewServer(echo, rb.ServerOptions{})
	for _, message := range []string{"", "\x01", "\x01c\x00\x00\x01", "\x01c\x00\x00\x00\x01\x00\x00", "\x01c\x00\x00\x01\x01\x02\x00", "\x01c\x00\x00\x01\x01\x00\x09x"} {
		_, err := server.Handle(t.Context(), "", []byte(message))
		require.ErrorIs(t, err, rb.ErrProtocol, "%q", message)
	}
}

// TestDestinationsDoNotWaitForEachOther: one does not answer.
func TestDestinationsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := rb.NewGroup(func(destination string) (*rb.Batcher, error) {
			if destination == "nowhere" {
				return nil, rb.ErrOption
			}
			w := &wire{server: rb.NewServer(echo, rb.ServerOptions{})}
			if strings.HasPrefix(destination, "dead") {
				w.lose = 1e9
			}
			return rb.Open(rb.Options{Client: "c", Send: w.send})
		})
		var callers sync.WaitGroup
		callers.Go(func() {
			_, err := g.Call(t.Context(), "dead", nil)
			require.ErrorIs(t, err, rb.ErrUnknown)
		})
		synctest.Wait()
		for i := range 2 {
			answer, err := g.Call(t.Context(), "alive", []byte("x"))
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("x %d.0", i+1), string(answer))
		}
		callers.Go(func() {
			_, err := g.Call(t.Context(), "dead too", nil)
			require.ErrorIs(t, err, rb.ErrUnknown)
		})
		_, err := g.Call(t.Context(), "nowhere", nil)
		require.ErrorIs(t, err, rb.ErrOption)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, g.Close(ctx), context.DeadlineExceeded)
		callers.Wait()
		_, err = g.Call(t.Context(), "alive", nil)
		require.ErrorIs(t, err, rb.ErrClosed)
	})
}

// TestForgottenClientBeginsAnew: the next process of a client that took over its name is
// refused, until the server has forgotten the first one. It waits between its attempts.
func TestForgottenClientBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		heard := told{list: make([]string, 3)}
		first := open(t, w, rb.Options{})
		heard.call(first, 0, "a")
		heard.call(first, 1, "b")
		require.NoError(t, first.Close(t.Context()))
		w.left = nil
		second := open(t, w, rb.Options{Backoff: 100 * time.Millisecond})
		go heard.call(second, 2, "c")
		time.Sleep(250 * time.Millisecond)
		require.Equal(t, []string{"a 1.0", "b 2.0", ""}, heard.all())
		w.server.Forget("c")
		time.Sleep(100 * time.Millisecond)
		require.Equal(t, []string{"a 1.0", "b 2.0", "c 1.0"}, heard.all())
		require.Equal(t, []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond}, w.left)
		require.NoError(t, second.Close(t.Context()))
	})
}

// TestAttemptIsBounded: a reply that takes too long is not waited for.
func TestAttemptIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{delay: time.Hour}
		b := open(t, w, rb.Options{Attempt: time.Second, Backoff: time.Second, GiveUp: 5 * time.Second})
		heard := told{list: make([]string, 1)}
		heard.call(b, 0, "x")
		require.Equal(t, []string{rb.ErrUnknown.Error()}, heard.all())
		require.Equal(t, []time.Duration{0, 2 * time.Second, 4 * time.Second}, w.left)
		require.NoError(t, b.Close(t.Context()))
	})
}

// TestServerGoesOnWithASession that an earlier process has left.
func TestServerGoesOnWithASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun []uint64
		w := &wire{server: rb.NewServer(echo, rb.ServerOptions{
			Sessions: map[string]rb.Session{"c": {Newest: 1, Answers: []rb.Item{{ID: 1, Body: []byte("before")}}}},
			Begin: func(client string, batch uint64) error {
				begun = append(begun, batch)
				if client != "c" || len(begun) == 1 {
					return errors.New("disk full")
				}
				return nil
			},
		})}
		b := open(t, w, rb.Options{Linger: time.Second})
		heard := told{list: make([]string, 3)}
		go heard.call(b, 0, "x")
		synctest.Wait()
		go heard.call(b, 1, "y")
		time.Sleep(2 * time.Second)
		go heard.call(b, 2, "z")
		time.Sleep(2 * time.Second)
		require.Equal(t, []string{"before", "y 1.1", "z 2.0"}, heard.all())
		require.Equal(t, []uint64{2, 2}, begun)
		require.NoError(t, b.Close(t.Context()))
	})
}

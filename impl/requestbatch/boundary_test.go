package requestbatch

import (
	"context"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

// TestMessagesAtTheBoundsOfTheirNumbers: numbers and lengths take another byte at 2^7, 2^14
// and so on. No request takes more than the size that it is counted with.
func TestMessagesAtTheBoundsOfTheirNumbers(t *testing.T) {
	for _, number := range []uint64{1, 1<<7 - 1, 1 << 7, 1 << 14, 1<<16 - 1, 1 << 16, 1<<31 - 1, 1 << 31, 1 << 32, math.MaxUint64} {
		for _, length := range []int{0, 1, 1<<7 - 1, 1 << 7, 1<<14 - 1, 1 << 14} {
			m := Message{Client: "c", Number: number, Sent: trace.Stamp{Process: "p", Time: number}}
			without := len(m.encode())
			m.Items = []Item{{ID: number, Failed: true, Body: make([]byte, length)}}
			require.LessOrEqual(t, len(m.encode())-without, sizeOf(m.Items[0].Body))
			m.Items = append(m.Items, Item{ID: number - 1, Body: []byte("next")})
			got, err := decode(m.encode())
			require.NoError(t, err)
			require.Equal(t, m, got)
		}
	}
}

// TestBatchOfExactlyTheLimit: two requests fill a batch, which leaves at once, and one byte more
// has no room in it. A request of exactly MaxRequest bytes is taken; TestBadInputIsRefused has a
// longer one.
func TestBatchOfExactlyTheLimit(t *testing.T) {
	for second, want := range map[string][]int{"bbb": {2}, "bbbb": {1, 1}} {
		synctest.Test(t, func(t *testing.T) { require.Equal(t, want, sizesOf(t, "aaa", second)) })
	}
}

// sizesOf are the batches, in requests, in which two requests leave that come at once. A batch
// has room for six bytes in two requests.
func sizesOf(t *testing.T, first, second string) (sizes []int) {
	s := NewServer(func(_ context.Context, _ Position, request []byte) ([]byte, error) { return request, nil }, ServerOptions{})
	b, err := Open(Options{
		Client: "c", MaxSize: sizeOf([]byte("aaa")) + sizeOf([]byte("bbb")), MaxRequest: len(second), Linger: time.Hour,
		Send: func(ctx context.Context, batch []byte) ([]byte, error) {
			m, err := decode(batch)
			require.NoError(t, err)
			sizes = append(sizes, len(m.Items))
			return s.Handle(ctx, "", batch)
		},
	})
	require.NoError(t, err)
	begun := time.Now()
	b.mu.Lock()
	call, err := b.core.Ask([]byte(first), sizeOf([]byte(first)))
	b.mu.Unlock()
	require.NoError(t, err)
	go func() { _, _ = b.Call(t.Context(), []byte(second)) }()
	<-call.Done()
	require.Zero(t, time.Since(begun))
	require.NoError(t, b.Close(t.Context())) // which flushes what has no room
	return sizes
}

// TestClientsWithEqualNumbers: the server does not take one's batch for the other's.
func TestClientsWithEqualNumbers(t *testing.T) {
	for _, number := range []uint64{1, 1 << 16, 1 << 31} {
		s := NewServer(func(_ context.Context, _ Position, request []byte) ([]byte, error) { return request, nil }, ServerOptions{})
		for _, body := range []string{"ann's", "bob's"} {
			name, _, _ := strings.Cut(body, "'")
			batch := Message{Client: name, Number: number, Items: []Item{{ID: number, Body: []byte(body)}}}
			answer, err := s.Handle(t.Context(), "", batch.encode())
			require.NoError(t, err)
			reply, err := decode(answer)
			require.NoError(t, err)
			require.True(t, reply.isReplyTo(batch))
			require.Equal(t, body, string(reply.Items[0].Body))
		}
	}
}

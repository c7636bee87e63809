package requestpipeline

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

// TestBodiesAtTheLimit: the longest is read, and one byte more is no frame.
func TestBodiesAtTheLimit(t *testing.T) {
	for _, process := range []string{"", strings.Repeat("p", 255)} {
		m := Message{Number: math.MaxUint64, Body: make([]byte, MaxBody), Sent: trace.Stamp{Process: process, Time: math.MaxUint64}}
		got, err := readMessage(bytes.NewReader(appendMessage(nil, m)))
		require.NoError(t, err)
		require.Equal(t, m, got)
		m.Body = make([]byte, MaxBody+1)
		_, err = readMessage(bytes.NewReader(appendMessage(nil, m)))
		require.ErrorIs(t, err, ErrProtocol)
	}
}

// TestFramesAtTheEndOfABuffer: a frame ends with the reader's buffer, or a byte before or
// behind that, and the next one follows.
func TestFramesAtTheEndOfABuffer(t *testing.T) {
	size := bufio.NewReader(nil).Size()
	for length := size - headSize - 1; length <= size-headSize+1; length++ {
		first, second := Message{Number: 1, Body: make([]byte, length)}, Message{Number: 2, Body: []byte("next")}
		in := bufio.NewReader(bytes.NewReader(appendMessage(appendMessage(nil, first), second)))
		for _, want := range []Message{first, second} {
			got, err := readMessage(in)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
}

// TestNumbersAtTheBoundsOfSmallerIntegers: two clients have the same numbers. Each gets its own
// answers, and the server takes the numbers of each in their order.
func TestNumbersAtTheBoundsOfSmallerIntegers(t *testing.T) {
	clients := []string{"ann", "bob"}
	for _, before := range []uint64{0, 1<<16 - 2, 1<<31 - 2, 1<<32 - 2} {
		sessions, taken := map[string]Session{}, map[string][]uint64{}
		for _, name := range clients {
			sessions[name] = Session{Newest: Connection{Process: 1}, Accepted: before}
		}
		s, err := Listen("127.0.0.1:0", func(r Request) []byte {
			taken[r.Client] = append(taken[r.Client], r.Number)
			return append([]byte(r.Client), r.Body...)
		}, ServerOptions{Sessions: sessions})
		require.NoError(t, err)
		var calling sync.WaitGroup
		for _, name := range clients {
			c, err := Open(Options{Client: name, Process: 1, Dial: func(ctx context.Context) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", s.Addr().String())
			}})
			require.NoError(t, err)
			c.mu.Lock()
			c.core.last = before
			c.mu.Unlock()
			calling.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				for i := range 4 {
					answer, err := c.Call(ctx, fmt.Append(nil, i))
					if err != nil || string(answer) != fmt.Sprint(name, i) {
						t.Errorf("the answer to %s's request %d is %q, %v", name, i, answer, err)
					}
				}
				_ = c.Close()
			})
		}
		calling.Wait()
		_, err = s.Close()
		require.NoError(t, err)
		for _, name := range clients {
			require.Equal(t, []uint64{before + 1, before + 2, before + 3, before + 4}, taken[name])
		}
	}
}

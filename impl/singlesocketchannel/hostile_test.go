package singlesocketchannel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func asks(number, oldest uint64) []byte {
	return AppendFrame(nil, &Frame{Kind: kindRequest, Number: number, Oldest: oldest})
}

// of is the node's channel with a stranger.
func (n *Node) of(name string) *Channel {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.channels[name]
}

// sees waits until a channel is in some state.
func (ch *Channel) sees(t *testing.T, about string, is func() bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		ch.mu.Lock()
		defer ch.mu.Unlock()
		return is()
	}, 30*time.Second, time.Millisecond, about)
}

// A connection carries each request once, in the order of their numbers.
// A peer that repeats one on the same connection is cut off, and does not get its
// answer again and again.
func TestRepeatsOnOneConnection(t *testing.T) {
	n := started(t, Options{})
	for i, again := range []uint64{2, 1} {
		s := connects(t, n)
		s.greets(uint64(2*i + 1))
		s.says(asks(2, 1))
		require.Equal(t, &Frame{Kind: kindAnswer, Number: 2}, s.hears())
		s.says(asks(again, 1))
		s.isTurnedAway(fmt.Sprint(again, " behind 2"))
	}
	s := connects(t, n)
	s.greets(5)
	s.says(asks(2, 1)) // on another connection it may come again
	require.Equal(t, &Frame{Kind: kindAnswer, Number: 2}, s.hears())
}

// A peer that sends requests without end, reads no answer and waits for none does not
// fill the memory: answers that it does not wait for are not kept. After WriteTimeout
// it is cut off.
func TestAnswersThatAreNotTaken(t *testing.T) {
	const window, room, requests = 4, 2, 3000
	answer := bytes.Repeat([]byte("x"), 64<<10)
	handler := func(context.Context, string, []byte) ([]byte, error) { return answer, nil }
	n, err := Listen("bob", "127.0.0.1:0", handler, Options{Window: window, Room: room, WriteTimeout: 2 * time.Second})
	require.NoError(t, err)
	defer n.Close()
	s := connects(t, n)
	s.greets(1)
	go func() {
		for i := range uint64(requests) {
			if _, err := s.Write(asks(i+1, i+1)); err != nil {
				return
			}
		}
	}()
	ch := n.of("ann")
	most := 0
	ch.sees(t, "all have been taken in", func() bool {
		most = max(most, len(ch.core.outbox))
		return ch.core.taken == requests || len(ch.core.open) == 0
	})
	require.LessOrEqual(t, most, 2*(window+room))
	ch.sees(t, "it is cut off", func() bool { return len(ch.core.open) == 0 })
	_, err = io.Copy(io.Discard, s)
	var timeout net.Error
	require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "it is left waiting")
}

// A peer that connects again and again as another process, each time with requests,
// does not fill the queue of a slow handler.
func TestManyProcesses(t *testing.T) {
	const room, processes = 4, 50
	gate := make(chan struct{})
	handler := func(context.Context, string, []byte) ([]byte, error) { <-gate; return nil, nil }
	n, err := Listen("bob", "127.0.0.1:0", handler, Options{Room: room})
	require.NoError(t, err)
	defer n.Close()
	open := sync.OnceFunc(func() { close(gate) })
	defer open()
	most := 0
	for i := range uint64(processes) {
		s := connects(t, n)
		incarnation, epoch := i+1, 2*i+1
		s.says(AppendFrame(nil, (&greeting{from: "ann", to: "bob", incarnation: incarnation, epoch: epoch}).frame(kindHello)))
		require.Equal(t, kindWelcome, s.hears().Kind)
		for r := range uint64(room) {
			s.says(asks(r+1, 1))
		}
		ch := n.of("ann")
		ch.sees(t, "its requests are taken in, or wait", func() bool {
			most = max(most, ch.queued)
			return ch.link != nil && ch.link.conn.Epoch == epoch && (len(ch.core.inbox) == room || !ch.mayTake())
		})
	}
	require.Less(t, most, 2*room)
	open()
	ch := n.of("ann")
	ch.sees(t, "the last process is answered", func() bool { return len(ch.core.kept) == room && ch.queued == 0 })
}

// maxStrange peers that were not named may connect, and keep their places. One more is
// turned away, but not those that were named, nor those that come again.
func TestManyStrangers(t *testing.T) {
	n := started(t, Options{})
	hello := func(name string, epoch uint64) []byte {
		return AppendFrame(nil, (&greeting{from: name, to: "bob", incarnation: 1, epoch: epoch}).frame(kindHello))
	}
	comes := func(name string, epoch uint64) stranger {
		s := connects(t, n)
		s.says(hello(name, epoch))
		return s
	}
	for i := range maxStrange {
		s := comes(fmt.Sprint("ann", i), 1)
		require.Equal(t, kindWelcome, s.hears().Kind)
		require.NoError(t, s.Close())
	}
	comes("ann1024", 1).isTurnedAway("one too many")
	_, err := n.Peer("amy", "")
	require.NoError(t, err)
	for name, epoch := range map[string]uint64{"amy": 1, "ann7": 3} {
		s := comes(name, epoch)
		require.Equal(t, kindWelcome, s.hears().Kind, name)
		s.says(asks(1, 1))
		require.Equal(t, &Frame{Kind: kindAnswer, Number: 1}, s.hears(), name)
	}
	require.Nil(t, n.of("ann1024"))
}

package singlesocketchannel

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func echo(_ context.Context, _ string, request []byte) ([]byte, error) { return request, nil }

func started(t *testing.T, o Options) *Node {
	n, err := Listen("bob", "127.0.0.1:0", echo, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n
}

// stranger is a connection on which a test says what it likes.
type stranger struct {
	*testing.T
	net.Conn
}

func connects(t *testing.T, n *Node) stranger {
	conn, err := net.Dial("tcp", n.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	return stranger{t, conn}
}

func (s stranger) says(bytes []byte) {
	_, err := s.Write(bytes)
	require.NoError(s, err)
}

func (s stranger) hears() *Frame {
	f, err := ReadFrame(s, 1000)
	require.NoError(s, err)
	return f
}

// isTurnedAway says that the other end hangs up without another word.
func (s stranger) isTurnedAway(about string) {
	rest, err := io.ReadAll(s)
	var timeout net.Error
	require.False(s, errors.As(err, &timeout) && timeout.Timeout(), "%s: it is left waiting", about)
	require.Empty(s, rest, about)
}

func (s stranger) greets(epoch uint64) {
	s.says(AppendFrame(nil, (&greeting{from: "ann", to: "bob", incarnation: 1, epoch: epoch}).frame(kindHello)))
	require.Equal(s, kindWelcome, s.hears().Kind)
}

// A peer without a proper greeting is turned away, and others are not harmed.
func TestBadGreetings(t *testing.T) {
	n := started(t, Options{})
	hello := func(g greeting) []byte { return AppendFrame(nil, g.frame(kindHello)) }
	for about, bytes := range map[string][]byte{
		"another protocol":       []byte("GET / HTTP/1.1\r\nHost: bob\r\n\r\n"),
		"a request":              AppendFrame(nil, &Frame{Kind: kindRequest, Number: 1, Oldest: 1}),
		"too long":               AppendFrame(nil, &Frame{Kind: kindHello, Body: make([]byte, maxGreeting+1)}),
		"for another node":       hello(greeting{from: "ann", to: "eve", incarnation: 1, epoch: 1}),
		"from the node itself":   hello(greeting{from: "bob", to: "bob", incarnation: 1, epoch: 1}),
		"without a name":         hello(greeting{to: "bob", incarnation: 1, epoch: 1}),
		"without a incarnation":  hello(greeting{from: "ann", to: "bob", epoch: 1}),
		"without an epoch":       hello(greeting{from: "ann", to: "bob", incarnation: 1}),
		"an epoch of bob's":      hello(greeting{from: "ann", to: "bob", incarnation: 1, epoch: 2}),
		"an answer, not a hello": AppendFrame(nil, (&greeting{from: "ann", to: "bob", incarnation: 1, epoch: 1}).frame(kindWelcome)),
	} {
		s := connects(t, n)
		s.says(bytes)
		s.isTurnedAway(about)
	}
	s := connects(t, n)
	s.greets(1)
	s.says(AppendFrame(nil, &Frame{Kind: kindRequest, Number: 1, Oldest: 1, Body: []byte("hello")}))
	require.Equal(t, &Frame{Kind: kindAnswer, Number: 1, Body: []byte("hello")}, s.hears())

	late := connects(t, n)
	late.says(hello(greeting{from: "ann", to: "bob", incarnation: 1, epoch: 1}))
	refused, err := parseGreeting(late.hears())
	require.NoError(t, err)
	require.Equal(t, greeting{from: "bob", to: "ann", incarnation: refused.incarnation, epoch: 1}, *refused)
	late.isTurnedAway("an epoch that was seen")
}

// A frame that must not be ends its connection, and nothing else.
func TestBadFrames(t *testing.T) {
	n := started(t, Options{MaxMessage: small})
	request := func(number, oldest uint64) []byte {
		return AppendFrame(nil, &Frame{Kind: kindRequest, Number: number, Oldest: oldest})
	}
	length := func(length uint32) []byte {
		bytes := request(1, 1)
		binary.BigEndian.PutUint32(bytes, length)
		return bytes
	}
	epoch := uint64(1)
	for about, bytes := range map[string][]byte{
		"too long":               AppendFrame(nil, &Frame{Kind: kindRequest, Number: 1, Oldest: 1, Body: make([]byte, small+1)})[:headSize],
		"a length of 4 GiB":      length(1<<32 - 1),
		"a length of nothing":    length(0),
		"an unknown kind":        AppendFrame(nil, &Frame{Kind: kinds, Number: 1, Oldest: 1}),
		"no kind":                AppendFrame(nil, &Frame{Number: 1, Oldest: 1}),
		"a greeting":             AppendFrame(nil, (&greeting{from: "ann", to: "bob", incarnation: 1, epoch: 99}).frame(kindHello)),
		"request 0":              request(0, 0),
		"no oldest request":      request(1, 0),
		"an oldest that is next": request(1, 2),
		"beyond the window":      request(257, 1),
	} {
		s := connects(t, n)
		s.greets(epoch)
		epoch += 2
		s.says(bytes)
		s.isTurnedAway(about)
	}
	s := connects(t, n)
	s.greets(epoch)
	s.says(AppendFrame(nil, &Frame{Kind: kindAnswer, Number: 77})) // to no request
	s.says(request(1, 1))
	require.Equal(t, &Frame{Kind: kindAnswer, Number: 1}, s.hears())
}

// A peer that sends nothing does not hold a connection for ever.
func TestSilentStranger(t *testing.T) {
	n := started(t, Options{ConnectTimeout: 20 * time.Millisecond})
	s := connects(t, n)
	s.says([]byte{0, 0}) // or hardly anything
	s.isTurnedAway("no greeting in time")
}

// A wrong answer to a hello is not believed, and the request is
// not sent to him.
func TestBadAnswersToHello(t *testing.T) {
	answers := map[string][]byte{
		"nothing":               nil,
		"another protocol":      []byte("SSH-2.0-OpenSSH_9.9\r\n" + strings.Repeat("x", 100)),
		"from another name":     AppendFrame(nil, (&greeting{from: "eve", to: "bob", incarnation: 1, epoch: 2}).frame(kindWelcome)),
		"to another name":       AppendFrame(nil, (&greeting{from: "ann", to: "eve", incarnation: 1, epoch: 2}).frame(kindWelcome)),
		"without a incarnation": AppendFrame(nil, (&greeting{from: "ann", to: "bob", epoch: 2}).frame(kindWelcome)),
		"a hello":               AppendFrame(nil, (&greeting{from: "ann", to: "bob", incarnation: 1, epoch: 2}).frame(kindHello)),
	}
	for about, bytes := range answers {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		heard := make(chan []byte, 100)
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				s := stranger{t, conn}
				if _, err := ReadFrame(s, 1000); err == nil {
					_, _ = s.Write(bytes)
					if len(bytes) == 0 {
						_ = conn.(*net.TCPConn).CloseWrite()
					}
					rest, _ := io.ReadAll(s)
					heard <- rest
				}
				conn.Close()
			}
		}()
		n := started(t, Options{})
		ch, err := n.Peer("ann", listener.Addr().String())
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(soon(t))
		f, err := ch.Send(ctx, []byte("hello"))
		require.NoError(t, err)
		require.Empty(t, <-heard, about)
		require.Empty(t, <-heard, about) // it tries again
		cancel()
		_, err = f.Wait(ctx)
		require.ErrorIs(t, err, ErrNotSent, about)
		require.NoError(t, listener.Close())
	}
}

func TestBadOptions(t *testing.T) {
	for about, o := range map[string]Options{
		"Heartbeat":      {Heartbeat: -1},
		"Silence":        {Silence: -1},
		"ConnectTimeout": {ConnectTimeout: -1},
		"WriteTimeout":   {WriteTimeout: -1},
		"Backoff":        {Backoff: -1},
		"MaxMessage":     {MaxMessage: MaxMessageLimit + 1},
		"Window":         {Window: MaxWindow + 1},
		"Room":           {Room: -1},
		"Buffer":         {Buffer: -1},
	} {
		_, err := Listen("bob", "", nil, o)
		require.ErrorIs(t, err, ErrBadOption)
		require.ErrorContains(t, err, about)
	}
	for _, name := range []string{"", strings.Repeat("x", maxName+1)} {
		_, err := Listen(name, "", nil, Options{})
		require.ErrorIs(t, err, ErrBadOption)
	}
	n := started(t, Options{})
	for _, name := range []string{"", "bob", strings.Repeat("x", maxName+1)} {
		_, err := n.Peer(name, "")
		require.ErrorIs(t, err, ErrBadOption)
	}
	_, err := Listen("ann", "no address", nil, Options{})
	require.Error(t, err)
	_, err = Listen("ann", n.Addr().String(), nil, Options{})
	require.Error(t, err, "the address is taken")
}

// Numbers of requests pass the bounds of smaller integers, and each answer is that to
// its own request.
func TestLargeNumbers(t *testing.T) {
	for _, before := range []uint64{1<<16 - 2, 1<<31 - 2, 1<<32 - 2} {
		bob := started(t, Options{})
		ann, err := Listen("ann", "", nil, Options{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, ann.Close()) })
		ch, err := ann.Peer("bob", bob.Addr().String())
		require.NoError(t, err)
		ch.mu.Lock()
		ch.core.asked = before
		ch.mu.Unlock()
		for i := range 4 {
			answer, err := ch.Request(soon(t), []byte{byte(i)})
			require.NoError(t, err)
			require.Equal(t, []byte{byte(i)}, answer)
		}
		there := bob.of("ann")
		there.mu.Lock()
		require.Equal(t, before+4, there.core.taken)
		there.mu.Unlock()
	}
}

func TestOptionsAtTheirBounds(t *testing.T) {
	most := Options{Silence: math.MaxInt16, MaxMessage: MaxMessageLimit, Window: MaxWindow, Room: MaxWindow, Buffer: math.MaxInt32}
	for _, o := range []Options{most, {Silence: 1, MaxMessage: 1, Window: 1, Room: 1, Buffer: 1}} {
		o.Heartbeat = 1
		got, err := o.withDefaults()
		require.NoError(t, err)
		require.Equal(t, []int{o.Silence, o.MaxMessage, o.Window, o.Room, o.Buffer},
			[]int{got.Silence, got.MaxMessage, got.Window, got.Room, got.Buffer})
		require.Equal(t, time.Duration(o.Silence), got.WriteTimeout)
	}
}

// TestRequestsAndAnswersTakeTurns: neither waits for ever when there is much of the
// other.
func TestRequestsAndAnswersTakeTurns(t *testing.T) {
	core := NewCore("bob", "ann", 1, Limits{Window: 5, Room: 5, Silence: 1, MaxMessage: 5}, nil)
	conn := Connection{Incarnation: 1, Epoch: 1}
	require.NoError(t, core.Accept(conn))
	for i := range uint64(3) {
		_, err := core.Ask([]byte("ask"))
		require.NoError(t, err)
		require.NoError(t, core.ReceiveRequest(conn, &Frame{Kind: kindRequest, Number: i + 1, Oldest: 1}))
		require.NoError(t, core.Handle(i+1, nil, false))
	}
	l := &link{ch: &Channel{core: core}, conn: conn}
	var kinds []Kind
	for i := range 6 {
		f, err := l.next(i > 0, false)
		require.NoError(t, err)
		kinds = append(kinds, f.Kind)
	}
	require.Equal(t, []Kind{kindRequest, kindAnswer, kindRequest, kindAnswer, kindRequest, kindAnswer}, kinds)
}

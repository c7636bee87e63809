package singlesocketchannel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"time"

	"github.com/lockstep-tla/lockstep/trace"
)

// Handler answers one request. For each channel it is called once for each
// request and process, by one goroutine at a time, in the order in which the
// requests were made. If it returns an error, or panics, the caller gets a
// *RemoteError with its text. The context ends when the node is closed.
//
// While a handler runs, requests of the same peer wait behind it. It may make
// requests itself, also to that peer; but if two handlers at two ends wait for
// each other's channel, they wait until their contexts end.
type Handler func(ctx context.Context, from string, request []byte) ([]byte, error)

// Network is how a node gets its connections. All that it needs of one is what
// TCP gives: bytes arrive in their order or not at all.
type Network interface {
	// Dial makes a connection, or fails when the context ends.
	Dial(ctx context.Context, addr string) (net.Conn, error)
	// Listen waits for connections.
	Listen(addr string) (net.Listener, error)
}

// TCP is the network that is used if there is no other.
type TCP struct{}

// Dial implements Network.
func (TCP) Dial(ctx context.Context, addr string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", addr)
}

// Listen implements Network.
func (TCP) Listen(addr string) (net.Listener, error) { return net.Listen("tcp", addr) }

// Options are how a node is made. The zero value of each field stands for its
// default.
type Options struct {
	// Heartbeat is the longest time in which an end writes nothing. The default is
	// a second.
	Heartbeat time.Duration
	// Silence is after how many intervals of Heartbeat, without a byte of the
	// other end, the connection is given up. The default is 10.
	Silence int
	// ConnectTimeout is how long it may take until a connection is there, both
	// greetings included. The default is 5 seconds.
	ConnectTimeout time.Duration
	// WriteTimeout is how long one write may take. It has to be long enough for
	// a handler at the other end that is slow, since the other end reads no
	// more when it has Room requests. The default is Silence times Heartbeat.
	WriteTimeout time.Duration
	// Backoff is how long a channel waits after a connection that could not be
	// made, at first; it doubles up to 20 times as much. The default is 20
	// milliseconds.
	Backoff time.Duration
	// MaxMessage is how many bytes a request or an answer may have. Both ends
	// must agree on it. The default is a mebibyte, the most is MaxMessageLimit.
	MaxMessage int
	// Window is how many requests of a channel may be without an answer. One
	// more waits. Both ends must agree on it: it is also how many answers are
	// kept for the other end, and one that asks further is cut off. The default
	// is 256, the most is MaxWindow.
	Window int
	// Room is how many requests of the other end are taken in before they are
	// handled. Beyond that a connection is not read, until the other end's
	// writes wait: that is the back-pressure. The default is 256.
	Room int
	// Buffer is how many bytes are gathered before they are written. The
	// default is 64 KiB.
	Buffer int
	// Incarnation is a number that no earlier process of this name had, and not 0. The
	// default is the time in nanoseconds.
	Incarnation uint64
	// Network makes the connections. The default is TCP.
	Network Network
	// Log gets the errors of connections. The default is to discard them.
	Log *slog.Logger
	// Trace returns the recorder for the channel with a peer, or nil. The
	// default is not to record.
	Trace func(peer string) *trace.Recorder
}

const (
	// MaxMessageLimit is the most that Options.MaxMessage may be.
	MaxMessageLimit = math.MaxInt32 / 2
	// MaxWindow is the most that Options.Window may be.
	MaxWindow = 1 << 16
)

// withDefaults returns the options with all fields set, or says which one
// cannot be.
func (o Options) withDefaults() (Options, error) {
	err := errors.Join(
		within("Heartbeat", &o.Heartbeat, time.Second, math.MaxInt64),
		within("ConnectTimeout", &o.ConnectTimeout, 5*time.Second, math.MaxInt64),
		within("Backoff", &o.Backoff, 20*time.Millisecond, math.MaxInt64),
		within("Silence", &o.Silence, 10, math.MaxInt16),
		within("MaxMessage", &o.MaxMessage, 1<<20, MaxMessageLimit),
		within("Window", &o.Window, 256, MaxWindow),
		within("Room", &o.Room, 256, MaxWindow),
		within("Buffer", &o.Buffer, 64<<10, math.MaxInt32),
	)
	err = errors.Join(err, within("WriteTimeout", &o.WriteTimeout, time.Duration(o.Silence)*o.Heartbeat, math.MaxInt64))
	if o.Incarnation == 0 {
		o.Incarnation = uint64(time.Now().UnixNano())
	}
	if o.Network == nil {
		o.Network = TCP{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Trace == nil {
		o.Trace = func(string) *trace.Recorder { return nil }
	}
	return o, err
}

// within gives an option that is zero its default, and says whether it can be as it is.
func within[T int | time.Duration](name string, option *T, standard, most T) error {
	if *option == 0 {
		*option = standard
	}
	if *option < 1 || *option > most {
		return fmt.Errorf("%w: %s must be from 1 to %d, not %d", ErrBadOption, name, most, *option)
	}
	return nil
}

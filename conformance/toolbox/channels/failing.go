package channels

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// ErrWrite is how a write to a connection of Failing fails.
var ErrWrite = errors.New("channels: the write has failed")

// Failing is TCP on which every nth write of a connection fails, and writes nothing. The connection
// is whole after it: only the error says that something is missing.
func Failing(n int64) ssc.Network { return failing(n) }

type failing int64

func (n failing) Dial(ctx context.Context, addr string) (net.Conn, error) {
	return n.conn(ssc.TCP{}.Dial(ctx, addr))
}

func (n failing) Listen(addr string) (net.Listener, error) {
	l, err := ssc.TCP{}.Listen(addr)
	if err != nil {
		return nil, err
	}
	return failingListener{l, n}, nil
}

func (n failing) conn(c net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	return &failingConn{Conn: c, every: int64(n)}, nil
}

type failingListener struct {
	net.Listener
	failing
}

func (l failingListener) Accept() (net.Conn, error) { return l.conn(l.Listener.Accept()) }

type failingConn struct {
	net.Conn
	every  int64
	writes atomic.Int64
}

func (c *failingConn) Write(p []byte) (int, error) {
	if c.writes.Add(1)%c.every > 0 {
		return c.Conn.Write(p)
	}
	return 0, ErrWrite
}

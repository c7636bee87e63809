package channels

import (
	"errors"
	"net"
	"sync/atomic"

	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// ErrWrite is how a write to a connection of Failing fails.
var ErrWrite = errors.New("channels: the write has failed")

// Failing is TCP on which every nth write of a connection fails, and writes nothing. The connection
// is whole after it: only the error says that something is missing.
func Failing(n int64) ssc.Network {
	return Wrapped(func(c net.Conn) net.Conn { return &failingConn{Conn: c, every: n} })
}

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

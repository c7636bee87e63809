package networktest

import (
	"context"
	"net"
)

// Streams is a network of connections, such as TCP.
type Streams interface {
	Dial(ctx context.Context, addr string) (net.Conn, error)
	Listen(addr string) (net.Listener, error)
}

// Intercept returns the network with each of its connections wrapped, those that
// are dialled and those that are accepted: in a Conn, say.
func Intercept(n Streams, wrap func(net.Conn) net.Conn) Streams { return intercepted{n, wrap} }

type intercepted struct {
	Streams
	wrap func(net.Conn) net.Conn
}

func (n intercepted) Dial(ctx context.Context, addr string) (net.Conn, error) {
	conn, err := n.Streams.Dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	return n.wrap(conn), nil
}

func (n intercepted) Listen(addr string) (net.Listener, error) {
	l, err := n.Streams.Listen(addr)
	if err != nil {
		return nil, err
	}
	return listener{l, n.wrap}, nil
}

type listener struct {
	net.Listener
	wrap func(net.Conn) net.Conn
}

func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.wrap(conn), nil
}

// Conn is a connection with failpoints. The functions are called by the goroutine
// that reads or writes; any of them may be nil, and each may wait, or end the
// process.
type Conn struct {
	net.Conn
	// BeforeRead returns the part of the buffer that may be filled.
	BeforeRead func(p []byte) []byte
	// AfterRead is called with what has come.
	AfterRead func(p []byte)
	// BeforeWrite is called with what is to be written. An error is returned in the
	// place of the write, which does not happen.
	BeforeWrite func(p []byte) error
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	if c.BeforeRead != nil {
		p = c.BeforeRead(p)
	}
	n, err := c.Conn.Read(p)
	if c.AfterRead != nil {
		c.AfterRead(p[:n])
	}
	return n, err
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	if c.BeforeWrite != nil {
		if err := c.BeforeWrite(p); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(p)
}

package channels

import (
	"context"
	"net"

	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// Wrapped is TCP with something around each connection, on either side.
type Wrapped func(net.Conn) net.Conn

var _ ssc.Network = Wrapped(nil)

// Dial implements ssc.Network.
func (w Wrapped) Dial(ctx context.Context, addr string) (net.Conn, error) {
	return w.around(ssc.TCP{}.Dial(ctx, addr))
}

// Listen implements ssc.Network.
func (w Wrapped) Listen(addr string) (net.Listener, error) {
	l, err := ssc.TCP{}.Listen(addr)
	if err != nil {
		return nil, err
	}
	return listener{l, w}, nil
}

func (w Wrapped) around(c net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	return w(c), nil
}

type listener struct {
	net.Listener
	around Wrapped
}

func (l listener) Accept() (net.Conn, error) { return l.around.around(l.Listener.Accept()) }

package networktest

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// loopback is TCP on this machine.
type loopback struct{ net.Dialer }

func (l *loopback) Dial(ctx context.Context, addr string) (net.Conn, error) {
	return l.DialContext(ctx, "tcp", addr)
}
func (l *loopback) Listen(addr string) (net.Listener, error) { return net.Listen("tcp", addr) }

func TestFailpointsOfConnections(t *testing.T) {
	planned := errors.New("planned")
	var read []string
	n := Intercept(&loopback{}, func(c net.Conn) net.Conn {
		return &Conn{
			Conn:       c,
			BeforeRead: func(p []byte) []byte { return p[:min(2, len(p))] },
			AfterRead:  func(p []byte) { read = append(read, string(p)) },
			BeforeWrite: func(p []byte) error {
				if string(p) == "bad" {
					return planned
				}
				return nil
			},
		}
	})
	l, err := n.Listen("127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	dialled, err := n.Dial(t.Context(), l.Addr().String())
	require.NoError(t, err)
	accepted, err := l.Accept()
	require.NoError(t, err)
	defer accepted.Close()

	_, err = dialled.Write([]byte("bad"))
	require.ErrorIs(t, err, planned)
	_, err = accepted.Write([]byte("bad"))
	require.ErrorIs(t, err, planned, "also of a connection that was accepted")
	_, err = dialled.Write([]byte("good"))
	require.NoError(t, err)
	require.NoError(t, dialled.Close())
	all, err := io.ReadAll(accepted)
	require.NoError(t, err)
	require.Equal(t, "good", string(all))
	require.Equal(t, []string{"go", "od", ""}, read)
}

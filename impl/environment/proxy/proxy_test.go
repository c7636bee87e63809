package proxy

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// server accepts connections on loopback and hands them to the test.
func server(t *testing.T) (addr string, accepted chan net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	accepted = make(chan net.Conn, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	return l.Addr().String(), accepted
}

// through makes a connection through a proxy and returns its two ends.
func through(t *testing.T, plan Plan) (p *Proxy, client, far net.Conn) {
	addr, accepted := server(t)
	p, err := New(addr, plan)
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	client, err = net.Dial("tcp", p.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { client.Close() })
	far = <-accepted
	t.Cleanup(func() { far.Close() })
	for _, c := range []net.Conn{client, far} {
		require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	}
	return p, client, far
}

func there(f Fault) Plan { return func(int) (Fault, Fault) { return f, Fault{} } }

func send(t *testing.T, c net.Conn, text string) {
	_, err := c.Write([]byte(text))
	require.NoError(t, err)
}

func hears(t *testing.T, c net.Conn, text string) {
	buf := make([]byte, len(text))
	_, err := io.ReadFull(c, buf)
	require.NoError(t, err)
	require.Equal(t, text, string(buf))
}

func TestPassesBothWays(t *testing.T) {
	p, client, far := through(t, there(Fault{Piece: 3}))
	long := strings.Repeat("0123456789", 10)
	send(t, client, long)
	hears(t, far, long)
	send(t, far, "back")
	hears(t, client, "back")
	require.Equal(t, len(long)+4, p.Passed())
	require.NoError(t, client.Close())
	_, err := far.Read(make([]byte, 1))
	require.Error(t, err)
}

func TestCutsInTheMiddle(t *testing.T) {
	_, client, far := through(t, there(Fault{Kind: Cut, After: 4}))
	send(t, client, "0123456789")
	all, _ := io.ReadAll(far)
	require.Equal(t, "0123", string(all))
	_, err := client.Read(make([]byte, 1))
	require.Error(t, err)
}

func TestClosesOneHalf(t *testing.T) {
	_, client, far := through(t, there(Fault{Kind: Half, After: 4}))
	send(t, client, "0123456789")
	all, err := io.ReadAll(far)
	require.NoError(t, err)
	require.Equal(t, "0123", string(all))
	send(t, far, "still here")
	hears(t, client, "still here")
}

func TestStalls(t *testing.T) {
	_, client, far := through(t, there(Fault{Kind: Stall, After: 4}))
	send(t, client, "0123456789")
	hears(t, far, "0123")
	send(t, far, "still here")
	hears(t, client, "still here")
	require.NoError(t, far.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
	_, err := far.Read(make([]byte, 1))
	require.ErrorContains(t, err, "timeout")
}

func TestHoldAndRelease(t *testing.T) {
	p, client, far := through(t, Faultless)
	p.Hold()
	send(t, client, "wait")
	require.NoError(t, far.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
	_, err := far.Read(make([]byte, 1))
	require.ErrorContains(t, err, "timeout")
	require.NoError(t, far.SetReadDeadline(time.Now().Add(20*time.Second)))
	p.Release()
	hears(t, far, "wait")
}

func TestCutsOneEnd(t *testing.T) {
	p, client, far := through(t, Faultless)
	send(t, client, "hello")
	hears(t, far, "hello")
	p.CutClients()
	_, err := client.Read(make([]byte, 1))
	require.Error(t, err)
	require.NoError(t, far.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
	_, err = far.Read(make([]byte, 1))
	require.ErrorContains(t, err, "timeout", "the other end must not notice")
}

func TestSeededPlansAreTheSame(t *testing.T) {
	one, same, other := Seeded(7, 20, 500), Seeded(7, 20, 500), Seeded(8, 20, 500)
	differ := false
	seen := map[Kind]bool{}
	for i := range 20 {
		a, b := one(i)
		c, d := same(i)
		require.Equal(t, []Fault{a, b}, []Fault{c, d})
		x, y := other(i)
		differ = differ || a != x || b != y
		seen[a.Kind], seen[b.Kind] = true, true
		require.Less(t, a.After, 500)
	}
	require.True(t, differ)
	require.Len(t, seen, int(kinds))
	a, b := one(20)
	require.Equal(t, [2]Fault{}, [2]Fault{a, b})
}

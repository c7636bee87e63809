package lamportclock_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
)

// listen returns an endpoint of a network in memory.
func listen(t *testing.T, net *networktest.Memory, name string) network.Endpoint {
	t.Helper()
	e, err := net.Listen(name)
	require.NoError(t, err)
	return e
}

// TestClientOptions that make no sense.
func TestClientOptions(t *testing.T) {
	e := listen(t, networktest.NewMemory(), "c")
	for name, c := range map[string]struct {
		options lc.ClientOptions
		want    error
	}{
		"no name":           {lc.ClientOptions{}, lc.ErrName},
		"name too long":     {lc.ClientOptions{Name: string(make([]byte, lc.MaxName+1))}, lc.ErrName},
		"cluster no text":   {lc.ClientOptions{Name: "c", Cluster: "\xff"}, lc.ErrName},
		"negative patience": {lc.ClientOptions{Name: "c", RetryAfter: -1}, lc.ErrOption},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := lc.NewClient(e, c.options)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// TestBadCalls are answered without a message.
func TestBadCalls(t *testing.T) {
	c, err := lc.NewClient(listen(t, networktest.NewMemory(), "c"), lc.ClientOptions{Name: "c"})
	require.NoError(t, err)
	ctx := t.Context()
	_, err = c.Put(ctx, "s", "k", "v")
	require.ErrorIs(t, err, lc.ErrNoServer)
	c.Know("s", "s")
	_, err = c.Put(ctx, "s", "k", string(make([]byte, lc.MaxValue+1)))
	require.ErrorIs(t, err, lc.ErrTooLarge)
	_, _, err = c.Get(ctx, "s", string(make([]byte, lc.MaxKey+1)))
	require.ErrorIs(t, err, lc.ErrTooLarge)
	_, _, err = c.Snapshot(ctx, "s", "\xff")
	require.ErrorIs(t, err, lc.ErrMessage)
	require.NoError(t, c.Close())
	_, err = c.Put(ctx, "s", "k", "v")
	require.ErrorIs(t, err, lc.ErrStopped)
}

// serve runs the server "s" at an address, until stop is called.
func serve(t *testing.T, net *networktest.Memory, at string, options lc.ServerOptions) (s *lc.Server, stop func() error) {
	options.Name, options.Path, options.FS = "s", "log", disktest.New()
	s, err := lc.OpenServer(options)
	require.NoError(t, err)
	end, served := listen(t, net, at), make(chan error)
	go func() { served <- s.Serve(end) }()
	return s, func() error { return errors.Join(end.Close(), <-served, s.Close()) }
}

// answer sends what replies gives for each request that arrives, until the endpoint is closed. A
// request that cannot be read ends it: its caller has no answer then.
func answer(server network.Endpoint, replies func(*lc.Request) []lc.Reply) {
	for {
		from, datagram, err := server.Receive()
		if err != nil {
			return
		}
		m, err := lc.DecodeRequest(datagram)
		if err != nil {
			return
		}
		for _, r := range replies(m) {
			_ = server.Send(from, r.Encode())
		}
	}
}

// TestClientAsksAgain, each RetryAfter, with the same request, until it is
// answered or its caller gives up.
func TestClientAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := networktest.NewMemory()
		server := listen(t, net, "s")
		c, err := lc.NewClient(listen(t, net, "c"), lc.ClientOptions{Name: "c", RetryAfter: time.Second})
		require.NoError(t, err)
		c.Know("s", "s")
		begun := time.Now()
		var asked []time.Duration
		go answer(server, func(m *lc.Request) []lc.Reply {
			if asked = append(asked, time.Since(begun)); m.Number != 1 || len(asked) != 3 {
				return nil
			}
			return []lc.Reply{{Kind: m.Kind, From: "s", To: "c", Number: 1, Key: m.Key, Stamp: 5, At: 4}}
		})
		_, at, err := c.Get(t.Context(), "s", "k")
		require.NoError(t, err)
		require.Equal(t, uint64(4), at)
		require.Equal(t, uint64(5), c.Seen(), "the clock when the answer left")
		require.Equal(t, []time.Duration{0, time.Second, 2 * time.Second}, asked)
		require.NoError(t, server.Close())

		errEnough := errors.New("enough")
		ctx, stop := context.WithTimeoutCause(t.Context(), time.Minute, errEnough)
		defer stop()
		begun = time.Now()
		_, err = c.Put(ctx, "s", "k", "v")
		require.ErrorIs(t, err, errEnough)
		require.Equal(t, time.Minute, time.Since(begun))

		ended := make(chan error)
		go func() {
			_, err := c.Put(t.Context(), "s", "k", "v")
			ended <- err
		}()
		synctest.Wait()
		require.NoError(t, c.Close())
		require.ErrorIs(t, <-ended, lc.ErrStopped)
	})
}

// TestStrayDatagrams change nothing, neither on a server nor on a client, and
// both say so.
func TestStrayDatagrams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := networktest.NewMemory()
		var byServer, byClient []error
		s, stop := serve(t, net, "s", lc.ServerOptions{Cluster: "ours", Refused: func(err error) { byServer = append(byServer, err) }})
		c, err := lc.NewClient(listen(t, net, "c"), lc.ClientOptions{Name: "c", Cluster: "ours", Refused: func(err error) { byClient = append(byClient, err) }})
		require.NoError(t, err)
		stranger := listen(t, net, "stranger")
		theirs := lc.Request{Kind: lc.Write, From: "c", Number: 1, To: "s", Key: "k", Stamp: 1000, Cluster: "theirs"}
		reply := lc.Reply{Kind: lc.Read, From: "s", To: "c", Number: 1, Key: "k", Stamp: 1000, At: 1000, Cluster: "theirs"}
		other := reply
		other.Cluster, other.To = "ours", "d"
		for to, list := range map[string][][]byte{"s": {nil, []byte("hello"), theirs.Encode()}, "c": {nil, reply.Encode(), other.Encode()}} {
			for _, datagram := range list {
				require.NoError(t, stranger.Send(to, datagram))
				synctest.Wait()
			}
		}
		require.Len(t, byServer, 3)
		require.Len(t, byClient, 3)
		for _, err := range append(byServer, byClient...) {
			require.ErrorIs(t, err, lc.ErrMessage)
		}
		require.Zero(t, clock(t, s))
		require.Zero(t, c.Seen())
		c.Know("s", "s")
		v, err := c.Put(t.Context(), "s", "k", "v")
		require.NoError(t, err)
		require.Equal(t, uint64(1), v.Stamp)
		require.NoError(t, errors.Join(c.Close(), stop()))
	})
}

// TestSnapshotIsOfWhatTheClientHasSeen and Get of now: another client writes before each.
func TestSnapshotIsOfWhatTheClientHasSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := networktest.NewMemory()
		_, stop := serve(t, net, "s", lc.ServerOptions{})
		var pair [2]*lc.Client
		for i, name := range []string{"reader", "writer"} {
			var err error
			pair[i], err = lc.NewClient(listen(t, net, name), lc.ClientOptions{Name: name})
			require.NoError(t, err)
			pair[i].Know("s", "s")
		}
		reader, writer := pair[0], pair[1]
		before := lc.Version{}
		for i, read := range []func(context.Context, string, string) (lc.Version, uint64, error){
			reader.Snapshot, reader.Snapshot, reader.Get,
		} {
			seen := reader.Seen()
			latest, err := writer.Put(t.Context(), "s", "k", fmt.Sprint(i))
			require.NoError(t, err)
			v, at, err := read(t.Context(), "s", "k")
			require.NoError(t, err)
			want, of := before, seen
			if i == 2 { // Get
				want, of = latest, latest.Stamp
			}
			require.Equal(t, want, v)
			require.Equal(t, of, at)
			require.Equal(t, latest.Stamp, reader.Seen(), "the clock of the server")
			before = latest
		}
		require.NoError(t, errors.Join(reader.Close(), writer.Close(), stop()))
	})
}

// sender is an endpoint that fails to send as often as it says, and takes its time.
type sender struct {
	network.Endpoint
	fails int
	slow  time.Duration
}

func (e *sender) Send(to string, datagram []byte) error {
	if e.fails > 0 {
		e.fails--
		return errors.New("no buffer space available")
	}
	defer time.Sleep(e.slow)
	return e.Endpoint.Send(to, datagram)
}

// TestRepeatedRepliesAreNotInTheWay: they arrive before the caller has taken the first one.
func TestRepeatedRepliesAreNotInTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := networktest.NewMemory()
		server := listen(t, net, "s")
		c, err := lc.NewClient(&sender{Endpoint: listen(t, net, "c"), slow: time.Second}, lc.ClientOptions{Name: "c", RetryAfter: time.Minute})
		require.NoError(t, err)
		c.Know("s", "s")
		go answer(server, func(m *lc.Request) []lc.Reply {
			r := lc.Reply{Kind: m.Kind, From: "s", To: "c", Number: m.Number, Key: m.Key, Stamp: m.Number, At: m.Number}
			return []lc.Reply{r, r, r}
		})
		for number := uint64(1); number <= 2; number++ {
			_, at, err := c.Get(t.Context(), "s", "k")
			require.NoError(t, err)
			require.Equal(t, number, at)
		}
		require.NoError(t, errors.Join(c.Close(), server.Close()))
	})
}

// TestClientGoesOnAsking: its system cannot send twice, then the server is not there, and then it
// is at another address.
func TestClientGoesOnAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := networktest.NewMemory()
		_, stop := serve(t, net, "new", lc.ServerOptions{})
		c, err := lc.NewClient(&sender{Endpoint: listen(t, net, "c"), fails: 2}, lc.ClientOptions{Name: "c", RetryAfter: time.Second})
		require.NoError(t, err)
		c.Know("s", "old")
		time.AfterFunc(3500*time.Millisecond, func() { c.Know("s", "new") })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		_, err = c.Put(ctx, "s", "k", "v")
		require.NoError(t, err)
		require.Equal(t, 4*time.Second, time.Since(begun))
		require.NoError(t, errors.Join(c.Close(), stop()))
	})
}

// TestServeThroughFaults: servers and a client over UDP, on a network that loses,
// repeats and delays. Whatever the client writes is newer than all it knows.
func TestServeThroughFaults(t *testing.T) {
	conditions := networktest.NewConditions(1, networktest.Faults{Lose: 20, Repeat: 20, MaxDelay: 2 * time.Millisecond})
	through := func() network.Endpoint {
		e, err := network.ListenUDP("127.0.0.1:0")
		require.NoError(t, err)
		return networktest.Through(conditions, e)
	}
	c, err := lc.NewClient(through(), lc.ClientOptions{Name: "c", Cluster: t.Name(), RetryAfter: 5 * time.Millisecond})
	require.NoError(t, err)
	for _, name := range []string{"a", "b"} {
		s, err := lc.OpenServer(lc.ServerOptions{Name: name, Cluster: t.Name(), Path: filepath.Join(t.TempDir(), "log")})
		require.NoError(t, err)
		e, served := through(), make(chan error)
		c.Know(name, e.Name())
		go func() { served <- s.Serve(e) }()
		t.Cleanup(func() { require.NoError(t, errors.Join(e.Close(), <-served, s.Close())) })
	}
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for i := range 20 {
		seen, held := c.Seen(), c.Held("k")
		v, err := c.Put(ctx, []string{"a", "b"}[i%2], "k", "v")
		require.NoError(t, err)
		require.Greater(t, v.Stamp, seen)
		require.Positive(t, v.Compare(held))
	}
}

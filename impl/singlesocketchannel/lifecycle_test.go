package singlesocketchannel

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// bob is a node that listens in a network in memory, where ann listens too.
func bob(t *testing.T, o Options) (n *Node, network *pipes, ann net.Listener) {
	network = &pipes{}
	if scarce, ok := o.Network.(*scarce); ok {
		network = scarce.pipes
	} else {
		o.Network = network
	}
	ann, err := network.Listen("ann")
	require.NoError(t, err)
	n, err = Listen("bob", "bob", echo, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n, network, ann
}

// dials lets bob dial ann, for whom it has a request, and returns her end.
func dials(t *testing.T, bob *Node, ann net.Listener) stranger {
	ch, err := bob.Peer("ann", "ann")
	require.NoError(t, err)
	_, err = ch.Send(t.Context(), []byte("one"))
	require.NoError(t, err)
	return accepts(t, ann)
}

// comes is a connection that is made to bob.
func (p *pipes) comes(t *testing.T) stranger {
	conn, err := p.Dial(t.Context(), "bob")
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return stranger{t, conn}
}

func (s stranger) saysHello(epoch uint64) {
	s.says(AppendFrame(nil, (&greeting{from: "ann", to: "bob", incarnation: 1, epoch: epoch}).frame(kindHello)))
}

func gone(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// TestACallerThatLeavesMakesRoom: if it was the oldest one, another one that waits has its
// turn. An answer that is there is returned also if the caller's context has ended.
func TestACallerThatLeavesMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, _, ann := bob(t, Options{Window: 1})
		ch, err := n.Peer("ann", "")
		require.NoError(t, err)
		first, err := ch.Send(t.Context(), []byte("one"))
		require.NoError(t, err)
		made := make(chan *Future)
		go func() {
			f, err := ch.Send(t.Context(), []byte("two"))
			if err != nil {
				t.Error(err)
			}
			made <- f
		}()
		synctest.Wait()
		_, err = first.Wait(gone(t))
		require.ErrorIs(t, err, ErrNotSent)
		second := <-made
		_, err = n.Peer("ann", "ann")
		require.NoError(t, err)
		s := welcomes(t, ann)
		require.Equal(t, "two", string(s.hears().Body))
		s.says(AppendFrame(nil, &Frame{Kind: kindAnswer, Number: 2, Body: []byte("re two")}))
		<-second.Done()
		answer, err := second.Wait(gone(t))
		require.NoError(t, err)
		require.Equal(t, "re two", string(answer))
	})
}

// TestTheLastAddressCounts: a request waits until the address is known, and a call without
// one leaves it as it is.
func TestTheLastAddressCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, network, ann := bob(t, Options{})
		ch, err := n.Peer("ann", "")
		require.NoError(t, err)
		_, err = ch.Send(t.Context(), []byte("one"))
		require.NoError(t, err)
		time.Sleep(time.Minute)
		require.Empty(t, network.times())
		for _, addr := range []string{"nowhere", "ann", ""} {
			again, err := n.Peer("ann", addr)
			require.NoError(t, err)
			require.Same(t, ch, again)
		}
		require.Equal(t, "one", string(welcomes(t, ann).hears().Body))
	})
}

// TestBackoffBeginsAnew after a connection that has lasted.
func TestBackoffBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s, network := meets(t, Options{Backoff: time.Second, Heartbeat: time.Hour})
		ann := network.listeners["ann"]
		lasts := []time.Duration{0, 0, 0, 30 * time.Second, 0}
		for _, d := range lasts {
			time.Sleep(d)
			require.NoError(t, s.Close())
			s = welcomes(t, ann)
		}
		var waits []time.Duration
		dialled := network.times()
		for i, d := range lasts {
			waits = append(waits, dialled[i+1].Sub(dialled[i])-d)
		}
		require.Equal(t, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 0, time.Second}, waits)
	})
}

// TestARefusedConnectionIsHungUp, and the next one has a newer epoch than the refusal names.
func TestARefusedConnectionIsHungUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, _, ann := bob(t, Options{})
		s := dials(t, n, ann)
		s.hears()
		s.says(AppendFrame(nil, (&greeting{from: "ann", to: "bob", incarnation: 1, epoch: 9}).frame(kindRefused)))
		s.isTurnedAway("it is refused")
		s = accepts(t, ann)
		hello, err := parseGreeting(s.hears())
		require.NoError(t, err)
		require.EqualValues(t, 10, hello.epoch)
		require.NoError(t, s.Close())
	})
}

// TestALateWelcomeIsTurnedAway: meanwhile the other end has dialled, and its connection counts.
func TestALateWelcomeIsTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, network, ann := bob(t, Options{})
		late := dials(t, n, ann)
		hello, err := parseGreeting(late.hears())
		require.NoError(t, err)
		s := network.comes(t)
		s.greets(hello.epoch + 1)
		require.Equal(t, "one", string(s.hears().Body))
		late.says(AppendFrame(nil, (&greeting{from: "ann", to: "bob", incarnation: 1, epoch: hello.epoch}).frame(kindWelcome)))
		late.isTurnedAway("it comes late")
		s.says(asks(1, 1))
		require.Equal(t, kindAnswer, s.hears().Kind)
	})
}

// TestOfTwoGreetingsTheNewerCounts: the older one is welcomed later, and then hung up.
func TestOfTwoGreetingsTheNewerCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, network, _ := bob(t, Options{})
		old := network.comes(t)
		old.saysHello(1) // and its welcome waits to be read
		synctest.Wait()
		s := network.comes(t)
		s.greets(3)
		synctest.Wait() // it is in use
		require.Equal(t, kindWelcome, old.hears().Kind)
		old.isTurnedAway("there is a newer one")
		s.says(asks(1, 1))
		require.Equal(t, kindAnswer, s.hears().Kind)
	})
}

// TestAConnectionThatCannotBeWelcomedIsLost: this end dials when it has something to send.
func TestAConnectionThatCannotBeWelcomedIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, network, ann := bob(t, Options{})
		ch, err := n.Peer("ann", "ann")
		require.NoError(t, err)
		s := network.comes(t)
		s.saysHello(1)
		synctest.Wait() // or it dials before it has read the greeting
		_, err = ch.Send(t.Context(), []byte("one"))
		require.NoError(t, err)
		synctest.Wait()
		require.Empty(t, network.times()[1:], "it is welcomed")
		require.NoError(t, s.Close())
		require.Equal(t, "one", string(welcomes(t, ann).hears().Body))
	})
}

// TestCloseWaitsForNoGreeting, neither of those that have dialled nor of those that were
// dialled.
func TestCloseWaitsForNoGreeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, network, ann := bob(t, Options{})
		dials(t, n, ann).hears() // and says nothing
		network.comes(t)
		synctest.Wait()
		began := time.Now()
		require.NoError(t, n.Close())
		require.Zero(t, time.Since(began))
	})
}

// TestManyThatDoNotGreet: maxShaking connections may be silent. One more is turned away
// until one of them ends.
func TestManyThatDoNotGreet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, network, _ := bob(t, Options{})
		var all []stranger
		for range maxShaking {
			all = append(all, network.comes(t))
		}
		began := time.Now()
		network.comes(t).isTurnedAway("one too many")
		require.Zero(t, time.Since(began), "it is not given any time to greet")
		require.NoError(t, all[0].Close())
		synctest.Wait()
		network.comes(t).greets(1)
	})
}

// TestARepetitionDoesNotWaitForRoom: the request is there already.
func TestARepetitionDoesNotWaitForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, gate := &pipes{}, make(chan struct{})
		n, err := Listen("bob", "bob", func(context.Context, string, []byte) ([]byte, error) {
			<-gate
			return nil, nil
		}, Options{Network: network, Room: 1, Buffer: 16})
		require.NoError(t, err)
		defer n.Close()
		defer close(gate)
		for _, epoch := range []uint64{1, 3} {
			s := network.comes(t)
			s.greets(epoch)
			s.says(asks(1, 1))
			synctest.Wait()
			s.says(AppendFrame(nil, &Frame{Kind: kindHeartbeat})) // it is read at once
			synctest.Wait()
		}
	})
}

// scarce is a network whose listener fails some times.
type scarce struct {
	*pipes
	fails int
}

type scarceListener struct {
	net.Listener
	fails *int
}

func (s *scarce) Listen(addr string) (net.Listener, error) {
	l, err := s.pipes.Listen(addr)
	return scarceListener{l, &s.fails}, err
}

func (l scarceListener) Accept() (net.Conn, error) {
	if *l.fails > 0 {
		*l.fails--
		return nil, errors.New("too many open files")
	}
	return l.Listener.Accept()
}

// TestAcceptGoesOnAfterAnError, and tries again after Backoff.
func TestAcceptGoesOnAfterAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := &scarce{pipes: &pipes{}, fails: 3}
		began := time.Now()
		bob(t, Options{Network: network, Backoff: time.Second})
		network.comes(t).greets(1)
		require.Equal(t, 3*time.Second, time.Since(began))
	})
}

func TestDefaultsAreAsDocumented(t *testing.T) {
	before := uint64(time.Now().UnixNano())
	o, err := Options{}.withDefaults()
	require.NoError(t, err)
	require.GreaterOrEqual(t, o.Incarnation, before)
	require.LessOrEqual(t, o.Incarnation, uint64(time.Now().UnixNano()))
	require.Nil(t, o.Trace("ann"))
	o.Log, o.Trace, o.Incarnation = nil, nil, 0
	require.Equal(t, Options{
		Heartbeat: time.Second, Silence: 10, ConnectTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second,
		Backoff: 20 * time.Millisecond, MaxMessage: 1 << 20, Window: 256, Room: 256, Buffer: 64 << 10, Network: TCP{},
	}, o)
}

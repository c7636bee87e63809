package network

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// endpoints are two ends of each kind of network.
func endpoints(t *testing.T) map[string][2]Endpoint {
	memory := NewMemory()
	listen := map[string]func(string) (Endpoint, error){
		"memory": memory.Listen,
		"udp":    func(string) (Endpoint, error) { return ListenUDP("127.0.0.1:0") },
	}
	all := map[string][2]Endpoint{}
	for kind, open := range listen {
		var pair [2]Endpoint
		for i, name := range []string{"a", "b"} {
			var err error
			pair[i], err = open(name)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, pair[i].Close()) })
		}
		all[kind] = pair
	}
	return all
}

func TestEndpointsCarryDatagramsWhole(t *testing.T) {
	for kind, ends := range endpoints(t) {
		t.Run(kind, func(t *testing.T) {
			a, b := ends[0], ends[1]
			for _, sent := range [][]byte{{}, []byte("x"), bytes.Repeat([]byte{7}, MaxDatagram)} {
				require.NoError(t, a.Send(b.Name(), sent))
				from, got, err := b.Receive()
				require.NoError(t, err)
				require.Equal(t, a.Name(), from)
				require.Len(t, got, len(sent))
				require.True(t, bytes.Equal(sent, got))
			}
		})
	}
}

func TestWhatIsReceivedBelongsToTheReceiver(t *testing.T) {
	for kind, ends := range endpoints(t) {
		t.Run(kind, func(t *testing.T) {
			a, b := ends[0], ends[1]
			sent := []byte("one")
			require.NoError(t, a.Send(b.Name(), sent))
			sent[0] = 'X'
			_, one, err := b.Receive()
			require.NoError(t, err)
			require.NoError(t, a.Send(b.Name(), []byte("two")))
			_, _, err = b.Receive()
			require.NoError(t, err)
			require.Equal(t, "one", string(one))
		})
	}
}

func TestEndpointsRefuse(t *testing.T) {
	for kind, ends := range endpoints(t) {
		t.Run(kind, func(t *testing.T) {
			a, b := ends[0], ends[1]
			require.ErrorIs(t, a.Send(b.Name(), make([]byte, MaxDatagram+1)), ErrTooLarge)
			ended := make(chan error)
			go func() {
				_, _, err := b.Receive()
				ended <- err
			}()
			require.NoError(t, b.Close())
			require.ErrorIs(t, <-ended, ErrClosed)
			require.ErrorIs(t, b.Send(a.Name(), nil), ErrClosed)
			_, _, err := b.Receive()
			require.ErrorIs(t, err, ErrClosed)
			require.NoError(t, b.Close())
			require.NoError(t, a.Send(b.Name(), []byte("lost")), "nobody is there, and nobody says so")
		})
	}
}

func TestAddresses(t *testing.T) {
	for _, address := range []string{"", "localhost:80", "127.0.0.1", "127.0.0.1:99999"} {
		_, err := ListenUDP(address)
		require.ErrorIs(t, err, ErrAddress, address)
	}
	a, err := ListenUDP("127.0.0.1:0")
	require.NoError(t, err)
	defer a.Close()
	require.ErrorIs(t, a.Send("b", nil), ErrAddress)

	m := NewMemory()
	one, err := m.Listen("a")
	require.NoError(t, err)
	_, err = m.Listen("a")
	require.ErrorIs(t, err, ErrTaken)
	require.NoError(t, one.Close())
	_, err = m.Listen("a")
	require.NoError(t, err, "the name of a closed endpoint is free")
}

func TestAFullInboxLosesTheNewest(t *testing.T) {
	m := NewMemory()
	a, err := m.Listen("a")
	require.NoError(t, err)
	b, err := m.Listen("b")
	require.NoError(t, err)
	for i := range inbox + 10 {
		require.NoError(t, a.Send("b", []byte{byte(i)}))
	}
	for i := range inbox {
		_, got, err := b.Receive()
		require.NoError(t, err)
		require.Equal(t, byte(i), got[0])
	}
	require.NoError(t, a.Send("b", []byte("next")))
	_, got, err := b.Receive()
	require.NoError(t, err)
	require.Equal(t, "next", string(got))
}

func TestThroughDelaysInTheTimeOfTheBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory()
		a, err := m.Listen("a")
		require.NoError(t, err)
		b, err := m.Listen("b")
		require.NoError(t, err)
		slow := Through(NewConditions(1, Faults{Repeat: 100, MinDelay: time.Second, MaxDelay: time.Second}), a)
		began := time.Now()
		sent := []byte("late")
		require.NoError(t, slow.Send("b", sent))
		sent[0] = 'X'
		for range 2 {
			from, got, err := b.Receive()
			require.NoError(t, err)
			require.Equal(t, "a", from)
			require.Equal(t, "late", string(got))
			require.Equal(t, time.Second, time.Since(began))
		}
		require.ErrorIs(t, slow.Send("b", make([]byte, MaxDatagram+1)), ErrTooLarge)
	})
}

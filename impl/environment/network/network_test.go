package network_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
)

// endpoints are two ends of each kind of network.
func endpoints(t *testing.T) map[string][2]network.Endpoint {
	memory := networktest.NewMemory()
	listen := map[string]func(string) (network.Endpoint, error){
		"memory": memory.Listen,
		"udp":    func(string) (network.Endpoint, error) { return network.ListenUDP("127.0.0.1:0") },
	}
	all := map[string][2]network.Endpoint{}
	for kind, open := range listen {
		var pair [2]network.Endpoint
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
			for _, sent := range [][]byte{{}, []byte("x"), bytes.Repeat([]byte{7}, network.MaxDatagram)} {
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
			require.ErrorIs(t, a.Send(b.Name(), make([]byte, network.MaxDatagram+1)), network.ErrTooLarge)
			ended := make(chan error)
			go func() {
				_, _, err := b.Receive()
				ended <- err
			}()
			require.NoError(t, b.Close())
			require.ErrorIs(t, <-ended, network.ErrClosed)
			require.ErrorIs(t, b.Send(a.Name(), nil), network.ErrClosed)
			_, _, err := b.Receive()
			require.ErrorIs(t, err, network.ErrClosed)
			require.NoError(t, b.Close())
			require.NoError(t, a.Send(b.Name(), []byte("lost")), "a datagram to a closed endpoint is lost without an error")
		})
	}
}

func TestAddresses(t *testing.T) {
	for _, address := range []string{"", "localhost:80", "127.0.0.1", "127.0.0.1:99999"} {
		_, err := network.ListenUDP(address)
		require.ErrorIs(t, err, network.ErrAddress, address)
	}
	a, err := network.ListenUDP("127.0.0.1:0")
	require.NoError(t, err)
	defer a.Close()
	require.ErrorIs(t, a.Send("b", nil), network.ErrAddress)

	m := networktest.NewMemory()
	one, err := m.Listen("a")
	require.NoError(t, err)
	_, err = m.Listen("a")
	require.ErrorIs(t, err, networktest.ErrTaken)
	require.NoError(t, one.Close())
	_, err = m.Listen("a")
	require.NoError(t, err, "the name of a closed endpoint is free")
}

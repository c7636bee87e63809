package networktest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
)

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
		require.ErrorIs(t, slow.Send("b", make([]byte, network.MaxDatagram+1)), network.ErrTooLarge)
	})
}

func TestEveryNthSendFails(t *testing.T) {
	m := NewMemory()
	a, err := m.Listen("a")
	require.NoError(t, err)
	b, err := m.Listen("b")
	require.NoError(t, err)
	bad := Failing(3, a)
	for i := range byte(7) {
		if err := bad.Send("b", []byte{i}); i%3 == 2 {
			require.ErrorIs(t, err, ErrNotSent)
		} else {
			require.NoError(t, err)
		}
	}
	for _, want := range []byte{0, 1, 3, 4, 6} {
		_, got, err := b.Receive()
		require.NoError(t, err)
		require.Equal(t, []byte{want}, got)
	}
}

package hybridclock_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
)

// core returns a clock with a maximum offset of 10 that has read a time and reserved up
// to another one.
func core(t *testing.T, reading, upTo uint64) *hc.Core {
	t.Helper()
	c := hc.NewCore("n", 10, nil)
	require.NoError(t, c.Read(reading))
	require.NoError(t, c.Reserve(upTo))
	require.NoError(t, c.Persist())
	return c
}

func now(t *testing.T, c *hc.Core) hc.Stamp {
	t.Helper()
	s, err := c.Now()
	require.NoError(t, err)
	return s
}

// TestStampsIncreaseWhenTimeIsSetBack, and the counter is 0 when time is ahead again.
func TestStampsIncreaseWhenTimeIsSetBack(t *testing.T) {
	c := core(t, 20, 30)
	require.Equal(t, hc.Pack(20, 0), now(t, c))
	require.NoError(t, c.Read(5))
	require.Equal(t, hc.Pack(20, 1), now(t, c))
	require.NoError(t, c.Read(21))
	require.Equal(t, hc.Pack(21, 0), now(t, c))
	require.ErrorIs(t, c.Read(21), hc.ErrNotAllowed, "it is the same reading")
}

// TestReceiptIsGreaterThanBoth stamps, and not behind the physical time.
func TestReceiptIsGreaterThanBoth(t *testing.T) {
	for _, own := range []hc.Stamp{hc.Pack(20, 0), hc.Pack(20, 5), hc.Pack(21, 2)} {
		for _, heard := range []hc.Stamp{hc.Pack(3, 9), hc.Pack(20, 0), hc.Pack(20, 7), hc.Pack(25, hc.MaxCounter)} {
			c := core(t, 20, 30)
			_, err := c.Receive(own)
			require.NoError(t, err)
			s, err := c.Receive(heard)
			require.NoError(t, err)
			require.Equal(t, max(own+1, heard)+1, s)
		}
	}
	c := core(t, 20, 30)
	s, err := c.Receive(hc.Pack(19, 7))
	require.NoError(t, err)
	require.Equal(t, hc.Pack(20, 0), s)
}

// TestRefusedStampChangesNothing, and its error has the numbers.
func TestRefusedStampChangesNothing(t *testing.T) {
	c := core(t, 20, 30)
	first := now(t, c)
	_, err := c.Receive(hc.Pack(31, 0))
	require.ErrorIs(t, err, hc.ErrNotAllowed)
	ahead, err := c.Refuse(hc.Pack(31, 0))
	require.NoError(t, err)
	require.Equal(t, &hc.AheadError{Wall: 31, Physical: 20, MaxOffset: 10}, ahead)
	require.ErrorIs(t, ahead, hc.ErrAhead)
	require.ErrorContains(t, ahead, "31 ms, where 20 ms is the time and 10 ms the maximum offset")
	require.Equal(t, first+1, now(t, c))
	_, err = c.Refuse(hc.Pack(30, hc.MaxCounter))
	require.ErrorIs(t, err, hc.ErrNotAllowed, "it is near enough")
}

// TestNoStampBeforeItIsReserved, nor one that a later process would give again.
func TestNoStampBeforeItIsReserved(t *testing.T) {
	c := core(t, 20, 20)
	last := now(t, c)
	require.NoError(t, c.Read(21))
	_, err := c.Now()
	require.ErrorIs(t, err, hc.ErrNotAllowed)
	require.NoError(t, c.Reserve(29))
	_, err = c.Now()
	require.ErrorIs(t, err, hc.ErrNotAllowed, "it is being written")
	require.ErrorIs(t, c.Reserve(30), hc.ErrNotAllowed, "one at a time")
	c.Restart(20)
	require.ErrorIs(t, c.Persist(), hc.ErrNotAllowed)
	require.NoError(t, c.Read(21), "the next process has not read it")
	require.NoError(t, c.Read(15))
	require.ErrorIs(t, c.Reserve(20), hc.ErrNotAllowed, "it would take nothing ahead")
	require.ErrorIs(t, c.Reserve(26), hc.ErrNotAllowed, "it is not near")
	require.NoError(t, c.Reserve(25))
	require.NoError(t, c.Persist())
	bound, asked := c.Reserved()
	require.Equal(t, [2]uint64{25, 25}, [2]uint64{bound, asked})
	require.Equal(t, hc.Pack(21, 0), now(t, c))
	require.Greater(t, hc.Pack(21, 0), last)
}

// TestStampsGoOnBeyondAnyPower of two at which a narrower number would end: relative to the
// first reading they are the same, wherever that is.
func TestStampsGoOnBeyondAnyPower(t *testing.T) {
	for _, base := range []uint64{1 << 8, 1 << 15, 1 << 16, 1 << 31, 1 << 32, 1 << 47, hc.MaxWall - 20} {
		c := hc.NewCore("n", 10, nil)
		require.NoError(t, c.Read(base-1))
		require.NoError(t, c.Reserve(base+2))
		require.NoError(t, c.Persist())
		require.Equal(t, hc.Pack(base-1, 0), now(t, c))
		s, err := c.Receive(hc.Pack(base-1, hc.MaxCounter-1))
		require.NoError(t, err)
		require.Equal(t, hc.Pack(base-1, hc.MaxCounter), s)
		require.Equal(t, hc.Pack(base, 0), now(t, c), "the counter carries over %d", base)
		require.Equal(t, hc.Pack(base, 1), now(t, c))
		require.NoError(t, c.Read(base+1))
		require.Equal(t, hc.Pack(base+1, 0), now(t, c))
		_, err = c.Refuse(hc.Pack(base+12, 0))
		require.NoError(t, err)
		c.Restart(base + 2)
		_, err = c.Now()
		require.ErrorIs(t, err, hc.ErrNotAllowed)
	}
}

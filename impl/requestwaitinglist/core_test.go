package requestwaitinglist_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	rwl "github.com/lockstep-tla/lockstep/impl/requestwaitinglist"
)

var peers = []string{"a", "b", "c", "d", "e"}

func leading(t *testing.T) *rwl.Core {
	t.Helper()
	c := rwl.NewCore("n", nil)
	require.NoError(t, c.Restart(1))
	require.NoError(t, c.Lead())
	return c
}

// TestEachGroupEndsWhenAllHaveAnswered: for every size, quorum and number of yes, the call
// ends, and as early as it can: with the quorum's yes or with the no that makes it impossible.
func TestEachGroupEndsWhenAllHaveAnswered(t *testing.T) {
	for size := 1; size <= 5; size++ {
		for quorum := 1; quorum <= size; quorum++ {
			for mask := range 1 << size {
				c := leading(t)
				call, err := c.Begin(peers[:size], quorum, 1)
				require.NoError(t, err)
				yes, no := 0, 0
				for i, peer := range peers[:size] {
					id, err := c.Ask(call, peer)
					require.NoError(t, err)
					require.NoError(t, c.Send(id.Number, call, peer))
					if mask>>i&1 == 1 {
						yes++
					} else {
						no++
					}
					c.Receive(id, peer, mask>>i&1 == 1)
					ended, err := c.Tell()
					switch {
					case yes == quorum:
						require.Equal(t, rwl.Ended{Call: call, Outcome: rwl.Success}, ended)
					case size-no == quorum-1:
						require.Equal(t, rwl.Ended{Call: call, Outcome: rwl.Failure}, ended)
					default:
						require.ErrorIs(t, err, rwl.ErrNotAllowed)
						continue
					}
					break
				}
				require.True(t, yes == quorum || size-no == quorum-1, "%d of %d, %b", quorum, size, mask)
			}
		}
	}
}

// TestImpossibleCallsAreRefused.
func TestImpossibleCallsAreRefused(t *testing.T) {
	c := leading(t)
	for _, one := range []struct {
		group   []string
		quorum  int
		timeout uint64
	}{{peers, 0, 1}, {peers, 6, 1}, {peers, 3, 0}, {[]string{rwl.Log}, 1, 1}, {nil, 1, 1}} {
		_, err := c.Begin(one.group, one.quorum, one.timeout)
		require.ErrorIs(t, err, rwl.ErrNotAllowed, "%v", one)
	}
	_, err := c.Wait(0, 1)
	require.ErrorIs(t, err, rwl.ErrNotAllowed)
	_, err = c.Wait(1, 0)
	require.ErrorIs(t, err, rwl.ErrNotAllowed)
	_, err = c.Ask(7, "a")
	require.ErrorIs(t, err, rwl.ErrNotAllowed)
	number, err := c.Wait(1, 1)
	require.NoError(t, err)
	_, err = c.Ask(number, rwl.Log)
	require.ErrorIs(t, err, rwl.ErrNotAllowed, "the log is asked nothing")
}

// TestAnswerOfAnotherPeerIsIgnored, and that of another process.
func TestAnswerOfAnotherPeerIsIgnored(t *testing.T) {
	c := leading(t)
	call, err := c.Begin(peers[:1], 1, 1)
	require.NoError(t, err)
	id, err := c.Ask(call, "a")
	require.NoError(t, err)
	require.Zero(t, c.Receive(id, "b", true))
	require.Zero(t, c.Receive(rwl.ID{Incarnation: 2, Number: id.Number}, "a", true))
	_, ok := c.Next()
	require.False(t, ok)
	require.Equal(t, call, c.Receive(id, "a", true))
	require.Zero(t, c.Receive(id, "a", true))
}

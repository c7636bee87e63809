package clocktest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBoundedClockReadsTheTruthWithinItsInterval has excesses that no interval makes up for.
func TestBoundedClockReadsTheTruthWithinItsInterval(t *testing.T) {
	var now uint64
	for _, excess := range []int64{0, 5, -5} {
		back, last, first, end := false, uint64(0), false, false
		b := NewBounded(1, 4, excess, func() uint64 { return now })
		for now = 10; now < 300; now++ {
			from, to := b.Read()
			require.Equal(t, uint64(4), to-from)
			ahead, behind := from > now, to < now
			require.Equal(t, excess > 0, ahead, "%d in [%d, %d]", now, from, to)
			require.Equal(t, excess < 0, behind, "%d in [%d, %d]", now, from, to)
			back, first, end, last = back || from < last, first || from == now, end || to == now, from
		}
		require.True(t, back, "it goes back")
		require.Equal(t, excess == 0, first && end, "both ends occur")
	}
}

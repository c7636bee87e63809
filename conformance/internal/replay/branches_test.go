package replay

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBranchesLeadToEachTraceOnce walks as Replay.tla does, over random traces
// that have much in common: all that is taken must be what the traces say, and
// each must come to its own end, once.
func TestBranchesLeadToEachTraceOnce(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		traces := make([][]int, 1+random.IntN(12))
		for i := range traces {
			traces[i] = make([]int, 1+random.IntN(7))
			for j := range traces[i] {
				traces[i][j] = 1 + random.IntN(2)
			}
		}
		b := branchesOf(traces)
		ends, events := make([]int, len(traces)), 0
		var walk func(at, taken int, path []int)
		walk = func(at, taken int, path []int) {
			require.Equal(t, traces[at][:taken], path, "%v", traces)
			for next := range traces {
				if b.parent[next] == at && b.fork[next] == taken && taken > 0 {
					require.Less(t, taken, len(traces[at]), "nothing to branch off from: %v", traces)
					require.Less(t, at, next)
					walk(next, taken, path)
				}
			}
			if taken == len(traces[at]) {
				ends[at]++
				return
			}
			events++
			path = append(path[:taken:taken], traces[at][taken])
			walk(at, taken+1, path)
		}
		for i := range traces {
			if b.parent[i] < 0 {
				require.Zero(t, b.fork[i])
				walk(i, 0, []int{})
			}
		}
		for i := range ends {
			require.Equal(t, 1, ends[i], "trace %d of %v", i, traces)
		}
		require.Equal(t, b.events, events)
	}
}

package main

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCountersLoseNothing keeps the comparison fair: a subject that is fast
// because it loses an addition, or makes two at once, fails.
func TestCountersLoseNothing(t *testing.T) {
	const submitters, times = 50, 40
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			c, err := s.open(10)
			require.NoError(t, err)
			var group sync.WaitGroup
			var mu sync.Mutex
			seen := map[uint64]bool{}
			for range submitters {
				group.Go(func() {
					for range times {
						sum, err := c.add(1)
						mu.Lock()
						if err != nil || seen[sum] {
							t.Errorf("the sum %d again, or an error: %v", sum, err)
						}
						seen[sum] = true
						mu.Unlock()
					}
				})
			}
			group.Wait()
			last, err := c.add(1)
			require.NoError(t, err)
			require.EqualValues(t, submitters*times+1, last)
			require.NoError(t, c.close())
		})
	}
}

// TestRun makes a whole table, of turns that are far too short to mean anything.
func TestRun(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-rounds", "1", "-time", "1ms"}, &out))
	require.Equal(t, 3+len(workloads())*len(subjects), strings.Count(out.String(), "\n"), out.String())
	for _, args := range [][]string{{"-rounds", "0"}, {"-time", "0"}, {"more"}} {
		require.Error(t, run(t.Context(), args, &out), args)
	}
}

package singularupdatequeue

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestListIsASlice does the same to a list and to a slice. The list begins everywhere in
// its ring, and grows from there.
func TestListIsASlice(t *testing.T) {
	for head := range 9 {
		var l list[int]
		for i := range head {
			l.push(i)
			require.Equal(t, i, l.pop())
		}
		var want []int
		for i := range 40 {
			l.push(i)
			want = append(want, i)
			require.Equal(t, want, slices.Collect(l.all), "from %d on", head)
			require.Equal(t, len(want), l.len())
			if i%3 == 2 {
				require.Equal(t, want[0], l.pop())
				want = want[1:]
			}
		}
		odd := func(v int) bool { return v%2 == 1 }
		l.remove(odd)
		want = slices.DeleteFunc(want, odd)
		require.Equal(t, want, slices.Collect(l.all))
		for first := range l.all {
			require.Equal(t, want[0], first)
			break // and no more
		}
		for range want {
			l.pop()
		}
		require.Zero(t, l.len())
	}
}

// TestListGrowsOnlyWhenItIsFull, to twice its size.
func TestListGrowsOnlyWhenItIsFull(t *testing.T) {
	var l list[int]
	for _, size := range []int{8, 16, 32} {
		for l.len() < size {
			l.push(0)
			require.Len(t, l.ring, size)
		}
	}
}

// TestListForgetsWhatItHasGivenAway: it must not keep it alive.
func TestListForgetsWhatItHasGivenAway(t *testing.T) {
	var l list[*int]
	for range 5 {
		l.push(new(int))
	}
	for l.len() > 0 {
		l.pop()
	}
	for _, p := range l.ring {
		require.Nil(t, p)
	}
}

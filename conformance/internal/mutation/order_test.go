package mutation

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheFirstMutantsAreSpreadOverAllPlaces(t *testing.T) {
	var all []*Mutant
	for place, n := range map[string]int{"a": 30, "b": 3, "c": 1} {
		for i := range n {
			all = append(all, &Mutant{ID: fmt.Sprintf("spec:%s%d", place, i), Place: place})
		}
	}
	in := func(some []*Mutant) map[string]int {
		places := map[string]int{}
		for _, m := range some {
			places[m.Place]++
		}
		return places
	}
	for seed := range uint64(20) {
		c := &choice{Options: Options{N: 5, Seed: seed}, side: Spec}
		order, err := c.order(all, &Report{Made: map[Side]int{}, Equivalent: map[Side]int{}})
		require.NoError(t, err)
		require.Equal(t, map[string]int{"a": 30, "b": 3, "c": 1}, in(order))
		require.Equal(t, map[string]int{"a": 2, "b": 2, "c": 1}, in(c.first(order)), "seed %d", seed)
	}
}

func TestTheSameSeedChoosesTheSame(t *testing.T) {
	var all []*Mutant
	for i := range 50 {
		all = append(all, &Mutant{ID: fmt.Sprint("spec:", i), Place: fmt.Sprint(i % 7)})
	}
	ids := func(seed uint64) (ids []string) {
		c := &choice{Options: Options{Seed: seed}, side: Spec}
		order, err := c.order(all, &Report{Made: map[Side]int{}, Equivalent: map[Side]int{}})
		require.NoError(t, err)
		for _, m := range order {
			ids = append(ids, m.ID)
		}
		return ids
	}
	require.Equal(t, ids(1), ids(1))
	require.NotEqual(t, ids(1), ids(2))
}

func TestDiffShowsTheLinesThatChange(t *testing.T) {
	require.Equal(t, "f:2\n-b\n+x\n", diff("f", "a\nb\nc", "a\nx\nc"))
	require.Equal(t, "f:2\n-b\n", diff("f", "a\nb\nc", "a\nc"))
	require.Equal(t, "f:2\n-b\n-c\n+b \n+ c\n", diff("f", "a\nb\nc\nd", "a\nb \n c\nd"))
}

func TestTheLineThatSaysMost(t *testing.T) {
	require.Equal(t, "panic: no", telling("begin\npanic: no\n\ngoroutine 1"))
	require.Equal(t, "--- FAIL: TestIt (0.00s)", telling("ok\n    --- FAIL: TestIt (0.00s)\n"))
	require.Equal(t, "first", telling("first\nsecond"))
}

package networktest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	fuzz "github.com/google/gofuzz"
	"github.com/stretchr/testify/require"
)

var rough = Faults{Lose: 20, Repeat: 10, MinDelay: time.Millisecond, MaxDelay: 20 * time.Millisecond}

// fates draws the fates of n messages on a link.
func fates(c *Conditions, from, to string, n int) [][]time.Duration {
	all := make([][]time.Duration, n)
	for i := range all {
		all[i] = c.Fate(from, to)
	}
	return all
}

func TestFaultsAreAsOftenAsTheySay(t *testing.T) {
	const n = 10_000
	var lost, twice int
	for _, fate := range fates(NewConditions(3, rough), "a", "b", n) {
		switch len(fate) {
		case 0:
			lost++
		case 2:
			twice++
		}
		for _, delay := range fate {
			require.GreaterOrEqual(t, delay, rough.MinDelay)
			require.LessOrEqual(t, delay, rough.MaxDelay)
		}
	}
	require.InDelta(t, 20, 100*lost/n, 2)
	require.InDelta(t, 10, 100*twice/(n-lost), 2)
}

func TestAFateDependsOnSeedLinkAndPlaceOnly(t *testing.T) {
	alone := fates(NewConditions(3, rough), "a", "b", 50)
	beside := NewConditions(3, rough)
	for i, fate := range alone {
		fates(beside, "b", "a", i%3)
		fates(beside, "a", "c", i%2)
		require.Equal(t, fate, beside.Fate("a", "b"))
	}
	require.NotEqual(t, alone, fates(NewConditions(4, rough), "a", "b", 50))
	require.NotEqual(t, alone, fates(NewConditions(3, rough), "b", "a", 50))
	require.NotEqual(t, fates(NewConditions(3, rough), "ab", "c", 50), fates(NewConditions(3, rough), "a", "bc", 50))

	mended := NewConditions(3, rough)
	mended.Cut("a", "b")
	for _, fate := range fates(mended, "a", "b", 20) {
		require.Empty(t, fate)
	}
	mended.Heal()
	require.Equal(t, alone[20:], fates(mended, "a", "b", 30), "a cut changes nothing for later messages")
}

func TestAPartitionCutsBetweenItsGroups(t *testing.T) {
	c := NewConditions(1, Faults{})
	c.Partition([]string{"a", "b"}, []string{"c"}, []string{"d"})
	groups := map[string]int{"a": 1, "b": 1, "c": 2, "d": 3}
	for from := range groups {
		for to := range groups {
			require.Equal(t, groups[from] == groups[to], len(c.Fate(from, to)) == 1, "%s to %s", from, to)
		}
	}
	c.Heal()
	c.Cut("a", "b")
	require.Empty(t, c.Fate("a", "b"))
	require.Len(t, c.Fate("b", "a"), 1, "the other direction is whole")
	require.Len(t, c.Fate("a", "c"), 1)
}

func TestImpossibleFaultsPanic(t *testing.T) {
	for _, f := range []Faults{{Lose: -1}, {Lose: 101}, {Repeat: 101}, {MinDelay: -1}, {MinDelay: 2, MaxDelay: 1}} {
		require.Panics(t, func() { NewConditions(1, f) }, "%+v", f)
		require.Panics(t, func() { NewConditions(1, Faults{}).Change(f) }, "%+v", f)
	}
}

// A simulation under random faults delivers in the order of time, what it said
// it would, and never before it was sent; and it does so again.
func TestSimulation(t *testing.T) {
	for seed := range int64(50) {
		var sends []struct{ From, To, Wait uint8 }
		var f struct{ Lose, Repeat, Min, Spread uint8 }
		made := fuzz.NewWithSeed(seed).NilChance(0).NumElements(1, 200)
		made.Fuzz(&sends)
		made.Fuzz(&f)
		faults := Faults{
			Lose: int(f.Lose % 101), Repeat: int(f.Repeat % 101),
			MinDelay: time.Duration(f.Min), MaxDelay: time.Duration(f.Min) + time.Duration(f.Spread),
		}
		run := func() (log []string) {
			s := NewSimulation[int](NewConditions(seed, faults))
			at := make([]time.Duration, len(sends))
			expected := make([]int, len(sends))
			receive := func(end time.Duration) {
				last := s.Now()
				for d, ok := s.Next(end); ok; d, ok = s.Next(end) {
					require.Equal(t, d.At, s.Now())
					require.GreaterOrEqual(t, d.At, last, "seed %d", seed)
					require.GreaterOrEqual(t, d.At-at[d.Message], faults.MinDelay, "seed %d", seed)
					require.LessOrEqual(t, d.At-at[d.Message], faults.MaxDelay, "seed %d", seed)
					last = d.At
					expected[d.Message]--
					log = append(log, fmt.Sprint(d))
				}
				require.Equal(t, end, s.Now())
			}
			for i, send := range sends {
				at[i] = s.Now()
				expected[i] = s.Send(string('a'+rune(send.From%3)), string('a'+rune(send.To%3)), i)
				receive(s.Now() + time.Duration(send.Wait%16))
			}
			receive(s.Now() + time.Second)
			require.Zero(t, s.Pending())
			for i, left := range expected {
				require.Zero(t, left, "seed %d, message %d", seed, i)
			}
			return log
		}
		require.Equal(t, run(), run(), "seed %d", seed)
	}
}

func TestASimulationReorders(t *testing.T) {
	s := NewSimulation[int](NewConditions(1, Faults{MaxDelay: time.Second}))
	for i := range 20 {
		s.Send("a", "b", i)
	}
	var got []int
	for d, ok := s.Next(time.Second); ok; d, ok = s.Next(time.Second) {
		got = append(got, d.Message)
	}
	require.Len(t, got, 20)
	require.False(t, slices.IsSorted(got), "%v", got)
}

func TestWhatIsUnderWayToACrashedNodeIsLost(t *testing.T) {
	s := NewSimulation[int](NewConditions(1, Faults{}))
	for i := range 6 {
		s.Send("a", string('b'+rune(i%2)), i)
	}
	s.Lose("b")
	for _, want := range []int{1, 3, 5} {
		d, ok := s.Next(0)
		require.True(t, ok)
		require.Equal(t, "c", d.To)
		require.Equal(t, want, d.Message, "with no delay, in the order of sending")
	}
	_, ok := s.Next(0)
	require.False(t, ok)
}

func TestTheOthersStayInOrder(t *testing.T) {
	s := NewSimulation[int](NewConditions(2, Faults{MaxDelay: time.Second}))
	for i := range 300 {
		s.Send("a", string('b'+rune(i%3)), i)
	}
	s.Lose("b")
	require.Equal(t, 200, s.Pending())
	last := time.Duration(0)
	for d, ok := s.Next(time.Second); ok; d, ok = s.Next(time.Second) {
		require.GreaterOrEqual(t, d.At, last)
		last = d.At
	}
}

package gossipdissemination

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func newDetector() *detector {
	return &detector{
		random: rand.New(rand.NewPCG(1, 2)), helpers: 2, suspicionRounds: 3,
		relayed: map[uint32]relay{}, suspects: map[string]suspicion{},
	}
}

// TestEachNodeIsProbedOnceBeforeAnyTwice: a dead node is suspected within as many rounds
// as there are nodes. A node that has left is not probed.
func TestEachNodeIsProbedOnceBeforeAnyTwice(t *testing.T) {
	d := newDetector()
	others := []string{"b", "c", "d", "e", "f"}
	orders := map[string]bool{}
	for range 20 {
		var asked []string
		for range others {
			asked = append(asked, d.next(others))
		}
		orders[asked[0]+asked[1]+asked[2]] = true
		require.ElementsMatch(t, others, asked)
	}
	require.Greater(t, len(orders), 5, "in another order each time")
	first := d.next(others)
	left := slices.DeleteFunc(slices.Clone(others), func(name string) bool { return name == first || name == d.order[0] })
	var asked []string
	for range left {
		asked = append(asked, d.next(left))
	}
	require.ElementsMatch(t, left, asked)
	require.Empty(t, d.next(nil))
	require.Empty(t, d.probing)
}

// TestOnlyTheAckOfTheRoundCounts: an ack of an earlier round does not.
func TestOnlyTheAckOfTheRoundCounts(t *testing.T) {
	d := newDetector()
	d.next([]string{"b"})
	old := d.current
	d.next([]string{"b"})
	d.acked(old)
	require.Equal(t, "b", d.probing)
	d.relay(relay{7, "c"})
	d.acked(d.number)
	require.Equal(t, "b", d.probing, "that was the number of a relayed ping")
	d.acked(d.current)
	require.Empty(t, d.probing)
}

func TestHelpersAreOthers(t *testing.T) {
	d := newDetector()
	others := []string{"b", "c", "d", "e"}
	asked := d.next(others)
	seen := map[string]bool{}
	for range 50 {
		helpers := d.helpersFor(others)
		require.Len(t, helpers, 2)
		require.NotContains(t, helpers, asked)
		require.NotEqual(t, helpers[0], helpers[1])
		seen[helpers[0]] = true
	}
	require.Len(t, seen, 3)
	require.Empty(t, d.helpersFor([]string{asked}))
	require.Equal(t, []string{"b", "c", "d", "e"}, others)
}

// TestASuspectIsOverdueAfterSuspicionRounds: the rounds count in one generation and
// incarnation.
func TestASuspectIsOverdueAfterSuspicionRounds(t *testing.T) {
	d := newDetector()
	b, c := owned(1, 1, 0, Suspect), owned(1, 1, 0, Suspect)
	for range 3 {
		require.Empty(t, d.overdue(map[string]Digest{"b": b, "c": c}))
	}
	require.Equal(t, []string{"b", "c"}, d.overdue(map[string]Digest{"b": b, "c": c}))
	for _, again := range []Digest{owned(1, 1, 1, Suspect), owned(2, 1, 1, Suspect)} {
		for range 3 {
			require.Empty(t, d.overdue(map[string]Digest{"b": again}))
			again.Ver++ // versions do not matter
		}
		require.Equal(t, []string{"b"}, d.overdue(map[string]Digest{"b": again}))
	}
	require.Empty(t, d.overdue(nil))
	require.Empty(t, d.suspects)
	require.Empty(t, d.overdue(map[string]Digest{"b": b}), "it begins anew")
}

// TestRelayedPingsAreBounded: so are their numbers.
func TestRelayedPingsAreBounded(t *testing.T) {
	d := newDetector()
	for i := range 3 * maxRelayed {
		number := d.relay(relay{uint32(i), "c"})
		require.Equal(t, relay{uint32(i), "c"}, d.relayed[number])
		require.LessOrEqual(t, len(d.relayed), maxRelayed)
	}
	d.number = maxNumber - 1
	d.next([]string{"b"})
	require.EqualValues(t, maxNumber, d.current)
	p := &probe{ping, "a", "b", d.current}
	got, err := decodeProbe(p.encode())
	require.NoError(t, err)
	require.Equal(t, p, got)
	d.next([]string{"b"})
	require.EqualValues(t, 1, d.current)
}

package gossipdissemination

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func newDetector() *detector {
	return &detector{
		random: rand.New(rand.NewPCG(1, 2)), helpers: 2, patient: 3,
		relayed: map[uint32]relay{}, suspects: map[string]suspicion{},
	}
}

// TestEachIsAskedOnceBeforeAnybodyTwice, so that a dead one is noticed within as
// many turns as there are nodes. Who has gone is not asked.
func TestEachIsAskedOnceBeforeAnybodyTwice(t *testing.T) {
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
	require.Empty(t, d.asked)
}

// TestOnlyTheTurnsOwnAnswerCounts: an old one does not.
func TestOnlyTheTurnsOwnAnswerCounts(t *testing.T) {
	d := newDetector()
	d.next([]string{"b"})
	old := d.question
	d.next([]string{"b"})
	d.heard(old)
	require.Equal(t, "b", d.asked)
	d.relay(relay{7, "c"})
	d.heard(d.number)
	require.Equal(t, "b", d.asked, "what was asked for somebody else")
	d.heard(d.question)
	require.Empty(t, d.asked)
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

// TestASuspectIsOverdueAfterSoManyTurns, in one life and one incarnation.
func TestASuspectIsOverdueAfterSoManyTurns(t *testing.T) {
	d := newDetector()
	b, c := owned(1, 1, 0, Suspect), owned(1, 1, 0, Suspect)
	for range 3 {
		require.Empty(t, d.overdue(map[string]Mark{"b": b, "c": c}))
	}
	require.Equal(t, []string{"b", "c"}, d.overdue(map[string]Mark{"b": b, "c": c}))
	for _, again := range []Mark{owned(1, 1, 1, Suspect), owned(2, 1, 1, Suspect)} {
		for range 3 {
			require.Empty(t, d.overdue(map[string]Mark{"b": again}))
			again.Ver++ // that says nothing
		}
		require.Equal(t, []string{"b"}, d.overdue(map[string]Mark{"b": again}))
	}
	require.Empty(t, d.overdue(nil))
	require.Empty(t, d.suspects)
	require.Empty(t, d.overdue(map[string]Mark{"b": b}), "it begins anew")
}

// TestQuestionsForOthersAreBounded, and so are their numbers.
func TestQuestionsForOthersAreBounded(t *testing.T) {
	d := newDetector()
	for i := range 3 * maxRelayed {
		number := d.relay(relay{uint32(i), "c"})
		require.Equal(t, relay{uint32(i), "c"}, d.relayed[number])
		require.LessOrEqual(t, len(d.relayed), maxRelayed)
	}
	d.number = maxNumber - 1
	d.next([]string{"b"})
	require.EqualValues(t, maxNumber, d.question)
	p := &probe{ping, "a", "b", d.question}
	got, err := decodeProbe(p.encode())
	require.NoError(t, err)
	require.Equal(t, p, got)
	d.next([]string{"b"})
	require.EqualValues(t, 1, d.question)
}

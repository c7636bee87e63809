package generationclock_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
)

// TestOneVotePerGeneration: a node votes for the first candidate that asks with a number,
// and for no other one.
func TestOneVotePerGeneration(t *testing.T) {
	n := gc.NewCore("n3", 3, nil)
	require.NoError(t, n.Adopt(ask("n1", 1)))
	require.NoError(t, n.Persist())
	require.ErrorIs(t, n.Adopt(ask("n2", 1)), gc.ErrNotAllowed)
	for range 2 {
		vote, err := n.Grant()
		require.NoError(t, err)
		require.Equal(t, &gc.Message{Type: gc.Grant, From: "n3", To: "n1", Gen: 1}, vote)
	}
}

// TestCandidateRaisesItsNumber above any with which it has voted.
func TestCandidateRaisesItsNumber(t *testing.T) {
	n := gc.NewCore("n1", 3, nil)
	require.NoError(t, n.Adopt(ask("n2", 7)))
	require.NoError(t, n.Stand())
	require.Equal(t, uint64(8), n.Memory().Gen)
	require.Equal(t, gc.Candidate, n.Role())
}

// TestNothingIsSaidBeforeItIsDurable.
func TestNothingIsSaidBeforeItIsDurable(t *testing.T) {
	n := gc.NewCore("n1", 3, nil)
	require.NoError(t, n.Stand())
	_, err := n.Ask()
	require.ErrorIs(t, err, gc.ErrNotAllowed)
	require.NoError(t, n.Persist())
	require.ErrorIs(t, n.Persist(), gc.ErrNotAllowed, "there is nothing to flush")
	_, err = n.Ask()
	require.NoError(t, err)

	voter := gc.NewCore("n2", 3, nil)
	require.NoError(t, voter.Adopt(ask("n1", 2)))
	_, err = voter.Grant()
	require.ErrorIs(t, err, gc.ErrNotAllowed)
	_, err = voter.Refuse(ask("n3", 1))
	require.ErrorIs(t, err, gc.ErrNotAllowed)
}

// TestLateVoteDoesNotCount in the next election of the same candidate.
func TestLateVoteDoesNotCount(t *testing.T) {
	n := gc.NewCore("n1", 3, nil)
	require.NoError(t, n.Stand())
	require.NoError(t, n.Stand())
	require.ErrorIs(t, n.Count(grant("n2", "n1", 1)), gc.ErrNotAllowed)
	require.ErrorIs(t, n.Count(grant("n2", "n3", 2)), gc.ErrNotAllowed, "it is for n3")
	require.ErrorIs(t, n.Lead(), gc.ErrNotAllowed)
}

// TestVotersAreCounted, and not votes: a majority is more than half of all nodes.
func TestVotersAreCounted(t *testing.T) {
	for nodes, majority := range map[int]int{1: 1, 2: 2, 3: 2, 4: 3, 5: 3} {
		n := gc.NewCore("n0", nodes, nil)
		require.NoError(t, n.Stand())
		for votes := 1; votes < majority; votes++ {
			require.ErrorIs(t, n.Lead(), gc.ErrNotAllowed, "%d of %d", votes, nodes)
			for range 3 { // the network repeats
				require.NoError(t, n.Count(grant("n"+string(rune('9'-votes)), "n0", 1)))
			}
		}
		require.NoError(t, n.Lead(), "%d of %d", majority, nodes)
		require.ErrorIs(t, n.Stand(), gc.ErrNotAllowed, "a leader does not stand")
	}
}

// TestLeaderFollowsWhenItLearns of a newer generation, from whatever message.
func TestLeaderFollowsWhenItLearns(t *testing.T) {
	for _, m := range []*gc.Message{
		ask("n2", 2), grant("n2", "n1", 2), {Type: gc.Beat, From: "n2", Gen: 2}, {Type: gc.Order, From: "n2", Gen: 2, Value: "a"},
		{Type: gc.Refused, From: "n3", To: "n1", Gen: 2, Refused: 1}, {Type: gc.Done, From: "n3", To: "n1", Gen: 2, Value: "a"},
	} {
		n := leader(t)
		require.NoError(t, n.Adopt(m))
		require.Equal(t, gc.Follower, n.Role(), "after %s", m.Type)
		_, err := n.Beat()
		require.ErrorIs(t, err, gc.ErrNotAllowed)
	}
	require.ErrorIs(t, leader(t).Adopt(&gc.Message{Type: gc.Refused, From: "n3", To: "n2", Gen: 2, Refused: 1}), gc.ErrNotAllowed, "it is n2's")
	require.ErrorIs(t, leader(t).Adopt(&gc.Message{Type: gc.Write, From: "n2", To: "store", Gen: 2}), gc.ErrNotAllowed, "it is the store's")
}

// TestOrderOfEarlierLeaderIsRefused with the number that is known, also after a restart;
// that of the present leader is not.
func TestOrderOfEarlierLeaderIsRefused(t *testing.T) {
	n := gc.NewCore("n3", 3, nil)
	require.NoError(t, n.Adopt(ask("n2", 2)))
	require.NoError(t, n.Persist())
	n.Restart(n.Disk())
	stale := &gc.Message{Type: gc.Order, From: "n1", Gen: 1, Value: "a"}
	require.ErrorIs(t, n.Accept(stale), gc.ErrNotAllowed)
	answer, err := n.Refuse(stale)
	require.NoError(t, err)
	require.Equal(t, &gc.Message{Type: gc.Refused, From: "n3", To: "n1", Gen: 2, Refused: 1}, answer)

	present := &gc.Message{Type: gc.Order, From: "n2", Gen: 2, Value: "b"}
	_, err = n.Refuse(present)
	require.ErrorIs(t, err, gc.ErrNotAllowed)
	require.NoError(t, n.Accept(present))
	_, err = n.Acknowledge()
	require.ErrorIs(t, err, gc.ErrNotAllowed, "it is not durable")
	require.NoError(t, n.Persist())
	answer, err = n.Acknowledge()
	require.NoError(t, err)
	require.Equal(t, &gc.Message{Type: gc.Done, From: "n3", To: "n2", Gen: 2, Value: "b"}, answer)
}

// TestVoterDoesNotGoBack to the number of its last entry when it restarts.
func TestVoterDoesNotGoBack(t *testing.T) {
	kept := gc.Record{Gen: 5, Entry: gc.Entry{Gen: 2, From: "n1", Value: "a"}}
	n := gc.NewCore("n3", 3, nil)
	n.Restart(kept)
	require.Equal(t, kept, n.Memory())
	require.Equal(t, kept, n.Disk())
	require.ErrorIs(t, n.Adopt(ask("n2", 5)), gc.ErrNotAllowed)
	_, err := n.Grant()
	require.ErrorIs(t, err, gc.ErrNotAllowed, "for whom it has voted, it has forgotten")
}

// TestStoreRefusesDeposedLeader, also after a restart.
func TestStoreRefusesDeposedLeader(t *testing.T) {
	s := gc.NewStoreCore("store", nil)
	require.NoError(t, s.Adopt(write("n2", 2)))
	require.NoError(t, s.Apply(write("n2", 2)))
	require.NoError(t, s.Persist())
	for range 2 {
		require.ErrorIs(t, s.Apply(write("n1", 1)), gc.ErrNotAllowed)
		require.ErrorIs(t, s.Adopt(write("n1", 1)), gc.ErrNotAllowed)
		answer, err := s.Refuse(write("n1", 1))
		require.NoError(t, err)
		require.Equal(t, uint64(2), answer.Gen)
		s.Restart(s.Disk())
	}
	require.ErrorIs(t, s.Adopt(ask("n1", 9)), gc.ErrNotAllowed, "a store does not vote")
}

func ask(from string, gen uint64) *gc.Message {
	return &gc.Message{Type: gc.Ask, From: from, Gen: gen}
}

func grant(from, to string, gen uint64) *gc.Message {
	return &gc.Message{Type: gc.Grant, From: from, To: to, Gen: gen}
}

func write(from string, gen uint64) *gc.Message {
	return &gc.Message{Type: gc.Write, From: from, To: "store", Gen: gen, Value: from}
}

// leader returns n1, which leads the first generation.
func leader(t *testing.T) *gc.Core {
	t.Helper()
	n := gc.NewCore("n1", 3, nil)
	require.NoError(t, n.Stand())
	require.NoError(t, n.Persist())
	require.NoError(t, n.Count(grant("n2", "n1", 1)))
	require.NoError(t, n.Lead())
	return n
}

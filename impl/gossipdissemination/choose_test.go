package gossipdissemination

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// chosen counts how often each of some peers is chosen.
func chosen(choose Chooser, peers []Peer, times int) []int {
	random := rand.New(rand.NewPCG(1, 2))
	counts := make([]int, len(peers))
	for range times {
		counts[choose(random, peers)]++
	}
	return counts
}

func TestAnyPeerChoosesEachPeer(t *testing.T) {
	for _, count := range chosen(AnyPeer, make([]Peer, 5), 5000) {
		require.InDelta(t, 1000, count, 150)
	}
}

func TestLeastContactedIsOneOfTheLeast(t *testing.T) {
	peers := []Peer{{Contacted: 3}, {Contacted: 1}, {Contacted: 2}, {Contacted: 1}, {Contacted: 1}}
	counts := chosen(LeastContacted, peers, 3000)
	for i, p := range peers {
		if p.Contacted > 1 {
			require.Zero(t, counts[i])
		} else {
			require.InDelta(t, 1000, counts[i], 150)
		}
	}
}

// TestNearFirstIsNotNearOnly: one choice in four is any peer.
func TestNearFirstIsNotNearOnly(t *testing.T) {
	peers := []Peer{{}, {Near: true}, {}, {Near: true}}
	counts := chosen(NearFirst, peers, 8000)
	for i, p := range peers {
		if p.Near {
			require.InDelta(t, 3500, counts[i], 250)
		} else {
			require.InDelta(t, 500, counts[i], 100)
		}
	}
	for _, count := range chosen(NearFirst, make([]Peer, 2), 2000) {
		require.InDelta(t, 1000, count, 150, "no peer is near")
	}
}

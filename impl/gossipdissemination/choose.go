package gossipdissemination

import "math/rand/v2"

// Peer is a node to gossip with.
type Peer struct {
	Name      string
	Contacted int  // how often this node has chosen it before
	Near      bool // whether it publishes the same Options.Zone
}

// Chooser chooses the peer to gossip with: the index of one of the peers, of which
// there is at least one. Each must be chosen again and again, or what it alone
// knows may never spread. The node holds its lock meanwhile, and must not be used.
type Chooser func(random *rand.Rand, peers []Peer) int

// AnyPeer chooses at random.
func AnyPeer(random *rand.Rand, peers []Peer) int { return random.IntN(len(peers)) }

// LeastContacted chooses one of the peers that were chosen least.
func LeastContacted(random *rand.Rand, peers []Peer) int {
	return amongBest(random, peers, func(p, best Peer) int { return best.Contacted - p.Contacted })
}

// NearFirst chooses a near peer most of the time, and any peer one time in four, so
// that gossip passes between zones.
func NearFirst(random *rand.Rand, peers []Peer) int {
	if random.IntN(4) == 0 {
		return AnyPeer(random, peers)
	}
	return amongBest(random, peers, func(p, best Peer) int {
		switch {
		case p.Near == best.Near:
			return 0
		case p.Near:
			return 1
		}
		return -1
	})
}

// amongBest chooses at random among the peers than which no other is better.
func amongBest(random *rand.Rand, peers []Peer, better func(p, best Peer) int) int {
	best := []int{0}
	for i := 1; i < len(peers); i++ {
		switch b := better(peers[i], peers[best[0]]); {
		case b > 0:
			best = []int{i}
		case b == 0:
			best = append(best, i)
		}
	}
	return best[random.IntN(len(best))]
}

package gossipdissemination

import "math/rand/v2"

// Peer is somebody with whom a node may gossip.
type Peer struct {
	Name      string
	Contacted int  // how often this node has chosen it before
	Near      bool // whether it tells the same Options.Zone of itself
}

// Chooser chooses whom to gossip with: the index of one of the peers, of whom
// there is at least one. Each must be chosen again and again, or what it alone
// knows may never be known. The node waits meanwhile, and must not be used.
type Chooser func(random *rand.Rand, peers []Peer) int

// Anybody chooses at random.
func Anybody(random *rand.Rand, peers []Peer) int { return random.IntN(len(peers)) }

// LeastContacted chooses one of those that were chosen least.
func LeastContacted(random *rand.Rand, peers []Peer) int {
	return among(random, peers, func(p, best Peer) int { return best.Contacted - p.Contacted })
}

// NearFirst chooses somebody near most of the time, and anybody one time in
// four, so that zones hear of each other.
func NearFirst(random *rand.Rand, peers []Peer) int {
	if random.IntN(4) == 0 {
		return Anybody(random, peers)
	}
	return among(random, peers, func(p, best Peer) int {
		switch {
		case p.Near == best.Near:
			return 0
		case p.Near:
			return 1
		}
		return -1
	})
}

// among chooses at random among those who are better than all others.
func among(random *rand.Rand, peers []Peer, better func(p, best Peer) int) int {
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

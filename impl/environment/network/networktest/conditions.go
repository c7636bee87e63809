// Package networktest is networks for tests: one in the memory of a process, and
// a simulation that is stepped by hand in virtual time.
//
// By themselves none of them does anything wrong on purpose. Conditions say what
// goes wrong: they draw the fate of each message from a seed, link by link.
// Through puts an endpoint of any network under such conditions, and a
// Simulation always has some.
package networktest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"
)

// Faults say what a network does to messages. The zero value delivers each
// message once and at once.
type Faults struct {
	Lose     int           // of a hundred messages, how many are lost
	Repeat   int           // of a hundred that are not lost, how many arrive twice
	MinDelay time.Duration // each copy takes a random time from MinDelay ...
	MaxDelay time.Duration // ... to MaxDelay, so that some overtake others
}

// valid panics if the faults make no sense: they are the test's own.
func (f Faults) valid() {
	percent := func(n int) bool { return 0 <= n && n <= 100 }
	if !percent(f.Lose) || !percent(f.Repeat) || f.MinDelay < 0 || f.MaxDelay < f.MinDelay {
		panic(fmt.Sprintf("networktest: impossible faults %+v", f))
	}
}

// Conditions are what the messages on a network meet with. The fate of a
// message depends on the seed, on its link, and on which message of that link
// it is, and on nothing else: not on what other links carry meanwhile. The
// methods may be called from any goroutine.
type Conditions struct {
	mu     sync.Mutex
	seed   int64
	faults Faults
	links  map[link]*rand.Rand
	cut    map[link]bool
}

// link is one direction between two nodes.
type link struct{ from, to string }

// NewConditions returns conditions under which all links are whole.
func NewConditions(seed int64, f Faults) *Conditions {
	f.valid()
	return &Conditions{seed: seed, faults: f, links: map[link]*rand.Rand{}, cut: map[link]bool{}}
}

// Change sets other faults for the messages to come.
func (c *Conditions) Change(f Faults) {
	f.valid()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = f
}

// Cut loses what is sent from one node to another from now on. The other
// direction is as it was.
func (c *Conditions) Cut(from, to string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut[link{from, to}] = true
}

// Partition cuts every link, in both directions, between nodes of different
// groups. What was cut before stays cut.
func (c *Conditions) Partition(groups ...[]string) {
	for i, group := range groups {
		for j, other := range groups {
			if i == j {
				continue
			}
			for _, from := range group {
				for _, to := range other {
					c.Cut(from, to)
				}
			}
		}
	}
}

// Heal makes all links whole.
func (c *Conditions) Heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.cut)
}

// Fate draws what becomes of the next message on a link: after how long each
// of its copies arrives. There is none if the message is lost.
func (c *Conditions) Fate(from, to string) []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := link{from, to}
	rng := c.links[l]
	if rng == nil {
		rng = rand.New(rand.NewPCG(uint64(c.seed), l.hash()))
		c.links[l] = rng
	}
	// Every message uses up the same draws, so that another fault or a cut
	// changes nothing for the later ones.
	lost, twice := rng.IntN(100) < c.faults.Lose, rng.IntN(100) < c.faults.Repeat
	one, other := rng.Float64(), rng.Float64()
	switch {
	case lost || c.cut[l]:
		return nil
	case twice:
		return []time.Duration{c.faults.delay(one), c.faults.delay(other)}
	}
	return []time.Duration{c.faults.delay(one)}
}

func (f Faults) delay(part float64) time.Duration {
	return f.MinDelay + time.Duration(part*float64(f.MaxDelay-f.MinDelay))
}

func (l link) hash() uint64 {
	h := fnv.New64a()
	h.Write([]byte(l.from))
	h.Write([]byte{0})
	h.Write([]byte(l.to))
	return h.Sum64()
}

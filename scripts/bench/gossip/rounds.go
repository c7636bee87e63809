package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/scripts/bench/turns"
)

var sizes = []int{3, 5, 8, 12, 16, 24, 32, 40, 50}

// limit is how many rounds a cluster may take.
const limit = 200

// count counts the rounds for all sizes, prints them and draws them.
func count(seeds int, plot string, out io.Writer) error {
	fmt.Fprintf(out, "rounds until all know a new value; fan-out 1, %d seeds\n\n", seeds)
	fmt.Fprintf(out, "%5s  %6s  %6s  %5s  %5s\n", "nodes", "log2 n", "median", "least", "most")
	var points []point
	for _, n := range sizes {
		var rounds []float64
		for seed := range seeds {
			r, err := spread(n, uint64(seed+1))
			if err != nil {
				return fmt.Errorf("%d nodes, seed %d: %w", n, seed+1, err)
			}
			rounds = append(rounds, float64(r))
		}
		p := point{n, turns.Median(rounds), slices.Min(rounds), slices.Max(rounds)}
		points = append(points, p)
		fmt.Fprintf(out, "%5d  %6.1f  %6.1f  %5.0f  %5.0f\n", n, math.Log2(float64(n)), p.median, p.least, p.most)
	}
	return os.WriteFile(plot, draw(points), 0o644)
}

// point has the rounds that a cluster of this size needed.
type point struct {
	nodes               int
	median, least, most float64
}

// simulated is a cluster of cores on a simulated network.
type simulated struct {
	random *rand.Rand
	names  []string
	nodes  map[string]*gossip.Core
	net    *networktest.Simulation[*gossip.Message]
}

// spread returns how many rounds it takes until all of n nodes know a value that
// one of them sets.
func spread(n int, seed uint64) (int, error) {
	c := &simulated{
		random: rand.New(rand.NewPCG(seed, uint64(n))), nodes: map[string]*gossip.Core{},
		net: networktest.NewSimulation[*gossip.Message](networktest.NewConditions(int64(seed), networktest.Faults{})),
	}
	for i := range n {
		name := fmt.Sprintf("n%02d", i)
		c.names = append(c.names, name)
		c.nodes[name] = gossip.NewCore(gossip.CoreConfig{Name: name, Seeds: []string{"n00"}})
		if err := c.nodes[name].Start(); err != nil {
			return 0, err
		}
	}
	if _, err := c.until(func(node *gossip.Core) bool { return len(node.Owners()) == n }); err != nil {
		return 0, err
	}
	teller := c.names[c.random.IntN(n)]
	if err := c.nodes[teller].Update("load", "7"); err != nil {
		return 0, err
	}
	return c.until(func(node *gossip.Core) bool {
		e, _ := node.Entry(teller)
		return e.Vals["load"].Val == "7"
	})
}

// until gossips until something is true of all nodes, and counts the rounds.
func (c *simulated) until(done func(*gossip.Core) bool) (int, error) {
	for rounds := range limit {
		if !slices.ContainsFunc(c.names, func(name string) bool { return !done(c.nodes[name]) }) {
			return rounds, nil
		}
		if err := c.round(); err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("not all agree after %d rounds", limit)
}

func (c *simulated) round() error {
	for _, i := range c.random.Perm(len(c.names)) {
		node := c.nodes[c.names[i]]
		peers := slices.DeleteFunc(slices.Clone(c.names), func(name string) bool { return !node.MayContact(name) })
		if len(peers) == 0 {
			continue // the seed, before anybody has called
		}
		m, err := node.Digest(peers[c.random.IntN(len(peers))], nil)
		if err != nil {
			return err
		}
		c.net.Send(m.From, m.To, m)
	}
	end := c.net.Now() + time.Second
	for d, ok := c.net.Next(end); ok; d, ok = c.net.Next(end) {
		step := c.nodes[d.To].Answer
		if d.Message.Kind == gossip.KindDelta {
			step = c.nodes[d.To].Merge
		}
		answer, err := step(d.Message, gossip.Everything)
		if err != nil && !errors.Is(err, gossip.ErrNotAllowed) {
			return err
		}
		if answer != nil {
			c.net.Send(answer.From, answer.To, answer)
		}
	}
	return nil
}

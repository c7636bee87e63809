// Command gossip measures how Lockstep's Gossip Dissemination spreads an update,
// in two ways.
//
//	cd scripts/bench && go run ./gossip
//
// lets 32 nodes in this process gossip over UDP on loopback, ours and those of
// github.com/hashicorp/memberlist in turns: how many milliseconds pass until all
// know what one of them publishes, how many bytes each sends until then, how many
// a second with an update every two seconds, and how many when nothing happens.
//
//	cd scripts/bench && go run ./gossip -plot ../../docs/gossipdissemination.svg
//
// counts the rounds until all nodes of a simulated cluster know a new value, for 3
// to 50 nodes and many seeds, and draws them beside log2 n. The nodes are the
// package's cores, on the project's simulated network, which loses and delays
// nothing here. At first all know each other. Then one sets a value, and in each
// round every node sends a digest to one other, chosen at random, and what follows
// from that arrives before the next round. The same seeds give the same table and
// the same picture.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"time"

	"github.com/lockstep-tla/lockstep/scripts/bench/turns"
)

func main() { turns.Main("gossip", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("gossip", flag.ContinueOnError)
	plot := flags.String("plot", "", "count the rounds of simulated clusters, and draw this SVG file")
	seeds := flags.Int("seeds", 21, "with -plot: how many clusters there are of each size")
	m := measurement{}
	flags.IntVar(&m.nodes, "nodes", 32, "how many nodes a cluster has")
	flags.IntVar(&m.rounds, "rounds", 10, "how many turns each subject has")
	flags.IntVar(&m.updates, "updates", 3, "how many updates there are in a turn")
	flags.DurationVar(&m.interval, "interval", 200*time.Millisecond, "how often a node gossips")
	flags.IntVar(&m.fanout, "fanout", 3, "with how many others")
	flags.DurationVar(&m.window, "window", 2*time.Second, "how long an update has until the next one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *seeds < 1 || flags.NArg() > 0 || m.nodes < 2 || m.fanout < 1 || min(m.rounds, m.updates) < 1 || min(m.interval, m.window) <= 0 {
		return errors.New("all numbers and times must be positive, there are two nodes at least, and there are no other arguments")
	}
	if *plot != "" {
		return count(*seeds, *plot, out)
	}
	return m.print(ctx, out)
}

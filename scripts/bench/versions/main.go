// Command versions measures what it costs to keep versions: Lockstep's Versioned Value beside
// a Go map with a lock, which keeps none, beside go-memdb, whose snapshots share an immutable
// tree, and beside Badger, a public multi-version store, in memory.
//
//	cd scripts/bench && go run ./versions
//
// One goroutine or 64 of them read and write ten thousand keys. A read is a snapshot at the
// newest version, one key in it, and its end. The subjects take turns, a short span each and
// round after round, another one first each time. The table has the medians of the time that
// an operation takes in all, which is the length of the turn divided by the operations of all
// goroutines. The ratios are medians of each round's ratio. Old versions are removed between
// the turns, and that time is not counted.
//
// A write of Badger's goes through its log, which is in memory here. None of the subjects
// survives a crash.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"

	"github.com/lockstep-tla/lockstep/scripts/bench/turns"
)

func main() { turns.Main("versions", run) }

// keys are how many there are in each store.
const keys = 10_000

// loads are what the goroutines do. Of writeEvery operations one is a write; of 0, none.
var loads = []struct {
	name       string
	writeEvery int
}{{"read", 0}, {"1 write in 10", 10}, {"write", 1}}

func run(ctx context.Context, args []string, out io.Writer) error {
	length, err := turns.Parse(flag.NewFlagSet("versions", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s; %s\n\n", turns.Machine(), length)
	const row = "%-14s %10s  %-16s %12s  %15s  %s\n"
	fmt.Fprintf(out, row, "", "goroutines", "", "ns each", "middle half", "times as long as "+subjects[0].name)
	for _, load := range loads {
		for _, goroutines := range []int{1, 64} {
			took, err := measure(ctx, load.writeEvery, goroutines, length)
			if err != nil {
				return fmt.Errorf("%s, %d goroutines: %w", load.name, goroutines, err)
			}
			for i, s := range subjects {
				ratio := ""
				if i > 0 {
					ratio = fmt.Sprintf("%.2f", turns.Median(turns.Ratios(took[i], took[0])))
				}
				fmt.Fprintf(out, row, load.name, strconv.Itoa(goroutines), s.name, fmt.Sprintf("%.0f", turns.Median(took[i])),
					fmt.Sprintf("%.0f-%.0f", turns.Quantile(took[i], 0.25), turns.Quantile(took[i], 0.75)), ratio)
			}
		}
	}
	return nil
}

// measure lets the subjects take turns, and returns the nanoseconds that an operation took of
// each, one a round.
func measure(ctx context.Context, writeEvery, goroutines int, length turns.Length) (_ [][]float64, err error) {
	stores := make([]store, len(subjects))
	for i, s := range subjects {
		if stores[i], err = s.open(); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		defer func() { err = errors.Join(err, stores[i].close()) }()
		for k := range keys {
			if err := stores[i].put(key(k), "value"); err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	byRound := make([][]float64, len(subjects))
	return byRound, turns.Take(ctx, length.Rounds+1, len(subjects), func(i, round int) error {
		s := stores[i]
		done := make([]int, 64*goroutines) // apart, so that no two share a cache line
		_, rate, err := turns.Drive(goroutines, length.Span, func(worker int) error {
			done[64*worker]++
			k := key(rand.IntN(keys))
			if writeEvery > 0 && done[64*worker]%writeEvery == 0 {
				return s.put(k, "value")
			}
			_, err := s.get(k)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", subjects[i].name, err)
		}
		if round > 0 { // the first one is to warm up
			byRound[i] = append(byRound[i], 1e9/rate)
		}
		return s.compact()
	})
}

// names are the keys, made once.
var names = func() (all [keys]string) {
	for k := range all {
		all[k] = fmt.Sprintf("key-%05d", k)
	}
	return all
}()

func key(k int) string { return names[k] }

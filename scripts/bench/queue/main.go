// Command queue lets goroutines add to one number through Lockstep's Singular
// Update Queue, under a mutex, and through a plain channel to a goroutine that
// answers, side by side in one run, and prints how many additions a second each
// makes.
//
//	cd scripts/bench && go run ./queue
//
// For each number of submitters the three take turns, a short span each and
// round after round, another one first each time, so that a machine that changes
// its pace meets all of them alike. The table has the medians; the ratios are
// medians of each round's ratio.
//
// There are two kinds of change. The "small" one is an addition: it shows what
// getting there costs, and nothing else. The "slow" one is an addition after a
// few microseconds of work, as a change of a larger state is.
//
// The promise is the same for all: add returns the sum as it was when the
// addition was made, and one addition at a time is made. The comparison
// leaves out what else the queue does: handlers that fail, panic, or make calls,
// policies for a full queue, and an end that leaves no client waiting.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/lockstep-tla/lockstep/scripts/bench/turns"
)

// workload is a row of the table.
type workload struct {
	change     string
	work       int // rounds of arithmetic in each change
	submitters int
}

func workloads() []workload {
	var list []workload
	for _, c := range []workload{{change: "small"}, {change: "slow", work: 5000}} {
		for _, n := range []int{1, 8, 64, 512} {
			list = append(list, workload{c.change, c.work, n})
		}
	}
	return list
}

func main() { turns.Main("queue", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("queue", flag.ContinueOnError)
	length, err := turns.Parse(flags, args)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s; %s\n\n", turns.Machine(), length)
	const row = "%-7s %10s  %-8s %12s  %21s  %s\n"
	fmt.Fprintf(out, row, "change", "submitters", "", "additions/s", "middle half", subjects[0].name+" is")
	for _, w := range workloads() {
		rates, err := measure(ctx, w, length)
		if err != nil {
			return fmt.Errorf("%s, %d submitters: %w", w.change, w.submitters, err)
		}
		for i, s := range subjects {
			ratio := ""
			if i > 0 {
				ratio = fmt.Sprintf("%.2f times as fast", turns.Median(turns.Ratios(rates[0], rates[i])))
			}
			fmt.Fprintf(out, row, w.change, fmt.Sprint(w.submitters), s.name, fmt.Sprintf("%.0f", turns.Median(rates[i])),
				fmt.Sprintf("%.0f-%.0f", turns.Quantile(rates[i], 0.25), turns.Quantile(rates[i], 0.75)), ratio)
		}
	}
	return nil
}

// measure lets the subjects take turns at one workload, and returns the rates of
// each, one a round.
func measure(ctx context.Context, w workload, length turns.Length) (_ [][]float64, err error) {
	counters := make([]counter, len(subjects))
	for i, s := range subjects {
		if counters[i], err = s.open(w.work); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		defer func() { err = errors.Join(err, counters[i].close()) }()
	}
	byRound := make([][]float64, len(subjects))
	return byRound, turns.Take(ctx, length.Rounds+1, len(subjects), func(i, round int) error {
		_, rate, err := turns.Drive(w.submitters, length.Span, func(int) error {
			_, err := counters[i].add(1)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", subjects[i].name, err)
		}
		if round > 0 { // the first one is to warm up
			byRound[i] = append(byRound[i], rate)
		}
		return nil
	})
}

// Command clock measures how long a stamp takes: of Lockstep's Hybrid Clock beside that of
// MatrixOne, beside a hybrid clock of one number under compare-and-swap, beside Lockstep's
// Lamport Clock, and beside a reading of the machine's clock.
//
//	cd scripts/bench && go run ./clock -dir /a/folder/on/a/real/disk
//
// One goroutine or 64 of them take stamps from one clock as fast as they can. The subjects
// take turns, a short span each and round after round, another one first each time. The
// table has the medians of the time that a stamp takes in all, which is the length of the
// turn divided by the stamps of all goroutines. The ratios are medians of each round's
// ratio.
//
// Lockstep's Hybrid Clock alone survives a crash, and flushes a file some twenty times a
// second for it. MatrixOne's, like CockroachDB's, has nanoseconds and a second number.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/lockstep-tla/lockstep/scripts/bench/turns"
)

func main() { turns.Main("clock", run) }

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("clock", flag.ContinueOnError)
	base := flags.String("dir", ".", "`folder` to write in, on the disk to be measured")
	length, err := turns.Parse(flags, args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(*base, "clockbench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fmt.Fprintf(out, "%s; %s\n\n", turns.Machine(), length)
	const row = "%10s  %-18s %12s  %15s  %s\n"
	fmt.Fprintf(out, row, "goroutines", "", "ns a stamp", "middle half", "times as long as "+subjects[0].name)
	for _, goroutines := range []int{1, 64} {
		took, err := measure(ctx, dir, goroutines, length)
		if err != nil {
			return fmt.Errorf("%d goroutines: %w", goroutines, err)
		}
		for i, s := range subjects {
			ratio := ""
			if i > 0 {
				ratio = fmt.Sprintf("%.2f", turns.Median(turns.Ratios(took[i], took[0])))
			}
			fmt.Fprintf(out, row, strconv.Itoa(goroutines), s.name, fmt.Sprintf("%.1f", turns.Median(took[i])),
				fmt.Sprintf("%.1f-%.1f", turns.Quantile(took[i], 0.25), turns.Quantile(took[i], 0.75)), ratio)
		}
	}
	return nil
}

// measure lets the subjects take turns, and returns the nanoseconds that a stamp took of
// each, one a round.
func measure(ctx context.Context, dir string, goroutines int, length turns.Length) (_ [][]float64, err error) {
	clocks := make([]clock, len(subjects))
	for i, s := range subjects {
		home := filepath.Join(dir, fmt.Sprint(goroutines, "-", i))
		if err := os.Mkdir(home, 0o750); err != nil {
			return nil, err
		}
		if clocks[i], err = s.open(home); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		defer func() { err = errors.Join(err, clocks[i].close()) }()
	}
	byRound := make([][]float64, len(subjects))
	return byRound, turns.Take(ctx, length.Rounds+1, len(subjects), func(i, round int) error {
		_, rate, err := turns.Drive(goroutines, length.Span, func(int) error {
			_, _, err := clocks[i].now()
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", subjects[i].name, err)
		}
		if round > 0 { // the first one is to warm up
			byRound[i] = append(byRound[i], 1e9/rate)
		}
		return nil
	})
}

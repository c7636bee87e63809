// Command open measures how long it takes to open a log that was closed: Lockstep's
// Segmented Log beside its Write-Ahead Log, which is one file, tidwall's log and etcd's.
//
//	cd scripts/bench && go run ./open -dir /a/folder/on/a/real/disk
//
// Each log is filled once with the same entries, in segments of the same size where it
// has segments. Then they take turns, round after round, another one first each time: a
// turn opens the log until it could append, and closes it. Only the opening is timed.
//
// What opening must read differs. Lockstep's Segmented Log lists the files and reads the
// newest. One file is read from its beginning. Tidwall's log reads its newest segment.
// etcd's log is read from a snapshot's index on before it can append: "etcd, from a
// snapshot" has one at the beginning of the newest segment, and "etcd, whole" has none.
//
// The files were just written, so they come from memory and not from the disk. On a cold
// machine what must be read costs more.
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
	"time"

	"github.com/lockstep-tla/lockstep/scripts/bench/turns"
)

// shape is what every log holds.
type shape struct {
	entries  int // in all
	size     int // bytes an entry
	segments int
}

func (s shape) segmentBytes() int { return s.entries / s.segments * s.size }

func main() { turns.Main("open", run) }

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("open", flag.ContinueOnError)
	base := flags.String("dir", ".", "`folder` to write in, on the disk to be measured")
	megabytes := flags.Int("mb", 1024, "how many `MiB` of payload each log holds")
	s := shape{size: 1024}
	flags.IntVar(&s.segments, "segments", 64, "in how many segments")
	rounds := flags.Int("rounds", 11, "how many turns each has")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *megabytes < 1 || s.segments < 1 || *rounds < 1 || flags.NArg() > 0 {
		return errors.New("mb, segments and rounds must be positive, and there are no other arguments")
	}
	s.entries = *megabytes << 20 / s.size
	dir, err := os.MkdirTemp(*base, "openbench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	fmt.Fprintf(out, "%s; %d MiB in %d segments, entries of %d B; %d rounds, medians\n\n",
		turns.Machine(), *megabytes, s.segments, s.size, *rounds)
	homes := make([]string, len(subjects))
	for i, one := range subjects {
		fmt.Fprintf(os.Stderr, "filling %s\n", one.name)
		homes[i] = filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(homes[i], 0o750); err != nil {
			return err
		}
		if err := one.fill(homes[i], s); err != nil {
			return fmt.Errorf("%s: fill: %w", one.name, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	took := make([][]float64, len(subjects)) // in milliseconds
	err = turns.Take(ctx, *rounds, len(subjects), func(i, round int) error {
		began := time.Now()
		last, l, err := subjects[i].open(homes[i], s)
		if err != nil {
			return fmt.Errorf("%s: open: %w", subjects[i].name, err)
		}
		took[i] = append(took[i], time.Since(began).Seconds()*1000)
		if last != uint64(s.entries) {
			err = fmt.Errorf("%s: its last entry has the index %d, and not %d", subjects[i].name, last, s.entries)
		}
		return errors.Join(err, l.Close())
	})
	if err != nil {
		return err
	}
	return printTable(out, took)
}

func printTable(out io.Writer, took [][]float64) error {
	const row = "%-24s  %10s  %17s  %s\n"
	if _, err := fmt.Fprintf(out, row, "log", "ms to open", "middle half", "times as long as "+subjects[0].name); err != nil {
		return err
	}
	for i, one := range subjects {
		ratio := ""
		if i > 0 {
			ratio = fmt.Sprintf("%.2f", turns.Median(turns.Ratios(took[i], took[0])))
		}
		if _, err := fmt.Fprintf(out, row, one.name, fmt.Sprintf("%.2f", turns.Median(took[i])),
			fmt.Sprintf("%.2f-%.2f", turns.Quantile(took[i], 0.25), turns.Quantile(took[i], 0.75)), ratio); err != nil {
			return err
		}
	}
	return nil
}

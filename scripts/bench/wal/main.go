// Command wal appends to Lockstep's Write-Ahead Log, to etcd's and to
// tidwall's, side by side in one run, and prints how many entries a second
// each makes durable.
//
//	cd scripts/bench && go run ./wal -dir /a/folder/on/a/real/disk
//
// For each workload every log is opened in an empty folder, and then they take
// turns, a short span each and round after round, another one first each time,
// so that a disk or a machine that changes its pace meets all of them alike.
// The table has the medians; the ratios are medians of each round's ratio.
//
// The promise is the same for all: Append returns when the entry is durable.
//
//   - "every entry": one writer, one flush an entry.
//   - "group commit": several writers at once, whose entries may share a flush.
//     Lockstep does that itself. The others leave it to their caller: etcd's
//     Save takes a slice of entries and tidwall's WriteBatch a batch, each
//     durable with one flush. So here they stand behind a small queue that
//     gathers the entries that wait while a flush is under way (see group.go).
//     Without it, every writer would pay for a flush of its own.
//
// Each log runs with its own default settings. They differ in how they flush:
// Lockstep uses fdatasync within 4 MiB that it has filled with zeros beforehand,
// etcd within 64 MB that it has allocated and not written to, tidwall uses
// fsync at the end of a growing file. What the filling costs is measured too:
// it is part of every flush that needs more space.
//
// The "plain file" has no format, no checksum and no index: entries are written
// into space filled with zeros and flushed with fdatasync, in the same groups.
// It shows what the disk gives, and no log can be much faster than it. With one
// writer all four wait for the disk nearly all of the time, so that only a quiet
// machine and many rounds show a difference; a noisy one is better measured with
// many short turns, such as -rounds 250 -time 6ms. On a filesystem in memory,
// such as /dev/shm, a flush costs nothing, and the table shows what the logs
// cost themselves.
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
	"strings"
	"time"

	"github.com/lockstep-tla/lockstep/scripts/bench/turns"
)

// workload is a row of the table.
type workload struct {
	name    string
	size    int // bytes an entry
	writers int
	group   bool // whether entries of several writers may share a flush
}

var workloads = []workload{
	{"every entry", 100, 1, false},
	{"every entry", 1024, 1, false},
	{"group commit, 1 writer", 100, 1, true},
	{"group commit, 1 writer", 1024, 1, true},
	{"group commit, 8 writers", 100, 8, true},
	{"group commit, 8 writers", 1024, 8, true},
	{"group commit, 64 writers", 100, 64, true},
	{"group commit, 64 writers", 1024, 64, true},
}

func main() { turns.Main("wal", run) }

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("wal", flag.ContinueOnError)
	base := flags.String("dir", defaultDir(), "`folder` to write in, on the disk to be measured (or LOCKSTEP_BENCH_DIR)")
	match := flags.String("run", "", "measure only workloads whose name contains `text`")
	length, err := turns.Parse(flags, args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(*base, "walbench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	fmt.Fprintf(out, "%s, on %s; %s\n\n", turns.Machine(), filesystem(dir), length)
	b := bench{dir: dir, length: length, rates: map[cell][]float64{}}
	for _, w := range workloads {
		if !strings.Contains(w.name, *match) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s, %d B\n", w.name, w.size)
		if err := b.measure(ctx, w); err != nil {
			return fmt.Errorf("%s, %d B: %w", w.name, w.size, err)
		}
	}
	return b.print(out)
}

func defaultDir() string {
	if dir := os.Getenv("LOCKSTEP_BENCH_DIR"); dir != "" {
		return dir
	}
	return "." // rather than the folder for temporary files, which may be memory
}

type cell struct {
	workload
	subject string
}

type bench struct {
	dir    string
	length turns.Length
	rates  map[cell][]float64 // entries a second, one a round
}

// measure lets the subjects take turns at one workload.
func (b *bench) measure(ctx context.Context, w workload) (err error) {
	dir, err := os.MkdirTemp(b.dir, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	logs := make([]log, len(subjects))
	for i, s := range subjects {
		home := filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(home, 0o750); err != nil {
			return err
		}
		if logs[i], err = s.open(home, w.group); err != nil {
			return fmt.Errorf("%s: open: %w", s.name, err)
		}
		defer func() { err = errors.Join(err, logs[i].Close()) }()
		if _, err := drive(logs[i], w, b.length.Span); err != nil { // pays for what a log does once
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	settle()
	return turns.Take(ctx, b.length.Rounds, len(subjects), func(i, _ int) error {
		rate, err := drive(logs[i], w, b.length.Span)
		if err != nil {
			return fmt.Errorf("%s: %w", subjects[i].name, err)
		}
		c := cell{w, subjects[i].name}
		b.rates[c] = append(b.rates[c], rate)
		return nil
	})
}

// drive lets the workload's writers append for so long and returns how many
// entries a second became durable.
func drive(log log, w workload, span time.Duration) (float64, error) {
	entries := make([][]byte, w.writers)
	for i := range entries {
		entries[i] = payload(i, w.size)
	}
	_, rate, err := turns.Drive(w.writers, span, func(i int) error { return log.Append(entries[i]) })
	return rate, err
}

// payload returns bytes that no compression or sparse file makes light of.
func payload(seed, size int) []byte {
	p := make([]byte, size)
	x := uint64(seed)*0x9e3779b97f4a7c15 + 1
	for i := range p {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		p[i] = byte(x)
	}
	return p
}

// print writes the table: the medians, the middle half of the rates, and how
// many times as fast the first subject is as each of the others.
func (b *bench) print(out io.Writer) error {
	const row = "%-24s  %6s  %-10s  %9s  %15s  %8s  %s\n"
	if _, err := fmt.Fprintf(out, row, "workload", "entry", "log", "entries/s", "middle half", "MB/s", subjects[0].name+" is"); err != nil {
		return err
	}
	for _, w := range workloads {
		ours := b.rates[cell{w, subjects[0].name}]
		for i, s := range subjects {
			rates := b.rates[cell{w, s.name}]
			if len(rates) == 0 {
				continue
			}
			name, size, ratio := w.name, fmt.Sprintf("%d B", w.size), ""
			if i > 0 {
				name, size, ratio = "", "", fmt.Sprintf("%.2f times as fast", turns.Median(turns.Ratios(ours, rates)))
			}
			m := turns.Median(rates)
			if _, err := fmt.Fprintf(out, row, name, size, s.name, fmt.Sprintf("%.0f", m),
				fmt.Sprintf("%.0f-%.0f", turns.Quantile(rates, 0.25), turns.Quantile(rates, 0.75)),
				fmt.Sprintf("%.2f", m*float64(w.size)/1e6), ratio); err != nil {
				return err
			}
		}
	}
	return nil
}

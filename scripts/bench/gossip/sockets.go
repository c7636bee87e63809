package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/lockstep-tla/lockstep/scripts/bench/turns"
)

// cluster is nodes in this process that gossip over UDP on loopback. Each tells
// the others one value of its own.
type cluster interface {
	add(node int) error // joins by node 0; nodes are added one by one
	members(node int) int
	publish(node int, value string) error // returns before another node has heard of it
	knows(node, of int, value string) bool
	sent() int64 // bytes by all of them, without the headers of UDP, TCP and IP
	close() error
}

// measurement is how it is measured. In each turn a cluster is made, and when all
// know each other and all is quiet, it is left alone for as long as the updates take
// afterwards: in each window another node publishes something.
type measurement struct {
	nodes, rounds, updates, fanout int
	interval, window               time.Duration
}

// results are what was measured of one subject. Bytes are those of a node.
type results struct {
	millis, until []float64 // by update: until all knew, and the bytes until then
	busy, quiet   []float64 // by turn: bytes a second with updates, and without
	missed        int       // updates that not all knew at the end of the window
	apart         int       // clusters that did not come together
}

const (
	patience = time.Minute // for a cluster to come together
	look     = time.Millisecond
)

// errApart is for a cluster that does not come together. Where whole states are
// never exchanged, a message that was lost may keep two nodes from each other.
var errApart = fmt.Errorf("not all know each other after %v", patience)

func (m measurement) print(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "%s; %d nodes, each gossips with %d others every %v\n", turns.Machine(), m.nodes, m.fanout, m.interval)
	fmt.Fprintf(out, "%d rounds of %d updates, one every %v; medians, and the middle half\n\n", m.rounds, m.updates, m.window)
	all, err := m.measure(ctx)
	if err != nil {
		return err
	}
	const row = "%-14s  %17s  %20s  %17s  %17s  %s\n"
	fmt.Fprintf(out, row, "", "ms until all know", "bytes/node until then", "bytes/s, updates", "bytes/s, quiet", "reached all")
	for i, s := range subjects {
		r := all[i]
		fmt.Fprintf(out, row, s.name, spreadOf(r.millis), spreadOf(r.until), spreadOf(r.busy), spreadOf(r.quiet),
			fmt.Sprintf("%d of %d", len(r.millis), len(r.millis)+r.missed))
	}
	for i, s := range subjects {
		if n := all[i].apart; n > 0 {
			fmt.Fprintf(out, "\n%s: %d times not all nodes knew each other after %v, and the turn was begun again\n", s.name, n, patience)
		}
	}
	return nil
}

// spreadOf is the median with the middle half.
func spreadOf(values []float64) string {
	return fmt.Sprintf("%.0f (%.0f-%.0f)", turns.Median(values), turns.Quantile(values, 0.25), turns.Quantile(values, 0.75))
}

// measure lets the subjects take turns. One cluster at a time is there.
func (m measurement) measure(ctx context.Context) ([]results, error) {
	all := make([]results, len(subjects))
	return all, turns.Take(ctx, m.rounds, len(subjects), func(i, round int) error {
		err := m.turn(ctx, subjects[i].open(m), &all[i])
		for errors.Is(err, errApart) && all[i].apart < max(m.rounds, 5) {
			all[i].apart++
			err = m.turn(ctx, subjects[i].open(m), &all[i])
		}
		if err != nil {
			return fmt.Errorf("%s: %w", subjects[i].name, err)
		}
		return nil
	})
}

func (m measurement) turn(ctx context.Context, c cluster, into *results) (err error) {
	defer func() { err = errors.Join(err, c.close()) }()
	if err := m.gather(ctx, c); err != nil {
		return err
	}
	perNode := func(bytes int64) float64 { return float64(bytes) / float64(m.nodes) }
	span := time.Duration(m.updates) * m.window
	start := c.sent()
	if err := sleep(ctx, span); err != nil {
		return err
	}
	into.quiet = append(into.quiet, perNode(c.sent()-start)/span.Seconds())
	start = c.sent()
	for i, teller := range rand.Perm(m.nodes)[:min(m.updates, m.nodes)] {
		took, bytes, err := m.update(ctx, c, teller, strconv.Itoa(i+1))
		if err != nil {
			return err
		}
		if took < 0 {
			into.missed++
			continue
		}
		into.millis = append(into.millis, float64(took)/float64(time.Millisecond))
		into.until = append(into.until, perNode(bytes))
	}
	into.busy = append(into.busy, perNode(c.sent()-start)/span.Seconds())
	return nil
}

// gather adds all nodes, spread over an interval so that their rounds are not at
// the same time, and waits until all know each other and have said it often
// enough.
func (m measurement) gather(ctx context.Context, c cluster) error {
	for i := range m.nodes {
		if err := c.add(i); err != nil {
			return err
		}
		if err := sleep(ctx, m.interval/time.Duration(m.nodes)); err != nil {
			return err
		}
	}
	took, err := m.until(ctx, patience, func(node int) bool { return c.members(node) == m.nodes })
	if err != nil {
		return err
	}
	if took < 0 {
		return errApart
	}
	return sleep(ctx, 20*m.interval)
}

// update publishes something, and returns after a window how long it took until
// all knew, -1 if not all do, and how many bytes they have sent until then.
func (m measurement) update(ctx context.Context, c cluster, teller int, value string) (took time.Duration, bytes int64, err error) {
	before, start := c.sent(), time.Now()
	if err := c.publish(teller, value); err != nil {
		return 0, 0, err
	}
	took, err = m.until(ctx, m.window, func(node int) bool { return c.knows(node, teller, value) })
	bytes = c.sent() - before
	if err != nil {
		return 0, 0, err
	}
	return took, bytes, sleep(ctx, m.window-time.Since(start))
}

// until looks at the nodes until something is true of all, and returns how long
// that took, -1 if it took longer than the limit.
func (m measurement) until(ctx context.Context, limit time.Duration, done func(node int) bool) (time.Duration, error) {
	start := time.Now()
	missing := make([]int, m.nodes)
	for i := range missing {
		missing[i] = i
	}
	for {
		missing = slices.DeleteFunc(missing, done)
		took := time.Since(start)
		if len(missing) == 0 {
			return took, nil
		}
		if took > limit {
			return -1, nil
		}
		if err := sleep(ctx, look); err != nil {
			return 0, err
		}
	}
}

// sleep waits, but not longer than the context.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

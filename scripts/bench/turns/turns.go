// Package turns measures subjects side by side: they take turns, a short span
// each and round after round, another one first each time, so that a machine
// that changes its pace meets all of them alike.
package turns

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Take gives each subject one turn a round. It ends early with the first error, and
// when the context ends.
func Take(ctx context.Context, rounds, subjects int, turn func(subject, round int) error) error {
	for round := range rounds {
		for i := range subjects {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := turn((round+i)%subjects, round); err != nil {
				return err
			}
		}
	}
	return nil
}

// Drive lets the workers repeat something for a span of time. It returns how often
// it was done in all, and per second.
func Drive(workers int, span time.Duration, do func(worker int) error) (times int64, rate float64, err error) {
	var (
		group  sync.WaitGroup
		total  atomic.Int64
		stop   atomic.Bool
		failed atomic.Pointer[error]
	)
	start := time.Now()
	timer := time.AfterFunc(span, func() { stop.Store(true) })
	defer timer.Stop()
	for worker := range workers {
		group.Go(func() {
			n := int64(0)
			for !stop.Load() {
				if err := do(worker); err != nil {
					failed.Store(&err)
					stop.Store(true)
					break
				}
				n++
			}
			total.Add(n)
		})
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		return 0, 0, *err
	}
	return total.Load(), float64(total.Load()) / time.Since(start).Seconds(), nil
}

// Ratios compares two subjects round by round.
func Ratios(ours, theirs []float64) []float64 {
	r := make([]float64, len(ours))
	for i := range r {
		r[i] = ours[i] / theirs[i]
	}
	return r
}

// Median returns the value in the middle.
func Median(values []float64) float64 { return Quantile(values, 0.5) }

// Quantile returns the value below which that share of the values lies,
// between two of them in proportion.
func Quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(values))
	at := share * float64(len(s)-1)
	below := int(at)
	above := min(below+1, len(s)-1)
	return s[below] + (at-float64(below))*(s[above]-s[below])
}

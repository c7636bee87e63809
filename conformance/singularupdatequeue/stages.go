package singularupdatequeue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// stages runs two queues. The first hands each request on to the second, which
// writes it down, and changes its state and answers only when that is done. To
// the spec of the first, the second is a call like any other; one of the two is
// recorded.
func stages(_ context.Context, run conformance.Run) (err error) {
	const capacity = 8
	if hung.Load() {
		return errHung
	}
	rec, err := trace.Create(run.Path, header("stages", run.Seed))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	recorded := []*trace.Recorder{rec, nil}
	if run.Seed%2 == 0 {
		slices.Reverse(recorded)
	}
	var written []string // by the second's worker only
	second, err := suq.New(first, func(t *turn, o order) (string, error) {
		old := t.State
		t.State = o.value
		written = append(written, o.value)
		return old, nil
	}, suq.Options[string, order, string]{Capacity: capacity, Trace: tracing(recorded[1])})
	if err != nil {
		return err
	}
	var passed []string // by the first's worker only
	one, err := suq.New(first, func(t *turn, o order) (string, error) {
		passed = append(passed, o.value)
		return suq.Pass(t, second, o, func(t *turn, _ string, err error) (string, error) {
			old := t.State
			t.State = o.value
			return old, err
		})
	}, suq.Options[string, order, string]{Capacity: capacity, Batch: 3, Trace: tracing(recorded[0])})
	if err != nil {
		return err
	}
	failed := askAll(one, run.Seed)
	ctx, cancel := patience()
	defer cancel()
	if err := errors.Join(one.Stop(ctx, suq.Drain), second.Stop(ctx, suq.Drain)); err != nil {
		lost(ctx)
		hung := []*queue{one, second}[run.Seed%2^1]
		rec.Step("End").String("node", node).State(hung)
		return errors.Join(failed, fmt.Errorf("the stages do not stop: %w", err))
	}
	if !slices.Equal(passed, written) {
		failed = errors.Join(failed, fmt.Errorf("passed on was %q, written down was %q", passed, written))
	}
	return failed
}

// askAll lets some goroutines ask, all of whom must be served.
func askAll(q *queue, seed int64) (failed error) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range 12 {
		wg.Go(func() {
			ctx, cancel := patience()
			defer cancel()
			defer lost(ctx)
			for _, op := range workload(seed*100+int64(i), 3, 3) {
				if _, err := q.Do(ctx, order{value: op.order().value}); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return failed
}

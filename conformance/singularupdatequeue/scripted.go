package singularupdatequeue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripted leads a queue. After whatever it does it waits until the queue is where
// that must lead, so that it does not matter how goroutines are scheduled.
type scripted struct {
	*harness
	asked int
	lost  error // what did not happen
}

// scripts are the courses that are led, one a seed. The first value asked for is "1".
var scripts = []struct {
	options options
	lead    func(*scripted) suq.How
}{
	{options{Policy: suq.DropOldest, Capacity: 3}, dropsWhatHasNotBegun},
	{options{Policy: suq.DropOldest, Capacity: 1}, dropsNothingThatHasBegun},
	{options{Policy: suq.Block, Capacity: 2, Batch: 1}, waitsInTurn},
	{options{Policy: suq.Block, Capacity: 1}, asksItself},
	{options{Policy: suq.Block, Capacity: 1}, panicsAlone},
	{options{Policy: suq.Reject, Capacity: 4, Batch: 3}, failsInEachWay},
	{options{Policy: suq.Block, Capacity: 3, Batch: 1}, abandonsWhatHasNotBegun},
}

func script(_ context.Context, run conformance.Run) error {
	s := toolbox.Pick(scripts, run.Seed-1)
	return inHarness(run, "script", s.options, func(h *harness) suq.How {
		r := &scripted{harness: h}
		how := s.lead(r)
		if r.lost != nil {
			h.blame(r.lost)
		}
		return how
	})
}

// ask lets a client ask. It returns when the queue has taken note, with what lets the
// client give up.
func (r *scripted) ask(p plan, held bool) (giveUp context.CancelFunc) {
	ctx, giveUp := context.WithCancel(context.Background())
	r.asked++
	o := order{value: valueOf(uint8(r.asked - 1)), plan: p, held: held}
	r.wait.Go(func() { r.client(ctx, o) })
	r.until("asked", r.asked)
	return giveUp
}

// steering is the patience of the scripts. A queue that has lost its way once does so
// the next time too.
var steering toolbox.Patience

// until waits until the queue's view shows these requests, or this number, under a
// name. In a queue that has lost its way that may never happen; then nothing more is
// waited for, and the trace has to show it.
func (r *scripted) until(name string, want ...int) {
	if r.lost == nil {
		r.lost = steering.Eventually(context.Background(), fmt.Sprintf("%s is %v", name, want), func() bool {
			return slices.Equal(r.view(name), want)
		})
	}
}

// view is what the queue's view shows under a name.
func (r *scripted) view(name string) (got []int) {
	shown, err := trace.ValueOf(r.q)
	if err != nil {
		r.blame(err)
	}
	switch v := shown[name].(type) {
	case int:
		got = []int{v}
	case []trace.Value:
		for _, n := range v {
			got = append(got, n.(int))
		}
	}
	return got
}

// begunAndFresh brings a request that is back from a call to the front of the queue,
// with one behind it that has not begun, while the worker is held up by another.
func (r *scripted) begunAndFresh() {
	r.ask(calls, false)
	r.until("out", 1)
	r.ask(finish, true)
	r.until("hands", 2)
	r.phone <- struct{}{}
	r.until("queue", 1)
	r.ask(finish, false)
	r.until("queue", 1, 3)
}

// dropsWhatHasNotBegun lets a request that is back from a call stand first in a
// full queue: the one behind it has to go.
func dropsWhatHasNotBegun(r *scripted) suq.How {
	r.begunAndFresh()
	r.ask(finish, false)
	r.until("queue", 1, 4)
	r.gate <- struct{}{}
	r.until("answered", 4)
	return suq.Drain
}

// dropsNothingThatHasBegun has one place, with a request in it that is out on a
// call, and later in work: the new ones are turned away.
func dropsNothingThatHasBegun(r *scripted) suq.How {
	r.ask(callsTwice, true)
	r.until("hands", 1)
	r.ask(finish, false)
	r.gate <- struct{}{}
	r.until("out", 1)
	r.ask(finish, false)
	r.phone <- struct{}{}
	r.phone <- struct{}{}
	r.until("answered", 3)
	r.ask(finish, false)
	r.until("answered", 4)
	return suq.Abandon
}

// waitsInTurn lets three wait outside, of whom the second gives up.
func waitsInTurn(r *scripted) suq.How {
	r.ask(finish, true)
	r.until("hands", 1)
	r.ask(finish, true)
	r.until("queue", 2)
	r.ask(finish, false)
	giveUp := r.ask(finish, false)
	r.ask(fail, false)
	r.until("waiting", 3, 4, 5)
	giveUp()
	r.until("waiting", 3, 5)
	r.gate <- struct{}{}
	r.until("hands", 2)
	r.until("queue", 3)
	r.ask(finish, false)
	r.until("waiting", 5, 6)
	r.gate <- struct{}{}
	r.until("answered", 6)
	return suq.Drain
}

// asksItself lets a handler ask its own full queue.
func asksItself(r *scripted) suq.How {
	r.ask(asks, true)
	r.gate <- struct{}{}
	r.asked++ // the handler's own, which is turned away
	r.until("asked", r.asked)
	r.until("answered", 2)
	r.ask(finish, false)
	r.until("answered", 3)
	return suq.Drain
}

// panicsAlone lets a handler panic with no other request there.
func panicsAlone(r *scripted) suq.How {
	r.ask(panics, false)
	r.until("answered", 1)
	return suq.Drain
}

// failsInEachWay lets handlers fail, panic and leave, at once and behind a call,
// with others in the same hands behind them.
func failsInEachWay(r *scripted) suq.How {
	r.ask(finish, true)
	r.until("hands", 1)
	r.ask(fail, false)
	r.ask(panics, false)
	r.ask(goexits, false)
	r.until("queue", 2, 3, 4)
	r.ask(finish, false) // there is no room
	r.gate <- struct{}{}
	r.until("answered", 5)
	r.ask(callsAndFails, false)
	r.until("out", 6)
	r.ask(callsAndPanics, false)
	r.until("out", 6, 7)
	r.phone <- struct{}{}
	r.phone <- struct{}{}
	r.until("answered", 7)
	r.ask(finish, false)
	r.until("answered", 8)
	return suq.Drain
}

// abandonsWhatHasNotBegun stops a queue in which requests are in every place
// there is.
func abandonsWhatHasNotBegun(r *scripted) suq.How {
	r.begunAndFresh()
	r.ask(finish, false)
	r.until("waiting", 4)
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.q.Stop(stopped, suq.Abandon); !errors.Is(err, context.Canceled) {
		r.blame(fmt.Errorf("stopping with a context that has ended: %w", err))
	}
	r.until("queue", 1)
	return suq.Abandon
}

// stages runs two queues. The first hands each request on to the second, which writes
// it down, and changes its state and answers only when that is done. To the spec of
// the first, the second is a call like any other; one of the two is recorded.
func stages(_ context.Context, run conformance.Run) error {
	if patience.RanOut() {
		return errHung
	}
	return toolbox.Record(run, header("stages", run.Seed), func(rec *trace.Recorder) error {
		const capacity = 8
		recorded := []*trace.Recorder{rec, nil}
		if run.Seed%2 == 0 {
			slices.Reverse(recorded)
		}
		var passed, written []string // each by its worker only
		second, err := suq.New(first, func(t *turn, o order) (string, error) {
			old := t.State
			t.State = o.value
			written = append(written, o.value)
			return old, nil
		}, options{Capacity: capacity, Trace: tracing(recorded[1])})
		if err != nil {
			return err
		}
		one, err := suq.New(first, func(t *turn, o order) (string, error) {
			passed = append(passed, o.value)
			return suq.Pass(t, second, o, func(t *turn, _ string, err error) (string, error) {
				old := t.State
				t.State = o.value
				return old, err
			})
		}, options{Capacity: capacity, Batch: 3, Trace: tracing(recorded[0])})
		if err != nil {
			return err
		}
		failed := askAll(one, run.Seed)
		ctx, cancel := patience.Context(context.Background())
		defer cancel()
		if err := errors.Join(one.Stop(ctx, suq.Drain), second.Stop(ctx, suq.Drain)); err != nil {
			hung := []*queue{one, second}[run.Seed%2^1]
			rec.Step("End").String("node", node).State(hung)
			return errors.Join(failed, fmt.Errorf("the stages do not stop: %w", err))
		}
		if !slices.Equal(passed, written) {
			failed = errors.Join(failed, fmt.Errorf("passed on was %q, written down was %q", passed, written))
		}
		return failed
	})
}

// askAll lets some goroutines ask, each of which must be served.
func askAll(q *queue, seed int64) error {
	var wg sync.WaitGroup
	failed := make([]error, 12)
	for i := range failed {
		wg.Go(func() {
			ctx, cancel := patience.Context(context.Background())
			defer cancel()
			for _, op := range workload(seed*100+int64(i), 3, 3) {
				_, err := q.Do(ctx, order{value: op.order().value})
				failed[i] = errors.Join(failed[i], err)
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

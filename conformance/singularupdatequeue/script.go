package singularupdatequeue

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// actor leads a queue. After whatever it does it waits until the queue is where
// that must lead, so that it does not matter how goroutines are scheduled.
type actor struct {
	*world
	asked int
	lost  error // what did not happen
}

// scripts are what is acted out, one a seed. The first value asked for is "1".
var scripts = []struct {
	options suq.Options[string, order, string]
	act     func(*actor) suq.How
}{
	{suq.Options[string, order, string]{Policy: suq.DropOldest, Capacity: 3}, dropsWhatHasNotBegun},
	{suq.Options[string, order, string]{Policy: suq.DropOldest, Capacity: 1}, dropsNothingThatHasBegun},
	{suq.Options[string, order, string]{Policy: suq.Block, Capacity: 2, Batch: 1}, waitsInTurn},
	{suq.Options[string, order, string]{Policy: suq.Block, Capacity: 1}, asksItself},
	{suq.Options[string, order, string]{Policy: suq.Block, Capacity: 1}, panicsAlone},
	{suq.Options[string, order, string]{Policy: suq.Reject, Capacity: 4, Batch: 3}, failsInEachWay},
	{suq.Options[string, order, string]{Policy: suq.Block, Capacity: 3, Batch: 1}, abandonsWhatHasNotBegun},
}

func script(_ context.Context, run conformance.Run) error {
	s := scripts[(run.Seed-1)%int64(len(scripts))]
	return inWorld(run, "script", s.options, func(w *world) suq.How {
		a := &actor{world: w}
		how := s.act(a)
		if a.lost != nil {
			w.blame(a.lost)
		}
		return how
	})
}

// ask lets somebody ask. It returns when the queue has heard it, with what lets
// him give up.
func (a *actor) ask(p plan, held bool) (giveUp context.CancelFunc) {
	ctx, giveUp := context.WithCancel(context.Background())
	a.asked++
	o := order{value: valueOf(uint8(a.asked - 1)), plan: p, held: held}
	a.wait.Go(func() { a.client(ctx, o) })
	a.until("asked", a.asked)
	return giveUp
}

// strayed is set once a queue has not come to where a script wanted it, in this
// process. It will not do so the next time either, and is not waited for long.
var strayed atomic.Bool

// until waits until the queue's view shows these requests, or this number, under
// a name. In a queue that has lost its way that may never happen; then nothing
// more is waited for, and the trace has to tell.
func (a *actor) until(name string, want ...int) {
	ctx, cancel := patience()
	defer cancel()
	if strayed.Load() {
		ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
	}
	for tries := 0; a.lost == nil; tries++ {
		got := a.view(name)
		switch {
		case slices.Equal(got, want):
			return
		case ctx.Err() != nil:
			strayed.Store(true)
			a.lost = errors.Join(a.lost, fmt.Errorf("%s is %v and not %v", name, got, want))
		case tries < 1000:
			runtime.Gosched() // mostly it comes at once
		default: // look again later, and leave the processor to others
			select {
			case <-time.After(time.Millisecond):
			case <-ctx.Done():
			}
		}
	}
}

// view is what the queue's view shows under a name.
func (a *actor) view(name string) (got []int) {
	seen := trace.Watch(func(e trace.Event) error {
		switch v := e.State[name].(type) {
		case int:
			got = []int{v}
		case []trace.Value:
			for _, n := range v {
				got = append(got, n.(int))
			}
		}
		return nil
	})
	seen.Step("Look").String("node", node).State(a.q)
	if err := seen.Err(); err != nil {
		a.lost = errors.Join(a.lost, err)
	}
	return got
}

// dropsWhatHasNotBegun lets a request that is back from a call stand first in a
// full queue: the one behind it has to go.
func dropsWhatHasNotBegun(a *actor) suq.How {
	a.ask(calls, false)
	a.until("out", 1)
	a.ask(finish, true)
	a.until("hands", 2)
	a.phone <- struct{}{}
	a.until("queue", 1)
	a.ask(finish, false)
	a.until("queue", 1, 3)
	a.ask(finish, false)
	a.until("queue", 1, 4)
	a.gate <- struct{}{}
	a.until("answered", 4)
	return suq.Drain
}

// dropsNothingThatHasBegun has one place, with a request in it that is out on a
// call, and later in work: the new ones are turned away.
func dropsNothingThatHasBegun(a *actor) suq.How {
	a.ask(callsTwice, true)
	a.until("hands", 1)
	a.ask(finish, false)
	a.gate <- struct{}{}
	a.until("out", 1)
	a.ask(finish, false)
	a.phone <- struct{}{}
	a.phone <- struct{}{}
	a.until("answered", 3)
	a.ask(finish, false)
	a.until("answered", 4)
	return suq.Abandon
}

// waitsInTurn lets three wait outside, of whom the second gives up.
func waitsInTurn(a *actor) suq.How {
	a.ask(finish, true)
	a.until("hands", 1)
	a.ask(finish, true)
	a.until("queue", 2)
	a.ask(finish, false)
	giveUp := a.ask(finish, false)
	a.ask(fail, false)
	a.until("waiting", 3, 4, 5)
	giveUp()
	a.until("waiting", 3, 5)
	a.gate <- struct{}{}
	a.until("hands", 2)
	a.until("queue", 3)
	a.ask(finish, false)
	a.until("waiting", 5, 6)
	a.gate <- struct{}{}
	a.until("answered", 6)
	return suq.Drain
}

// asksItself lets a handler ask its own full queue.
func asksItself(a *actor) suq.How {
	a.ask(asks, true)
	a.gate <- struct{}{}
	a.asked++ // the handler's own, which is turned away
	a.until("asked", a.asked)
	a.until("answered", 2)
	a.ask(finish, false)
	a.until("answered", 3)
	return suq.Drain
}

// panicsAlone lets a handler panic with nobody else there.
func panicsAlone(a *actor) suq.How {
	a.ask(panics, false)
	a.until("answered", 1)
	return suq.Drain
}

// failsInEachWay lets handlers fail, panic and leave, at once and behind a call,
// with others in the same hands behind them.
func failsInEachWay(a *actor) suq.How {
	a.ask(finish, true)
	a.until("hands", 1)
	a.ask(fail, false)
	a.ask(panics, false)
	a.ask(goexits, false)
	a.until("queue", 2, 3, 4)
	a.ask(finish, false) // there is no room
	a.gate <- struct{}{}
	a.until("answered", 5)
	a.ask(callsAndFails, false)
	a.until("out", 6)
	a.ask(callsAndPanics, false)
	a.until("out", 6, 7)
	a.phone <- struct{}{}
	a.phone <- struct{}{}
	a.until("answered", 7)
	a.ask(finish, false)
	a.until("answered", 8)
	return suq.Drain
}

// abandonsWhatHasNotBegun stops a queue in which requests are in every place
// there is.
func abandonsWhatHasNotBegun(a *actor) suq.How {
	a.ask(calls, false)
	a.until("out", 1)
	a.ask(finish, true)
	a.until("hands", 2)
	a.phone <- struct{}{}
	a.until("queue", 1)
	a.ask(finish, false)
	a.until("queue", 1, 3)
	a.ask(finish, false)
	a.until("waiting", 4)
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	_ = a.q.Stop(stopped, suq.Abandon) // it has heard, and is not waited for
	a.until("queue", 1)
	return suq.Abandon
}

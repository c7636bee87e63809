package singularupdatequeue

import (
	"context"
	"runtime"

	"github.com/lockstep-tla/lockstep/conformance"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
)

// options are those of a small queue, which is soon full.
func options(seed int64) suq.Options[string, order, string] {
	return suq.Options[string, order, string]{
		Policy: suq.Policy(seed % 3), Capacity: int(seed/3%4) + 1, Batch: int(seed/2%3) + 1,
	}
}

// faults does random things to a small queue. The first request holds the
// worker up, so that the others find the queue full.
func faults(_ context.Context, run conformance.Run) error {
	return inWorld(run, "faults", options(run.Seed), func(w *world) suq.How {
		var waiting []context.CancelFunc
		for i, op := range workload(run.Seed, 20, 30) {
			o := op.order()
			o.held = i == 0 || op.Choice%3 == 0
			switch {
			case i == 0 || op.Kind%8 > 2:
				ctx, giveUp := context.WithCancel(context.Background())
				defer giveUp()
				waiting = append(waiting, giveUp)
				w.wait.Go(func() { w.client(ctx, o) })
			case op.Kind%8 == 0:
				w.gate <- struct{}{}
			case op.Kind%8 == 1:
				w.phone <- struct{}{}
			default:
				waiting[int(op.Choice)%len(waiting)]()
			}
			for range op.Choice % 8 {
				runtime.Gosched() // mostly enough for the others to notice
			}
		}
		return suq.How(run.Seed % 2)
	})
}

// crowd lets many goroutines ask at once, and stops when all are done.
func crowd(_ context.Context, run conformance.Run) error {
	o := options(run.Seed)
	o.Capacity, o.Batch = 16, 8
	clients := 100
	if o.Policy == suq.Block {
		clients = 30 // each that waits is in each line of the trace
	}
	return inWorld(run, "crowd", o, func(w *world) suq.How {
		w.quick = true
		w.clients(run.Seed, clients, 1)
		w.wait.Wait()
		return suq.Drain
	})
}

// clients starts so many goroutines that ask a few times each.
func (w *world) clients(seed int64, clients, times int) {
	for i := range clients {
		w.wait.Go(func() {
			for _, op := range workload(seed*1000+int64(i), times, times) {
				w.client(context.Background(), op.order())
			}
		})
	}
}

// stop stops the queue while goroutines ask it.
func stop(_ context.Context, run conformance.Run) error {
	o := options(run.Seed)
	o.Capacity = 4
	return inWorld(run, "stop", o, func(w *world) suq.How {
		w.wait.Go(func() { w.client(context.Background(), order{value: valueOf(0), held: true}) })
		w.clients(run.Seed, 20, 2)
		for i := range 20 {
			if i%5 == int(run.Seed%5) {
				w.gate <- struct{}{}
				w.phone <- struct{}{}
			}
			runtime.Gosched()
		}
		return suq.How(run.Seed / 3 % 2)
	})
}

package singlesocketchannel

import (
	"context"
	"time"

	fuzz "github.com/google/gofuzz"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/proxy"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// operation is one thing that is asked for; gofuzz fills it in.
type operation struct {
	Text  uint8
	Hurry uint8 // how soon whoever asks goes away; mostly not at all
	Where uint8
}

// workload returns the operations that a seed stands for.
func workload(seed int64, n int) []operation {
	var ops []operation
	fuzz.NewWithSeed(seed).NilChance(0).NumElements(n, n).Fuzz(&ops)
	return ops
}

// does asks, one request after the other, and looks at what comes back.
func (w *world) does(ch *ssc.Channel, ops []operation, or ...error) {
	for _, op := range ops {
		ctx, cancel := patience()
		patient := op.Hurry%8 > 0
		if !patient {
			ctx, cancel = context.WithTimeout(ctx, time.Duration(op.Hurry)*20*time.Microsecond)
		}
		text := texts[int(op.Text)%len(texts)]
		also := or
		if !patient {
			also = []error{ssc.ErrNotSent, ssc.ErrUnknown}
		}
		f, err := ch.Send(ctx, []byte(text))
		switch {
		case err == nil:
			err = answered(ctx, f, text, also...)
		case isOne(err, also):
			err = nil
		}
		if err != nil {
			w.blame(err)
		}
		cancel()
	}
}

// from lets goroutines ask at one node.
func (w *world) from(name string, seed int64, clients, times int, or ...error) {
	ch := w.channel(name, false)
	for i := range clients {
		w.wait.Go(func() { w.does(ch, workload(seed*100+int64(i), times), or...) })
	}
}

func crowd(_ context.Context, run conformance.Run) error {
	plan := func(string) proxy.Plan { return proxy.Faultless }
	return inWorld(run, "crowd", 50*time.Millisecond, plan, func(w *world) error {
		w.from("a", run.Seed, 8, 4)
		w.from("b", run.Seed+50, 8, 3)
		w.wait.Wait()
		return nil
	})
}

func faults(_ context.Context, run conformance.Run) error {
	plan := func(to string) proxy.Plan { return proxy.Seeded(run.Seed*10+int64(to[0]), 4, 600) }
	return inWorld(run, "faults", 20*time.Millisecond, plan, func(w *world) error {
		w.from("a", run.Seed, 3, 5)
		w.from("b", run.Seed+50, 3, 4)
		w.wait.Wait()
		return nil
	})
}

func restarts(_ context.Context, run conformance.Run) error {
	plan := func(string) proxy.Plan { return proxy.Faultless }
	return inWorld(run, "restarts", 50*time.Millisecond, plan, func(w *world) error {
		for i, op := range workload(run.Seed, 3) {
			// Those who ask the process that ends may hear that nobody knows.
			w.from("a", run.Seed+int64(i), 3, 4, ssc.ErrUnknown, ssc.ErrClosed)
			w.from("b", run.Seed+int64(i)+50, 3, 4, ssc.ErrUnknown, ssc.ErrClosed)
			before := w.taps["b"].read.Load()
			err := until("something has been said", func() bool { return w.taps["b"].read.Load() > before+int64(op.Where) })
			if err != nil {
				return err
			}
			if err := w.restart([]string{"a", "b"}[op.Hurry%2]); err != nil {
				return err
			}
			w.wait.Wait()
		}
		for name, count := range map[string]int{"a": 3, "b": 2} {
			futures, err := ask(w.channel(name, false), count)
			if err == nil {
				err = all(futures, ssc.ErrUnknown) // the end of the last process may not be noticed yet
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

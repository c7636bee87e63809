package clockboundwait

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	"github.com/lockstep-tla/lockstep/trace"
)

// realtime is nodes with this machine's timers and its monotonic clock. Their clients do a fixed
// number of operations, in whatever time that takes.
func realtime(ctx context.Context, run conformance.Run) error { return onMachine(ctx, run, 0) }

// onMachine lets the clocks err beyond their bounds by excess. The true time is the monotonic clock
// in microseconds. It is recorded whenever a node reads its clock, and the node's Read stands behind
// it, however long the node takes to record that.
func onMachine(ctx context.Context, run conformance.Run, excess int64) error {
	const scale = 300
	h := header("realtime", run.Seed)
	h.Constants["Width"] = h.Constants["Width"].(int) * scale
	return toolbox.RecordSequence(run, h, append([]string{"environment"}, nodes...), moments, func(s *toolbox.Sequence, answers *toolbox.Answers) (err error) {
		truth, begun := Truth{Rec: s.Recorder("environment")}, time.Now()
		c := clients{nodes: map[string]*cbw.Node{}, answers: answers, recorded: s, patient: impatient}
		for i, name := range nodes {
			read := func() (now uint64) {
				s.Reserve(name, func() {
					_ = truth.Tick(uint64(time.Since(begun).Microseconds())) // refused if the clock still shows the same microsecond
					now = truth.Now
				})
				if now%8 == 0 { // the process stands still before it uses the reading
					time.Sleep(time.Millisecond)
				}
				return now
			}
			err = errors.Join(err, c.open(i, run.Seed, widths[name]*scale, excess, read, cbw.Options{Trace: s.Recorder(name)}))
		}
		if err != nil {
			return err
		}
		err = toolbox.Concurrently(4, func(client int) error { return c.work(ctx, run.Seed, client, 4) })
		return errors.Join(err, c.rest(ctx, &truth))
	})
}

// impatient clients give up after some tenths of a millisecond. The others wait, however long the
// machine stands still.
func impatient(ctx context.Context, patience int) (context.Context, context.CancelFunc) {
	if patience >= 10 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Duration(patience)*100*time.Microsecond)
}

// moments makes the constant Time of those that the clocks have read. The spec allows no step with
// these that it does not allow with all.
func moments(t *trace.Trace) {
	read := map[int]bool{0: true}
	for _, e := range t.Events {
		for _, name := range []string{"time", "earliest", "latest"} {
			if at, ok := e.Args[name].(int); ok {
				read[at] = true
			}
		}
	}
	t.Header.Constants["Time"] = trace.Values(slices.Sorted(maps.Keys(read)))
}

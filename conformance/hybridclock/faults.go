package hybridclock

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// node is a clock as others use it.
type node struct {
	name     string
	rec      *trace.Recorder
	answers  *toolbox.Answers
	clock    *hc.Clock
	physical *clocktest.Clock

	mu    sync.Mutex
	time  uint64
	given map[hc.Stamp]bool
}

func newNode(name string, rec *trace.Recorder, answers *toolbox.Answers) *node {
	physical := clocktest.New(func() time.Duration { return 0 })
	return &node{name: name, rec: rec, answers: answers, physical: physical, given: map[hc.Stamp]bool{}}
}

// open opens the clock of the node's next process.
func (n *node) open(path string, fs disk.FS) (err error) {
	n.clock, err = hc.Open(hc.Options{
		Path: path, FS: fs, MaxOffset: maxOffset * time.Millisecond, Ahead: ahead * time.Millisecond,
		Clock: n.physical, Name: n.name, Trace: n.rec,
	})
	return err
}

// jump lets the physical clock go on, or jump.
func (n *node) jump(by uint8) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.time = later(n.time, by)
	n.physical.Set(time.Duration(n.time) * time.Millisecond)
}

// use calls Update with a stamp that was received, or Now if that is 0. It holds what
// the call returns against the trace, and no stamp may be returned twice.
func (n *node) use(received hc.Stamp) (s hc.Stamp, err error) {
	step, call := "Now", n.clock.Now
	if received != 0 {
		step, call = "Receive", func() (hc.Stamp, error) { return n.clock.Update(received) }
	}
	s, err = call()
	holds := func(is string, _, state *trace.Record) bool { return is == step && state.Uint("latest") == uint64(s) }
	var far *hc.AheadError
	if errors.As(err, &far) {
		holds = func(is string, args, state *trace.Record) bool {
			known := received // it was refused, or what follows it and the clock must wait
			if is != "Refuse" || args.Uint("stamp") != uint64(received) {
				known = hc.NextStamp(hc.Stamp(state.Uint("latest")), received)
			}
			return *far == hc.AheadError{Wall: known.Wall(), Physical: state.Uint("physical"), MaxOffset: maxOffset}
		}
	} else if err != nil {
		return 0, err
	}
	n.answers.AfterStep(n.rec, fmt.Sprintf("%s, given %d, returns %d and %v", n.name, received, uint64(s), err), func(is string, args, state *trace.Record) bool {
		return args.String("node") == n.name && holds(is, args, state)
	})
	n.mu.Lock()
	defer n.mu.Unlock()
	if err == nil && n.given[s] {
		return 0, fmt.Errorf("%s returns %d twice", n.name, uint64(s))
	}
	n.given[s] = true
	return s, err
}

// faults uses two clocks on disks that fail, halt, lose and tear, and opens them again.
func faults(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("faults", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		var s toolbox.Script
		var given []hc.Stamp
		disks, all := []*disktest.Disk{disktest.New(), disktest.New()}, []*node{newNode("n1", rec, answers), newNode("n2", rec, answers)}
		for i, n := range all {
			s.Must(n.open("clock", disks[i]))
		}
		for at, op := range toolbox.Workload[operation](run.Seed, 60, 90) {
			if s.Must(ctx.Err()); s.Err() != nil {
				break
			}
			d, n := disks[op.Node%2], all[op.Node%2]
			n.jump(op.Time)
			stamp, err := hc.Stamp(0), error(nil)
			switch what := op.What % 16; {
			case what == 0:
				d.FailSync(toolbox.Pick([]string{"clock.next", "."}, op.Stamp))
			case what == 1:
				d.HaltAfter(int(op.Stamp % 8))
			case what == 2:
				d.LimitSpace(int64(op.Stamp % 32))
			case what < 8 && len(given) > 0:
				stamp, err = n.use(given[len(given)-1-int(op.Stamp)%len(given)])
			default:
				stamp, err = n.use(0)
			}
			if errors.Is(err, hc.ErrStopped) {
				s.Must(n.clock.Close())
				d.HaltAfter(-1)
				d.End(op.Stamp, run.Seed*1000+int64(at))
				s.Must(n.open("clock", d))
			} else if s.Allow(err, hc.ErrAhead); stamp != 0 {
				given = append(given, stamp)
			}
		}
		return errors.Join(s.Err(), all[0].clock.Close(), all[1].clock.Close())
	})
}

// goroutines share two clocks with real files, in two incarnations.
func goroutines(_ context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("goroutines", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) (err error) {
		given := make(chan hc.Stamp, 1000) // on their way from one node to the other
		all := []*node{newNode("n1", rec, answers), newNode("n2", rec, answers)}
		for incarnation := range int64(2) {
			for _, n := range all {
				if err := n.open(filepath.Join(run.Dir, n.name), disk.OS{}); err != nil {
					return err
				}
			}
			err = errors.Join(err, toolbox.Concurrently(6, func(i int) error {
				return share(all[i%2], run.Seed*100+incarnation*10+int64(i), given)
			}), all[0].clock.Close(), all[1].clock.Close())
			for _, n := range all {
				n.clock.Quiet()
			}
		}
		return err
	})
}

// share is one of the goroutines that use a clock. It gets stamps that increase.
func share(n *node, seed int64, given chan hc.Stamp) error {
	var last hc.Stamp
	for _, op := range toolbox.Workload[operation](seed, 12, 12) {
		n.jump(op.Time)
		var received hc.Stamp
		select {
		case received = <-given:
		default:
		}
		s, err := n.use(received)
		if err != nil && !errors.Is(err, hc.ErrAhead) || err == nil && s <= last {
			return fmt.Errorf("%s gives %d behind %d: %w", n.name, uint64(s), uint64(last), err)
		}
		if last = max(s, last); err == nil && op.Stamp%2 == 0 {
			given <- s
		}
	}
	return nil
}

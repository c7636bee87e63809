package hybridclock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
	name    string
	rec     *trace.Recorder
	answers *toolbox.Answers
	clock   *hc.Clock

	physical *clocktest.Clock
	mu       sync.Mutex
	time     uint64
}

func newNode(name string, rec *trace.Recorder, answers *toolbox.Answers) *node {
	n := &node{name: name, rec: rec, answers: answers}
	n.physical = clocktest.New(func() time.Duration { return 0 })
	return n
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

// now calls Now, and holds what it has returned against the trace.
func (n *node) now() (hc.Stamp, error) { return n.told("Now", 0, n.clock.Now) }

// update calls Update, and holds what it has returned against the trace.
func (n *node) update(received hc.Stamp) (hc.Stamp, error) {
	return n.told("Receive", received, func() (hc.Stamp, error) { return n.clock.Update(received) })
}

func (n *node) told(step string, received hc.Stamp, call func() (hc.Stamp, error)) (hc.Stamp, error) {
	s, err := call()
	var far *hc.AheadError
	switch {
	case err == nil:
		n.answers.AfterStep(n.rec, fmt.Sprint(n.name, " has given ", uint64(s)), func(is string, args, state *trace.Record) bool {
			return is == step && args.String("node") == n.name && state.Uint("latest") == uint64(s) &&
				(step == "Now" || args.Uint("stamp") == uint64(received))
		})
	case errors.As(err, &far):
		n.answers.AfterStep(n.rec, fmt.Sprint(n.name, " says of ", uint64(received), ": ", err), func(is string, args, state *trace.Record) bool {
			if args.String("node") != n.name || state.Uint("physical") != far.Physical || far.Wall <= far.Physical+maxOffset || far.MaxOffset != maxOffset {
				return false
			}
			refused := is == "Refuse" && hc.Stamp(args.Uint("stamp")) == received && received.Wall() == far.Wall
			return refused || hc.NextStamp(hc.Stamp(state.Uint("latest")), received).Wall() == far.Wall
		})
	}
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
				stamp, err = n.update(given[len(given)-1-int(op.Stamp)%len(given)])
			default:
				stamp, err = n.now()
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

// goroutines share two clocks with real files, in two incarnations. No stamp is given
// twice by one node, and a goroutine sees stamps that increase.
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
			var unique sync.Map
			err = errors.Join(err, toolbox.Concurrently(6, func(i int) error {
				rng := rand.New(rand.NewPCG(uint64(run.Seed), uint64(incarnation*10)+uint64(i)))
				return use(all[i%2], rng, given, &unique)
			}), all[0].clock.Close(), all[1].clock.Close())
		}
		return err
	})
}

func use(n *node, rng *rand.Rand, given chan hc.Stamp, unique *sync.Map) error {
	var last hc.Stamp
	for range 12 {
		if rng.IntN(3) == 0 {
			n.jump(uint8(rng.UintN(256)))
		}
		var s hc.Stamp
		var err error
		select {
		case received := <-given:
			s, err = n.update(received)
		default:
			s, err = n.now()
		}
		if err != nil {
			if err := toolbox.Allow(err, hc.ErrAhead); err != nil {
				return err
			}
			continue
		}
		if _, twice := unique.LoadOrStore(fmt.Sprint(n.name, uint64(s)), true); twice || s <= last {
			return fmt.Errorf("%s gives %d behind %d; twice: %t", n.name, uint64(s), uint64(last), twice)
		}
		if last = s; rng.IntN(2) == 0 {
			given <- s
		}
	}
	return nil
}

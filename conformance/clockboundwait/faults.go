package clockboundwait

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	"github.com/lockstep-tla/lockstep/impl/environment/registertest"
	"github.com/lockstep-tla/lockstep/trace"
)

// virtual is a true time that goes on by one when all clients sleep. So no time passes
// between a reading of a clock and the step that records it.
type virtual struct {
	truth   truth
	answers *toolbox.Answers
	nodes   map[string]*cbw.Node

	mu       sync.Mutex
	woken    *sync.Cond
	awake    int // the clients that do not sleep
	sleeping int
	events   int64                            // counts calls and returns
	history  map[string][]porcupine.Operation // by node and key
	gaveUp   []cbw.Request                    // the reads whose clients did not wait
}

// clock is a node's clock. It errs within its bound, another way each time, and beyond it
// by ahead or back.
type clock struct {
	*virtual
	random      *rand.Rand
	width       uint64
	ahead, back uint64
}

// Now implements clockboundwait.Clock. Its caller has the node's lock.
func (c *clock) Now() cbw.Interval {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.truth.now + c.ahead - min(c.back, c.truth.now)
	from := now - min(now, c.random.Uint64N(c.width+1))
	return cbw.Interval{Earliest: from, Latest: from + c.width}
}

// newVirtual opens the nodes. The clock of n1 is ahead of its interval by excess, and that of n2
// behind it.
func newVirtual(seed int64, excess uint64, rec *trace.Recorder, answers *toolbox.Answers) (*virtual, error) {
	v := &virtual{truth: truth{rec: rec}, answers: answers, nodes: map[string]*cbw.Node{}, history: map[string][]porcupine.Operation{}}
	v.woken = sync.NewCond(&v.mu)
	for i, name := range nodes {
		c := &clock{virtual: v, random: rand.New(rand.NewPCG(uint64(seed), uint64(i))), width: widths[name]}
		if i == 0 {
			c.ahead = excess
		} else {
			c.back = excess
		}
		n, err := cbw.Open(cbw.Options{Name: name, Clock: c, Sleep: v.sleep, Trace: rec})
		if err != nil {
			return nil, err
		}
		v.nodes[name] = n
	}
	return v, nil
}

// patienceKey is the key under which a context has how often its client still sleeps.
type patienceKey struct{}

// sleep returns when the time has gone on by one.
func (v *virtual) sleep(ctx context.Context, _ time.Duration) error {
	if left, ok := ctx.Value(patienceKey{}).(*int); ok {
		if *left--; *left < 0 {
			return context.DeadlineExceeded
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sleeping++
	for before := v.truth.now; before == v.truth.now; {
		if v.goOn(); before == v.truth.now {
			v.woken.Wait()
		}
	}
	return ctx.Err()
}

// goOn lets the time go on if no client is awake. Its caller has the lock.
func (v *virtual) goOn() {
	if v.sleeping == v.awake && v.sleeping > 0 {
		v.sleeping = 0
		if err := v.truth.tick(v.truth.now + 1); err != nil {
			panic(err)
		}
		v.woken.Broadcast()
	}
}

// end is called when a client is done.
func (v *virtual) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.awake--
	v.goOn()
}

// event returns the number of a call or a return.
func (v *virtual) event() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.events++
	return v.events
}

// returned adds an operation to the history of its key.
func (v *virtual) returned(of string, op porcupine.Operation) {
	op.Return = v.event()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.history[of] = append(v.history[of], op)
}

// put writes a value. A write that was abandoned must never be read.
func (v *virtual) put(ctx context.Context, client int, home, key, value string) error {
	op := porcupine.Operation{ClientId: client, Input: value, Call: v.event()}
	version, err := v.nodes[home].Put(ctx, key, value)
	if err != nil {
		return toolbox.Allow(err, cbw.ErrAbandoned)
	}
	v.returned(home+key, op)
	v.answers.FromStep(v.truth.rec, fmt.Sprint(home, " has written ", version), func(step string, args, _ *trace.Record) bool {
		return step == "Commit" && args.String("node") == home && args.Uint("version") == version
	})
	return nil
}

// get reads a key of the home node, with a stamp of another one.
func (v *virtual) get(ctx context.Context, client int, name, home, key string) error {
	op := porcupine.Operation{ClientId: client, Call: v.event()}
	r, err := v.nodes[name].Ask(home, key)
	if err != nil {
		return err
	}
	e, err := v.nodes[home].Get(ctx, r)
	if errors.Is(err, context.DeadlineExceeded) {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.gaveUp = append(v.gaveUp, r)
		return nil
	}
	if err != nil {
		return err
	}
	op.Output = e.Value
	v.returned(home+key, op)
	v.answers.FromStep(v.truth.rec, fmt.Sprint(home, " has answered ", e.Version, " at ", r.Stamp), func(step string, args, _ *trace.Record) bool {
		return step == "Serve" && args.String("node") == home && args.String("from") == name &&
			args.Uint("stamp") == r.Stamp && args.Uint("answer") == e.Version
	})
	return nil
}

// rest lets a client with more patience come for the reads that were given up. Nothing waits
// then. The trace claims that in any case, so that a read which is never answered is refused.
func (v *virtual) rest(ctx context.Context) (err error) {
	v.awake = 1
	for _, r := range v.gaveUp {
		patient := 40
		_, failed := v.nodes[r.To].Get(context.WithValue(ctx, patienceKey{}, &patient), r)
		err = errors.Join(err, failed)
	}
	v.truth.end()
	return err
}

// judge lets porcupine judge the histories.
func (v *virtual) judge() error {
	for key, history := range v.history {
		if !porcupine.CheckOperations(registertest.Model, history) {
			return fmt.Errorf("%w: %s: %v", errNotLinearizable, key, history)
		}
	}
	return nil
}

var errNotLinearizable = errors.New("the history is not linearizable")

// goroutines are clients of both nodes. Some give up.
func goroutines(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("goroutines", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		const clients = 4
		v, err := newVirtual(run.Seed, 0, rec, answers)
		if err != nil {
			return err
		}
		v.awake = clients
		err = toolbox.Concurrently(clients, func(client int) (err error) {
			defer v.end()
			for i, op := range toolbox.Workload[operation](run.Seed*10+int64(client), 6, 6) {
				patient := int(op.Time) % 40
				ctx := context.WithValue(ctx, patienceKey{}, &patient)
				name, home, key := toolbox.Pick(nodes, op.Node), toolbox.Pick(nodes, op.Home), toolbox.Pick(keys, op.Key)
				if op.What%2 == 0 {
					err = errors.Join(err, v.put(ctx, client, home, key, fmt.Sprint(client, i)))
				} else {
					err = errors.Join(err, v.get(ctx, client, name, home, key))
				}
			}
			return err
		})
		return errors.Join(err, v.rest(ctx), v.judge(), v.nodes["n1"].Close(), v.nodes["n2"].Close())
	})
}

package requestwaitinglist

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	rwl "github.com/lockstep-tla/lockstep/impl/requestwaitinglist"
	"github.com/lockstep-tla/lockstep/trace"
)

// operation is one thing that happens in a walk, as the fuzzer makes it.
type operation struct {
	What, At uint8
	Yes      bool
}

// walk lets the core take random steps.
func walk(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("walk", run.Seed, 60), func(rec *trace.Recorder) error {
		s, length := newScript(rec), toolbox.Length(run, 120, 400)
		toolbox.Walk(&s.Script, toolbox.Workload[operation](run.Seed, length, length), rwl.ErrNotAllowed, s.do)
		s.rest()
		return s.Err()
	})
}

// do lets one thing happen.
func (s *script) do(op operation) (err error) {
	shown, err := trace.ValueOf(s.core)
	if err != nil {
		return err
	}
	view, at := trace.NewRecord(shown), uint64(op.At)
	switch what := op.What % 32; {
	case what < 2:
		return s.core.Lead()
	case what < 5:
		_, err = s.core.Begin(peers[:1+op.At%4], 1+int(op.At)%4/2, 1+at%5)
	case what < 8:
		_, err = s.core.Wait(1+at%12, 1+at%7)
	case what < 13 && view.Uint("last") > 0:
		call, peer := 1+at%view.Uint("last"), toolbox.Pick(peers, op.At/8)
		return s.ask(call, peer)
	case what < 14:
		_, _, err = s.core.SendFails(1 + at%8)
	case what < 23 && len(s.sent) > 0:
		r := s.sent[len(s.sent)-1-int(op.At)%min(6, len(s.sent))]
		s.core.Receive(r.id, r.to, op.Yes)
	case what < 25:
		return s.core.Advance(min(view.Uint("mark")+at%4, 60))
	case what < 27:
		return s.core.Tick(min(view.Uint("now")+1+at%2, 60))
	case what < 28:
		return s.core.Sweep()
	case what < 30:
		_, err = s.core.Tell()
	case what == 30 && op.At < 90:
		return s.core.StepDown()
	case what == 31 && op.At < 60:
		return s.core.Restart(view.Uint("incarnation") + at%2)
	}
	return err
}

// clients make calls to a list, and hold against the trace what they are told.
type clients struct {
	toolbox.Script
	rec     *trace.Recorder
	answers *toolbox.Answers
	list    *rwl.List[string]
	begun   atomic.Int64 // calls
	told    atomic.Int64
}

// open opens the list of the node's next process, which leads.
func (c *clients) open(o rwl.Options) (err error) {
	o.Node, o.Trace = node, c.rec
	if c.list, err = rwl.Open[string](o); err == nil {
		c.list.Lead()
	}
	return err
}

// call calls peers, of which a quorum must say yes.
func (c *clients) call(what string, group []string, quorum int, timeout time.Duration, send func(to string, id rwl.ID) error) uint64 {
	call, err := c.list.Call(rwl.Request[string]{
		Group: group, Quorum: quorum, Timeout: timeout, Send: send, Done: c.done(what, quorum),
	})
	c.Must(err)
	return call
}

// haveEnded says whether the clients were told how all their calls have ended.
func (c *clients) haveEnded() bool { return c.told.Load() == c.begun.Load() }

// done returns a Done that notes what a client is told: one Tell of the trace must say so,
// and to no other client. A success has the answers of a quorum of distinct peers.
func (c *clients) done(what string, quorum int) func(rwl.Result[string]) {
	c.begun.Add(1)
	return func(r rwl.Result[string]) {
		c.told.Add(1)
		c.answers.FromStep(c.rec, fmt.Sprintf("%s: %s", what, r.Outcome), func(step string, args, _ *trace.Record) bool {
			return step == "Tell" && args.String("outcome") == string(r.Outcome)
		})
		yes := map[string]bool{}
		for _, a := range r.Answers {
			if a.Err == nil && a.Value == "yes of "+a.From {
				yes[a.From] = true
			}
		}
		isSuccess := r.Outcome == rwl.Success
		c.Check((r.Err() == nil) == isSuccess && (!isSuccess || len(yes) >= quorum), "%s: %s with the answers %v", what, r.Outcome, r.Answers)
	}
}

var errNo = errors.New("no")

// wire is a request, or its answer.
type wire struct {
	from, to string
	id       rwl.ID
	yes      bool
}

// member is the node with the list.
type member struct {
	clients
	rng         *rand.Rand
	clock       *clocktest.Clock
	incarnation uint64
	toolbox.Outbox[wire]
}

// inCluster lets a list and its peers run in virtual time.
func inCluster(_ context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("cluster", run.Seed, 120), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		rng := rand.New(rand.NewPCG(uint64(run.Seed), 12))
		c := toolbox.NewCluster(run.Seed, networktest.Faults{Lose: 15, Repeat: 20, MaxDelay: 12 * time.Microsecond},
			func(m wire) (from, to string) { return m.from, m.to })
		c.Every = 2 * time.Microsecond
		n := &member{clients: clients{rec: rec, answers: answers}, rng: rng, clock: clocktest.New(c.Net.Now)}
		n.restart()
		c.Add(node, n)
		for _, name := range peers {
			c.Add(name, toolbox.Receiver(func(m wire) ([]wire, error) {
				return []wire{{from: name, to: m.from, id: m.id, yes: rng.IntN(4) > 0}}, nil
			}))
		}
		err := c.Run(80 * time.Microsecond)
		n.list.StepDown()
		n.list.Quiet()
		n.Check(n.haveEnded(), "%d calls, of which %d were told", n.begun.Load(), n.told.Load())
		return errors.Join(err, n.Err())
	})
}

// restart begins the next process. Clients that wait for the last one are told by the end
// of their connections.
func (n *member) restart() {
	n.incarnation++
	n.told.Store(n.begun.Load())
	n.clock.Set(time.Duration(n.rng.IntN(3)-1) * time.Hour) // the wall clock, which is not read
	n.Must(n.open(rwl.Options{Incarnation: n.incarnation, Clock: n.clock}))
}

// Receive implements toolbox.Node.
func (n *member) Receive(m wire) error {
	if m.yes {
		n.list.Receive(m.id, m.from, "yes of "+m.from, nil)
	} else {
		n.list.Receive(m.id, m.from, "", errNo)
	}
	return nil
}

// Tick implements toolbox.Node.
func (n *member) Tick() error {
	n.list.Sweep()
	what := fmt.Sprintf("call %d", n.begun.Load())
	timeout := time.Duration(4+n.rng.IntN(20)) * time.Microsecond
	switch fate := n.rng.IntN(20); {
	case fate < 8:
		size := 1 + n.rng.IntN(len(peers))
		n.list.Again(n.call(what, peers[:size], size/2+1, timeout, n.send), peers[0])
	case fate < 13:
		n.Must(n.list.Wait(1+uint64(n.rng.IntN(20)), timeout, n.done(what, 0)))
	case fate < 17:
		n.list.Advance(uint64(n.rng.IntN(20)))
	case fate == 17:
		n.list.StepDown()
		n.list.Lead()
	case fate == 18:
		n.restart()
	}
	return nil
}

func (n *member) send(to string, id rwl.ID) error {
	if n.rng.IntN(12) == 0 {
		return errNo // the transport knows at once
	}
	n.Post(wire{from: node, to: to, id: id})
	return nil
}

package readrestart

import (
	"context"
	"errors"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	rr "github.com/lockstep-tla/lockstep/impl/clockboundwait/readrestart"
	"github.com/lockstep-tla/lockstep/trace"
)

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct{ What, Node, Home, Key, Time uint8 }

// walk lets clients take random steps. The first clock can already be behind.
func walk(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("walk", run.Seed), func(rec *trace.Recorder) error {
		var s toolbox.Script
		r := newRestarts(rec)
		s.Must(r.Tick(width + 1))
		toolbox.Walk(&s, toolbox.Workload[operation](run.Seed, 250, 250), cbw.ErrNotAllowed, r.goOn)
		r.calm(&s)
		return s.Err()
	})
}

// reading is what a clock reads that is within its bound.
func (r *restarts) reading(by uint8) cbw.Interval {
	from := r.Now - min(r.Now, uint64(by)%(width+1))
	return cbw.Interval{Earliest: from, Latest: max(r.Now, from+uint64(by/16)%(width+1))}
}

// goOn takes the next step of a client: it begins an operation, or goes on with its own.
func (r *restarts) goOn(op operation) error {
	client, key := toolbox.Pick(clients, op.Node), toolbox.Pick(keys, op.Key)
	switch c := r.open[client]; {
	case op.What%4 == 0 && r.Now < maxTime-width:
		return r.Tick(r.Now + 1)
	case c == nil && op.Home%2 == 0:
		return r.send(client, key)
	case c == nil:
		return r.ask(client, key, r.reading(op.Time))
	case c.attempt != nil:
		if err := r.serve(client, c.key); !errors.Is(err, rr.ErrRestart) {
			return err
		}
		return r.restart(client, c.key)
	case c.installed:
		return r.acknowledge(client, c.key)
	default:
		return r.install(client, c.key, r.reading(op.Time))
	}
}

// calm lets time pass, and ends all operations.
func (r *restarts) calm(s *toolbox.Script) {
	for range width + 1 {
		s.Must(r.Tick(r.Now + 1))
	}
	for i, client := range clients {
		for attempts := 0; r.open[client] != nil && attempts < 2*width; attempts++ {
			s.Must(r.goOn(operation{What: 1, Node: uint8(i)}))
		}
		s.Must(r.Tick(r.Now + 1))
	}
	r.End()
}

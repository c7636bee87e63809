// Package check holds the lock against its spec: it has the Pattern, which is all that
// the command needs, and the runs that record traces.
package check

import (
	"context"
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/docs/example/lease/lock"
	"github.com/lockstep-tla/lockstep/docs/example/lease/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the lock, for the checker.
var Pattern = conformance.Pattern{
	Name:    "leaselock",
	Spec:    spec.Files,
	Package: "github.com/lockstep-tla/lockstep/docs/example/lease/lock",
	Broken:  broken,
	System:  newSystem,
	Scenarios: []conformance.Scenario{{
		Name:  "paused",
		About: "a client is paused for longer than its lease, and its late write must not undo that of the next holder",
		Runs:  1,
		Run:   paused,
	}, {
		Name:  "walk",
		About: "steps at random; a message comes late, twice or never",
		Runs:  8,
		Run:   walk,
	}},
}

const server, store = "server", "store"

var clients = []string{"ann", "bob"}

func header(scenario string, seed int64) trace.Header {
	return trace.Header{Spec: "LeaseLock", Scenario: scenario, Seed: seed, Constants: map[string]trace.Value{
		"Client": trace.Values(clients), "Server": server, "Store": store, "None": lock.None,
	}}
}

// paused is the run for which there are fencing tokens.
func paused(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("paused", run.Seed), func(rec *trace.Recorder) error {
		c := newCluster(rec)
		ann, bob := c.clients["ann"], c.clients["bob"]
		var s toolbox.Script
		last := func() lock.Message { return c.sent[len(c.sent)-1] }
		lead := func(client *lock.Client) {
			s.Must(c.send(client.Request()))
			s.Must(c.send(c.server.Grant(last())))
			s.Must(client.Hold(last()))
		}
		lead(ann)
		s.Must(c.send(ann.Write())) // it is late
		late := last()
		s.Must(c.server.Expire())
		lead(bob)
		s.Must(c.send(bob.Write()))
		s.Must(c.store.Apply(last()))
		s.Refused(c.store.Apply(late), lock.ErrNotAllowed)
		s.Must(c.send(c.store.Reject(late)))
		s.Must(ann.Stop(last()))
		s.Must(bob.Lapse())
		return s.Err()
	})
}

// operation is one thing that happens in a walk.
type operation struct{ What, Client, Message uint8 }

// walk takes steps at random. A step that is not allowed when its turn comes is left
// out.
func walk(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("walk", run.Seed), func(rec *trace.Recorder) error {
		c := newCluster(rec)
		for _, op := range toolbox.Workload[operation](run.Seed, 150, 150) {
			if err := toolbox.Allow(c.do(op), lock.ErrNotAllowed); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *cluster) do(op operation) error {
	client := c.clients[toolbox.Pick(clients, op.Client)]
	switch op.What % 8 {
	case 0:
		return c.server.Expire()
	case 1:
		return client.Lapse()
	case 2:
		return c.send(client.Request())
	case 3:
		return c.send(client.Write())
	}
	if len(c.sent) == 0 {
		return nil
	}
	// One of the last few messages, or any.
	m := c.sent[len(c.sent)-1-int(op.Message)%min(3, len(c.sent))]
	if op.What%8 == 7 {
		m = toolbox.Pick(c.sent, op.Message)
	}
	switch m.Type {
	case "request":
		return c.send(c.server.Grant(m))
	case "write":
		if err := c.store.Apply(m); err == nil {
			return nil
		}
		return c.send(c.store.Reject(m))
	case "granted":
		return c.clients[m.To].Hold(m)
	default:
		return c.clients[m.To].Stop(m)
	}
}

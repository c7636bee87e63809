package readrestart

import (
	"errors"
	"fmt"

	"github.com/anishathalye/porcupine"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/clockboundwait"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	rr "github.com/lockstep-tla/lockstep/impl/clockboundwait/readrestart"
	"github.com/lockstep-tla/lockstep/impl/environment/registertest"
	"github.com/lockstep-tla/lockstep/trace"
)

// restarts are keys, and clients that write and read them.
type restarts struct {
	registertest.Histories // by key
	clockboundwait.Truth
	keys    map[string]*rr.Versions
	open    map[string]*call // by client
	sent    int
	changed func(rr.Attempt) rr.Attempt
}

// call is an operation under way.
type call struct {
	key       string
	attempt   *rr.Attempt // of a read
	installed bool        // of a write
	porcupine.Operation
}

// View adds what the spec's View of a client has that writes.
func (c *call) View(o *trace.Object) { new(rr.Attempt).View(o) }

func newRestarts(rec *trace.Recorder) *restarts {
	r := &restarts{Truth: clockboundwait.Truth{Rec: rec}, keys: map[string]*rr.Versions{}, open: map[string]*call{},
		changed: func(a rr.Attempt) rr.Attempt { return a }}
	for _, key := range keys {
		r.keys[key] = rr.NewVersions(key, rec)
	}
	return r
}

// begin notes the call of a client that has no other.
func (r *restarts) begin(client, key string, input any) (*call, error) {
	if r.open[client] != nil {
		return nil, cbw.ErrNotAllowed
	}
	c := &call{key: key, Operation: r.Call(0, input)}
	r.open[client] = c
	return c, nil
}

// returned notes that it has returned.
func (r *restarts) returned(client string, output any) {
	c := r.open[client]
	r.Return(c.key, c.Operation, output)
	delete(r.open, client)
}

func (r *restarts) send(client, key string) error {
	r.sent++
	c, err := r.begin(client, key, fmt.Sprint(client, r.sent))
	if err != nil {
		return err
	}
	r.Rec.Step("Send").String("node", client).String("key", key).State(c)
	return nil
}

// under is the open call of a client on a key, if it is a read, or a write.
func (r *restarts) under(client, key string, read bool) (*call, error) {
	c := r.open[client]
	if c == nil || c.key != key || (c.attempt != nil) != read {
		return nil, cbw.ErrNotAllowed
	}
	return c, nil
}

func (r *restarts) install(client, key string, reading cbw.Interval) error {
	c, err := r.under(client, key, false)
	if err != nil || c.installed {
		return cbw.ErrNotAllowed
	}
	_, err = r.keys[key].Install(client, c.Input.(string), reading)
	c.installed = err == nil
	return err
}

func (r *restarts) acknowledge(client, key string) error {
	c, err := r.under(client, key, false)
	if err != nil || !c.installed {
		return cbw.ErrNotAllowed
	}
	r.Rec.Step("Acknowledge").String("node", client).String("key", key).State(c)
	r.returned(client, nil)
	return nil
}

func (r *restarts) ask(client, key string, reading cbw.Interval) error {
	c, err := r.begin(client, key, nil)
	if err != nil {
		return err
	}
	a := r.changed(rr.NewAttempt(client, key, reading, r.Rec))
	c.attempt = &a
	return nil
}

func (r *restarts) serve(client, key string) error {
	c, err := r.under(client, key, true)
	if err != nil {
		return err
	}
	e, err := r.keys[key].Serve(*c.attempt)
	if err == nil {
		r.returned(client, e.Value)
	}
	return err
}

func (r *restarts) restart(client, key string) error {
	c, err := r.under(client, key, true)
	if err != nil {
		return err
	}
	a, err := r.keys[key].Restart(*c.attempt)
	*c.attempt = r.changed(a)
	return err
}

// newSystem is the bounded model's key and clients, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	r := newRestarts(rec)
	may := func(do func(client, key string, reading cbw.Interval) error, client, key string) toolbox.Step {
		return func(a *trace.Record) error {
			reading := cbw.Interval{Earliest: a.Uint("earliest"), Latest: a.Uint("latest")}
			if reading.Earliest > r.Now || r.Now > reading.Latest {
				return cbw.ErrNotAllowed
			}
			return do(a.String(client), a.String(key), reading)
		}
	}
	plain := func(do func(client, key string) error) toolbox.Step {
		return func(a *trace.Record) error { return do(a.String("node"), a.String("key")) }
	}
	return &toolbox.Steps{Refusal: cbw.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Tick":        func(a *trace.Record) error { return r.Tick(a.Uint("time")) },
		"Send":        plain(r.send),
		"Install":     may(r.install, "client", "node"),
		"Acknowledge": plain(r.acknowledge),
		"Ask":         may(r.ask, "node", "key"),
		"Serve": func(a *trace.Record) error {
			client, key := a.String("client"), a.String("node")
			c, err := r.under(client, key, true)
			if err != nil || r.keys[key].Answer(*c.attempt).Version != a.Uint("answer") {
				return cbw.ErrNotAllowed
			}
			if err := r.serve(client, key); !errors.Is(err, rr.ErrRestart) {
				return err
			}
			return cbw.ErrNotAllowed
		},
		"Restart": plain(r.restart),
		"End":     toolbox.Claim(func() bool { return len(r.open) == 0 }, r.End),
	}}, nil
}

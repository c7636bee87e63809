package majorityquorum

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	mq "github.com/lockstep-tla/lockstep/impl/majorityquorum"
	"github.com/lockstep-tla/lockstep/trace"
)

// harness is the cores of all clients and replicas, with a network that keeps every message.
type harness struct {
	rec               *trace.Recorder
	clients           map[string]*mq.Core
	replicas          map[string]*mq.ReplicaCore
	requests, answers []*mq.Message
}

func newHarness(o func(name string) mq.Options, clients, replicas []string) *harness {
	h := &harness{rec: o("").Trace, clients: map[string]*mq.Core{}, replicas: map[string]*mq.ReplicaCore{}}
	for _, name := range clients {
		h.clients[name] = mq.NewCore(o(name))
	}
	for _, name := range replicas {
		h.replicas[name] = mq.NewReplicaCore(name, o(name).Trace)
	}
	return h
}

// plain are the steps of a client that need nothing else.
var plain = map[string]func(*mq.Core) error{
	"Read": (*mq.Core).Read, "Choose": (*mq.Core).Choose, "WriteBack": (*mq.Core).WriteBack, "Expire": (*mq.Core).Expire,
}

// newSystem is the bounded model's group, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	h := newHarness(func(name string) mq.Options {
		return mq.Options{Name: name, Voters: nodes[:2], Followers: nodes[2:3], WriteQuorum: 2, Trace: rec}
	}, names[:2], nodes[:3])
	take := map[string]toolbox.Step{
		"Write": func(a *trace.Record) error {
			c := h.clients[a.String("node")]
			return h.sent(c, c.Write(a.String("value")))
		},
		"Return": func(a *trace.Record) error {
			_, _, err := h.clients[a.String("node")].Return()
			return err
		},
		"Receive": func(a *trace.Record) error {
			m, err := toolbox.Sent(h.answers, a.Value("answer"))
			if err != nil {
				return err
			}
			return h.clients[a.String("node")].Receive(m)
		},
		"Fail":        func(a *trace.Record) error { return h.fail(a.String("node"), a.String("replica")) },
		"Answer":      h.arrives((*mq.ReplicaCore).Answer),
		"Acknowledge": h.arrives((*mq.ReplicaCore).Acknowledge),
		"Store":       h.arrives(func(r *mq.ReplicaCore, m *mq.Message) (*mq.Message, error) { return nil, r.Store(m) }),
		"Persist":     func(a *trace.Record) error { return h.replicas[a.String("node")].Persist() },
		"Restart": func(a *trace.Record) error {
			r := h.replicas[a.String("node")]
			kept, ok := toolbox.Find([]mq.Cell{r.Disk(), r.Memory()}, a.Value("kept"))
			if !ok {
				return mq.ErrNotAllowed // no crash leaves that
			}
			r.Restart(kept)
			return nil
		},
		"Quiet": toolbox.Claim(func() bool { return len(h.owing()) == 0 }, h.quiet),
	}
	for name, step := range plain {
		take[name] = func(a *trace.Record) error {
			c := h.clients[a.String("node")]
			return h.sent(c, step(c))
		}
	}
	return &toolbox.Steps{Refusal: mq.ErrNotAllowed, Take: take}, nil
}

// owing are the clients whose operations are not over, and the replicas that have not flushed
// what they have stored.
func (h *harness) owing() (all []string) {
	for name, c := range h.clients {
		if view, err := trace.ValueOf(c); err != nil || view["phase"] != "over" {
			all = append(all, name)
		}
	}
	for name, r := range h.replicas {
		if r.Disk() != r.Memory() {
			all = append(all, name)
		}
	}
	return slices.Sorted(slices.Values(all))
}

// View is what the spec calls View(Group).
func (h *harness) View(o *trace.Object) { o.Set("owing", h.owing()...) }

// quiet records, for an observer, that nothing is owed.
func (h *harness) quiet() { h.rec.Step("Quiet").String("node", "group").State(h) }

// sent puts on the network what a client has to send after a step.
func (h *harness) sent(c *mq.Core, err error) error {
	if err == nil {
		h.requests = append(h.requests, c.Requests()...)
	}
	return err
}

// fail lets a client learn that a replica will not answer its present call.
func (h *harness) fail(client, replica string) error {
	for _, m := range h.clients[client].Requests() {
		if m.To == replica {
			return h.clients[client].Fail(m)
		}
	}
	return mq.ErrNotAllowed
}

// arrives is a step of a replica that takes the request that is shown.
func (h *harness) arrives(step func(*mq.ReplicaCore, *mq.Message) (*mq.Message, error)) toolbox.Step {
	return func(a *trace.Record) error {
		at := a.String("node")
		here := slices.DeleteFunc(slices.Clone(h.requests), func(m *mq.Message) bool { return m.To != at })
		m, ok := toolbox.Find(here, a.Value("request"))
		if !ok {
			return mq.ErrNotAllowed // it was never sent
		}
		return h.answered(step(h.replicas[at], m))
	}
}

func (h *harness) answered(m *mq.Message, err error) error {
	if m != nil && err == nil {
		h.answers = append(h.answers, m)
	}
	return err
}

package check

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/docs/example/lease/lock"
	"github.com/lockstep-tla/lockstep/trace"
)

// cluster is a server, a store and two clients, with a network that keeps every
// message that was sent, so that it can arrive late, twice, or never.
type cluster struct {
	server  *lock.Server
	store   *lock.Store
	clients map[string]*lock.Client
	sent    []lock.Message
}

func newCluster(rec *trace.Recorder) *cluster {
	c := &cluster{server: lock.NewServer(server, rec), store: lock.NewStore(store, rec), clients: map[string]*lock.Client{}}
	for _, name := range clients {
		c.clients[name] = lock.NewClient(name, rec)
	}
	return c
}

// newSystem makes the cluster that Explore drives. It finds the message that a step
// names among those that were sent: a message that no step has sent cannot arrive. It
// refuses a step that would send another message than the one that the step names.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	c := newCluster(rec)
	return &toolbox.Steps{Refusal: lock.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Grant": c.arrives(func(a *trace.Record, m lock.Message) error {
			return c.sends(a.Value("granted"), c.server.GrantedTo(m.From), func() (lock.Message, error) { return c.server.Grant(m) })
		}),
		"Expire": func(*trace.Record) error { return c.server.Expire() },
		"Request": func(a *trace.Record) error {
			return c.sends(a.Value("message"), c.client(a).RequestOf(), c.client(a).Request)
		},
		"Hold": c.arrives(func(a *trace.Record, m lock.Message) error { return c.client(a).Hold(m) }),
		"Write": func(a *trace.Record) error {
			return c.sends(a.Value("message"), c.client(a).WriteOf(), c.client(a).Write)
		},
		"Lapse": func(a *trace.Record) error { return c.client(a).Lapse() },
		"Stop":  c.arrives(func(a *trace.Record, m lock.Message) error { return c.client(a).Stop(m) }),
		"Apply": c.arrives(func(_ *trace.Record, m lock.Message) error { return c.store.Apply(m) }),
		"Reject": c.arrives(func(a *trace.Record, m lock.Message) error {
			return c.sends(a.Value("rejection"), lock.RejectionOf(m), func() (lock.Message, error) { return c.store.Reject(m) })
		}),
	}}, nil
}

func (c *cluster) client(a *trace.Record) *lock.Client { return c.clients[a.String("node")] }

// arrives is a step that takes a message.
func (c *cluster) arrives(step func(*trace.Record, lock.Message) error) toolbox.Step {
	return func(a *trace.Record) error {
		m, ok := toolbox.Find(c.sent, a.Value("message"))
		if !ok {
			return lock.ErrNotAllowed
		}
		return step(a, m)
	}
}

// sends takes a step that sends a message, if that is the one that is named.
func (c *cluster) sends(named trace.Value, m lock.Message, step func() (lock.Message, error)) error {
	shown, err := trace.ValueOf(m)
	if err != nil {
		return err
	}
	if !trace.Equal(named, shown) {
		return lock.ErrNotAllowed
	}
	return c.send(step())
}

// send keeps what a step has sent.
func (c *cluster) send(m lock.Message, err error) error {
	if err == nil {
		c.sent = append(c.sent, m)
	}
	return err
}

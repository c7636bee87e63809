package lamportclock

import (
	"context"
	"errors"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// operation is one thing that happens in a run.
type operation struct {
	What                              uint8
	Client, Server, Key, Kind, Amount uint8
}

// cluster is the servers and clients, and a network that keeps all that was ever sent.
type cluster struct {
	toolbox.Script
	rec      *trace.Recorder
	servers  map[string]*lc.Core
	clients  map[string]*lc.ClientCore
	requests []*lc.Request
	replies  []*lc.Reply
	written  int // how many values were given to clients
}

func newCluster(rec *trace.Recorder, clients []string, keys ...string) *cluster {
	c := &cluster{rec: rec, servers: map[string]*lc.Core{}, clients: map[string]*lc.ClientCore{}}
	for _, name := range servers {
		c.servers[name] = lc.NewCore(name, rec)
	}
	for _, name := range clients {
		c.clients[name] = lc.NewClientCore(name, rec, keys...)
	}
	return c
}

// walk is random work with random faults. Any message that was ever sent may arrive at any
// time, any number of times or never; mostly one of the latest does.
func walk(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("network", run.Seed), func(rec *trace.Recorder) error {
		c, length := newCluster(rec, clients, keys...), toolbox.Length(run, 170, 400)
		c.begin()
		toolbox.Walk(&c.Script, toolbox.Workload[operation](run.Seed, length, length), lc.ErrNotAllowed, c.do)
		c.rest()
		return c.Err()
	})
}

// begin is what chance seldom brings. Two clients that have heard of nothing write, each to
// another server, and the third one hears of both versions: they have equal stamps. What it
// reads as of then need not wait until a later write is durable.
func (c *cluster) begin() {
	for i, s := range servers {
		c.Must(c.call(c.ask(clients[i], lc.Write, s, keys[0])))
	}
	for _, s := range servers {
		c.Must(c.call(c.ask(clients[2], lc.Read, s, keys[0])))
	}
	server := c.servers[servers[0]]
	_, later := take(server, c.ask(clients[0], lc.Write, servers[0], keys[0]))
	a, err := take(server, c.ask(clients[2], lc.Snapshot, servers[0], keys[0]))
	c.Must(errors.Join(later, err, c.reply(server, a)))
}

// rest lets every client ask every server once more, so that what they have done before shows.
// The servers owe nothing then.
func (c *cluster) rest() {
	for _, name := range servers {
		server := c.servers[name]
		c.Allow(server.Start(), lc.ErrNotAllowed)
		for _, client := range clients {
			c.Must(c.call(c.ask(client, lc.Read, name, keys[0])))
		}
		for len(server.Owed()) > 0 && c.Err() == nil {
			c.Must(c.answerAny(server))
		}
		end(c.rec, name, server)
	}
}

// end records that a server owes nothing.
func end(rec *trace.Recorder, server string, of trace.Viewer) {
	rec.Step("End").String("node", server).State(of)
}

// do lets one thing happen. Most of them are requests and their answers.
func (c *cluster) do(op operation) error {
	name := toolbox.Pick(servers, op.Server)
	switch server := c.servers[name]; {
	case op.What < 60:
		kinds := []lc.Kind{lc.Write, lc.Write, lc.Read, lc.Snapshot}
		c.ask(toolbox.Pick(clients, op.Client), toolbox.Pick(kinds, op.Kind), name, toolbox.Pick(keys, op.Key))
	case op.What < 120:
		m := toolbox.Latest(c.requests, op.Amount)
		return toolbox.ErrOf(take(c.servers[m.To], m))
	case op.What < 150:
		c.flush(server, int(op.Amount))
	case op.What < 190:
		return c.answerAny(server)
	case op.What < 248:
		m := toolbox.Latest(c.replies, op.Amount)
		return c.clients[m.To].Hear(m)
	default:
		c.crash(server, int(op.Amount))
	}
	return nil
}

// ask makes a client's request. Each write has a value of its own, as long as there are any.
func (c *cluster) ask(client string, kind lc.Kind, server, key string) *lc.Request {
	value := values[c.written%len(values)]
	if kind == lc.Write {
		c.written++
	}
	m := request(c.clients[client], kind, server, key, value)
	c.requests = append(c.requests, m)
	return m
}

// request makes a client's request. Only a write has a value.
func request(c *lc.ClientCore, kind lc.Kind, server, key, value string) *lc.Request {
	switch kind {
	case lc.Write:
		return c.RequestWrite(server, key, value)
	case lc.Read:
		return c.RequestRead(server, key)
	}
	return c.RequestSnapshot(server, key)
}

// take gives a request to a server.
func take(server *lc.Core, m *lc.Request) (lc.Answer, error) {
	if m.Kind == lc.Write {
		return server.Write(m)
	}
	return server.Read(m)
}

// flush makes a part of the log durable. A server that is down has nothing to flush.
func (c *cluster) flush(server *lc.Core, amount int) {
	if pending := len(server.Log()) - server.Durable(); pending > 0 {
		c.Must(server.Sync(server.Durable() + 1 + amount%pending))
	}
}

// answerAny lets the first answer leave that may.
func (c *cluster) answerAny(server *lc.Core) error {
	for _, a := range slices.Clone(server.Owed()) {
		if err := c.reply(server, a); !errors.Is(err, lc.ErrNotAllowed) {
			return err
		}
	}
	return lc.ErrNotAllowed
}

func (c *cluster) reply(server *lc.Core, a lc.Answer) error {
	m, err := server.Reply(a)
	if err == nil {
		c.replies = append(c.replies, m)
	}
	return err
}

// call lets a server take a request, flush all that it has, and answer it, and its client hear
// the answer.
func (c *cluster) call(m *lc.Request) error {
	server := c.servers[m.To]
	a, err := take(server, m)
	c.Allow(server.Sync(len(server.Log())), lc.ErrNotAllowed) // there may be nothing to flush
	if err = errors.Join(err, c.reply(server, a)); err != nil {
		return err
	}
	return c.clients[m.From].Hear(c.replies[len(c.replies)-1])
}

// crash crashes a server, and keeps any part of what was not flushed; or it starts one
// that has crashed.
func (c *cluster) crash(server *lc.Core, amount int) {
	if server.Start() == nil {
		return
	}
	left := server.Durable() + amount%(len(server.Log())-server.Durable()+1)
	c.Must(server.Crash(server.Log()[:left]))
	if amount%2 == 0 {
		c.Must(server.Start())
	}
}

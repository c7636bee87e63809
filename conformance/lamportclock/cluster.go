package lamportclock

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// operation is one thing that happens in a run.
type operation struct {
	What                              uint8
	Client, Server, Key, Kind, Amount uint8
}

func workload(seed int64, n int) []operation { return toolbox.Workload[operation](seed, n, n) }

// cluster is the servers and clients on a simulated network. Messages are requests and
// replies.
type cluster struct {
	toolbox.Script
	sim     *toolbox.Cluster[any]
	servers map[string]*lc.Core
	clients map[string]*lc.ClientCore
	written int // how many values were given to clients
}

// inCluster records what do does with a cluster. The nodes only receive: when they send, a
// run decides.
func inCluster(run conformance.Run, scenario string, f networktest.Faults, do func(*cluster)) error {
	return toolbox.Record(run, header(scenario, run.Seed), func(rec *trace.Recorder) error {
		c := &cluster{sim: toolbox.NewCluster(run.Seed, f, route), servers: map[string]*lc.Core{}, clients: map[string]*lc.ClientCore{}}
		for _, name := range servers {
			server := lc.NewCore(name, rec)
			c.servers[name] = server
			c.sim.Add(name, toolbox.Receiver(func(m any) ([]any, error) {
				// A server that is down takes nothing.
				return nil, toolbox.Allow(take(server, m.(*lc.Request)), lc.ErrNotAllowed)
			}))
		}
		for _, name := range clients {
			client := lc.NewClientCore(name, rec, keys...)
			c.clients[name] = client
			c.sim.Add(name, toolbox.Receiver(func(m any) ([]any, error) { return nil, client.Hear(m.(*lc.Reply)) }))
		}
		do(c)
		return c.Err()
	})
}

func route(m any) (from, to string) {
	switch m := m.(type) {
	case *lc.Request:
		return m.From, m.To
	case *lc.Reply:
		return m.From, m.To
	}
	return "", ""
}

// faults is random work with random faults, step by step in virtual time.
func faults(_ context.Context, run conformance.Run) error {
	f := networktest.Faults{Lose: 10, Repeat: 15, MinDelay: time.Millisecond, MaxDelay: 9 * time.Millisecond}
	return inCluster(run, "network", f, func(c *cluster) {
		n := toolbox.Length(run, 60, 150)
		for _, op := range workload(run.Seed, n) {
			c.do(op)
			c.run(time.Duration(op.Amount%4) * time.Millisecond)
		}
		c.end()
	})
}

func (c *cluster) run(length time.Duration) { c.Must(c.sim.Run(length)) }

// end lets the network come to rest, and then every node do something, so that what it
// has done before shows.
func (c *cluster) end() {
	c.sim.Net.Change(networktest.Faults{})
	c.rest()
	for _, client := range clients {
		for _, s := range servers {
			c.sim.Send(c.clients[client].RequestRead(s, keys[0]))
		}
	}
	c.rest()
}

// rest starts all servers, and lets them flush and answer what they can, until nothing
// is under way any more.
func (c *cluster) rest() {
	for _, s := range servers {
		c.Allow(c.servers[s].Start(), lc.ErrNotAllowed)
	}
	for round := 0; round == 0 || c.sim.Net.Pending() > 0; round++ {
		if c.Check(round < 100, "there is no rest"); c.Err() != nil {
			return
		}
		c.run(time.Second)
		for _, s := range servers {
			c.flushAll(c.servers[s])
			c.answer(c.servers[s])
		}
	}
}

// do lets one thing happen. Most of them are requests.
func (c *cluster) do(op operation) {
	name := toolbox.Pick(servers, op.Server)
	switch server := c.servers[name]; {
	case op.What < 150:
		c.sim.Send(c.request(op, name))
	case op.What < 190:
		c.flush(server, int(op.Amount))
	case op.What < 240:
		c.answer(server)
	default:
		c.crash(server, int(op.Amount))
	}
}

func (c *cluster) request(op operation, server string) *lc.Request {
	kind := lc.Snapshot
	switch pick := op.Kind % 8; {
	case pick < 4 && c.written < len(values):
		kind = lc.Write
	case pick < 6:
		kind = lc.Read
	}
	return c.ask(toolbox.Pick(clients, op.Client), kind, server, toolbox.Pick(keys, op.Key))
}

// ask makes a client's request. Each write has a value of its own.
func (c *cluster) ask(client string, kind lc.Kind, server, key string) *lc.Request {
	value := values[c.written%len(values)]
	if kind == lc.Write {
		c.written++
	}
	return request(c.clients[client], kind, server, key, value)
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
func take(server *lc.Core, m *lc.Request) (err error) {
	if m.Kind == lc.Write {
		_, err = server.Write(m)
	} else {
		_, err = server.Read(m)
	}
	return err
}

// flush makes a part of the log durable, and flushAll all of it. A server that is down
// has nothing to flush.
func (c *cluster) flush(server *lc.Core, amount int) {
	if pending := len(server.Log()) - server.Durable(); pending > 0 {
		c.Must(server.Sync(server.Durable() + 1 + amount%pending))
	}
}

func (c *cluster) flushAll(server *lc.Core) {
	c.flush(server, len(server.Log())-server.Durable()-1)
}

// answer sends the answers that may leave.
func (c *cluster) answer(server *lc.Core) {
	for _, a := range slices.Clone(server.Owed()) {
		m, err := server.Reply(a)
		if c.Allow(err, lc.ErrNotAllowed); err == nil {
			c.sim.Send(m)
		}
	}
}

// crash crashes a server, and keeps any part of what was not flushed; or it starts one
// that has crashed.
func (c *cluster) crash(server *lc.Core, amount int) {
	err := server.Start()
	if !errors.Is(err, lc.ErrNotAllowed) {
		c.Must(err)
		return
	}
	left := server.Durable() + amount%(len(server.Log())-server.Durable()+1)
	c.Must(server.Crash(server.Log()[:left]))
	if amount%2 == 0 {
		c.Must(server.Start())
	}
}

package lamportclock

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	fuzz "github.com/google/gofuzz"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct {
	What                              uint8
	Client, Server, Key, Kind, Amount uint8
}

// schedule makes a workload with its faults.
func schedule(seed int64, n int) []operation {
	var list []operation
	fuzz.NewWithSeed(seed).NumElements(n, n).NilChance(0).Fuzz(&list)
	return list
}

// world is the servers and clients on a simulated network.
type world struct {
	sim     *networktest.Simulation[any]
	rng     *rand.Rand
	servers map[string]*lc.Core
	clients map[string]*lc.ClientCore
	written int // how many values were given to clients
	failed  error
}

func newWorld(rec *trace.Recorder, seed int64, f networktest.Faults) *world {
	w := &world{
		sim:     networktest.NewSimulation[any](networktest.NewConditions(seed, f)),
		rng:     rand.New(rand.NewPCG(uint64(seed), 1)),
		servers: map[string]*lc.Core{}, clients: map[string]*lc.ClientCore{},
	}
	for _, name := range servers {
		w.servers[name] = lc.NewCore(name, rec)
	}
	for _, name := range clients {
		w.clients[name] = lc.NewClientCore(name, rec, keys...)
	}
	return w
}

// network is random work with random faults, step by step in virtual time.
func network(_ context.Context, run conformance.Run) (err error) {
	rec, err := trace.Create(run.Path, header("network", run.Seed))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	w := newWorld(rec, run.Seed, networktest.Faults{Lose: 10, Repeat: 15, MinDelay: time.Millisecond, MaxDelay: 9 * time.Millisecond})
	n := 60
	if run.Long {
		n = 150
	}
	for _, op := range schedule(run.Seed, n) {
		w.do(op)
		w.deliver(w.sim.Now() + time.Duration(op.Amount%4)*time.Millisecond)
	}
	w.end()
	return w.failed
}

// end lets the network come to rest, and then every node do something, so that
// whatever it has done before shows.
func (w *world) end() {
	w.sim.Change(networktest.Faults{})
	w.rest()
	for _, c := range clients {
		for _, s := range servers {
			w.sim.Send(c, s, w.clients[c].RequestRead(s, keys[0]))
		}
	}
	w.rest()
}

// rest starts all servers, and lets them flush and answer what they can, until
// nothing is under way any more.
func (w *world) rest() {
	for _, s := range servers {
		if err := w.servers[s].Start(); !errors.Is(err, lc.ErrNotAllowed) {
			w.fail(err)
		}
	}
	for round := 0; round == 0 || w.sim.Pending() > 0; round++ {
		if w.check(round < 100, "there is no rest"); w.failed != nil {
			return
		}
		w.deliver(w.sim.Now() + time.Second)
		for _, s := range servers {
			core := w.servers[s]
			w.flush(core, len(core.Log())-core.Durable()-1)
			w.answer(core)
		}
	}
}

// do lets one thing happen. Most of them are requests.
func (w *world) do(op operation) {
	server := servers[int(op.Server)%len(servers)]
	switch core := w.servers[server]; {
	case op.What < 150:
		w.request(op, server)
	case op.What < 190:
		w.flush(core, int(op.Amount))
	case op.What < 240:
		w.answer(core)
	default:
		w.crash(core, int(op.Amount))
	}
}

func (w *world) request(op operation, server string) {
	name, key := clients[int(op.Client)%len(clients)], keys[int(op.Key)%len(keys)]
	client := w.clients[name]
	var m *lc.Request
	switch kind := op.Kind % 8; {
	case kind < 4 && w.written < len(values):
		m = client.RequestWrite(server, key, values[w.written])
		w.written++
	case kind < 6:
		m = client.RequestRead(server, key)
	default:
		m = client.RequestSnapshot(server, key)
	}
	w.sim.Send(name, server, m)
}

// deliver lets arrive what arrives until then.
func (w *world) deliver(until time.Duration) {
	for d, ok := w.sim.Next(until); ok; d, ok = w.sim.Next(until) {
		switch m := d.Message.(type) {
		case *lc.Request:
			w.take(w.servers[d.To], m)
		case *lc.Reply:
			w.fail(w.clients[d.To].Hear(m))
		}
	}
}

// take gives a request to a server. While it is down, nobody is there.
func (w *world) take(core *lc.Core, m *lc.Request) {
	var err error
	if m.Kind == lc.Write {
		_, err = core.Write(m)
	} else {
		_, err = core.Read(m)
	}
	if !errors.Is(err, lc.ErrNotAllowed) {
		w.fail(err)
	}
}

// flush makes a part of the log durable, or all of it.
func (w *world) flush(core *lc.Core, amount int) {
	if pending := len(core.Log()) - core.Durable(); pending > 0 {
		if err := core.Sync(core.Durable() + 1 + amount%pending); !errors.Is(err, lc.ErrNotAllowed) {
			w.fail(err)
		}
	}
}

// answer sends the answers that may leave.
func (w *world) answer(core *lc.Core) {
	for _, a := range slices.Clone(core.Owed()) {
		m, err := core.Reply(a)
		if errors.Is(err, lc.ErrNotAllowed) {
			continue
		}
		w.fail(err)
		w.sim.Send(m.From, m.To, m)
	}
}

// crash ends a server's life, and keeps any part of what was not flushed; or
// begins another one.
func (w *world) crash(core *lc.Core, amount int) {
	if err := core.Start(); err == nil {
		return
	}
	left := core.Durable() + amount%(len(core.Log())-core.Durable()+1)
	w.fail(core.Crash(core.Log()[:left]))
	if amount%2 == 0 {
		w.fail(core.Start())
	}
}

func (w *world) fail(err error) { w.failed = errors.Join(w.failed, err) }

package twophasecommit

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// beat is the time between two ticks.
const beat = 10 * time.Millisecond

// world is a coordinator, three participants and clients on a simulated
// network, each node with a disk of its own. All of it is one seed's doing.
type world struct {
	rec      *trace.Recorder
	net      *networktest.Simulation[tpc.Message]
	servers  map[string]*server
	sessions map[uint64]*tpc.Session
	begun    int                // transactions asked for
	plans    map[uint64][]order // what the client of each has still to do
	told     map[uint64]int     // ticks that it has waited
}

// order is one operation of a client: a value to put, or "" to get one.
type order struct{ key, value string }

func inWorld(run conformance.Run, scenario string, policy tpc.Policy, faults networktest.Faults, do func(*world) error) (err error) {
	rec, err := trace.Create(run.Path, header(scenario, run.Seed))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	w := &world{
		rec: rec, servers: map[string]*server{}, sessions: map[uint64]*tpc.Session{},
		plans: map[uint64][]order{}, told: map[uint64]int{},
		net: networktest.NewSimulation[tpc.Message](networktest.NewConditions(run.Seed, faults)),
	}
	tpc.Configure(rec, policy)
	if w.servers[coordinator], err = newServer(newCoordinator(rec)); err != nil {
		return err
	}
	for _, p := range participants {
		if w.servers[p], err = newServer(newParticipant(rec, p, policy)); err != nil {
			return err
		}
	}
	for _, name := range w.names() {
		if err := w.servers[name].core.Recover(); err != nil {
			return err
		}
	}
	return do(w)
}

func (w *world) names() []string { return slices.Sorted(maps.Keys(w.servers)) }

// begin asks for a transaction.
func (w *world) begin(age int64) {
	w.begun++
	w.net.Send("client", coordinator, tpc.Message{Type: tpc.TypeBegin, From: "client", To: coordinator, Transaction: tpc.Ref{Age: age}, Operation: uint64(w.begun)})
}

// flush sends what nodes and clients have to send.
func (w *world) flush() {
	for _, name := range w.names() {
		for _, m := range w.servers[name].core.Messages() {
			w.net.Send(m.From, m.To, m)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(w.sessions)) {
		for _, m := range w.sessions[n].Messages() {
			w.net.Send(m.From, m.To, m)
		}
	}
}

// failed sorts out the errors of nodes: one whose disk has stopped is dead.
func (w *world) failed(name string, err error, seed int64) error {
	s := w.servers[name]
	if err == nil || errors.Is(err, tpc.ErrNotAllowed) {
		return nil
	}
	if !s.disk.Halted() {
		return fmt.Errorf("%s: %w", name, err)
	}
	return w.crash(name, seed)
}

// crash ends a node; what it was writing may be there or not.
func (w *world) crash(name string, seed int64) error {
	w.net.Lose(name)
	return w.servers[name].crash(func(d *disktest.Disk) { d.CrashRandomly(seed, disktest.Survival(seed%5)) })
}

// deliver lets a message arrive.
func (w *world) deliver(m tpc.Message, seed int64) error {
	if s := w.servers[m.To]; s != nil {
		if !s.core.Up() {
			return nil
		}
		return w.failed(m.To, s.core.Receive(m), seed)
	}
	return w.answer(m)
}

// answer is what a client does with a message.
func (w *world) answer(m tpc.Message) error {
	n := m.Transaction.Number
	c := w.sessions[n]
	if m.Type == tpc.TypeBegun && c == nil {
		c = tpc.NewSession(tpc.SessionConfig{Client: "client", Coordinator: coordinator, Home: home, Trace: w.rec}, m.Transaction)
		w.sessions[n] = c
		return w.next(c)
	}
	if c == nil {
		return nil
	}
	if err := c.Receive(m); err != nil {
		return err
	}
	if m.Type == tpc.TypeDone {
		w.told[n] = 0
		return w.next(c)
	}
	return nil
}

// next lets a client do what is next in its plan; at the end it commits. If the
// plan has a key "", the client stops for good.
func (w *world) next(c *tpc.Session) error {
	n := c.Ref().Number
	plan := w.plans[n]
	var err error
	switch {
	case len(plan) == 0:
		err = c.AskCommit()
	case plan[0].key == "":
		return nil
	case plan[0].value == "":
		err = c.Get(plan[0].key)
	default:
		err = c.Put(plan[0].key, plan[0].value)
	}
	if errors.Is(err, tpc.ErrNotAllowed) {
		return nil // an older answer has come again
	}
	if len(plan) > 0 {
		w.plans[n] = plan[1:]
	}
	return err
}

// stopped says whether a client does nothing any more.
func (w *world) stopped(n uint64) bool { return len(w.plans[n]) > 0 && w.plans[n][0].key == "" }

// tick lets time pass for everybody who is up.
func (w *world) tick(seed int64) error {
	for _, name := range w.names() {
		if s := w.servers[name]; s.core.Up() {
			if err := w.failed(name, s.core.Tick(), seed); err != nil {
				return err
			}
		}
	}
	for _, n := range slices.Sorted(maps.Keys(w.sessions)) {
		c := w.sessions[n]
		w.told[n]++
		switch {
		case w.stopped(n) || c.Outcome() != "":
		case w.told[n]%12 == 0:
			if err := c.TimeOut(); err != nil {
				return err
			}
		default:
			c.Again()
		}
	}
	w.flush()
	return nil
}

// run lets so many ticks pass, with all that arrives meanwhile.
func (w *world) run(ticks int, seed int64) error {
	for range ticks {
		end := w.net.Now() + beat
		w.flush()
		for d, ok := w.net.Next(end); ok; d, ok = w.net.Next(end) {
			if err := w.deliver(d.Message, seed); err != nil {
				return err
			}
			w.flush()
		}
		if err := w.tick(seed); err != nil {
			return err
		}
	}
	return nil
}

// end repairs everything, waits for much longer than anybody is patient, and
// then says of each node that nothing happens there any more. If the spec thinks
// that something still must, it refuses that.
func (w *world) end() error {
	w.net.Heal()
	w.net.Change(networktest.Faults{MaxDelay: beat / 4})
	for _, name := range w.names() {
		s := w.servers[name]
		s.disk.HaltAfter(-1) // a stop that has not come by now does not come
		if !s.core.Up() {
			if err := s.core.Recover(); err != nil {
				return err
			}
		}
	}
	if err := w.run(10*patience, 0); err != nil {
		return err
	}
	for _, name := range w.names() {
		w.servers[name].core.Quiet()
	}
	for _, n := range slices.Sorted(maps.Keys(w.sessions)) {
		if err := w.sessions[n].Rest(); err != nil && !errors.Is(err, tpc.ErrNotAllowed) {
			return err
		}
	}
	return nil
}

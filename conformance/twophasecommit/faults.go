package twophasecommit

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// event is one thing that happens to a cluster, as the fuzzer makes it.
type event struct {
	Kind, Node, Choice uint8
	Message            uint16
}

// often says how often each thing happens.
var often = toolbox.Often(map[string]int{
	"arrive": 180, "late": 8, "begin": 16, "client": 8, "tick": 12,
	"crash": 2, "restart": 1, "recover": 16, "snapshot": 2, "disk": 1,
})

// openings are the courses of events with which runs begin, one a seed: transactions that meet.
// Transactions are called t1, t2, ... as they begin. The words are those of walk.open.
var openings = []struct {
	policy tpc.Policy
	events string
}{
	{tpc.NoWait, `
		begin 1, put t1 a 1, put t1 b 1, commit t1 # the page shows this
		begin 2, begin 1, get t3 a, put t2 a 2
		commit t2 # t3 has read it
		hold vote, put t3 b 3, commit t3`},
	{tpc.WoundWait, `
		begin 1, begin 2, begin 2, begin 4
		get t1 a, put t1 b 1, put t2 a 2, put t3 a 3
		hold vote, commit t1
		commit t3 # waits for t1
		get t4 a
		commit t2 # waits for t1, and is older than t3`},
	{tpc.WaitDie, `
		begin 1, begin 2, begin 3, begin 4
		get t3 a, put t2 a 2
		hold vote, commit t2 # waits for the reader
		get t1 a # would wait for a transaction that waits
		get t4 a # passes t2, which is older
		commit t3`},
	{tpc.NoWait, `
		begin 3, begin 4, put t1 b 3, put t2 b 4
		hold vote, commit t1, begin 5
		get t3 b, commit t2 # t1 is going to write it`},
	{tpc.WoundWait, `
		begin 1, begin 2, begin 3, put t3 a 3
		hold vote, commit t3
		get t2 d, put t2 d 2
		get t2 a # waits behind a promise
		put t1 d 1, commit t1 # wounds it`},
	{tpc.WaitDie, `
		begin 1, begin 2, begin 3
		get t1 a, put t1 b 1, put t2 a 2
		commit t2 # is younger than the reader
		hold vote, commit t1, get t3 b
		begin 2, begin 2, begin 3, begin 1, get t4 c, get t4 f, get t5 c, restart p3
		put t6 c 3, put t7 f 4, commit t6, commit t7
		repeat all, commit t5 # t4 waits for t6 and dies of t7; t5 waits for t6 and is refused`},
}

// walk is a coordinator, three participants and clients, to which random things happen. After a
// surprise it goes on: code that lacks a rule goes its own way, and the trace shows where that leads.
type walk struct {
	toolbox.Script
	*system
	random  *rand.Rand
	pending []tpc.Message // those that have not arrived yet
	started bool          // the opening is over
	asked   int           // transactions asked for
	seed    int64         // of what a crash leaves
}

// faults lets random things happen: a message may arrive at any time, and again, or be lost.
// Nodes crash, and disks fail. Then all is repaired, and everything must come to its end.
func faults(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("faults", run.Seed), func(rec *trace.Recorder) (err error) {
		w := &walk{
			system: &system{rec: rec, sessions: map[string]*tpc.Session{}}, seed: run.Seed * 1000,
			random: rand.New(rand.NewPCG(uint64(run.Seed), 19)),
		}
		opening := toolbox.Pick(openings, run.Seed-1)
		if w.nodes, err = newNodes(rec, opening.policy, participants...); err != nil {
			return err
		}
		w.Must(recoverAll(w.nodes))
		w.Follow(opening.events, w.open())
		w.started = true
		toolbox.Walk(&w.Script, toolbox.Workload[event](run.Seed, 120, 200), tpc.ErrNotAllowed, w.happens)
		w.end()
		return errors.Join(w.Err(), w.close())
	})
}

// open returns what carries out a command of an opening, and then lets everything arrive that is
// not held:
//
//	begin AGE                      the next transaction
//	get T KEY, put T KEY VALUE     the client of a transaction takes a step; so does commit T
//	hold TYPE                      messages of this type are on their way until the opening is over
//	restart NODE, repeat all       a node crashes and starts; all that was sent arrives once more
func (w *walk) open() func(words []string) error {
	var held tpc.Type
	return func(words []string) (err error) {
		switch client := w.sessions[words[1]]; words[0] {
		case "begin":
			w.ask(int64(w.Number(words[1])))
		case "get":
			err = client.Get(words[2])
		case "put":
			err = client.Put(words[2], words[3])
		case "commit":
			err = client.AskCommit()
		case "hold":
			held = tpc.Type(words[1])
		case "restart":
			err = errors.Join(w.crash(words[1]), recoverAll(w.nodes))
		case "repeat":
			w.pending = append(w.pending, w.sent...)
		default:
			return toolbox.ErrNoCommand
		}
		w.Allow(err, tpc.ErrNotAllowed)
		w.settle(held)
		return nil
	}
}

// settle lets everything arrive, except messages of a type.
func (w *walk) settle(except tpc.Type) {
	for range 2000 { // code without a rule may send without an end
		w.pending = append(w.pending, w.collect()...)
		i := slices.IndexFunc(w.pending, func(m tpc.Message) bool { return m.Type != except })
		if i < 0 {
			return
		}
		m := w.pending[i]
		w.pending = slices.Delete(w.pending, i, i+1)
		w.Allow(w.arrive(m), tpc.ErrNotAllowed)
	}
}

// happens lets one thing happen. It returns tpc.ErrNotAllowed if that is impossible now.
func (w *walk) happens(e event) error {
	w.seed++
	w.pending = append(w.pending, w.collect()...)
	name := toolbox.Pick(nodes(), e.Node)
	n := w.nodes[name]
	switch toolbox.Pick(often, e.Kind) {
	case "arrive":
		if len(w.pending) == 0 {
			return nil
		}
		i := int(e.Message) % min(len(w.pending), 10)
		m := w.pending[i]
		w.pending = slices.Delete(w.pending, i, i+1)
		if e.Choice%32 == 0 || m.Type == tpc.TypeDecision && e.Choice%3 == 0 {
			return nil // it is lost
		}
		return w.arrive(m)
	case "late":
		return w.arrive(toolbox.Pick(w.sent, e.Message))
	case "begin":
		w.ask(int64(e.Choice % mostAges))
	case "client":
		s := w.sessions[toolbox.Pick(slices.Sorted(maps.Keys(w.sessions)), e.Node)]
		if e.Choice%4 == 0 {
			return s.TimeOut()
		}
		s.Again()
	case "tick":
		times := 1 + int(e.Choice)%(patience-1)
		if p, is := n.core.(*tpc.Participant); is && p.InDoubt() > 0 || e.Choice%4 == 0 {
			times = 2*patience + 1 // for longer than any node is patient
		}
		err := w.tick(name, times-1)
		w.collect() // what is sent meanwhile is lost
		return errors.Join(err, w.tick(name, 1))
	case "crash":
		return w.crash(name)
	case "restart":
		return errors.Join(w.crash(name), recoverAll(w.nodes))
	case "recover":
		return recoverAll(w.nodes)
	case "snapshot":
		if n.Up() {
			return w.failed(name, toolbox.Allow(n.log.Snapshot(), disk.ErrNoSpace)) // the log stays as it is
		}
	case "disk": // it stops, or fails, soon
		if n.Up() && e.Choice%2 == 0 {
			n.disk.HaltAfter(int(e.Choice / 2 % 3))
		} else if n.Up() {
			names, err := n.disk.List(segments)
			n.disk.Fail(filepath.Join(segments, slices.Max(names)), e.Choice/2)
			return err
		}
	}
	return nil
}

// ask asks for a transaction of an age.
func (w *walk) ask(age int64) {
	if w.asked < 8 {
		w.asked++
		w.pending = append(w.pending, tpc.Message{
			Type: tpc.TypeBegin, From: client, To: coordinator, Transaction: tpc.Ref{Age: age}, Operation: uint64(w.asked),
		})
	}
}

// arrive hands a message to the node or client that it is for.
func (w *walk) arrive(m tpc.Message) error {
	s := w.sessions[m.Transaction.String()]
	switch n := w.nodes[m.To]; {
	case n != nil && n.Up():
		return w.failed(m.To, n.Receive(m))
	case n != nil:
	case s == nil && m.Type == tpc.TypeBegun:
		s = newSession(w.rec, m.Transaction)
		w.sessions[m.Transaction.String()] = s
		return w.next(s)
	case s != nil && m.Type == tpc.TypeDone:
		return errors.Join(s.Receive(m), w.next(s))
	case s != nil:
		return s.Receive(m)
	}
	return nil
}

// next lets a client do what comes next, when its last operation is answered. Some clients stop
// for good.
func (w *walk) next(s *tpc.Session) error {
	if !w.started {
		return nil
	}
	key := keys[w.random.IntN(4)]
	switch i := w.random.IntN(32); {
	case i < 12:
		return s.Get(key)
	case i < 24:
		return s.Put(key, toolbox.Pick(values, w.random.IntN(len(values))))
	case i < 30:
		return s.AskCommit()
	case i < 31:
		return s.RollBack()
	}
	return nil
}

// tick lets a node do what is due.
func (w *walk) tick(name string, times int) (err error) {
	for range times {
		if err == nil && w.nodes[name].Up() {
			err = w.failed(name, w.nodes[name].Tick())
		}
	}
	return err
}

// failed sorts out the errors of nodes: one whose disk has stopped or failed is dead.
func (w *walk) failed(name string, err error) error {
	if err != nil && w.nodes[name].disk.Halted() || errors.Is(err, lowwatermark.ErrPoisoned) {
		return w.crash(name)
	}
	return err
}

// crash ends a node. What it was writing may be there or not.
func (w *walk) crash(name string) error {
	n := w.nodes[name]
	if !n.Up() {
		return nil
	}
	return n.crash(func(d *disktest.Disk) {
		d.CrashRandomly(w.seed, disktest.Survival(w.seed%5))
		d.LimitSpace(-1)
	})
}

// end repairs everything and waits for much longer than any node is patient. Then each node
// and client says that it does nothing any more: if the spec holds that something must still
// happen, it refuses that. Some clients have stopped for good.
func (w *walk) end() {
	for _, name := range nodes() {
		w.nodes[name].disk.HaltAfter(-1) // a stop that has not come by now does not come
	}
	for round := range 15 * patience {
		w.Must(recoverAll(w.nodes))
		if round < 3*patience { // also what is over by now
			w.pending = append(w.pending, w.sent[w.random.IntN(len(w.sent))])
		}
		w.settle("")
		for _, name := range nodes() {
			w.Allow(w.tick(name, 1), tpc.ErrNotAllowed)
		}
		for _, name := range slices.Sorted(maps.Keys(w.sessions)) {
			if s := w.sessions[name]; number(name)%4 > 0 && s.Outcome() == "" {
				s.Again()
				if round == 4*patience {
					w.Must(s.TimeOut())
				}
			}
		}
	}
	for _, name := range nodes() {
		w.nodes[name].Quiet()
	}
	for _, name := range slices.Sorted(maps.Keys(w.sessions)) {
		w.Allow(w.sessions[name].Rest(), tpc.ErrNotAllowed)
	}
}

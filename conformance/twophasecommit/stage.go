package twophasecommit

import (
	"context"
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// stage is a world in which nothing happens by chance. Messages arrive at once,
// in the order in which they were sent, but for those that are withheld.
type stage struct {
	rec      *trace.Recorder
	servers  map[string]*server
	sessions map[uint64]*tpc.Session
	queue    []tpc.Message
	sent     []tpc.Message            // all that ever were
	withhold func(m tpc.Message) bool // nil for none
	kept     []tpc.Message            // what was withheld
	err      error                    // the first thing that went wrong
	moves    int
}

// mostMoves is how many messages may arrive on a stage. Code without a rule may
// send without an end.
const mostMoves = 2000

var errEndless = errors.New("there is no end to the messages")

// scripts are the courses of events in which the rules matter, one a seed.
var scripts = []struct {
	policy tpc.Policy
	act    func(*stage)
}{
	{tpc.Error, oneVoteIsNotAll},
	{tpc.Error, decidedIsNotAborted},
	{tpc.Error, toldWhenDecided},
	{tpc.Error, undecidedAfterACrash},
	{tpc.Error, askedAfterwards},
	{tpc.Error, halfIsLostInACrash},
	{tpc.Error, locksOutliveACrash},
	{tpc.Error, operationsComeAgain},
	{tpc.Error, promisesAreKept},
	{tpc.Error, conflictsAreErrors},
	{tpc.WoundWait, thePromisedIsNotWounded},
	{tpc.WaitDie, theYoungerDies},
	{tpc.Error, theClientHasAsked},
	{tpc.WoundWait, theYoungerWaits},
	{tpc.WaitDie, theOlderWaits},
	{tpc.WoundWait, nobodyIsPassed},
	{tpc.Error, clientsStop},
	{tpc.Error, theForgottenStaysSo},
	{tpc.Error, forgottenWhenNobodyIsInDoubt},
}

func script(_ context.Context, run conformance.Run) (err error) {
	s := scripts[(run.Seed-1)%int64(len(scripts))]
	rec, err := trace.Create(run.Path, header("script", run.Seed))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	g := &stage{rec: rec, servers: map[string]*server{}, sessions: map[uint64]*tpc.Session{}}
	tpc.Configure(rec, s.policy)
	if g.servers[coordinator], err = newServer(newCoordinator(rec)); err != nil {
		return err
	}
	for _, p := range participants {
		if g.servers[p], err = newServer(newParticipant(rec, p, s.policy)); err != nil {
			return err
		}
	}
	for _, name := range append([]string{coordinator}, participants...) {
		g.recover(name)
	}
	s.act(g)
	g.end()
	return g.err
}

// must notes an error, if it is one.
func (g *stage) must(err error) {
	if err != nil && !errors.Is(err, tpc.ErrNotAllowed) && g.err == nil {
		g.err = err
	}
}

// collect puts what nodes and clients have to send into the queue.
func (g *stage) collect() {
	for _, name := range append([]string{coordinator}, participants...) {
		g.send(g.servers[name].core.Messages())
	}
	for n := uint64(1); n <= mostNumbers; n++ {
		if c := g.sessions[n]; c != nil {
			g.send(c.Messages())
		}
	}
}

func (g *stage) send(messages []tpc.Message) {
	for _, m := range messages {
		g.sent = append(g.sent, m)
		if g.withhold != nil && g.withhold(m) {
			g.kept = append(g.kept, m)
		} else {
			g.queue = append(g.queue, m)
		}
	}
}

// settle lets everything arrive.
func (g *stage) settle() {
	for g.collect(); len(g.queue) > 0 && g.err == nil; g.collect() {
		m := g.queue[0]
		g.queue = g.queue[1:]
		if g.moves++; g.moves > mostMoves {
			g.err = errEndless
		}
		g.deliver(m)
	}
}

func (g *stage) deliver(m tpc.Message) {
	if s := g.servers[m.To]; s != nil {
		if s.core.Up() {
			g.must(s.core.Receive(m))
		}
		return
	}
	n := m.Transaction.Number
	if c := g.sessions[n]; c != nil {
		g.must(c.Receive(m))
	} else if m.Type == tpc.TypeBegun {
		g.sessions[n] = tpc.NewSession(tpc.SessionConfig{Client: "client", Coordinator: coordinator, Home: home, Trace: g.rec}, m.Transaction)
	}
}

// release lets arrive what was withheld.
func (g *stage) release() {
	g.queue, g.kept, g.withhold = append(g.queue, g.kept...), nil, nil
	g.settle()
}

// repeat lets messages arrive once more.
func (g *stage) repeat(is func(m tpc.Message) bool) {
	for _, m := range g.sent {
		if is(m) {
			g.queue = append(g.queue, m)
		}
	}
	g.settle()
}

func (g *stage) recover(name string) {
	g.must(g.servers[name].core.Recover())
}

func (g *stage) crash(name string) {
	g.must(g.servers[name].crash(func(d *disktest.Disk) { d.Crash(nil) }))
}

// tick lets so much time pass at a node.
func (g *stage) tick(name string, times int) {
	for range times {
		g.must(g.servers[name].core.Tick())
		g.settle()
	}
}

// begin begins a transaction of an age.
func (g *stage) begin(age int64) *tpc.Session {
	g.queue = append(g.queue, tpc.Message{Type: tpc.TypeBegin, From: "client", To: coordinator, Transaction: tpc.Ref{Age: age}, Operation: uint64(len(g.sessions) + 1)})
	known := len(g.sessions)
	g.settle()
	if len(g.sessions) == known && g.err == nil {
		g.err = fmt.Errorf("transaction %d has not begun", known+1)
	}
	if c := g.sessions[uint64(known+1)]; c != nil {
		return c
	}
	return tpc.NewSession(tpc.SessionConfig{Client: "nobody", Home: home}, tpc.Ref{Number: mostNumbers})
}

// put lets a transaction write a key, and get lets it read one.
func (g *stage) put(c *tpc.Session, key, value string) {
	g.must(c.Put(key, value))
	g.settle()
}

func (g *stage) get(c *tpc.Session, key string) {
	g.must(c.Get(key))
	g.settle()
}

// commit lets a client ask to commit.
func (g *stage) commit(c *tpc.Session) {
	g.must(c.AskCommit())
	g.settle()
}

// end lets time pass until everything is over, with everything up and nothing
// withheld, and says so.
func (g *stage) end() {
	g.release()
	for _, name := range append([]string{coordinator}, participants...) {
		if !g.servers[name].core.Up() {
			g.recover(name)
		}
	}
	for range 6 * patience {
		for _, name := range append([]string{coordinator}, participants...) {
			g.tick(name, 1)
		}
	}
	for _, name := range append([]string{coordinator}, participants...) {
		if g.err == nil {
			g.servers[name].core.Quiet()
		}
	}
	for n := uint64(1); n <= mostNumbers; n++ {
		if c := g.sessions[n]; c != nil && g.err == nil {
			g.must(c.Rest())
		}
	}
}

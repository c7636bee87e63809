package twophasecommit

import (
	"context"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// scriptedCluster is a coordinator, three participants and clients without chance.
// Each script is led to its end in any case: code without a rule goes its own way, and
// the trace has to show where that leads.
type scriptedCluster struct {
	*toolbox.Scripted[tpc.Message]
	rec     *trace.Recorder
	nodes   map[string]*node
	clients *clients
}

// scripts are the courses of events in which the rules matter, one a seed.
var scripts = []struct {
	policy tpc.Policy
	lead   func(*scriptedCluster)
}{
	{tpc.NoWait, oneVoteIsNotAll},
	{tpc.NoWait, decidedIsNotAborted},
	{tpc.NoWait, toldWhenDecided},
	{tpc.NoWait, undecidedAfterACrash},
	{tpc.NoWait, askedAfterwards},
	{tpc.NoWait, halfIsLostInACrash},
	{tpc.NoWait, locksOutliveACrash},
	{tpc.NoWait, operationsComeAgain},
	{tpc.NoWait, promisesAreKept},
	{tpc.NoWait, conflictsAbort},
	{tpc.WoundWait, thePromisedIsNotWounded},
	{tpc.WaitDie, theYoungerDies},
	{tpc.NoWait, askedIsNotRolledBack},
	{tpc.WoundWait, theYoungerWaits},
	{tpc.WaitDie, theOlderWaits},
	{tpc.WoundWait, waitingKeepsItsOrder},
	{tpc.NoWait, clientsStop},
	{tpc.NoWait, forgottenIsNotReopened},
	{tpc.NoWait, inDoubtIsNotForgotten},
}

func scripted(_ context.Context, run conformance.Run) error {
	script := toolbox.Pick(scripts, run.Seed-1)
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) (err error) {
		s := &scriptedCluster{rec: rec, clients: newClients(rec)}
		s.Scripted = toolbox.NewScripted(func(m tpc.Message) string { return m.To })
		if s.nodes, err = newNodes(rec, script.policy, participants...); err != nil {
			return err
		}
		for _, name := range nodes() {
			s.Add(name, s.nodes[name])
			s.recover(name)
		}
		s.Add(client, s.clients)
		script.lead(s)
		s.end()
		return s.Err()
	})
}

func (s *scriptedCluster) recover(name string) { s.Must(s.nodes[name].Recover()) }

func (s *scriptedCluster) crash(name string) { s.Must(s.nodes[name].crash(unsynced)) }

// restart crashes a node and starts it again.
func (s *scriptedCluster) restart(name string) {
	s.crash(name)
	s.recover(name)
}

// begin begins a transaction of an age.
func (s *scriptedCluster) begin(age int64) *tpc.Session {
	s.clients.begin(age)
	s.Settle()
	n := uint64(s.clients.begun)
	if s.clients.sessions[n] == nil {
		s.Must(fmt.Errorf("transaction %d has not begun", n))
		return newSession(nil, tpc.Ref{Number: n}) // its messages are lost
	}
	return s.clients.sessions[n]
}

// act takes a step of a client, which code without a rule may refuse, and lets
// everything arrive.
func (s *scriptedCluster) act(err error) {
	s.Allow(err, tpc.ErrNotAllowed)
	s.Settle()
}

func (s *scriptedCluster) put(c *tpc.Session, key, value string) { s.act(c.Put(key, value)) }

func (s *scriptedCluster) get(c *tpc.Session, key string) { s.act(c.Get(key)) }

func (s *scriptedCluster) commit(c *tpc.Session) { s.act(c.AskCommit()) }

// commitHeld commits while the messages of some types to a node are held.
func (s *scriptedCluster) commitHeld(c *tpc.Session, node string, types ...tpc.Type) {
	s.Hold(to(node, types...))
	s.commit(c)
}

// forget lets the coordinator's patience run out, and a transaction that it aborts then
// be complete.
func (s *scriptedCluster) forget() { s.Tick(coordinator, patience+6) }

// end starts all nodes, releases what is held, and lets time pass until everything is
// over. Then each node and client says so.
func (s *scriptedCluster) end() {
	s.Release()
	for _, name := range nodes() {
		if !s.nodes[name].Up() {
			s.recover(name)
		}
	}
	for range 6 * patience {
		for _, name := range nodes() {
			s.Tick(name, 1)
		}
	}
	if s.Err() != nil {
		return
	}
	for _, name := range nodes() {
		s.nodes[name].Quiet()
	}
	s.Must(s.clients.rest())
}

// to is for messages of some types to a node.
func to(name string, types ...tpc.Type) func(tpc.Message) bool {
	return func(m tpc.Message) bool { return m.To == name && slices.Contains(types, m.Type) }
}

// writeBoth begins a transaction that writes at both participants.
func (s *scriptedCluster) writeBoth() *tpc.Session {
	t := s.begin(1)
	s.put(t, "a", "1")
	s.put(t, "b", "1")
	return t
}

// oneVoteIsNotAll: one participant has voted twice, the other was not asked yet.
func oneVoteIsNotAll(s *scriptedCluster) {
	t := s.writeBoth()
	s.commitHeld(t, "p2", tpc.TypePrepare)
	s.Redeliver(to(coordinator, tpc.TypeVote)) // the same vote twice
	s.Release()
}

// decidedIsNotAborted: the decision reaches a participant so late that the
// coordinator's patience has run out.
func decidedIsNotAborted(s *scriptedCluster) {
	t := s.writeBoth()
	s.commitHeld(t, "p2", tpc.TypeDecision)
	s.Tick(coordinator, patience+2)
	s.Release()
}

// toldWhenDecided: all participants have voted, and the next step writes the log.
func toldWhenDecided(s *scriptedCluster) {
	t := s.begin(1)
	s.get(t, "a")
	s.put(t, "c", "2")
	s.commit(t)
}

// undecidedAfterACrash: the coordinator dies while it waits for votes. No other node
// can end the transaction.
func undecidedAfterACrash(s *scriptedCluster) {
	t := s.begin(1)
	s.put(t, "a", "1")
	s.commitHeld(t, coordinator, tpc.TypeVote)
	s.restart(coordinator)
	s.restart(coordinator) // the abort is in its log
	s.Tick("p1", 1)
	s.Release()
}

// askedAfterwards: a participant has missed a commit, and inquires when the
// coordinator is about to forget it.
func askedAfterwards(s *scriptedCluster) {
	t := s.writeBoth()
	s.commitHeld(t, "p2", tpc.TypeDecision)
	s.Tick(coordinator, patience-1)
	s.restart("p2")
	s.Hold(nil)
	s.Tick("p2", 1)
	s.Tick(coordinator, 4) // now it is forgotten
	u := s.begin(2)
	s.put(u, "a", "2")
	s.commitHeld(u, "p1", tpc.TypeDecision)
	s.restart(coordinator)
	s.Release()
	v := s.begin(3) // one that is aborted, and inquired about when it is forgotten
	s.put(v, "c", "3")
	s.Hold(func(m tpc.Message) bool {
		return m.Type == tpc.TypeVote || to("p3", tpc.TypeDecision)(m)
	})
	s.commit(v)
	s.forget()
	s.Lose()
	s.Tick("p3", 1)
}

// halfIsLostInACrash: a participant has lost the first write of a transaction in a
// crash, and has the second one, which came later.
func halfIsLostInACrash(s *scriptedCluster) {
	t := s.begin(1)
	s.put(t, "a", "1")
	s.restart("p1")
	s.put(t, "d", "2")
	s.commit(t)
}

// locksOutliveACrash: a participant dies when it has promised, and another
// transaction wants to write what was read.
func locksOutliveACrash(s *scriptedCluster) {
	t := s.begin(1)
	s.get(t, "a")
	s.put(t, "d", "1")
	s.commitHeld(t, coordinator, tpc.TypeVote)
	s.restart("p1")
	u := s.begin(2)
	s.put(u, "a", "2")
	s.commit(u)
	s.Release()
}

// operationsComeAgain: the network repeats an old operation after a newer one.
func operationsComeAgain(s *scriptedCluster) {
	t := s.begin(1)
	s.put(t, "a", "1")
	s.put(t, "a", "2")
	s.Redeliver(func(m tpc.Message) bool { return m.Type == tpc.TypePut && m.Operation == 1 })
	s.get(t, "a")
	s.get(t, "d")
	s.commit(t)
	s.Redeliver(to("p1", tpc.TypePrepare, tpc.TypeDecision))
}

// promisesAreKept: a participant has promised and receives nothing, for longer than
// it would wait for a client.
func promisesAreKept(s *scriptedCluster) {
	t := s.begin(1)
	s.put(t, "a", "1")
	s.commitHeld(t, coordinator, tpc.TypeVote)
	s.Hold(func(m tpc.Message) bool { return m.To == coordinator })
	s.Tick("p1", 2*patience+2)
	s.Release()
}

// conflictsAbort: under NoWait, reader and writer of a key meet, and two writers.
func conflictsAbort(s *scriptedCluster) {
	t, u := s.begin(2), s.begin(1)
	s.get(t, "a")
	s.get(u, "a")
	s.put(u, "a", "2")
	s.commit(u) // t has read it
	v, w := s.begin(3), s.begin(4)
	s.put(v, "b", "3")
	s.put(w, "b", "4")
	s.commitHeld(v, coordinator, tpc.TypeVote)
	x := s.begin(5)
	s.get(x, "b") // v is going to write it
	s.commit(w)
	s.Release()
	s.commit(t)
}

// thePromisedIsNotWounded: an older transaction meets a younger one that has
// promised, and one that has not.
func thePromisedIsNotWounded(s *scriptedCluster) {
	older, younger, worker := s.begin(1), s.begin(2), s.begin(3)
	s.put(younger, "a", "2")
	s.get(worker, "b")
	s.commitHeld(younger, coordinator, tpc.TypeVote)
	s.get(older, "a")
	s.Hold(nil)
	s.Release()
	s.put(older, "b", "1")
	s.commit(older)
	s.commit(worker)
}

// theYoungerDies, under WaitDie: it may not wait for the older one, neither to read
// nor to write.
func theYoungerDies(s *scriptedCluster) {
	older, younger, youngest := s.begin(1), s.begin(2), s.begin(3)
	s.get(older, "a")
	s.put(older, "b", "1")
	s.put(younger, "a", "2")
	s.commit(younger)
	s.commitHeld(older, coordinator, tpc.TypeVote)
	s.get(youngest, "b")
	s.Release()
}

// askedIsNotRolledBack: a client has asked to commit, receives no answer, and times out.
func askedIsNotRolledBack(s *scriptedCluster) {
	t := s.begin(1)
	s.put(t, "a", "1")
	s.commitHeld(t, client, tpc.TypeDecision)
	s.Must(t.TimeOut())
	s.Settle()
	s.Release()
}

// theYoungerWaits, under WoundWait, for the older one that is active and for one that
// has promised, and goes on when they are over.
func theYoungerWaits(s *scriptedCluster) {
	older, younger, third := s.begin(1), s.begin(2), s.begin(3)
	s.put(older, "a", "1")
	s.get(older, "b")
	s.put(younger, "b", "2")
	s.put(third, "b", "3")
	s.commitHeld(older, coordinator, tpc.TypeVote)
	s.get(younger, "a") // behind a promise
	s.get(third, "a")   // and so does this one
	s.Release()
	s.commit(younger)
	s.commit(third)
}

// theOlderWaits, under WaitDie, and later transactions do not pass it.
func theOlderWaits(s *scriptedCluster) {
	oldest, older, younger, youngest := s.begin(1), s.begin(2), s.begin(3), s.begin(4)
	s.get(younger, "a")
	s.put(older, "a", "2")
	s.commit(older)    // waits for the reader
	s.get(oldest, "a") // would wait for a transaction that waits
	s.get(youngest, "a")
	s.commit(younger)
	s.commit(oldest)
	s.commit(youngest)
}

// waitingKeepsItsOrder, under WoundWait: writers wait in a row behind a reader that
// has promised.
func waitingKeepsItsOrder(s *scriptedCluster) {
	first, second, third, fourth := s.begin(1), s.begin(2), s.begin(3), s.begin(4)
	s.get(first, "a")
	s.put(first, "b", "1")
	s.put(second, "a", "2")
	s.put(third, "a", "3")
	s.commitHeld(first, coordinator, tpc.TypeVote)
	s.commit(third) // waits for the first
	s.get(fourth, "a")
	s.commit(second) // waits for the first, and is older than the third
	s.Release()
	s.commit(fourth)
}

// clientsStop at each point before they ask to commit.
func clientsStop(s *scriptedCluster) {
	s.begin(1)
	t := s.begin(2)
	s.put(t, "a", "1")
	s.Must(t.RollBack())
	u := s.begin(3)
	s.get(u, "b")
	s.Tick("p2", 2*patience+2) // the participant gives it up
	v := s.begin(4)
	s.get(v, "b")
	s.Settle()
}

// forgottenIsNotReopened: all messages of a transaction come once more when it is
// forgotten and another one has written since. One that is not over is not forgotten
// meanwhile.
func forgottenIsNotReopened(s *scriptedCluster) {
	t := s.begin(1)
	s.put(t, "a", "1")
	s.get(t, "a")
	s.commit(t)
	u := s.begin(2)
	s.put(u, "a", "2")
	s.Tick(coordinator, 5) // the first is forgotten, the second is not
	s.commit(u)
	of := func(m tpc.Message) bool { return m.Transaction == t.Ref() && m.To == "p1" && m.Type != tpc.TypeClosed }
	s.Redeliver(of)
	s.Tick(coordinator, 5)
	s.restart("p1")
	s.Redeliver(of)
}

// inDoubtIsNotForgotten: the coordinator has forgotten a transaction that it aborted.
// One participant has promised and does not know that. At another one the transaction
// is still active.
func inDoubtIsNotForgotten(s *scriptedCluster) {
	t := s.writeBoth()
	s.Hold(func(m tpc.Message) bool {
		return m.Type == tpc.TypeVote || m.Type == tpc.TypeDecision || to("p2", tpc.TypePrepare)(m)
	})
	s.commit(t)
	s.forget()
	s.Lose()
	s.Tick("p1", 2)
	s.put(s.begin(2), "a", "2")
}

package twophasecommit

import tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"

// The courses of events in which the rules matter. Each is played to its end
// whatever happens, as code without a rule goes its own way; what it did is for
// the trace to say.

func to(name string, types ...tpc.Type) func(tpc.Message) bool {
	return func(m tpc.Message) bool {
		for _, t := range types {
			if m.To == name && m.Type == t {
				return true
			}
		}
		return false
	}
}

// oneVoteIsNotAll: one participant has voted, the other is not even asked.
func oneVoteIsNotAll(g *stage) {
	t := g.begin(1)
	g.put(t, "a", "1")
	g.put(t, "b", "1")
	g.withhold = to("p2", tpc.TypePrepare)
	g.commit(t)
	g.repeat(to(coordinator, tpc.TypeVote)) // twice the same one
	g.release()
}

// decidedIsNotAborted: a participant is so slow to hear of the decision that the
// coordinator's patience is at its end.
func decidedIsNotAborted(g *stage) {
	t := g.begin(1)
	g.put(t, "a", "1")
	g.put(t, "b", "1")
	g.withhold = to("p2", tpc.TypeDecision)
	g.commit(t)
	g.tick(coordinator, patience+2)
	g.release()
}

// toldWhenDecided: everybody has voted, and the next thing is the log.
func toldWhenDecided(g *stage) {
	t := g.begin(1)
	g.get(t, "a")
	g.put(t, "c", "2")
	g.commit(t)
}

// undecidedAfterACrash: the coordinator dies while it waits for votes, and there
// is nobody else who could end what it had begun.
func undecidedAfterACrash(g *stage) {
	t := g.begin(1)
	g.put(t, "a", "1")
	g.withhold = to(coordinator, tpc.TypeVote)
	g.commit(t)
	g.crash(coordinator)
	g.recover(coordinator)
	g.crash(coordinator) // what it has ended is in its log
	g.recover(coordinator)
	g.tick("p1", 1)
	g.release()
}

// askedAfterwards: a participant has not heard of a commit, and asks when the
// coordinator would like to forget it.
func askedAfterwards(g *stage) {
	t := g.begin(1)
	g.put(t, "a", "1")
	g.put(t, "b", "1")
	g.withhold = to("p2", tpc.TypeDecision)
	g.commit(t)
	g.tick(coordinator, patience-1)
	g.crash("p2")
	g.recover("p2")
	g.withhold = nil
	g.tick("p2", 1)
	g.tick(coordinator, 4) // now it is forgotten
	u := g.begin(2)
	g.put(u, "a", "2")
	g.withhold = to("p1", tpc.TypeDecision)
	g.commit(u)
	g.crash(coordinator)
	g.recover(coordinator)
	g.release()
	v := g.begin(3) // one that is aborted, and asked about when nobody knows it
	g.put(v, "c", "3")
	g.withhold = func(m tpc.Message) bool {
		return m.Type == tpc.TypeVote || to("p3", tpc.TypeDecision)(m)
	}
	g.commit(v)
	g.tick(coordinator, patience+6)
	g.withhold, g.kept = nil, nil
	g.tick("p3", 1)
}

// halfIsLostInACrash: what a transaction did before a participant's crash is
// gone, what it did behind it is there.
func halfIsLostInACrash(g *stage) {
	t := g.begin(1)
	g.put(t, "a", "1")
	g.crash("p1")
	g.recover("p1")
	g.put(t, "d", "2")
	g.commit(t)
}

// locksOutliveACrash: a participant dies when it has promised, and another
// transaction wants to write what was read.
func locksOutliveACrash(g *stage) {
	t := g.begin(1)
	g.get(t, "a")
	g.put(t, "d", "1")
	g.withhold = to(coordinator, tpc.TypeVote)
	g.commit(t)
	g.crash("p1")
	g.recover("p1")
	u := g.begin(2)
	g.put(u, "a", "2")
	g.commit(u)
	g.release()
}

// operationsComeAgain: the network repeats an old operation after a newer one.
func operationsComeAgain(g *stage) {
	t := g.begin(1)
	g.put(t, "a", "1")
	g.put(t, "a", "2")
	g.repeat(func(m tpc.Message) bool { return m.Type == tpc.TypePut && m.Operation == 1 })
	g.get(t, "a")
	g.get(t, "d")
	g.commit(t)
	g.repeat(to("p1", tpc.TypePrepare, tpc.TypeDecision))
}

// promisesAreKept: a participant has promised and hears nothing, for longer than
// it would wait for a client.
func promisesAreKept(g *stage) {
	t := g.begin(1)
	g.put(t, "a", "1")
	g.withhold = to(coordinator, tpc.TypeVote)
	g.commit(t)
	g.withhold = func(m tpc.Message) bool { return m.To == coordinator }
	g.tick("p1", 2*patience+2)
	g.release()
}

// conflictsAreErrors: reader and writer of a key meet, and two writers.
func conflictsAreErrors(g *stage) {
	t, u := g.begin(2), g.begin(1)
	g.get(t, "a")
	g.get(u, "a")
	g.put(u, "a", "2")
	g.commit(u) // t has read it
	v, w := g.begin(3), g.begin(4)
	g.put(v, "b", "3")
	g.put(w, "b", "4")
	g.withhold = to(coordinator, tpc.TypeVote)
	g.commit(v)
	x := g.begin(5)
	g.get(x, "b") // v is going to write it
	g.commit(w)
	g.release()
	g.commit(t)
}

// thePromisedIsNotWounded: an older transaction meets a younger one that has
// promised, and one that has not.
func thePromisedIsNotWounded(g *stage) {
	older, younger, worker := g.begin(1), g.begin(2), g.begin(3)
	g.put(younger, "a", "2")
	g.get(worker, "b")
	g.withhold = to(coordinator, tpc.TypeVote)
	g.commit(younger)
	g.get(older, "a")
	g.withhold = nil
	g.release()
	g.put(older, "b", "1")
	g.commit(older)
	g.commit(worker)
}

// theYoungerDies: it may not wait for the older one, be it to read or to write.
func theYoungerDies(g *stage) {
	older, younger, youngest := g.begin(1), g.begin(2), g.begin(3)
	g.get(older, "a")
	g.put(older, "b", "1")
	g.put(younger, "a", "2")
	g.commit(younger)
	g.withhold = to(coordinator, tpc.TypeVote)
	g.commit(older)
	g.get(youngest, "b")
	g.release()
}

// theClientHasAsked: it hears nothing, and its time is up.
func theClientHasAsked(g *stage) {
	t := g.begin(1)
	g.put(t, "a", "1")
	g.withhold = to("client", tpc.TypeDecision)
	g.commit(t)
	g.must(t.TimeOut())
	g.settle()
	g.release()
}

// theYoungerWaits, under WoundWait, for the older one that works and for
// whoever has promised, and goes on when they are done.
func theYoungerWaits(g *stage) {
	older, younger, third := g.begin(1), g.begin(2), g.begin(3)
	g.put(older, "a", "1")
	g.get(older, "b")
	g.put(younger, "b", "2")
	g.put(third, "b", "3")
	g.withhold = to(coordinator, tpc.TypeVote)
	g.commit(older)
	g.get(younger, "a") // behind a promise
	g.get(third, "a")   // and so does this one
	g.release()
	g.commit(younger)
	g.commit(third)
}

// theOlderWaits, under WaitDie, and those who come later do not pass it.
func theOlderWaits(g *stage) {
	oldest, older, younger, youngest := g.begin(1), g.begin(2), g.begin(3), g.begin(4)
	g.get(younger, "a")
	g.put(older, "a", "2")
	g.commit(older)    // waits for the reader
	g.get(oldest, "a") // would wait for who waits
	g.get(youngest, "a")
	g.commit(younger)
	g.commit(oldest)
	g.commit(youngest)
}

// nobodyIsPassed, under WoundWait: writers wait in a row behind a reader that has
// promised.
func nobodyIsPassed(g *stage) {
	first, second, third, fourth := g.begin(1), g.begin(2), g.begin(3), g.begin(4)
	g.get(first, "a")
	g.put(first, "b", "1")
	g.put(second, "a", "2")
	g.put(third, "a", "3")
	g.withhold = to(coordinator, tpc.TypeVote)
	g.commit(first)
	g.commit(third) // waits for the first
	g.get(fourth, "a")
	g.commit(second) // waits for the first, and is older than the third
	g.release()
	g.commit(fourth)
}

// clientsStop at each point at which they may.
func clientsStop(g *stage) {
	g.begin(1)
	t := g.begin(2)
	g.put(t, "a", "1")
	g.must(t.RollBack())
	u := g.begin(3)
	g.get(u, "b")
	g.tick("p2", 2*patience+2) // the participant gives it up
	v := g.begin(4)
	g.get(v, "b")
	g.settle()
}

// theForgottenStaysSo: all messages of a transaction come once more when it is
// forgotten, and another one has written since. Whoever is not done is not
// forgotten meanwhile.
func theForgottenStaysSo(g *stage) {
	t := g.begin(1)
	g.put(t, "a", "1")
	g.get(t, "a")
	g.commit(t)
	u := g.begin(2)
	g.put(u, "a", "2")
	g.tick(coordinator, 5) // the first is forgotten, the second is not
	g.commit(u)
	of := func(m tpc.Message) bool { return m.Transaction == t.Ref() && m.To == "p1" && m.Type != tpc.TypeClosed }
	g.repeat(of)
	g.tick(coordinator, 5)
	g.crash("p1")
	g.recover("p1")
	g.repeat(of)
}

// forgottenWhenNobodyIsInDoubt: a transaction was aborted and is forgotten by the
// coordinator, and one of the participants has promised and does not know. At
// another one it is still at work.
func forgottenWhenNobodyIsInDoubt(g *stage) {
	t := g.begin(1)
	g.put(t, "a", "1")
	g.put(t, "b", "1")
	g.withhold = func(m tpc.Message) bool {
		return m.Type == tpc.TypeVote || m.Type == tpc.TypeDecision || to("p2", tpc.TypePrepare)(m)
	}
	g.commit(t)
	g.tick(coordinator, patience+6)
	g.kept, g.withhold = nil, nil
	g.tick("p1", 2)
	g.put(g.begin(2), "a", "2")
}

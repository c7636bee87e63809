package twophasecommit

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

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
	nodes   map[string]*node
	clients *clients
}

// scripts are the courses of events in which the rules matter, one a seed. The words are
// those of scriptedCluster.do. Transactions are called t1, t2, ... as they begin. The
// patience of the coordinator is 8 ticks, that of a participant 16.
var scripts = []struct {
	policy        tpc.Policy
	about, events string
}{
	{tpc.NoWait, "one participant has voted twice, the other was not asked yet", `
		begin 1, put t1 a 1, put t1 b 1
		hold prepare to p2, commit t1
		redeliver vote to tc, release`},

	{tpc.NoWait, "the decision reaches a participant when the coordinator's patience has run out", `
		begin 1, put t1 a 1, put t1 b 1
		hold decision to p2, commit t1
		tick tc 10, release`},

	{tpc.NoWait, "all participants have voted, and the next step writes the log", `
		begin 1, get t1 a, put t1 c 2, commit t1`},

	{tpc.NoWait, "the coordinator dies while it waits for votes: no other node can end the transaction", `
		begin 1, put t1 a 1
		hold vote to tc, commit t1
		restart tc
		restart tc # the abort is in its log
		tick p1 1, release`},

	{tpc.NoWait, "a participant has missed a commit, and inquires when it is about to be forgotten", `
		begin 1, put t1 a 1, put t1 b 1
		hold decision to p2, commit t1
		tick tc 7, restart p2
		hold nothing, tick p2 1
		tick tc 4 # now it is forgotten
		begin 2, put t2 a 2
		hold decision to p1, commit t2
		restart tc, release
		begin 3, put t3 c 3 # one that is aborted, and inquired about when it is forgotten
		hold vote|decision to p3, commit t3
		tick tc 14, lose
		tick p3 1`},

	{tpc.NoWait, "a crash takes the first write of a transaction at a participant, and not the second", `
		begin 1, put t1 a 1
		restart p1
		get t1 d, put t1 d 2, commit t1`},

	{tpc.NoWait, "a participant dies when it has promised, and a transaction wants to write what was read", `
		begin 1, get t1 a, put t1 d 1
		hold vote to tc, commit t1
		restart p1
		begin 2, put t2 a 2, commit t2
		release`},

	{tpc.NoWait, "the network repeats an old operation after a newer one", `
		begin 1, put t1 a 1, put t1 a 2
		redeliver put 1
		get t1 a, get t1 d, commit t1
		redeliver (prepare|decision) to p1`},

	{tpc.NoWait, "a participant has promised and receives nothing, for longer than it would wait for a client", `
		begin 1, put t1 a 1
		hold vote to tc, commit t1
		hold to tc, tick p1 18, release`},

	{tpc.NoWait, "reader and writer of a key meet, and two writers", `
		begin 2, begin 1
		get t1 a, get t2 a, put t2 a 2
		commit t2 # t1 has read it
		begin 3, begin 4
		put t3 b 3, put t4 b 4
		hold vote to tc, commit t3
		begin 5
		get t5 b # t3 is going to write it
		commit t4, release, commit t1`},

	{tpc.WoundWait, "an older transaction meets a younger one that has promised, and one that has not", `
		begin 1, begin 2, begin 3
		put t2 a 2, get t3 b
		hold vote to tc, commit t2
		get t1 a # behind a promise
		release, put t1 b 1
		commit t1, commit t3`},

	{tpc.WaitDie, "the younger one may not wait for the older one, neither to read nor to write", `
		begin 1, begin 2, begin 3
		get t1 a, put t1 b 1
		put t2 a 2, commit t2
		hold vote to tc, commit t1
		get t3 b, release`},

	{tpc.NoWait, "a client has asked to commit, receives no answer, and times out", `
		begin 1, put t1 a 1
		hold decision to client, commit t1
		timeOut t1, release`},

	{tpc.WoundWait, "the younger one waits, for one that is active and for one that has promised", `
		begin 1, begin 2, begin 3
		put t1 a 1, get t1 b
		put t2 b 2, put t3 b 3
		hold vote to tc, commit t1
		get t2 a # behind a promise
		get t3 a # and so does this one
		release, commit t2, commit t3`},

	{tpc.WaitDie, "the older one waits, and later transactions do not pass it", `
		begin 1, begin 2, begin 3, begin 4
		get t3 a, put t2 a 2
		commit t2 # waits for the reader
		get t1 a  # would wait for a transaction that waits
		get t4 a
		commit t3, commit t1, commit t4`},

	{tpc.WoundWait, "writers wait in a row behind a reader that has promised", `
		begin 1, begin 2, begin 3, begin 4
		get t1 a, put t1 b 1
		put t2 a 2, put t3 a 3
		hold vote to tc, commit t1
		commit t3 # waits for t1
		get t4 a
		commit t2 # waits for t1, and is older than t3
		release, commit t4`},

	{tpc.NoWait, "clients stop at each point before they ask to commit", `
		begin 1
		begin 2, put t2 a 1, rollBack t2
		begin 3, get t3 b
		tick p2 18 # the participant gives it up
		begin 4, get t4 b`},

	{tpc.NoWait, "all messages of a transaction come once more when it is forgotten, and another one has written", `
		begin 1, put t1 a 1, get t1 a, commit t1
		begin 2, put t2 a 2
		tick tc 5 # t1 is forgotten, t2 is not
		commit t2
		redeliver t1 (get|put|prepare|decision).* to p1
		tick tc 5, restart p1
		redeliver t1 (get|put|prepare|decision).* to p1`},

	{tpc.NoWait, "the coordinator has forgotten an abort; one participant has promised, at the other it is active", `
		begin 1, put t1 a 1, put t1 b 1
		hold vote|decision|prepare to p2, commit t1
		tick tc 14 # it is aborted and complete
		lose, tick p1 2
		begin 2, put t2 a 2`},

	{tpc.WoundWait, "transactions wait behind a promise, until the participant gives one up, and dies", `
		begin 1, begin 2, begin 3
		put t1 a 1
		hold vote to tc, commit t1
		get t2 a, tick p1 18
		get t3 a, restart p1
		release`},

	{tpc.WoundWait, "an older transaction wounds one that has written, and waits behind a promise", `
		begin 1, begin 2, begin 3
		put t3 a 3
		hold vote to tc, commit t3
		get t2 d, put t2 d 2, get t2 a
		put t1 d 1, commit t1
		release`},
}

func scripted(_ context.Context, run conformance.Run) error {
	script := toolbox.Pick(scripts, run.Seed-1)
	err := toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) (err error) {
		s := &scriptedCluster{clients: newClients(rec)}
		s.Scripted = toolbox.NewScripted(func(m tpc.Message) string { return m.To })
		if s.nodes, err = newNodes(rec, script.policy, participants...); err != nil {
			return err
		}
		for _, name := range nodes() {
			s.Add(name, s.nodes[name])
		}
		s.Add(client, s.clients)
		s.Must(recoverAll(s.nodes))
		s.Follow(script.events, s.do)
		s.end()
		return s.Err()
	})
	if err != nil {
		err = fmt.Errorf("%s: %w", script.about, err)
	}
	return err
}

// do carries out a command of a script, and lets everything arrive that is not held:
//
//	begin AGE                         the next transaction
//	get T KEY, put T KEY VALUE        the client of a transaction takes a step
//	commit T, rollBack T, timeOut T
//	hold REGEXP, release, lose        messages, which read as "t1 put 2 to p1" or "t1 vote to tc";
//	redeliver REGEXP                  another hold takes the place of the one before
//	tick NODE TIMES, restart NODE     a node does what is due; crashes and starts again
func (s *scriptedCluster) do(words []string) error {
	what, of := words[0], words[1:]
	text := strings.Join(of, " ")
	switch what {
	case "begin":
		age, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		s.clients.begin(age)
		s.Settle()
		s.session(name(uint64(s.clients.begun)))
	case "hold":
		s.Hold(reading(text))
	case "release":
		s.Release()
	case "lose":
		s.Lose()
	case "redeliver":
		s.Redeliver(reading(text))
	case "tick":
		times, err := strconv.Atoi(of[1])
		s.Tick(of[0], times)
		return err
	case "restart":
		s.Must(s.nodes[text].crash(unsynced))
		s.Must(s.nodes[text].Recover())
	default:
		return s.ofClient(what, s.session(of[0]), of[1:])
	}
	return nil
}

// ofClient is a step of a transaction's client, which code without a rule may refuse.
func (s *scriptedCluster) ofClient(what string, c *tpc.Session, of []string) error {
	var err error
	switch what {
	case "get":
		err = c.Get(of[0])
	case "put":
		err = c.Put(of[0], of[1])
	case "commit":
		err = c.AskCommit()
	case "rollBack":
		s.Must(c.RollBack())
		return nil // the coordinator hears of it with what the next command sends
	case "timeOut":
		err = c.TimeOut()
	default:
		return toolbox.ErrNoCommand
	}
	s.Allow(err, tpc.ErrNotAllowed)
	s.Settle()
	return nil
}

// session is the client of a transaction, which should have begun.
func (s *scriptedCluster) session(t string) *tpc.Session {
	n := number(t)
	if c := s.clients.sessions[n]; c != nil {
		return c
	}
	s.Must(fmt.Errorf("transaction %s has not begun", t))
	return newSession(nil, tpc.Ref{Number: n}) // its messages are lost
}

// reading is for messages that read as a regular expression says.
func reading(expression string) func(tpc.Message) bool {
	matches := regexp.MustCompile(expression)
	return func(m tpc.Message) bool {
		words := []any{m.Transaction, m.Type}
		if m.Operation > 0 {
			words = append(words, m.Operation)
		}
		return matches.MatchString(fmt.Sprintln(append(words, "to", m.To)...))
	}
}

// end starts all nodes, releases what is held, and lets time pass until everything is
// over.
func (s *scriptedCluster) end() {
	s.Release()
	s.Must(recoverAll(s.nodes))
	for range 6 * patience {
		for _, name := range nodes() {
			s.Tick(name, 1)
		}
	}
	if s.Err() == nil {
		s.Must(s.clients.over(s.nodes))
	}
}

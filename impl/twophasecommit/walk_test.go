package twophasecommit

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	fuzz "github.com/google/gofuzz"
	"github.com/stretchr/testify/require"

	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

// notebook is a Journal in memory. It looks at what its core has ready to be
// sent when a record comes, and can be full.
type notebook struct {
	t       *testing.T
	core    *base
	left    int // records that there is room for
	entries []wal.Entry
}

var errFullNotebook = errors.New("no room")

// follows are the messages that say of a transaction what a record makes so.
var follows = map[kind][]Type{
	kindBegun: {TypeBegun}, kindAsked: {TypePrepare}, kindPrepared: {TypeVote}, kindDecided: {TypeDecision, TypeAck},
}

func (n *notebook) Append(_ uint32, payload []byte) (uint64, error) {
	var r record
	require.NoError(n.t, json.Unmarshal(payload, &r))
	for _, m := range n.core.out {
		if m.Transaction == r.Transaction {
			require.NotContains(n.t, follows[r.Kind], m.Type, "it is said before the record is written")
		}
	}
	if n.left == 0 {
		return 0, errFullNotebook
	}
	n.left--
	n.entries = append(n.entries, wal.Entry{Index: uint64(len(n.entries) + 1), Payload: payload})
	n.core.durable.Apply(n.entries[len(n.entries)-1])
	require.NoError(n.t, n.core.durable.Err)
	return uint64(len(n.entries)), nil
}

const endless = 1 << 30

func walkingParticipant(t *testing.T, policy Policy, room int) (*Participant, *notebook) {
	t.Helper()
	p, err := NewParticipant(ParticipantConfig{Name: "p1", Coordinator: "tc", Policy: policy, Patience: 3})
	require.NoError(t, err)
	n := &notebook{t: t, core: &p.base, left: room}
	p.Use(n)
	return p, n
}

// TestRecordsComeFirst takes two transactions through a coordinator and a
// participant, once for each record that may be the first that is not written.
// What a record makes so is not ready to be sent before it, and when it cannot
// be written nothing is sent any more.
func TestRecordsComeFirst(t *testing.T) {
	for room := range 14 {
		c, err := NewCoordinator(CoordinatorConfig{Name: "tc", Placement: func(string) string { return "p1" }, Retention: -1})
		require.NoError(t, err)
		c.Use(&notebook{t: t, core: &c.base, left: room})
		p, _ := walkingParticipant(t, NoWait, room)
		sent := []Message{}
		failed := map[string]error{"tc": c.Recover(), "p1": p.Recover()}
		for n := uint64(1); n <= 2; n++ {
			ref := Ref{Number: n}
			key := map[string]uint64{"a": 3 - 2*n%3} // the second one asks for another incarnation, and hears no
			sent = append(sent,
				Message{Type: TypeBegin, From: "client", To: "tc", Operation: n},
				Message{Type: TypePut, From: "client", To: "p1", Transaction: ref, Operation: 1, Key: "a", Value: "v"},
				Message{Type: TypeAskCommit, From: "client", To: "tc", Transaction: ref, Keys: key})
			for len(sent) > 0 {
				m := sent[0]
				sent = sent[1:]
				var core Core = p
				if m.To == "tc" {
					core = c
				}
				if m.To == "client" || failed[m.To] != nil {
					continue
				}
				if failed[m.To] = core.Receive(m); failed[m.To] == nil {
					sent = append(sent, core.Messages()...)
				}
			}
		}
		for name, err := range failed {
			if err != nil {
				require.ErrorIs(t, err, errFullNotebook)
			}
			if core := map[string]Core{"tc": c, "p1": p}[name]; err != nil {
				require.Empty(t, core.Messages(), "%s, room for %d records", name, room)
			}
		}
	}
}

// move is one thing that happens to a participant; gofuzz fills it in.
type move struct{ Kind, Transaction, Key uint8 }

// walker does random things to a participant: those that clients and a
// coordinator may do.
type walker struct {
	t    *testing.T
	p    *Participant
	ops  map[uint64]uint64
	over map[uint64]Outcome
}

func (w *walker) do(m move) {
	ref := Ref{Number: uint64(m.Transaction%6) + 1, Age: int64(m.Transaction/6) % 3}
	ref.Age = int64(ref.Number * 5 % 7) // always the same one
	key := string("abc"[m.Key%3])
	operation := Message{From: "client", To: "p1", Transaction: ref, Operation: w.ops[ref.Number] + 1, Key: key, Value: "v"}
	switch m.Kind % 8 {
	case 0, 1, 2:
		operation.Type = []Type{TypeGet, TypeGet, TypePut}[m.Kind%8]
		if w.over[ref.Number] != "" || !w.p.work(ref.Number).waiting.none() {
			return // it has asked to commit, or waits for an answer
		}
		w.ops[ref.Number]++
		require.NoError(w.t, w.p.Receive(operation))
	case 3, 4, 5:
		if w.ops[ref.Number] > 0 && w.p.work(ref.Number).waiting.none() {
			w.over[ref.Number] = Committed
			require.NoError(w.t, w.p.Receive(Message{Type: TypePrepare, From: "tc", To: "p1", Transaction: ref, Incarnation: w.p.incarnation}))
		}
	case 6:
		outcome := Aborted
		if w.p.at(ref.Number) == prepared && m.Key%4 > 0 {
			outcome = Committed
		}
		require.NoError(w.t, w.p.Receive(Message{Type: TypeDecision, From: "tc", To: "p1", Transaction: ref, Outcome: outcome}))
	case 7:
		require.NoError(w.t, w.p.Tick())
	}
}

// noneWaitsInVain: a waiting transaction has obstacles and may wait for all of them. So
// no message has to come again for it to get on.
func (w *walker) noneWaitsInVain(about string) {
	for n, of := range w.p.works {
		if of.waiting.none() {
			continue
		}
		obstacles := w.p.obstacles(n, of.waiting)
		require.NotEmpty(w.t, obstacles, "%s: %d waits without an obstacle", about, n)
		require.True(w.t, w.p.mayWait(n, of.waiting, obstacles), "%s: %d may not wait for %v", about, n, obstacles)
	}
}

func TestNobodyWaitsInVain(t *testing.T) {
	for _, policy := range []Policy{WoundWait, WaitDie} {
		waited := false
		for seed := range int64(400) {
			p, _ := walkingParticipant(t, policy, endless)
			require.NoError(t, p.Recover())
			w := &walker{t: t, p: p, ops: map[uint64]uint64{}, over: map[uint64]Outcome{}}
			var moves []move
			fuzz.NewWithSeed(seed).NilChance(0).NumElements(40, 60).Fuzz(&moves)
			for i, m := range moves {
				w.do(m)
				waited = waited || p.Waiting() > 1
				w.noneWaitsInVain(fmt.Sprintf("%s, seed %d, move %d", policy, seed, i))
			}
		}
		require.True(t, waited, "with %s no transaction has waited", policy)
	}
}

// TestAFullLogEndsWaiting: a transaction gets its locks when another one has ended, and its promise
// cannot be written. The node is dead, and says so.
func TestAFullLogEndsWaiting(t *testing.T) {
	p, log := walkingParticipant(t, WoundWait, endless)
	require.NoError(t, p.Recover())
	for n := uint64(1); n <= 2; n++ {
		m := Message{Type: TypePut, From: "client", To: "p1", Transaction: Ref{Number: n}, Operation: 1, Key: "a", Value: "v"}
		require.NoError(t, p.Receive(m))
		require.NoError(t, p.Receive(Message{Type: TypePrepare, From: "tc", To: "p1", Transaction: m.Transaction, Incarnation: 1}))
	}
	require.Equal(t, 1, p.Waiting())
	log.left = 1 // for the decision
	decision := Message{Type: TypeDecision, From: "tc", To: "p1", Transaction: Ref{Number: 1}, Outcome: Committed}
	require.ErrorIs(t, p.Receive(decision), errFullNotebook)
}

// TestForgetting: a participant has forgotten what is closed, and only that; it
// takes up none of it again; and it comes back from its log as it was.
func TestForgetting(t *testing.T) {
	p, log := walkingParticipant(t, NoWait, endless)
	require.NoError(t, p.Recover())
	of := func(n uint64) Message {
		return Message{Type: TypePut, From: "client", To: "p1", Transaction: Ref{Number: n}, Operation: 1, Key: fmt.Sprint("k", n), Value: "v"}
	}
	for n := uint64(1); n <= 5; n++ {
		require.NoError(t, p.Receive(of(n)))
		if n < 5 {
			prepare(t, p, Ref{Number: n}, 1)
		}
		if n < 3 {
			require.NoError(t, p.Receive(Message{Type: TypeDecision, From: "tc", To: "p1", Transaction: Ref{Number: n}, Outcome: Committed}))
		}
	}
	closed := func(n uint64) {
		t.Helper()
		require.NoError(t, p.Receive(Message{Type: TypeClosed, From: "tc", To: "p1", Transaction: Ref{Number: n}}))
	}
	known := func() []uint64 {
		all := slices.Concat(slices.Collect(maps.Keys(p.works)), slices.Collect(maps.Keys(p.promises)))
		slices.Sort(all)
		return slices.Compact(all)
	}
	require.Equal(t, 5, p.Remembered())
	closed(2)
	require.Equal(t, []uint64{3, 4, 5}, known())
	require.Equal(t, 3, p.Remembered())
	closed(1)
	closed(4)
	require.Equal(t, []uint64{3, 4, 5}, known(), "two are in doubt: that they are over is not how")
	p.Messages()
	require.NoError(t, p.Receive(of(1)))
	require.Equal(t, []Type{TypeFailed}, types(p.Messages()))
	for _, late := range []Type{TypePrepare, TypeDecision} {
		require.NoError(t, p.Receive(Message{Type: late, From: "tc", To: "p1", Transaction: Ref{Number: 1}, Incarnation: 1, Outcome: Committed}))
	}
	require.Empty(t, p.Messages())
	require.Equal(t, []uint64{3, 4, 5}, known())
	for n := uint64(3); n <= 4; n++ {
		require.NoError(t, p.Receive(Message{Type: TypeDecision, From: "tc", To: "p1", Transaction: Ref{Number: n}, Outcome: Aborted, Presumed: true}))
	}
	require.NoError(t, p.Tick())
	require.Equal(t, []uint64{5}, known(), "nothing is in doubt any more")
	require.ErrorIs(t, p.Forget(Message{Type: TypeClosed, Transaction: Ref{Number: 5}}), ErrNotAllowed, "one is at work")
	closed(5)
	require.Empty(t, known(), "what was at work is given up")

	again, _ := walkingParticipant(t, NoWait, endless)
	for _, e := range log.entries {
		again.durable.Apply(e)
	}
	require.NoError(t, again.durable.Err)
	require.Equal(t, p.closed, again.closed)
	require.Equal(t, p.store, again.store)
	require.Empty(t, again.promises)
}

// TestClosed: the coordinator says so of all that is over, when it is, and to
// the participants that it concerns.
func TestClosed(t *testing.T) {
	c, err := NewCoordinator(CoordinatorConfig{Name: "tc", Placement: func(key string) string { return "p" + key }, Retention: -1})
	require.NoError(t, err)
	c.Use(&notebook{t: t, core: &c.base, left: endless})
	require.NoError(t, c.Recover())
	first, second, third := asking(t, c), asking(t, c), asking(t, c)
	for _, ref := range []Ref{second, first} {
		vote(t, c, ref, "p1", true)
		vote(t, c, ref, "p2", true)
		c.Messages()
		require.NoError(t, c.Receive(Message{Type: TypeAck, From: "p1", To: "tc", Transaction: ref}))
		require.NoError(t, c.Tick())
		require.NotContains(t, types(c.Messages()), TypeClosed, "p2 has not done it")
		require.NoError(t, c.Receive(Message{Type: TypeAck, From: "p2", To: "tc", Transaction: ref}))
		require.NoError(t, c.Tick())
		if ref == second {
			require.NotContains(t, types(c.Messages()), TypeClosed, "one that was begun before is not over")
		}
	}
	closed := slices.DeleteFunc(c.Messages(), func(m Message) bool { return m.Type != TypeClosed })
	require.Len(t, closed, 2)
	for i, m := range closed {
		require.Equal(t, fmt.Sprint("p", i+1), m.To)
		require.Equal(t, second.Number, m.Transaction.Number)
	}
	require.NoError(t, c.Tick())
	require.NotContains(t, types(c.Messages()), TypeClosed, "once is enough")

	require.NoError(t, c.Receive(Message{Type: TypeRollBack, From: "client", To: "tc", Transaction: third}))
	ref, err := c.Begin("client", 1)
	require.NoError(t, err)
	require.NoError(t, c.Receive(Message{Type: TypeRollBack, From: "client", To: "tc", Transaction: ref, Keys: map[string]uint64{"3": 1}}))
	c.Messages()
	require.NoError(t, c.Tick())
	require.Contains(t, c.Messages(), Message{Type: TypeClosed, From: "tc", To: "p3", Transaction: Ref{Number: ref.Number}}, "it was told of nothing else")
}

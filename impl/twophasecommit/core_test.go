package twophasecommit

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
)

// started is a core with its log on a disk, recovered.
func started[C interface {
	Durable() *State
	Use(Journal)
	Recover() error
}](t *testing.T, d *disktest.Disk, core C, err error) C {
	t.Helper()
	require.NoError(t, err)
	log, err := OpenJournal("log", core, lowwatermark.Options{FS: d, Preallocate: -1})
	require.NoError(t, err)
	core.Use(log)
	require.NoError(t, core.Recover())
	return core
}

func startCoordinator(t *testing.T, d *disktest.Disk) *Coordinator {
	c, err := NewCoordinator(CoordinatorConfig{Name: "tc", Placement: func(key string) string { return "p" + key }, Patience: 2, Retention: 1})
	return started(t, d, c, err)
}

func startParticipant(t *testing.T, d *disktest.Disk, policy Policy) *Participant {
	p, err := NewParticipant(ParticipantConfig{Name: "p1", Coordinator: "tc", Policy: policy, Patience: 2})
	return started(t, d, p, err)
}

// asking begins a transaction, whose votes are asked for.
func asking(t *testing.T, c *Coordinator) Ref {
	t.Helper()
	ref, err := c.Begin("client", 1)
	require.NoError(t, err)
	require.NoError(t, c.Receive(Message{Type: TypeAskCommit, From: "client", To: "tc", Transaction: ref, Keys: map[string]uint64{"1": 1, "2": 1}}))
	return ref
}

func vote(t *testing.T, c *Coordinator, ref Ref, from string, yes bool) {
	t.Helper()
	require.NoError(t, c.Receive(Message{Type: TypeVote, From: from, To: "tc", Transaction: ref, Yes: yes}))
}

func types(messages []Message) []Type {
	list := []Type{}
	for _, m := range messages {
		list = append(list, m.Type)
	}
	return list
}

// TestAllMustVote: the same yes twice is one, and a decision is told when it is
// there and not before.
func TestAllMustVote(t *testing.T) {
	c := startCoordinator(t, disktest.New())
	ref := asking(t, c)
	require.Equal(t, []Type{TypeBegun, TypePrepare, TypePrepare}, types(c.Messages()))
	vote(t, c, ref, "p1", true)
	vote(t, c, ref, "p1", true)
	c.Note(Message{Type: TypeVote, From: "p2", To: "tc", Transaction: ref})
	require.ErrorIs(t, c.Commit(ref.Number), ErrNotAllowed, "a no is no vote for it")
	require.Empty(t, c.Messages())
	require.Empty(t, c.Outcome(ref.Number))
	vote(t, c, ref, "p2", true)
	require.Equal(t, Committed, c.Outcome(ref.Number))
	require.Equal(t, []Type{TypeDecision, TypeDecision, TypeDecision}, types(c.Messages()))
}

// TestDecisionIsMadeOnce: neither a late no, nor a client that gives up, nor the
// time changes it.
func TestDecisionIsMadeOnce(t *testing.T) {
	d := disktest.New()
	c := startCoordinator(t, d)
	ref := asking(t, c)
	vote(t, c, ref, "p1", true)
	vote(t, c, ref, "p2", true)
	vote(t, c, ref, "p2", false)
	require.NoError(t, c.Receive(Message{Type: TypeRollBack, From: "client", To: "tc", Transaction: ref}))
	require.ErrorIs(t, c.Abort(ref.Number), ErrNotAllowed)
	for range 9 {
		require.NoError(t, c.Tick())
	}
	require.Equal(t, Committed, c.Outcome(ref.Number))

	d.Crash(nil)
	c = startCoordinator(t, d)
	require.Equal(t, Committed, c.Outcome(ref.Number), "and it is in the log")
	require.False(t, c.Idle())
}

// TestUndecidedIsAborted by a recovery, and by patience that has an end.
func TestUndecidedIsAborted(t *testing.T) {
	d := disktest.New()
	c := startCoordinator(t, d)
	first := asking(t, c)
	d.Crash(nil)
	c = startCoordinator(t, d)
	require.Equal(t, Aborted, c.Outcome(first.Number))
	second := asking(t, c)
	require.Equal(t, first.Number+1, second.Number)
	for range 3 {
		require.NoError(t, c.Tick())
	}
	require.Equal(t, Aborted, c.Outcome(second.Number))
}

// put lets a transaction write, and ask to be prepared.
func put(t *testing.T, p *Participant, ref Ref, key string) {
	t.Helper()
	require.NoError(t, p.Receive(Message{Type: TypePut, From: "client", To: "p1", Transaction: ref, Operation: 1, Key: key, Value: "v"}))
}

func prepare(t *testing.T, p *Participant, ref Ref, incarnation uint64) {
	t.Helper()
	require.NoError(t, p.Receive(Message{Type: TypePrepare, From: "tc", To: "p1", Transaction: ref, Incarnation: incarnation}))
}

// TestPromiseOutlivesACrash: it is still there, with its locks, and the
// participant asks what became of it.
func TestPromiseOutlivesACrash(t *testing.T) {
	d := disktest.New()
	p := startParticipant(t, d, NoWait)
	ref := Ref{Number: 1}
	require.NoError(t, p.Receive(Message{Type: TypeGet, From: "client", To: "p1", Transaction: ref, Operation: 1, Key: "read"}))
	require.NoError(t, p.Receive(Message{Type: TypePut, From: "client", To: "p1", Transaction: ref, Operation: 2, Key: "written", Value: "v"}))
	prepare(t, p, ref, 1)
	require.Equal(t, []Type{TypeDone, TypeDone, TypeVote}, types(p.Messages()))
	d.Crash(nil)

	p = startParticipant(t, d, NoWait)
	require.Equal(t, 1, p.InDoubt())
	other := Ref{Number: 2}
	put(t, p, other, "read")
	prepare(t, p, other, 2)
	messages := p.Messages()
	require.False(t, messages[len(messages)-1].Yes, "what was read is still locked")
	for range 9 {
		require.NoError(t, p.Tick())
		require.Equal(t, []Type{TypeInquiry}, types(p.Messages()))
	}
	_, found := p.Get("written")
	require.False(t, found, "it is invisible before it is decided")
	require.NoError(t, p.Receive(Message{Type: TypeDecision, From: "tc", To: "p1", Transaction: ref, Outcome: Committed}))
	value, found := p.Get("written")
	require.True(t, found)
	require.Equal(t, "v", value)
	require.True(t, p.Idle())
}

// TestHalfIsNotPromised: a part of the transaction was lost in a crash.
func TestHalfIsNotPromised(t *testing.T) {
	d := disktest.New()
	p := startParticipant(t, d, NoWait)
	ref := Ref{Number: 1}
	put(t, p, ref, "a")
	d.Crash(nil)
	p = startParticipant(t, d, NoWait)
	put(t, p, ref, "b")
	p.Messages()
	prepare(t, p, ref, 1)
	messages := p.Messages()
	require.Equal(t, []Type{TypeVote}, types(messages))
	require.False(t, messages[0].Yes)
}

// TestPolicies has a transaction that has promised to write a key, and an older
// and a younger one that want to read it.
func TestPolicies(t *testing.T) {
	for _, test := range []struct {
		policy         Policy
		older, younger []Type
	}{
		{NoWait, []Type{TypeFailed}, []Type{TypeFailed}},
		{WoundWait, []Type{}, []Type{}},
		{WaitDie, []Type{}, []Type{TypeFailed}},
	} {
		p := startParticipant(t, disktest.New(), test.policy)
		holder := Ref{Number: 2, Age: 2}
		put(t, p, holder, "a")
		prepare(t, p, holder, 1)
		p.Messages()
		for _, reader := range []struct {
			ref  Ref
			want []Type
		}{{Ref{Number: 1, Age: 1}, test.older}, {Ref{Number: 3, Age: 3}, test.younger}} {
			require.NoError(t, p.Receive(Message{Type: TypeGet, From: "client", To: "p1", Transaction: reader.ref, Operation: 1, Key: "a"}))
			require.Equal(t, reader.want, types(p.Messages()), "%s, %s", test.policy, reader.ref)
		}
		require.Equal(t, 1, p.InDoubt(), "a promise is not given up for another transaction")
		require.NoError(t, p.Receive(Message{Type: TypeDecision, From: "tc", To: "p1", Transaction: holder, Outcome: Committed}))
		for _, m := range p.Messages() {
			require.NotEqual(t, TypeFailed, m.Type)
		}
	}
}

// TestOldOperation: what comes again, or late, is not done again.
func TestOldOperation(t *testing.T) {
	p := startParticipant(t, disktest.New(), NoWait)
	ref := Ref{Number: 1}
	for n, value := range []string{"old", "new"} {
		require.NoError(t, p.Receive(Message{Type: TypePut, From: "client", To: "p1", Transaction: ref, Operation: uint64(n + 1), Key: "a", Value: value}))
	}
	require.NoError(t, p.Receive(Message{Type: TypePut, From: "client", To: "p1", Transaction: ref, Operation: 1, Key: "a", Value: "old"}))
	prepare(t, p, ref, 1)
	require.NoError(t, p.Receive(Message{Type: TypeDecision, From: "tc", To: "p1", Transaction: ref, Outcome: Committed}))
	value, _ := p.Get("a")
	require.Equal(t, "new", value)
}

// TestClientThatHasAsked does not roll back, however long it waits.
func TestClientThatHasAsked(t *testing.T) {
	s := NewSession(SessionConfig{Client: "client", Coordinator: "tc", Placement: func(string) string { return "p1" }}, Ref{Number: 1})
	require.NoError(t, s.AskCommit())
	require.Equal(t, []Type{TypeAskCommit}, types(s.Messages()))
	require.ErrorIs(t, s.RollBack(), ErrNotAllowed)
	require.NoError(t, s.TimeOut())
	require.Equal(t, []Type{TypeAskCommit}, types(s.Messages()), "it asks again")
	require.NoError(t, s.Receive(Message{Type: TypeDecision, Transaction: Ref{Number: 1}, Outcome: Committed}))
	require.Equal(t, Committed, s.Outcome())
}

func TestCoreOptions(t *testing.T) {
	home := func(string) string { return "p1" }
	for _, config := range []CoordinatorConfig{{Placement: home}, {Name: "tc"}, {Name: "tc", Placement: home, Patience: -1}} {
		_, err := NewCoordinator(config)
		require.ErrorIs(t, err, ErrOptions)
	}
	for _, config := range []ParticipantConfig{
		{Coordinator: "tc", Policy: NoWait}, {Name: "p1", Policy: NoWait}, {Name: "p1", Coordinator: "tc"},
		{Name: "p1", Coordinator: "tc", Policy: "hope"}, {Name: "p1", Coordinator: "tc", Policy: NoWait, Patience: -1},
	} {
		_, err := NewParticipant(config)
		require.ErrorIs(t, err, ErrOptions, "%+v", config)
	}
	p, err := NewParticipant(ParticipantConfig{Name: "p1", Coordinator: "tc", Policy: NoWait})
	require.NoError(t, err)
	_, err = OpenJournal("log", p, lowwatermark.Options{FS: disktest.New(), SegmentSize: -1})
	require.ErrorIs(t, err, lowwatermark.ErrOptions)
	require.ErrorIs(t, p.Recover(), ErrNotAllowed, "there is no log")
}

// TestFullDisk: it is not known then what is in the log, so the node takes no step
// any more, and says why.
func TestFullDisk(t *testing.T) {
	d := disktest.New()
	c := startCoordinator(t, d)
	ref := asking(t, c)
	d.HaltAfter(0)
	vote(t, c, ref, "p1", true)
	err := c.Receive(Message{Type: TypeVote, From: "p2", To: "tc", Transaction: ref, Yes: true})
	require.Error(t, err)
	require.Equal(t, err, c.Err())
	require.Equal(t, err, c.Tick())
	require.Empty(t, c.Outcome(ref.Number))
}

// TestMessages go through Encode and Decode, and bad ones do not.
func TestMessages(t *testing.T) {
	m := Message{Type: TypePrepare, From: "tc", To: "p1", Transaction: Ref{Number: 7, Age: 9}, Keys: map[string]uint64{"a": 1}, Incarnation: 1}
	b, err := m.Encode()
	require.NoError(t, err)
	again, err := Decode(b)
	require.NoError(t, err)
	require.Equal(t, m, again)
	for _, bad := range []string{
		``, `{`, `[]`, `null`, `{"type":"prepare"}`, `{"type":"hope","from":"a","to":"b","transaction":{"number":1}}`,
		`{"type":"vote","from":"a","to":"b"}`, `{"type":"get","from":"a","to":"b","transaction":{"number":1}}`,
		`{"type":"prepare","from":"a","to":"b","transaction":{"number":1}}`,
		`{"type":"decision","from":"a","to":"b","transaction":{"number":1},"outcome":"perhaps"}`,
		`{"type":"vote","from":"a","to":"b","transaction":{"number":1},"colour":"red"}`,
		string(b) + string(b), string(make([]byte, MaxMessage+1)),
	} {
		_, err := Decode([]byte(bad))
		require.ErrorIs(t, err, ErrMessage, "%.80s", bad)
	}
	_, err = Message{Type: TypePut, From: "a", To: "b", Transaction: Ref{Number: 1}, Operation: 1, Key: "k", Value: string(make([]byte, MaxMessage))}.Encode()
	require.ErrorIs(t, err, ErrMessage)
}

// The longest message is taken, and one that is a byte longer is not.
func TestLongestMessage(t *testing.T) {
	m := Message{Type: TypePut, From: "a", To: "b", Transaction: Ref{Number: 1}, Operation: 1, Key: "k"}
	short, err := m.Encode()
	require.NoError(t, err)
	m.Value = strings.Repeat("x", MaxMessage-len(short)-len(`,"value":""`))
	b, err := m.Encode()
	require.NoError(t, err)
	require.Len(t, b, MaxMessage)
	again, err := Decode(b)
	require.NoError(t, err)
	require.Equal(t, m, again)
	_, err = Decode(append(b, ' '))
	require.ErrorIs(t, err, ErrMessage)
	m.Value += "x"
	_, err = m.Encode()
	require.ErrorIs(t, err, ErrMessage)
}

package twophasecommit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
)

// promised lets a participant promise that it writes a value in a transaction.
func promised(t *testing.T, p *Participant, n uint64, value string) {
	t.Helper()
	ref := Ref{Number: n}
	require.NoError(t, p.Read(Message{Type: TypeGet, From: "c", Transaction: ref, Operation: 1, Key: "read"}))
	require.NoError(t, p.Write(Message{Type: TypePut, From: "c", Transaction: ref, Operation: 2, Key: "key", Value: value}))
	require.NoError(t, p.Prepare(Message{Type: TypePrepare, From: "tc", Transaction: ref, Incarnation: p.incarnation}))
}

// A participant's log has at most what two snapshots allow, however many transactions there
// were. A later process knows what was promised, with its locks, what was committed, and
// what is forgotten.
func TestLogStaysShort(t *testing.T) {
	d := disktest.New()
	start := func() (*Participant, *lowwatermark.Store) {
		p, err := NewParticipant(ParticipantConfig{Name: "p1", Coordinator: "tc", Policy: NoWait})
		require.NoError(t, err)
		log, err := OpenJournal("log", p, lowwatermark.Options{FS: d, Preallocate: -1, SegmentSize: 500})
		require.NoError(t, err)
		p.Use(log)
		require.NoError(t, p.Recover())
		return p, log
	}
	p, log := start()
	size := func() (bytes int64) {
		for _, dir := range []string{"log", "log/log"} {
			names, err := d.List(dir)
			require.NoError(t, err)
			for _, name := range names {
				if f, err := d.Open(dir + "/" + name); err == nil {
					n, err := f.Size()
					require.NoError(t, err)
					bytes += n
				}
			}
		}
		return bytes
	}
	for n := range uint64(200) {
		promised(t, p, n+1, "old")
		require.NoError(t, p.Apply(Message{Transaction: Ref{Number: n + 1}, Outcome: Committed}))
		require.NoError(t, p.Forget(Message{Type: TypeClosed, Transaction: Ref{Number: n + 1}}))
		if n%10 == 0 {
			require.NoError(t, log.Snapshot())
			require.Less(t, size(), int64(5000))
		}
	}
	promised(t, p, 201, "new")
	require.NoError(t, log.Snapshot())
	require.NoError(t, log.Snapshot())
	require.NoError(t, log.Close())

	p, log = start()
	defer log.Close()
	require.Greater(t, log.Status().First, uint64(500), "the beginning of the log is gone")
	require.Equal(t, uint64(2), p.incarnation)
	require.Equal(t, 1, p.InDoubt())
	require.False(t, p.IsOpen(200))
	value, _ := p.Get("key")
	require.Equal(t, "old", value)
	require.ErrorIs(t, p.Read(Message{Type: TypeGet, From: "c", Transaction: Ref{Number: 202}, Operation: 1, Key: "key"}), ErrNotAllowed, "it is locked")
	require.NoError(t, p.Apply(Message{Transaction: Ref{Number: 201}, Outcome: Committed}))
	value, _ = p.Get("key")
	require.Equal(t, "new", value)
}

// A coordinator that begins with a snapshot knows the transactions that are not over, and
// does not give their numbers again.
func TestCoordinatorBeginsWithASnapshot(t *testing.T) {
	d := disktest.New()
	start := func() (*Coordinator, *lowwatermark.Store) {
		c, err := NewCoordinator(CoordinatorConfig{Name: "tc", Placement: func(key string) string { return "p" + key }})
		require.NoError(t, err)
		log, err := OpenJournal("log", c, lowwatermark.Options{FS: d, Preallocate: -1, SegmentSize: 1})
		require.NoError(t, err)
		c.Use(log)
		return c, log
	}
	c, log := start()
	require.NoError(t, c.Recover())
	over, decided := asking(t, c), asking(t, c)
	for _, ref := range []Ref{over, decided} {
		vote(t, c, ref, "p1", true)
		vote(t, c, ref, "p2", true)
	}
	for _, p := range []string{"p1", "p2"} {
		require.NoError(t, c.Receive(Message{Type: TypeAck, From: p, To: "tc", Transaction: over}))
	}
	require.NoError(t, c.Complete(over.Number))
	undecided := asking(t, c)
	require.NoError(t, log.Snapshot())
	require.NoError(t, log.Close())

	c, log = start()
	defer log.Close()
	require.Equal(t, []uint64{decided.Number, undecided.Number}, c.numbers())
	require.Equal(t, map[string]uint64{"1": 1, "2": 1}, c.all[decided.Number].Keys)
	require.NoError(t, c.Recover())
	require.Equal(t, uint64(2), c.incarnation)
	require.Equal(t, Committed, c.Outcome(decided.Number))
	require.Equal(t, Aborted, c.Outcome(undecided.Number))
	next, err := c.Begin("client", 1)
	require.NoError(t, err)
	require.Equal(t, uint64(4), next.Number)
}

package twophasecommit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
)

// Only the transaction itself sees what it has written before it commits.
func TestCommit(t *testing.T) {
	c := newCluster(t, 2, tpc.WoundWait)
	client, ctx := c.client("c"), patience(t)
	tx, err := client.Begin(ctx)
	require.NoError(t, err)
	_, found, err := tx.Get(ctx, "a1")
	require.NoError(t, err)
	require.False(t, found)
	require.NoError(t, tx.Put(ctx, "a1", "one"))
	require.NoError(t, tx.Put(ctx, "b2", "two"))
	value, found, err := tx.Get(ctx, "a1")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "one", value)
	require.Empty(t, c.seen("a1"))
	require.NoError(t, tx.Commit(ctx))
	require.NoError(t, tx.Commit(ctx), "asking again changes nothing")
	require.ErrorIs(t, tx.RollBack(), tpc.ErrNotAllowed)
	require.ErrorIs(t, tx.Put(ctx, "a1", "late"), tpc.ErrNotAllowed)

	after, err := client.Begin(ctx)
	require.NoError(t, err)
	for key, want := range map[string]string{"a1": "one", "b2": "two"} {
		value, found, err := after.Get(ctx, key)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, want, value)
	}
	require.NoError(t, after.Commit(ctx), "a transaction that has only read commits too")
}

// What is over is forgotten, however many there were and however they have ended,
// and after a restart too.
func TestNothingIsKept(t *testing.T) {
	c := newCluster(t, 2, tpc.WoundWait)
	client, ctx := c.client("c"), patience(t)
	for i := range 20 {
		tx, err := client.Begin(ctx)
		require.NoError(t, err)
		require.NoError(t, tx.Put(ctx, "a1", "one"))
		require.NoError(t, tx.Put(ctx, "b2", "two"))
		if i%4 == 0 {
			require.NoError(t, tx.RollBack())
		} else {
			require.NoError(t, tx.Commit(ctx))
		}
	}
	require.Equal(t, "one", c.seen("a1"))
	nothing := func(name string) {
		c.until(c.participants[name], name+" has forgotten all", func() bool { return c.cores[name].Remembered() == 0 })
	}
	nothing("p1")
	nothing("p2")
	require.NoError(t, c.participants["p1"].Close())
	c.start("p1")
	nothing("p1")
	require.Equal(t, "one", c.seen("a1"))
}

// A transaction that is rolled back has no effect and keeps no other waiting: its
// locks are free at all participants, long before these lose patience.
func TestRollBack(t *testing.T) {
	c := newCluster(t, 2, tpc.WaitDie)
	client, ctx := c.client("c"), patience(t)
	first, err := client.BeginAt(ctx, 1)
	require.NoError(t, err)
	for _, key := range []string{"a1", "b2"} {
		_, _, err = first.Get(ctx, key)
		require.NoError(t, err)
		require.NoError(t, first.Put(ctx, key, "never"))
	}
	require.NoError(t, first.RollBack())
	_, _, err = first.Get(ctx, "a1")
	require.ErrorIs(t, err, tpc.ErrAborted)
	require.ErrorIs(t, first.Commit(ctx), tpc.ErrAborted)
	require.NoError(t, client.Transact(ctx, func(ctx context.Context, tx *tpc.Tx) error {
		return errors.Join(tx.Put(ctx, "a1", "mine"), tx.Put(ctx, "b2", "mine"))
	}))
	c.settled("p1")
	require.Equal(t, "mine", c.seen("a1"))
}

// Of two transactions in conflict one commits, and the other is aborted, with each of the policies.
func TestConflict(t *testing.T) {
	for _, policy := range []tpc.Policy{tpc.NoWait, tpc.WoundWait, tpc.WaitDie} {
		t.Run(string(policy), func(t *testing.T) {
			c := newCluster(t, 2, policy)
			client, ctx := c.client("c"), patience(t)
			older, err := client.BeginAt(ctx, 1)
			require.NoError(t, err)
			younger, err := client.BeginAt(ctx, 2)
			require.NoError(t, err)
			for _, tx := range []*tpc.Tx{older, younger} {
				_, _, err = tx.Get(ctx, "a1")
				require.NoError(t, err)
				require.NoError(t, tx.Put(ctx, "a1", "x"))
			}
			// Both have read it, so that neither can write it while the other is there.
			done := make(chan error, 1)
			go func() { done <- older.Commit(ctx) }()
			if policy == tpc.WaitDie {
				c.until(c.participants["p1"], "the older one waits", func() bool { return c.cores["p1"].Waiting() == 1 })
			} else {
				err = <-done
				done <- err
			}
			lost, won := younger.Commit(ctx), <-done
			if policy == tpc.NoWait { // there, the first one finds the other in its way
				lost, won = won, lost
			}
			require.NoError(t, won)
			require.ErrorIs(t, lost, tpc.ErrAborted)
		})
	}
}

// A context that ends while an operation waits ends its transaction, and one
// that ends while the client waits for the decision leaves it unknown. The
// decision can be asked for again.
func TestContext(t *testing.T) {
	c := newCluster(t, 1, tpc.WoundWait)
	client, ctx := c.client("c"), patience(t)
	over, cancel := context.WithCancelCause(ctx)
	why := errors.New("enough")
	cancel(why)

	_, err := client.Begin(over)
	require.ErrorIs(t, err, why)

	tx, err := client.Begin(ctx)
	require.NoError(t, err)
	require.NoError(t, tx.Put(ctx, "a1", "x"))
	c.silent(c.participants["p1"], func() { err = tx.Put(over, "b1", "x") })
	require.ErrorIs(t, err, tpc.ErrAborted)
	require.ErrorIs(t, err, why)

	tx, err = client.Begin(ctx)
	require.NoError(t, err)
	require.NoError(t, tx.Put(ctx, "a1", "x"))
	c.silent(c.coordinator, func() { err = tx.Commit(over) })
	require.ErrorIs(t, err, tpc.ErrUnknown)
	require.ErrorIs(t, err, why)
	require.ErrorIs(t, tx.RollBack(), tpc.ErrNotAllowed)
	require.NoError(t, tx.Commit(ctx))
}

// A decision that the coordinator has forgotten is unknown to a client that asks too late.
func TestForgotten(t *testing.T) {
	c := newCluster(t, 1, tpc.WoundWait)
	client, ctx := c.client("c"), patience(t)
	tx, err := client.Begin(ctx)
	require.NoError(t, err)
	require.NoError(t, tx.Put(ctx, "a1", "x"))
	over, cancel := context.WithCancel(ctx)
	cancel()
	c.silent(c.coordinator, func() { err = tx.Commit(over) })
	require.ErrorIs(t, err, tpc.ErrUnknown)
	c.settled("p1")
	c.until(c.coordinator, "it is forgotten", func() bool { return c.tc.Idle() })
	err = tx.Commit(ctx)
	require.ErrorIs(t, err, tpc.ErrUnknown)
	require.NoError(t, ctx.Err(), "it is told so, and does not wait")
	require.Equal(t, "x", c.seen("a1"))
}

// What cannot be sent, or not be put into a log, is refused before, and the
// transaction is none the worse for it.
func TestClientRefuses(t *testing.T) {
	c := newCluster(t, 1, tpc.WoundWait)
	client, ctx := c.asking("c", 10*time.Second), patience(t) // long messages take their time, and more so if they are repeated
	tx, err := client.Begin(ctx)
	require.NoError(t, err)
	require.ErrorIs(t, tx.Put(ctx, "a1", strings.Repeat("x", tpc.MaxMessage)), tpc.ErrMessage)
	half := strings.Repeat("x", tpc.MaxMessage/2)
	require.NoError(t, tx.Put(ctx, "a1", half))
	require.NoError(t, tx.Put(ctx, "b1", half))
	require.NoError(t, tx.Put(ctx, "c1", half))
	require.ErrorIs(t, tx.Put(ctx, "d1", half), tpc.ErrMessage, "too much for one entry of a log")
	require.ErrorIs(t, tx.Put(ctx, "a9", "x"), tpc.ErrUnreachable)
	_, _, err = tx.Get(ctx, strings.Repeat("k", tpc.MaxMessage/6)+"1")
	require.ErrorIs(t, err, tpc.ErrMessage)
	require.NoError(t, tx.Commit(ctx))
	c.settled("p1")
	require.True(t, half == c.seen("c1"))

	lost, err := tpc.NewClient(tpc.ClientOptions{Name: "lost", Coordinator: "tc", Placement: home})
	require.NoError(t, err)
	_, err = lost.Begin(ctx)
	require.ErrorIs(t, err, tpc.ErrUnreachable)
	require.NoError(t, lost.Close())
}

func TestClientOptions(t *testing.T) {
	good := tpc.ClientOptions{Name: "c", Coordinator: "tc", Placement: home}
	for what, change := range map[string]func(o *tpc.ClientOptions){
		"no name":               func(o *tpc.ClientOptions) { o.Name = "" },
		"no coordinator":        func(o *tpc.ClientOptions) { o.Coordinator = "" },
		"no home":               func(o *tpc.ClientOptions) { o.Placement = nil },
		"a negative retry":      func(o *tpc.ClientOptions) { o.Retry = -1 },
		"a peer without a name": func(o *tpc.ClientOptions) { o.Peers = map[string]string{"": loopback} },
		"a peer without a place": func(o *tpc.ClientOptions) {
			o.Peers = map[string]string{"tc": ""}
		},
		"a bad channel":   func(o *tpc.ClientOptions) { o.Channel.Window = -1 },
		"a name too long": func(o *tpc.ClientOptions) { o.Name = strings.Repeat("c", 300) },
	} {
		o := good
		change(&o)
		_, err := tpc.NewClient(o)
		require.ErrorIs(t, err, tpc.ErrOptions, what)
	}
}

// When a client is closed, no call waits any more, and each returns an error.
func TestClientClose(t *testing.T) {
	c := newCluster(t, 1, tpc.WaitDie)
	client, ctx := c.client("c"), patience(t)
	reader, err := c.client("other").BeginAt(ctx, 2)
	require.NoError(t, err)
	_, _, err = reader.Get(ctx, "a1")
	require.NoError(t, err)
	older, err := client.BeginAt(ctx, 1)
	require.NoError(t, err)
	require.NoError(t, older.Put(ctx, "a1", "x"))
	idle, err := client.Begin(ctx)
	require.NoError(t, err)

	waits := make(chan error, 1)
	go func() { waits <- older.Commit(ctx) }()
	c.until(c.participants["p1"], "it waits", func() bool { return c.cores["p1"].Waiting() == 1 })
	require.NoError(t, client.Close())
	err = <-waits
	require.ErrorIs(t, err, tpc.ErrUnknown)
	require.ErrorIs(t, err, tpc.ErrClosed)
	err = idle.Put(ctx, "a1", "y")
	require.ErrorIs(t, err, tpc.ErrAborted)
	require.ErrorIs(t, err, tpc.ErrClosed)
	_, err = client.Begin(ctx)
	require.ErrorIs(t, err, tpc.ErrClosed)
	require.NoError(t, reader.Commit(ctx))
	c.settled("p1")
	require.Equal(t, "x", c.seen("a1"), "its client asked for that before it went")
}

package twophasecommit_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

func participant(t *testing.T) *tpc.Participant {
	t.Helper()
	core, err := tpc.NewParticipant(tpc.ParticipantConfig{Name: "p1", Coordinator: "tc", Policy: tpc.WoundWait})
	require.NoError(t, err)
	return core
}

func TestServerOptions(t *testing.T) {
	dir := t.TempDir()
	good := tpc.ServerOptions{Dir: filepath.Join(dir, "log"), Listen: loopback}
	for what, change := range map[string]func(o *tpc.ServerOptions){
		"no log":                func(o *tpc.ServerOptions) { o.Dir = "" },
		"no address":            func(o *tpc.ServerOptions) { o.Listen = "" },
		"a negative tick":       func(o *tpc.ServerOptions) { o.Tick = -1 },
		"a peer without a name": func(o *tpc.ServerOptions) { o.Peers = map[string]string{"": loopback} },
		"a peer without place":  func(o *tpc.ServerOptions) { o.Peers = map[string]string{"tc": ""} },
		"a bad channel":         func(o *tpc.ServerOptions) { o.Channel.Window = -1 },
	} {
		o := good
		change(&o)
		_, err := tpc.Serve(participant(t), o)
		require.ErrorIs(t, err, tpc.ErrOptions, what)
	}
	s, err := tpc.Serve(participant(t), good) // whatever has failed has let go of the log
	require.NoError(t, err)
	require.ErrorIs(t, s.Know("p1", loopback), tpc.ErrOptions)
	require.NoError(t, s.Close())
}

// A log of another kind of node, or one that is damaged, is not taken, and stays as it is.
func TestServeRefusesLog(t *testing.T) {
	for what, every := range map[string]uint64{"records": 1000, "a snapshot": 1} {
		dir := filepath.Join(t.TempDir(), "log")
		core, err := tpc.NewCoordinator(tpc.CoordinatorConfig{Name: "tc", Placement: home})
		require.NoError(t, err)
		options := lowwatermark.Options{Preallocate: -1, SegmentSize: 1, SnapshotEvery: every}
		s, err := tpc.Serve(core, tpc.ServerOptions{Dir: dir, Log: options, Listen: loopback})
		require.NoError(t, err)
		client, err := tpc.NewClient(tpc.ClientOptions{Name: "c", Coordinator: "tc", Placement: home, Peers: map[string]string{"tc": s.Addr().String()}})
		require.NoError(t, err)
		for range 3 {
			_, err = client.Begin(patience(t))
			require.NoError(t, err)
		}
		require.NoError(t, errors.Join(client.Close(), s.Close()))
		before := contents(t, dir)
		_, err = tpc.Serve(participant(t), tpc.ServerOptions{Dir: dir, Log: options, Listen: loopback})
		require.ErrorIs(t, err, tpc.ErrRecord, what)
		require.Equal(t, before, contents(t, dir), what)
	}
	dir := t.TempDir()
	damaged := filepath.Join(dir, "log", "00000000000000000001-00000000000000000001.seg")
	require.NoError(t, os.Mkdir(filepath.Dir(damaged), 0o700))
	require.NoError(t, os.WriteFile(damaged, []byte("this is no log at all, but it is long enough to be one"), 0o600))
	_, err := tpc.Serve(participant(t), tpc.ServerOptions{Dir: dir, Listen: loopback})
	require.ErrorIs(t, err, wal.ErrNotALog)
}

// contents returns what the files below a folder have, by their names.
func contents(t *testing.T, dir string) map[string]string {
	all := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, path))
		all[path] = string(b)
		return err
	}))
	return all
}

// The sender of what is no message for a node receives an error, and the node goes on.
func TestServerRefusesMessages(t *testing.T) {
	c := newCluster(t, 1, tpc.WoundWait)
	ctx := patience(t)
	stranger, err := ssc.Listen("stranger", "", nil, ssc.Options{})
	require.NoError(t, err)
	defer stranger.Close()
	there, err := stranger.Peer("tc", c.addrs["tc"])
	require.NoError(t, err)
	for what, text := range map[string]string{
		"nothing":            ``,
		"no JSON":            `hello`,
		"half of it":         `{"type":"begin","from":"stran`,
		"more than it":       `{"type":"begin","from":"stranger","to":"tc","transaction":{"number":0,"age":1}} {}`,
		"an unknown type":    `{"type":"bribe","from":"stranger","to":"tc","transaction":{"number":1,"age":1}}`,
		"an unknown field":   `{"type":"begin","from":"stranger","to":"tc","transaction":{"number":0,"age":1},"urgent":true}`,
		"another's name":     `{"type":"rollBack","from":"c","to":"tc","transaction":{"number":1,"age":1}}`,
		"another's message":  `{"type":"begin","from":"stranger","to":"p1","transaction":{"number":0,"age":1}}`,
		"no transaction":     `{"type":"askCommit","from":"stranger","to":"tc","transaction":{"number":0,"age":1}}`,
		"a negative number":  `{"type":"askCommit","from":"stranger","to":"tc","transaction":{"number":-1,"age":1}}`,
		"a get of no key":    `{"type":"get","from":"stranger","to":"tc","transaction":{"number":1,"age":1},"operation":1}`,
		"an unclear outcome": `{"type":"decision","from":"stranger","to":"tc","transaction":{"number":1,"age":1},"outcome":"perhaps"}`,
	} {
		_, err := there.Request(ctx, []byte(text))
		require.ErrorIs(t, err, ssc.ErrRemote, what)
		require.ErrorContains(t, err, "bad message", what)
	}
	// These are messages, of transactions that were not begun, or that make no
	// sense to a coordinator.
	for _, m := range []tpc.Message{
		{Type: tpc.TypeAskCommit, Transaction: tpc.Ref{Number: 7}, Keys: map[string]uint64{"a1": 1}},
		{Type: tpc.TypeRollBack, Transaction: tpc.Ref{Number: 7}},
		{Type: tpc.TypeVote, Transaction: tpc.Ref{Number: 7}, Yes: true},
		{Type: tpc.TypeInquiry, Transaction: tpc.Ref{Number: 7}},
		{Type: tpc.TypeGet, Transaction: tpc.Ref{Number: 7}, Operation: 1, Key: "a1"},
		{Type: tpc.TypePrepare, Transaction: tpc.Ref{Number: 7}, Incarnation: 1},
		{Type: tpc.TypeBegun, Transaction: tpc.Ref{Number: 7}},
	} {
		m.From, m.To = "stranger", "tc"
		body, err := m.Encode()
		require.NoError(t, err)
		_, err = there.Request(ctx, body)
		require.NoError(t, err, m.Type)
	}
	require.NoError(t, c.client("c").Transact(ctx, func(ctx context.Context, tx *tpc.Tx) error { return tx.Put(ctx, "a1", "x") }))
}

// A client that asks for more and more and does not take the answers keeps no other
// waiting.
func TestServerDoesNotWait(t *testing.T) {
	c := newCluster(t, 1, tpc.WoundWait)
	ctx := patience(t)
	stranger, err := ssc.Listen("stranger", "", func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}, ssc.Options{})
	require.NoError(t, err)
	defer stranger.Close()
	there, err := stranger.Peer("tc", c.addrs["tc"])
	require.NoError(t, err)
	body, err := tpc.Message{Type: tpc.TypeBegin, From: "stranger", To: "tc", Operation: 1}.Encode()
	require.NoError(t, err)
	asking, enough := context.WithCancel(ctx)
	asked := make(chan int, 1)
	stuck := make(chan struct{})
	go func() {
		n := 0
		for ; n < 5000; n++ {
			if _, err := there.Send(asking, body); err != nil {
				break // it does not hear that its questions have arrived
			}
			if n == 200 { // so much is taken without an answer
				close(stuck)
			}
		}
		asked <- n
	}()
	<-stuck
	require.NoError(t, c.client("c").Transact(ctx, func(ctx context.Context, tx *tpc.Tx) error { return tx.Put(ctx, "a1", "x") }))
	enough()
	require.Greater(t, <-asked, 200)
}

// A client that is gone in the middle keeps no other waiting for ever: what it has
// not asked to commit is given up by all its participants.
func TestClientDisappears(t *testing.T) {
	c := newImpatientCluster(t, 2, tpc.WaitDie, 50)
	ctx := patience(t)
	gone := c.client("gone")
	tx, err := gone.BeginAt(ctx, 2)
	require.NoError(t, err)
	_, _, err = tx.Get(ctx, "a1")
	require.NoError(t, err)
	require.NoError(t, tx.Put(ctx, "a2", "never"))
	require.NoError(t, gone.Close())

	client := c.client("c")
	older, err := client.BeginAt(ctx, 1)
	require.NoError(t, err)
	require.NoError(t, older.Put(ctx, "a1", "mine"))
	require.NoError(t, older.Commit(ctx), "it waits until patience with the other has run out")
	c.settled("p1")
	c.settled("p2")
	c.until(c.coordinator, "all is over", func() bool { return c.tc.Idle() })
	require.Equal(t, "mine", c.seen("a1"))
	require.Empty(t, c.seen("a2"))
}

// A participant in doubt keeps its locks, also when it is started again, asks
// when the coordinator is there again, and learns. A transaction in conflict with
// it waits for all that time.
func TestInDoubt(t *testing.T) {
	c := newCluster(t, 2, tpc.WoundWait)
	ctx := patience(t)
	client := c.client("c")
	tx, err := client.Begin(ctx)
	require.NoError(t, err)
	waiting, err := client.Begin(ctx)
	require.NoError(t, err)
	require.NoError(t, tx.Put(ctx, "a1", "x"))
	require.NoError(t, tx.Put(ctx, "a2", "x"))

	// The coordinator does not get beyond asking for the votes: those of p2 it
	// never hears.
	require.NoError(t, c.participants["p2"].Close())
	committed := make(chan error, 1)
	go func() { committed <- tx.Commit(ctx) }()
	doubt := func() bool { return c.cores["p1"].InDoubt() == 1 }
	c.until(c.participants["p1"], "p1 is in doubt", doubt)
	require.NoError(t, c.coordinator.Close())
	require.NoError(t, c.participants["p1"].Close())
	c.start("p1")
	c.until(c.participants["p1"], "it is still in doubt", doubt)

	read := make(chan string, 1)
	go func() {
		value, _, err := waiting.Get(ctx, "a1")
		if err != nil {
			value = err.Error()
		}
		read <- value
	}()
	c.until(c.participants["p1"], "another one waits for it", func() bool { return c.cores["p1"].Waiting() == 1 })
	require.Empty(t, read)
	c.start("p2")
	c.startCoordinator()
	require.ErrorIs(t, <-committed, tpc.ErrAborted, "the coordinator finds it undecided")
	require.Equal(t, "", <-read)
	c.until(c.participants["p1"], "nothing is in doubt", func() bool { return c.cores["p1"].InDoubt() == 0 })
}

// A node whose log cannot be written any more stops, and says nothing of what it
// could not write. Started again, it knows what it had written.
func TestServerStops(t *testing.T) {
	fake := disktest.New()
	core := participant(t)
	s, err := tpc.Serve(core, tpc.ServerOptions{Dir: "log", Log: lowwatermark.Options{FS: fake, Preallocate: -1}, Listen: loopback, Tick: tick})
	require.NoError(t, err)
	stranger, err := ssc.Listen("tc", "", func(context.Context, string, []byte) ([]byte, error) {
		t.Error("it has said something")
		return nil, nil
	}, ssc.Options{})
	require.NoError(t, err)
	there, err := stranger.Peer("p1", s.Addr().String())
	require.NoError(t, err)
	ctx := patience(t)
	require.NoError(t, s.Do(ctx, func() {
		require.NoError(t, core.Write(tpc.Message{Type: tpc.TypePut, From: "x", To: "p1", Transaction: tpc.Ref{Number: 1}, Operation: 1, Key: "a1", Value: "v"}))
		core.Messages() // the answer is not needed
		fake.HaltAfter(0)
	}))
	require.NoError(t, s.Err())
	prepare, err := tpc.Message{Type: tpc.TypePrepare, From: "tc", To: "p1", Transaction: tpc.Ref{Number: 1}, Incarnation: 1}.Encode()
	require.NoError(t, err)
	_, err = there.Request(ctx, prepare)
	require.NoError(t, err)
	<-s.Done()
	require.ErrorIs(t, s.Err(), disktest.ErrCrashed)
	require.ErrorIs(t, s.Do(ctx, func() { t.Error("it runs no more") }), disktest.ErrCrashed)
	_, err = there.Request(ctx, prepare)
	require.ErrorIs(t, err, ssc.ErrRemote)
	require.ErrorIs(t, s.Close(), disktest.ErrCrashed)
	require.ErrorIs(t, s.Close(), disktest.ErrCrashed)
	require.NoError(t, stranger.Close())

	fake.Crash(nil)
	fake.HaltAfter(-1)
	core = participant(t)
	s, err = tpc.Serve(core, tpc.ServerOptions{Dir: "log", Log: lowwatermark.Options{FS: fake, Preallocate: -1}, Listen: loopback})
	require.NoError(t, err)
	require.NoError(t, s.Do(ctx, func() { require.Zero(t, core.InDoubt()) }))
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Err(), tpc.ErrClosed)
	require.ErrorIs(t, s.Do(ctx, func() {}), tpc.ErrClosed)

	over, cancel := context.WithCancel(ctx)
	cancel()
	s, err = tpc.Serve(participant(t), tpc.ServerOptions{Dir: "log", Log: lowwatermark.Options{FS: fake, Preallocate: -1}, Listen: loopback})
	require.NoError(t, err)
	if err := s.Do(over, func() {}); err != nil { // both may be possible
		require.ErrorIs(t, err, context.Canceled)
	}
	require.NoError(t, s.Close())
}

// A question that comes twice begins one transaction, and another client's, or
// another question, begins another.
func TestBeginsOnce(t *testing.T) {
	core, err := tpc.NewCoordinator(tpc.CoordinatorConfig{Name: "tc", Placement: home})
	require.NoError(t, err)
	log, err := tpc.OpenJournal("log", core, lowwatermark.Options{FS: disktest.New(), Preallocate: -1})
	require.NoError(t, err)
	defer log.Close()
	core.Use(log)
	require.NoError(t, core.Recover())
	for _, c := range []struct {
		from            string
		question, wants uint64
	}{{"c", 7, 1}, {"c", 7, 1}, {"c", 8, 2}, {"d", 7, 3}, {"c", 7, 1}, {"c", 0, 4}, {"c", 0, 5}} {
		require.NoError(t, core.Receive(tpc.Message{Type: tpc.TypeBegin, From: c.from, To: "tc", Operation: c.question}))
		answers := core.Messages()
		require.Len(t, answers, 1)
		require.Equal(t, tpc.TypeBegun, answers[0].Type)
		require.Equal(t, c.from, answers[0].To)
		require.Equal(t, c.question, answers[0].Operation)
		require.Equal(t, c.wants, answers[0].Transaction.Number)
	}
}

// A client that writes more than can be promised is refused, and the participant goes
// on.
func TestTooMuchToPromise(t *testing.T) {
	core := participant(t)
	log, err := tpc.OpenJournal("log", core, lowwatermark.Options{FS: disktest.New(), Preallocate: -1})
	require.NoError(t, err)
	defer log.Close()
	core.Use(log)
	require.NoError(t, core.Recover())
	for n, want := range []tpc.Type{tpc.TypeDone, tpc.TypeDone, tpc.TypeFailed, tpc.TypeFailed} {
		require.NoError(t, core.Receive(tpc.Message{
			Type: tpc.TypePut, From: "c", To: "p1", Transaction: tpc.Ref{Number: 1}, Operation: uint64(n + 1),
			Key: fmt.Sprint("a", n), Value: strings.Repeat("<", tpc.MaxWrites/2-100),
		}))
		answers := core.Messages()
		require.Len(t, answers, 1)
		require.Equal(t, want, answers[0].Type)
	}
	require.NoError(t, core.Receive(tpc.Message{Type: tpc.TypePrepare, From: "tc", To: "p1", Transaction: tpc.Ref{Number: 1}, Incarnation: 1}))
	vote := core.Messages()
	require.Len(t, vote, 1)
	require.False(t, vote[0].Yes)

	// As much as is allowed can be promised, however it is written.
	m := tpc.Message{Type: tpc.TypePut, From: "c", To: "p1", Transaction: tpc.Ref{Number: 2}, Operation: 1, Key: "a", Value: strings.Repeat("<", tpc.MaxWrites-17)}
	require.NoError(t, core.Receive(m))
	require.NoError(t, core.Receive(tpc.Message{Type: tpc.TypePrepare, From: "tc", To: "p1", Transaction: tpc.Ref{Number: 2}, Incarnation: 1}))
	require.Equal(t, 1, core.InDoubt())
}

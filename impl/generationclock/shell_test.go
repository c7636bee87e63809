package generationclock_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

// cluster is nodes and a store that reach each other unless a link is cut.
type cluster struct {
	mu    sync.Mutex
	nodes map[string]*gc.Node
	store *gc.Store
	cut   map[string]bool                            // names that no message reaches
	meets func(ctx context.Context, to string) error // before a message reaches it; may be nil
}

func newCluster(t *testing.T, names ...string) *cluster {
	t.Helper()
	c := &cluster{nodes: map[string]*gc.Node{}, cut: map[string]bool{}}
	dir := t.TempDir()
	var err error
	c.store, err = gc.OpenStore(gc.StoreOptions{Name: "store", Path: filepath.Join(dir, "store")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.store.Close() })
	for i, name := range names {
		peers := append(append([]string{}, names[:i]...), names[i+1:]...)
		n, err := gc.Open(gc.Options{Name: name, Peers: peers, Send: c.send, Path: filepath.Join(dir, name)})
		require.NoError(t, err)
		t.Cleanup(func() { _ = n.Close() })
		c.nodes[name] = n
	}
	return c
}

func (c *cluster) send(ctx context.Context, to string, m *gc.Message) (*gc.Message, error) {
	c.mu.Lock()
	cut := c.cut[to] || c.cut[m.From]
	c.mu.Unlock()
	if cut {
		return nil, errors.New("cut off")
	}
	if c.meets != nil {
		if err := c.meets(ctx, to); err != nil {
			return nil, err
		}
	}
	sent, err := gc.Decode(m.Encode())
	if err != nil {
		return nil, err
	}
	var answer *gc.Message
	if to == "store" {
		answer, err = c.store.Receive(sent)
	} else {
		answer, err = c.nodes[to].Receive(sent)
	}
	if err != nil || answer == nil {
		return nil, err
	}
	return gc.Decode(answer.Encode())
}

func (c *cluster) isolate(name string, cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut[name] = cut
}

// TestRepeatedMessageIsAcknowledgedAgain: there is nothing to save then, which is no
// error.
func TestRepeatedMessageIsAcknowledgedAgain(t *testing.T) {
	c := newCluster(t, "n1", "n2", "n3")
	gen, err := c.nodes["n1"].Campaign(t.Context())
	require.NoError(t, err)
	for range 2 {
		for to, m := range map[string]*gc.Message{
			"n2":    {Type: gc.Order, From: "n1", Gen: gen, Value: "a"},
			"store": {Type: gc.Write, From: "n1", To: "store", Gen: gen, Value: "a"},
		} {
			answer, err := c.send(t.Context(), to, m)
			require.NoError(t, err, to)
			require.Equal(t, gc.Done, answer.Type)
			require.Equal(t, "a", answer.Value)
		}
	}
}

// TestDeposedLeader that was cut off can neither write nor give orders when it is back,
// and follows.
func TestDeposedLeader(t *testing.T) {
	c := newCluster(t, "n1", "n2", "n3")
	ctx := t.Context()
	n1, n2 := c.nodes["n1"], c.nodes["n2"]
	gen, err := n1.Campaign(ctx)
	require.NoError(t, err)
	require.Equal(t, uint64(1), gen)
	accepted, err := n1.Order(ctx, "a")
	require.NoError(t, err)
	require.GreaterOrEqual(t, accepted, 2)
	require.NoError(t, n1.Write(ctx, "store", "a"))
	require.NoError(t, n1.Beat(ctx))

	c.isolate("n1", true)
	require.NoError(t, n1.Beat(ctx), "it does not know")
	require.ErrorIs(t, n1.Write(ctx, "store", "lost"), gc.ErrNoAnswer)
	accepted, err = n1.Order(ctx, "lost")
	require.NoError(t, err)
	require.Equal(t, 1, accepted, "itself")
	gen, err = n2.Campaign(ctx)
	require.NoError(t, err)
	require.Equal(t, uint64(2), gen)
	require.NoError(t, n2.Write(ctx, "store", "b"))

	c.isolate("n1", false)
	var stale *gc.StaleError
	err = n1.Write(ctx, "store", "late")
	require.ErrorIs(t, err, gc.ErrNotLeader)
	require.ErrorAs(t, err, &stale)
	require.Equal(t, gc.StaleError{Number: 1, Current: 2}, *stale)
	require.Equal(t, gc.Entry{Gen: 2, From: "n2", Value: "b"}, c.store.Last())
	require.Equal(t, gc.Follower, n1.Status().Role)
	require.Equal(t, uint64(2), n1.Status().Gen)
	require.ErrorIs(t, n1.Beat(ctx), gc.ErrNotLeader)
	_, err = n1.Order(ctx, "late")
	require.ErrorIs(t, err, gc.ErrNotLeader)
	require.Equal(t, gc.Leader, n2.Status().Role)
	_, err = n2.Campaign(ctx)
	require.ErrorIs(t, err, gc.ErrNotAllowed)
}

// TestBeatAndOrderTellOfNewerLeader to one that is back.
func TestBeatAndOrderTellOfNewerLeader(t *testing.T) {
	for name, act := range map[string]func(*gc.Node) error{
		"beat":  func(n *gc.Node) error { return n.Beat(t.Context()) },
		"order": func(n *gc.Node) error { _, err := n.Order(t.Context(), "late"); return err },
	} {
		c := newCluster(t, "n1", "n2", "n3", "n4", "n5")
		_, err := c.nodes["n1"].Campaign(t.Context())
		require.NoError(t, err)
		c.isolate("n1", true)
		_, err = c.nodes["n2"].Campaign(t.Context())
		require.NoError(t, err)
		c.isolate("n1", false)
		require.ErrorIs(t, act(c.nodes["n1"]), gc.ErrStale, name)
		require.Equal(t, gc.Follower, c.nodes["n1"].Status().Role, name)
	}
}

// TestBeatHearsTheSlowestPeer, which knows of a newer number.
func TestBeatHearsTheSlowestPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "n1", "n2", "n3")
		_, err := c.nodes["n1"].Campaign(t.Context())
		require.NoError(t, err)
		c.isolate("n3", true)
		_, err = c.nodes["n3"].Campaign(t.Context())
		require.ErrorIs(t, err, gc.ErrNotElected)
		c.isolate("n3", false)
		c.meets = func(ctx context.Context, to string) error {
			if to == "n3" {
				select {
				case <-time.After(time.Minute):
				case <-ctx.Done():
				}
			}
			return ctx.Err()
		}
		require.ErrorIs(t, c.nodes["n1"].Beat(t.Context()), gc.ErrStale)
	})
}

// TestANodeThatIsClosedMeanwhileLeadsNoMore.
func TestANodeThatIsClosedMeanwhileLeadsNoMore(t *testing.T) {
	c := newCluster(t, "n1", "n2")
	_, err := c.nodes["n1"].Campaign(t.Context())
	require.NoError(t, err)
	c.meets = func(context.Context, string) error { return c.nodes["n1"].Close() }
	require.ErrorIs(t, c.nodes["n1"].Beat(t.Context()), gc.ErrStopped)
}

// TestMinorityElectsNobody, and the number of its attempts is not used again.
func TestMinorityElectsNobody(t *testing.T) {
	c := newCluster(t, "n1", "n2", "n3", "n4")
	c.isolate("n3", true)
	c.isolate("n4", true)
	for range 3 {
		_, err := c.nodes["n1"].Campaign(t.Context())
		require.ErrorIs(t, err, gc.ErrNotElected, "two of four are no majority")
	}
	c.isolate("n3", false)
	c.isolate("n4", false)
	_, err := c.nodes["n3"].Campaign(t.Context())
	require.ErrorIs(t, err, gc.ErrNotElected)
	require.ErrorIs(t, err, gc.ErrStale, "it was told of 3")
	gen, err := c.nodes["n3"].Campaign(t.Context())
	require.NoError(t, err)
	require.Equal(t, uint64(4), gen)
}

// TestNobodyLeadsTwice: many campaign at once, and each generation is given to one.
func TestNobodyLeadsTwice(t *testing.T) {
	c := newCluster(t, "n1", "n2", "n3")
	var mu sync.Mutex
	leads := map[uint64]string{}
	var busy sync.WaitGroup
	for name, n := range c.nodes {
		for range 2 {
			busy.Go(func() {
				for range 10 {
					gen, err := n.Campaign(context.Background())
					if err == nil {
						mu.Lock()
						if leads[gen] != "" {
							t.Errorf("%s and %s lead %d", leads[gen], name, gen)
						}
						leads[gen] = name
						mu.Unlock()
						err = n.Write(context.Background(), "store", name)
					}
					if err != nil && !errors.Is(err, gc.ErrNotElected) && !errors.Is(err, gc.ErrNotAllowed) && !errors.Is(err, gc.ErrNotLeader) {
						t.Error(err)
					}
				}
			})
		}
	}
	busy.Wait()
	require.NotEmpty(t, leads)
	require.Equal(t, c.store.Fence(), max(c.store.Last().Gen, c.store.Fence()))
}

// TestNothingMentionedIsTakenBack: a store's machine stops at each operation of its disk in
// turn, which keeps any of what was not flushed. What was answered before is so afterwards.
func TestNothingMentionedIsTakenBack(t *testing.T) {
	for _, survival := range []disktest.Survival{disktest.Nothing, disktest.Everything, disktest.Prefix, disktest.SectorPrefix, disktest.AnySectors} {
		for stop := 0; ; stop++ {
			d := disktest.New()
			d.HaltAfter(stop)
			var last gc.Entry
			s, err := gc.OpenStore(gc.StoreOptions{Name: "store", Path: "log", FS: d})
			for gen := uint64(1); err == nil && gen <= 4; gen++ {
				entry := gc.Entry{Gen: gen, From: "n1", Value: strings.Repeat("v", int(gen)*300)}
				if err = s.Write("n1", gen, entry.Value); err == nil {
					last = entry
				}
			}
			if err == nil {
				require.Greater(t, stop, 8, "it writes and flushes")
				break
			}
			d.CrashRandomly(int64(stop), survival)
			d.HaltAfter(-1)
			s, err = gc.OpenStore(gc.StoreOptions{Name: "store", Path: "log", FS: d})
			require.NoError(t, err, "stop %d", stop)
			require.Equal(t, s.Last().Gen, s.Fence(), "one record has both")
			if s.Last() != last {
				require.Equal(t, last.Gen+1, s.Last().Gen, "stop %d: the one that was not answered", stop)
			}
			if s.Fence() > 1 {
				require.ErrorIs(t, s.Write("n0", s.Fence()-1, "late"), gc.ErrStale)
			}
			require.NoError(t, s.Close())
		}
	}
}

// TestVoteSurvives a crash of the voter's machine, though no order has come.
func TestVoteSurvives(t *testing.T) {
	d := disktest.New()
	open := func() *gc.Node {
		n, err := gc.Open(gc.Options{
			Name: "n3", Peers: []string{"n1", "n2"}, Path: "log", FS: d,
			Send: func(context.Context, string, *gc.Message) (*gc.Message, error) { return nil, errors.New("alone") },
		})
		require.NoError(t, err)
		return n
	}
	n := open()
	for range 2 {
		answer, err := n.Receive(ask("n1", 3))
		require.NoError(t, err)
		require.Equal(t, gc.Grant, answer.Type)
	}
	d.CrashRandomly(1, disktest.Nothing)
	n = open()
	for _, candidate := range []string{"n2", "n1"} {
		answer, err := n.Receive(ask(candidate, 3))
		require.NoError(t, err)
		require.Nil(t, answer, "it has voted in 3, and does not know for whom")
	}
	answer, err := n.Receive(ask("n2", 2))
	require.NoError(t, err)
	require.Equal(t, uint64(3), answer.Gen)
	_, err = n.Campaign(t.Context())
	require.ErrorIs(t, err, gc.ErrNotElected)
	d.CrashRandomly(1, disktest.Nothing)
	require.Equal(t, uint64(4), open().Status().Gen)
}

// TestFailedFlush ends a holder's work: nothing is answered any more.
func TestFailedFlush(t *testing.T) {
	d := disktest.New()
	s, err := gc.OpenStore(gc.StoreOptions{Name: "store", Path: "log", FS: d})
	require.NoError(t, err)
	require.NoError(t, s.Write("n1", 1, "a"))
	d.FailSync("log")
	for range 2 {
		require.ErrorIs(t, s.Write("n2", 2, "b"), gc.ErrStopped)
	}
	require.Equal(t, uint64(1), s.Fence(), "only what is durable is told")
	_ = s.Close()
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Write("n2", 2, "b"), gc.ErrStopped)

	n, err := gc.Open(gc.Options{Name: "n1", Path: "node", FS: d})
	require.NoError(t, err)
	d.FailSync("node")
	_, err = n.Campaign(t.Context())
	require.ErrorIs(t, err, gc.ErrStopped)
	require.Zero(t, n.Status().Gen)
	_, err = n.Campaign(t.Context())
	require.ErrorIs(t, err, gc.ErrStopped)
	require.ErrorIs(t, n.Beat(t.Context()), gc.ErrStopped)
	_, err = n.Receive(ask("n2", 1))
	require.ErrorIs(t, err, gc.ErrStopped)
}

// TestLoneNode elects itself, and only once.
func TestLoneNode(t *testing.T) {
	n, err := gc.Open(gc.Options{Name: "n1", Path: filepath.Join(t.TempDir(), "log")})
	require.NoError(t, err)
	gen, err := n.Campaign(t.Context())
	require.NoError(t, err)
	require.Equal(t, uint64(1), gen)
	accepted, err := n.Order(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, 1, accepted)
	require.Equal(t, gc.Status{Gen: 1, Role: gc.Leader, Entry: gc.Entry{Gen: 1, From: "n1", Value: "a"}}, n.Status())
	require.NoError(t, n.Close())
	require.ErrorIs(t, n.Beat(t.Context()), gc.ErrStopped)
}

// TestClock keeps its number, whichever way it learned of it.
func TestClock(t *testing.T) {
	d := disktest.New()
	open := func() *gc.Clock {
		c, err := gc.OpenClock("clock", d)
		require.NoError(t, err)
		return c
	}
	c := open()
	require.Zero(t, c.Now())
	number, err := c.Raise()
	require.NoError(t, err)
	require.Equal(t, uint64(1), number)
	newer, err := c.Check(1)
	require.NoError(t, err)
	require.False(t, newer)
	newer, err = c.Check(7)
	require.NoError(t, err)
	require.True(t, newer)
	d.CrashRandomly(1, disktest.Nothing)
	c = open()
	require.Equal(t, uint64(7), c.Now())
	var stale *gc.StaleError
	newer, err = c.Check(6)
	require.ErrorAs(t, err, &stale)
	require.False(t, newer)
	require.Equal(t, gc.StaleError{Number: 6, Current: 7}, *stale)
	_, err = c.Check(gc.MaxGen + 1)
	require.ErrorIs(t, err, gc.ErrEnd)
	_, err = c.Check(gc.MaxGen)
	require.NoError(t, err)
	_, err = c.Raise()
	require.ErrorIs(t, err, gc.ErrEnd)
	require.NoError(t, c.Close())
	_, err = c.Raise()
	require.ErrorIs(t, err, gc.ErrStopped)
	_, err = c.Check(1)
	require.ErrorIs(t, err, gc.ErrStopped)
}

// TestNumbersGoOnBeyondAnyPower of two at which a narrower number would end, also in the log,
// up to the last one. A node does not stand with a greater one, and votes and obeys on.
func TestNumbersGoOnBeyondAnyPower(t *testing.T) {
	for _, base := range []uint64{1 << 8, 1 << 16, 1 << 31, 1 << 32, 1 << 53, gc.MaxGen} {
		d := disktest.New()
		open := func() (*gc.Node, *gc.Store) {
			n, err := gc.Open(gc.Options{Name: "n1", Path: "node", FS: d})
			require.NoError(t, err)
			s, err := gc.OpenStore(gc.StoreOptions{Name: "store", Path: "store", FS: d})
			require.NoError(t, err)
			return n, s
		}
		log, err := wal.Open("node", nothing{}, wal.Options{FS: d})
		require.NoError(t, err)
		_, err = log.Append(0, fmt.Appendf(nil, `{"gen":%d,"entry":{"gen":0,"from":"","value":""}}`, base-1))
		require.NoError(t, err)
		require.NoError(t, log.Close())
		n, s := open()
		gen, err := n.Campaign(t.Context())
		require.NoError(t, err)
		require.Equal(t, base, gen)
		value := strings.Repeat("v", gc.MaxValue)
		accepted, err := n.Order(t.Context(), value)
		require.NoError(t, err)
		require.Equal(t, 1, accepted)
		require.NoError(t, s.Write("n1", base, value))
		require.NoError(t, errors.Join(n.Close(), s.Close()))

		n, s = open()
		entry := gc.Entry{Gen: base, From: "n1", Value: value}
		require.Equal(t, gc.Status{Gen: base, Role: gc.Follower, Entry: entry}, n.Status())
		require.Equal(t, entry, s.Last())
		require.ErrorIs(t, s.Write("n0", base-1, "late"), gc.ErrStale)
		gen, err = n.Campaign(t.Context())
		if base == gc.MaxGen {
			require.ErrorIs(t, err, gc.ErrEnd)
		} else {
			require.NoError(t, err)
			require.Equal(t, base+1, gen)
		}
		require.NoError(t, errors.Join(n.Close(), s.Close()))
	}
}

// TestLogOfSomethingElse is not opened.
func TestLogOfSomethingElse(t *testing.T) {
	for name, payloads := range map[string][]string{
		"no JSON":                {"{"},
		"two values":             {`{"gen":1,"entry":{"gen":0,"from":"","value":""}} 1`},
		"unknown field":          {`{"gen":1,"vote":"n1"}`},
		"it goes back":           {`{"gen":2}`, `{"gen":1}`},
		"its entry goes back":    {`{"gen":2,"entry":{"gen":2,"from":"n1"}}`, `{"gen":2,"entry":{"gen":1,"from":"n1"}}`},
		"entry above its number": {`{"gen":1,"entry":{"gen":2,"from":"n1"}}`},
		"too great":              {fmt.Sprintf(`{"gen":%d}`, uint64(gc.MaxGen+1))},
		"entry of nobody":        {`{"gen":1,"entry":{"gen":1,"from":"none"}}`},
		"entry without number":   {`{"gen":1,"entry":{"gen":0,"from":"n1"}}`},
	} {
		d := disktest.New()
		log, err := wal.Open("log", nothing{}, wal.Options{FS: d})
		require.NoError(t, err)
		for _, p := range payloads {
			_, err := log.Append(0, []byte(p))
			require.NoError(t, err)
		}
		require.NoError(t, log.Close())
		_, err = gc.OpenStore(gc.StoreOptions{Name: "store", Path: "log", FS: d})
		require.ErrorIs(t, err, gc.ErrRecord, name)
		_, err = gc.Open(gc.Options{Name: "n1", Path: "log", FS: d})
		require.ErrorIs(t, err, gc.ErrRecord, name)
		_, err = gc.OpenClock("log", d)
		require.ErrorIs(t, err, gc.ErrRecord, name)
	}
}

// TestTheFirstWrongRecordIsNamed, though the ones behind it are wrong as well.
func TestTheFirstWrongRecordIsNamed(t *testing.T) {
	d := disktest.New()
	log, err := wal.Open("log", nothing{}, wal.Options{FS: d})
	require.NoError(t, err)
	for _, p := range []string{`{"gen":2}`, `{"gen":1}`, `{`} {
		_, err := log.Append(0, []byte(p))
		require.NoError(t, err)
	}
	require.NoError(t, log.Close())
	_, err = gc.OpenClock("log", d)
	require.ErrorContains(t, err, "entry 2: number 1 after 2")
}

type nothing struct{}

func (nothing) Apply(wal.Entry) {}

// TestOptions that make no sense.
func TestOptions(t *testing.T) {
	d := disktest.New()
	send := func(context.Context, string, *gc.Message) (*gc.Message, error) { return nil, nil }
	for name, c := range map[string]struct {
		o    gc.Options
		want error
	}{
		"no name":      {gc.Options{Path: "log"}, gc.ErrName},
		"no node":      {gc.Options{Path: "log", Name: gc.NoNode}, gc.ErrName},
		"nameless":     {gc.Options{Path: "log", Name: "n1", Peers: []string{""}, Send: send}, gc.ErrName},
		"no path":      {gc.Options{Name: "n1"}, gc.ErrOption},
		"no send":      {gc.Options{Path: "log", Name: "n1", Peers: []string{"n2"}}, gc.ErrOption},
		"its own peer": {gc.Options{Path: "log", Name: "n1", Peers: []string{"n2", "n1"}, Send: send}, gc.ErrOption},
		"a peer twice": {gc.Options{Path: "log", Name: "n1", Peers: []string{"n2", "n2"}, Send: send}, gc.ErrOption},
	} {
		c.o.FS = d
		_, err := gc.Open(c.o)
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := gc.OpenStore(gc.StoreOptions{Path: "log", FS: d})
	require.ErrorIs(t, err, gc.ErrName)
	_, err = gc.OpenStore(gc.StoreOptions{Name: "store", FS: d})
	require.ErrorIs(t, err, gc.ErrOption)
	_, err = gc.OpenClock("", d)
	require.ErrorIs(t, err, gc.ErrOption)
}

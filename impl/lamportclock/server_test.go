package lamportclock_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	fuzz "github.com/google/gofuzz"
	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

func open(t *testing.T, fs wal.FS) *lc.Server {
	t.Helper()
	s, err := lc.OpenServer(lc.ServerOptions{Name: "s", Path: "log", FS: fs})
	require.NoError(t, err)
	return s
}

// clock is the greatest stamp that a server has given or seen.
func clock(t *testing.T, s *lc.Server) uint64 {
	t.Helper()
	view, err := trace.ValueOf(s)
	require.NoError(t, err)
	return uint64(view["clock"].(int))
}

// asked counts requests, so that each has a number of its own.
type asked uint64

func (n *asked) write(stamp uint64, key, value string) *lc.Request {
	*n++
	return &lc.Request{Kind: lc.Write, From: "c", Number: uint64(*n), To: "s", Key: key, Value: value, Stamp: stamp}
}

func (n *asked) read(kind lc.Kind, stamp uint64, key string) *lc.Request {
	*n++
	return &lc.Request{Kind: kind, From: "c", Number: uint64(*n), To: "s", Key: key, Stamp: stamp}
}

// TestServerOptions that make no sense.
func TestServerOptions(t *testing.T) {
	for name, c := range map[string]struct {
		options lc.ServerOptions
		want    error
	}{
		"no name":          {lc.ServerOptions{Path: "log"}, lc.ErrName},
		"name not UTF-8":   {lc.ServerOptions{Name: "\xff", Path: "log"}, lc.ErrName},
		"cluster too long": {lc.ServerOptions{Name: "s", Path: "log", Cluster: string(make([]byte, lc.MaxName+1))}, lc.ErrName},
		"no path":          {lc.ServerOptions{Name: "s"}, lc.ErrOption},
	} {
		t.Run(name, func(t *testing.T) {
			c.options.FS = disktest.New()
			_, err := lc.OpenServer(c.options)
			require.ErrorIs(t, err, c.want)
		})
	}
	_, err := lc.OpenServer(lc.ServerOptions{Name: "s", Path: filepath.Join(t.TempDir(), "none", "log")})
	require.Error(t, err, "there is no such folder")
}

// TestRequestsThatAreNotTaken leave the clock as it was.
func TestRequestsThatAreNotTaken(t *testing.T) {
	s := open(t, disktest.New())
	defer s.Close()
	var n asked
	for name, c := range map[string]struct {
		change func(*lc.Request)
		want   error
	}{
		"another server":  {func(m *lc.Request) { m.To = "t" }, lc.ErrMessage},
		"another cluster": {func(m *lc.Request) { m.Cluster = "x" }, lc.ErrMessage},
		"unknown kind":    {func(m *lc.Request) { m.Kind = "" }, lc.ErrMessage},
		"too large":       {func(m *lc.Request) { m.Value = string(make([]byte, lc.MaxValue+1)) }, lc.ErrTooLarge},
		"no stamp":        {func(m *lc.Request) { m.Stamp = lc.MaxStamp + 1 }, lc.ErrMessage},
		"at its end":      {func(m *lc.Request) { m.Stamp = lc.MaxStamp }, lc.ErrEnd},
	} {
		t.Run(name, func(t *testing.T) {
			m := n.write(5, "k", "v")
			c.change(m)
			_, err := s.Do(m)
			require.ErrorIs(t, err, c.want)
			require.Zero(t, clock(t, s))
		})
	}
}

// TestStampsGoOnBeyondAnyPower of two at which a narrower number would end, also in the log:
// relative to what the first client has seen they are the same, wherever that is.
func TestStampsGoOnBeyondAnyPower(t *testing.T) {
	for _, base := range []uint64{1 << 8, 1 << 16, 1 << 31, 1 << 32, 1 << 53, lc.MaxStamp - 1} {
		fake := disktest.New()
		s := open(t, fake)
		var n asked
		key, value := strings.Repeat("k", lc.MaxKey), strings.Repeat("v", lc.MaxValue)
		for i, m := range []*lc.Request{n.write(base-3, key, "x"), n.write(0, key, value), n.read(lc.Read, base, "mark")} {
			r, err := s.Do(m)
			require.NoError(t, err)
			require.Equal(t, base-2+uint64(i), r.Stamp)
		}
		require.NoError(t, s.Close())
		s = open(t, fake)
		for at, want := range map[uint64]string{base - 2: "x", base - 1: value, base: value} {
			r, err := s.Do(n.read(lc.Snapshot, at, key))
			require.NoError(t, err)
			require.Equal(t, want, r.Version.Value, "as of %d", at)
		}
		r, err := s.Do(n.write(0, key, "y"))
		require.NoError(t, err)
		require.Equal(t, lc.Version{Stamp: base + 1, Node: "s", Value: "y"}, r.Version)
		require.NoError(t, s.Close())
		require.NoError(t, open(t, fake).Close(), "the log may hold the last stamp")
	}
}

// TestClientsWithEqualNumbers are answered each, also where their reads are as of one stamp.
func TestClientsWithEqualNumbers(t *testing.T) {
	core := lc.NewCore("s", nil)
	for _, client := range []string{"c", "d", "c"} {
		_, err := core.Read(&lc.Request{Kind: lc.Read, From: client, Number: 1, To: "s", Key: "k"})
		require.NoError(t, err)
	}
	require.Len(t, core.Owed(), 2, "the third is the first one, again")
	for _, want := range []string{"c", "d"} {
		r, err := core.Reply(core.Owed()[0])
		require.NoError(t, err)
		require.Equal(t, want, r.To)
	}
}

// TestServerAtItsEnd still reads. It does not begin anew.
func TestServerAtItsEnd(t *testing.T) {
	s := open(t, disktest.New())
	defer s.Close()
	var n asked
	last, err := s.Do(n.write(lc.MaxStamp-1, "k", "last"))
	require.NoError(t, err)
	require.Equal(t, uint64(lc.MaxStamp), last.Version.Stamp)
	_, err = s.Do(n.write(0, "k", "one more"))
	require.ErrorIs(t, err, lc.ErrEnd)
	read, err := s.Do(n.read(lc.Read, 0, "k"))
	require.NoError(t, err)
	require.Equal(t, last.Version, read.Version)
}

// told is what a client was told, which must stay so.
type told struct {
	at      uint64
	key     string
	version lc.Version
}

// TestWhatWasToldStays: a disk that may keep anything of what was not flushed, in
// one incarnation after the other. No clock begins below a stamp that a client was told,
// no stamp is given twice, and what was read as of a stamp is read again.
func TestWhatWasToldStays(t *testing.T) {
	for seed := range int64(25) {
		fake := disktest.New()
		var workload []struct {
			What, Key, Ahead uint8
		}
		fuzz.NewWithSeed(seed).NumElements(60, 60).NilChance(0).Fuzz(&workload)
		var n asked
		var all []told
		var greatest uint64
		stamps := map[uint64]bool{}
		s := open(t, fake)
		for i, op := range workload {
			key, ahead := fmt.Sprint("k", op.Key%2), greatest
			if op.Ahead%4 == 0 {
				ahead += uint64(op.Ahead) // a client that comes from another server
			}
			switch {
			case op.What < 30:
				fake.CrashRandomly(seed*100+int64(i), disktest.AnySectors)
				_ = s.Close() // its file is gone
				s = open(t, fake)
				require.GreaterOrEqual(t, clock(t, s), greatest, "seed %d, operation %d", seed, i)
			case op.What < 140:
				r, err := s.Do(n.write(ahead, key, fmt.Sprint("v", i)))
				require.NoError(t, err, "seed %d", seed)
				require.Greater(t, r.Version.Stamp, ahead, "seed %d", seed)
				require.False(t, stamps[r.Version.Stamp], "seed %d: stamp %d was given twice", seed, r.Version.Stamp)
				stamps[r.Version.Stamp] = true
				greatest = max(greatest, r.Stamp)
				all = append(all, told{r.At, key, r.Version})
			default:
				r, err := s.Do(n.read(lc.Read, ahead, key))
				require.NoError(t, err, "seed %d", seed)
				require.GreaterOrEqual(t, r.At, ahead, "seed %d", seed)
				greatest = max(greatest, r.Stamp)
				all = append(all, told{r.At, key, r.Version})
			}
		}
		for _, was := range all {
			r, err := s.Do(n.read(lc.Snapshot, was.at, was.key))
			require.NoError(t, err)
			require.Equal(t, was.version, r.Version, "seed %d: as of %d", seed, was.at)
		}
		require.NoError(t, s.Close())
	}
}

// TestManyAtOnce: goroutines write on one server, and share its flushes. No two
// versions have the same stamp, and each writer's grow.
func TestManyAtOnce(t *testing.T) {
	s, err := lc.OpenServer(lc.ServerOptions{Name: "s", Path: filepath.Join(t.TempDir(), "log")})
	require.NoError(t, err)
	const writers, each = 8, 20
	var mu sync.Mutex
	given := map[uint64]bool{}
	var wg sync.WaitGroup
	failed := make([]error, writers)
	for w := range writers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(w)))
			var seen uint64
			for i := range each {
				m := &lc.Request{Kind: lc.Write, From: fmt.Sprint("c", w), Number: uint64(i + 1), To: "s", Key: "k", Stamp: seen + random.Uint64N(3)}
				r, err := s.Do(m)
				if err != nil || r.Version.Stamp <= m.Stamp {
					failed[w] = errors.Join(err, fmt.Errorf("having seen %d: %+v", m.Stamp, r))
					return
				}
				seen = r.Stamp
				mu.Lock()
				given[r.Version.Stamp] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.NoError(t, errors.Join(failed...))
	require.Len(t, given, writers*each)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "a second one does nothing")
	var n asked
	_, err = s.Do(n.read(lc.Read, 0, "k"))
	require.ErrorIs(t, err, lc.ErrStopped)
}

// TestSameReadAtOnce: a read that comes again while it waits for a flush is
// answered once, or each time if it comes after that.
func TestSameReadAtOnce(t *testing.T) {
	s, err := lc.OpenServer(lc.ServerOptions{Name: "s", Path: filepath.Join(t.TempDir(), "log")})
	require.NoError(t, err)
	defer s.Close()
	for round := range uint64(20) {
		m := lc.Request{Kind: lc.Read, From: "c", Number: round + 1, To: "s", Key: "k", Stamp: round + 1}
		var wg sync.WaitGroup
		got := make([]error, 4)
		for i := range got {
			wg.Go(func() {
				again := m
				_, got[i] = s.Do(&again)
			})
		}
		wg.Wait()
		answered := 0
		for _, err := range got {
			if err == nil {
				answered++
				continue
			}
			require.ErrorIs(t, err, lc.ErrRepeated)
		}
		require.Positive(t, answered)
	}
}

// TestFlushFails: the client is not told, and the server is over.
func TestFlushFails(t *testing.T) {
	fake := disktest.New()
	s := open(t, fake)
	var n asked
	_, err := s.Do(n.write(0, "k", "kept"))
	require.NoError(t, err)
	fake.FailSync("log")
	_, err = s.Do(n.write(0, "k", "lost"))
	require.ErrorIs(t, err, lc.ErrStopped)
	require.ErrorIs(t, err, wal.ErrPoisoned)
	_, err = s.Do(n.read(lc.Read, 0, "k"))
	require.ErrorIs(t, err, lc.ErrStopped)
	_ = s.Close()
	fake.Crash(nil)
	s = open(t, fake)
	defer s.Close()
	r, err := s.Do(n.read(lc.Read, 0, "k"))
	require.NoError(t, err)
	require.Equal(t, lc.Version{Stamp: 1, Node: "s", Value: "kept"}, r.Version)
}

// TestFlushUnderWay covers what was there when it began: a write that comes meanwhile waits for the
// next one, and so does Close.
func TestFlushUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var slow atomic.Bool
		next := make(chan struct{}) // lets one flush go on
		fake := disktest.New()
		s := open(t, disktest.Intercept(fake, disktest.Failpoint{Before: func(op disktest.Op) error {
			if op.Kind == disktest.Sync && slow.Load() {
				<-next
			}
			return nil
		}}))
		slow.Store(true)
		var n asked
		var replies [2]*lc.Reply
		var failed [2]error
		for i := range replies {
			m := n.write(0, "k", fmt.Sprint(i))
			go func() { replies[i], failed[i] = s.Do(m) }()
			synctest.Wait()
		}
		next <- struct{}{}
		synctest.Wait()
		require.NotNil(t, replies[0])
		require.Equal(t, uint64(1), replies[0].Version.Stamp)
		require.Equal(t, uint64(2), replies[0].Stamp, "the clock when it left")
		require.Nil(t, replies[1])
		closed := false
		go func() {
			require.NoError(t, s.Close())
			closed = true
		}()
		synctest.Wait()
		require.False(t, closed)
		next <- struct{}{}
		synctest.Wait()
		require.True(t, closed)
		require.NoError(t, failed[0])
		require.ErrorIs(t, failed[1], lc.ErrStopped)
		fake.Crash(nil)
		require.NoError(t, open(t, fake).Close())
	})
}

// TestLogOfSomethingElse is not opened.
func TestLogOfSomethingElse(t *testing.T) {
	for name, payload := range map[string][]byte{
		"too short":      []byte("x"),
		"key too long":   {1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 'k'},
		"stamp 0":        {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 'k'},
		"too late stamp": {0, 0, 0, 0, 0, 0, 0, 0x40, 1, 0, 'k'}, // one more than the last one
	} {
		t.Run(name, func(t *testing.T) {
			fake := disktest.New()
			log, err := wal.Open("log", noStore{}, wal.Options{FS: fake})
			require.NoError(t, err)
			for range 2 { // the first one is named
				_, err = log.Append(1, payload)
				require.NoError(t, err)
			}
			require.NoError(t, log.Close())
			_, err = lc.OpenServer(lc.ServerOptions{Name: "s", Path: "log", FS: fake})
			require.ErrorIs(t, err, lc.ErrEntry)
			require.ErrorContains(t, err, "entry 1: ")
		})
	}
	fake := disktest.New()
	log, err := wal.Open("log", noStore{}, wal.Options{FS: fake})
	require.NoError(t, err)
	_, err = log.Append(7, make([]byte, 20))
	require.NoError(t, err)
	require.NoError(t, log.Close())
	_, err = lc.OpenServer(lc.ServerOptions{Name: "s", Path: "log", FS: fake})
	require.ErrorIs(t, err, lc.ErrEntry)
	require.ErrorContains(t, err, "kind 7")
}

type noStore struct{}

func (noStore) Apply(wal.Entry) {}

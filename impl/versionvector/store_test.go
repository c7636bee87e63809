package versionvector_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/generationclock"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

func alone(t *testing.T, d *disktest.Disk) *vv.Store {
	t.Helper()
	s, err := vv.Open(vv.Options{Name: "a", Path: "store", FS: d})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func get(t *testing.T, s *vv.Store, key string) vv.Reply {
	t.Helper()
	read, err := s.Get(key)
	require.NoError(t, err)
	return read
}

// TestPutOutlivesTheMachine, and the next incarnation is another actor.
func TestPutOutlivesTheMachine(t *testing.T) {
	d := disktest.New()
	for i := range 4 {
		s := alone(t, d)
		require.NoError(t, s.Put("k", vv.Reply{}, fmt.Sprint(i)))
		require.NoError(t, s.Put(fmt.Sprint("only ", i), vv.Reply{}, "x"))
		d.End(1, int64(i))
		require.ErrorIs(t, s.Put("k", vv.Reply{}, "late"), vv.ErrStopped)
		_, err := s.Get("k")
		require.ErrorIs(t, err, vv.ErrStopped)
	}
	read := get(t, alone(t, d), "k")
	require.Equal(t, vv.Vector{"a.1": 1, "a.2": 1, "a.3": 1, "a.4": 1}, read.Context)
	require.Equal(t, []string{"0", "1", "2", "3"}, read.Values)
}

// TestStoreRefusesWhatMakesNoSense, and says what it is.
func TestStoreRefusesWhatMakesNoSense(t *testing.T) {
	for _, o := range []vv.Options{
		{}, {Name: "a"}, {Path: "p"}, {Name: "a", Path: "p", Peers: []string{"b"}},
		{Name: "a", Path: "p", Peers: []string{"a"}, Send: func(string, *vv.Message) {}},
	} {
		o.FS = disktest.New()
		_, err := vv.Open(o)
		require.ErrorIs(t, err, vv.ErrOption)
	}
	s := alone(t, disktest.New())
	require.ErrorIs(t, s.Put("", vv.Reply{}, "x"), vv.ErrKey)
	require.ErrorIs(t, s.Put(strings.Repeat("k", vv.MaxKey+1), vv.Reply{}, "x"), vv.ErrKey)
	require.ErrorIs(t, s.Put("k", vv.Reply{}, "\xff"), vv.ErrValue)
	require.ErrorIs(t, s.Put("k", vv.Reply{Context: vv.Vector{"a.1": 0}}, "x"), vv.ErrContext)
	require.ErrorIs(t, s.AntiEntropy("b"), vv.ErrOption)
	require.ErrorIs(t, s.Receive(&vv.Message{Type: vv.Ask, Key: "k", From: "b", To: "a"}), vv.ErrMessage)
	require.ErrorIs(t, s.Receive(&vv.Message{Type: vv.Ask, From: "b", To: "a"}), vv.ErrMessage)
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Close(), vv.ErrStopped)
	require.ErrorIs(t, s.Flush(), vv.ErrStopped)
}

// TestCountAtItsEnd: a client brings it there, and then the key takes writes no more. The
// next incarnation is another actor, and takes them.
func TestCountAtItsEnd(t *testing.T) {
	d := disktest.New()
	s := alone(t, d)
	seen := vv.Reply{Context: vv.Vector{"a.1": vv.MaxCount - 1}}
	key := strings.Repeat("k", vv.MaxKey)
	require.NoError(t, s.Put(key, seen, strings.Repeat("v", vv.MaxValue)))
	require.Equal(t, vv.Vector{"a.1": vv.MaxCount}, get(t, s, key).Context)
	require.ErrorIs(t, s.Put(key, vv.Reply{}, "x"), vv.ErrEnd)
	require.ErrorIs(t, s.Put("other", vv.Reply{Context: vv.Vector{"a.1": vv.MaxCount}}, "x"), vv.ErrEnd)
	require.ErrorIs(t, s.Put("k", vv.Reply{Context: vv.Vector{"a.1": vv.MaxCount + 1}}, "x"), vv.ErrContext)
	require.ErrorIs(t, s.Put("k", vv.Reply{}, strings.Repeat("v", vv.MaxValue+1)), vv.ErrValue)
	require.NoError(t, s.Close())
	s = alone(t, d)
	require.NoError(t, s.Put(key, get(t, s, key), "y"))
	require.Equal(t, vv.Vector{"a.1": vv.MaxCount, "a.2": 1}, get(t, s, key).Context)
}

// TestOfAReplicaThatHasRestarted a peer learns, durably, and it takes no older context then.
func TestOfAReplicaThatHasRestarted(t *testing.T) {
	d, latest := disktest.New(), vv.Vector{"a": 1, "b": 2}
	open := func() *vv.Store {
		s, err := vv.Open(vv.Options{Name: "a", Peers: []string{"b"}, Send: func(string, *vv.Message) {}, Path: "store", FS: d})
		require.NoError(t, err)
		return s
	}
	s := open()
	require.NoError(t, s.Receive(&vv.Message{Type: vv.Whole, Key: "k", From: "b", To: "a", State: vv.State{"b.1": {N: 1, Values: []string{"x"}}}}))
	require.NoError(t, s.Receive(&vv.Message{Type: vv.Ask, Key: "k", From: "b", To: "a", Context: vv.Vector{"b.1": 1}, Latest: latest}))
	d.End(1, 0)
	require.Error(t, s.Close())
	s = open()
	require.Equal(t, []string{"x"}, get(t, s, "k").Values, "what a replica learns makes durable what it has")
	old := vv.Reply{Context: vv.Vector{"b.1": 2}}
	require.ErrorIs(t, s.Put("k", old, "y"), vv.ErrStale)
	require.NoError(t, s.Put("k", get(t, s, "k"), "y"))
	require.ErrorIs(t, s.Put("k", old, "z"), vv.ErrStale)
	require.Equal(t, vv.Vector{"b.1": 1, "a.2": 1}, get(t, s, "k").Context)
	require.NoError(t, s.Receive(&vv.Message{Type: vv.Ask, Key: "k", From: "b", To: "a", Context: vv.Vector{"b.1": 1}, Latest: vv.Vector{"a": 2, "b": 2}}))
	require.NoError(t, s.AntiEntropy("b"))
	require.Equal(t, vv.Vector{"b.*": 1, "a.2": 1}, get(t, s, "k").Context)
	require.NoError(t, s.Put("k", old, "z"))
	require.Equal(t, []string{"y", "z"}, get(t, s, "k").Values)
	require.NoError(t, s.Close())
}

// TestIncarnationsGoOnBeyondAnyPower of two at which a narrower number would end.
func TestIncarnationsGoOnBeyondAnyPower(t *testing.T) {
	for _, before := range []uint64{1<<16 - 1, 1 << 16, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 53} {
		d := disktest.New()
		clock, err := generationclock.OpenClock("store.incarnation", d)
		require.NoError(t, err)
		_, err = clock.Check(before)
		require.NoError(t, err)
		require.NoError(t, clock.Close())
		for i := range 2 {
			s := alone(t, d)
			require.NoError(t, s.Put("k", get(t, s, "k"), "x"))
			require.EqualValues(t, 1, get(t, s, "k").Context[fmt.Sprint("a.", before+uint64(i)+1)])
			require.NoError(t, s.Close())
		}
	}
}

// TestForeignLogIsRefused.
func TestForeignLogIsRefused(t *testing.T) {
	for _, payload := range []string{"x", `{"key":""}`, `{"key":"k","state":{"a":{"n":0,"vals":["x"]}}}`} {
		d := disktest.New()
		log, err := wal.Open("store", ignores{}, wal.Options{Policy: wal.EachEntry, FS: d})
		require.NoError(t, err)
		_, err = log.Append(0, []byte(payload))
		require.NoError(t, err)
		require.NoError(t, log.Close())
		_, err = vv.Open(vv.Options{Name: "a", Path: "store", FS: d})
		require.ErrorIs(t, err, vv.ErrRecord, payload)
	}
}

type ignores struct{}

func (ignores) Apply(wal.Entry) {}

// TestRunBringsKeysOfWhichAReplicaHasNotHeard, also if what was sent with the writes is lost.
func TestRunBringsKeysOfWhichAReplicaHasNotHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stores, names := map[string]*vv.Store{}, []string{"a", "b", "c"}
		var mu sync.Mutex
		lossy := true
		for i, name := range names {
			s, err := vv.Open(vv.Options{
				Name: name, Peers: []string{names[(i+1)%3], names[(i+2)%3]}, Path: name, FS: disktest.New(),
				Send: func(to string, m *vv.Message) {
					mu.Lock()
					lost, receiver := lossy, stores[to]
					mu.Unlock()
					if !lost {
						_ = receiver.Receive(m)
					}
				},
			})
			require.NoError(t, err)
			stores[name] = s
		}
		require.NoError(t, stores["a"].Put("k", vv.Reply{}, "x"))
		require.NoError(t, stores["b"].Put("k", vv.Reply{}, "y"))
		require.NoError(t, stores["c"].Put("l", vv.Reply{}, "z"))
		synctest.Wait()
		require.Empty(t, get(t, stores["c"], "k").Values)
		mu.Lock()
		lossy = false
		mu.Unlock()
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for _, name := range names {
			running.Go(func() { require.NoError(t, stores[name].Run(ctx, time.Second)) })
		}
		time.Sleep(10 * time.Second)
		cancel()
		running.Wait()
		for _, name := range names {
			require.Equal(t, []string{"x", "y"}, get(t, stores[name], "k").Values, name)
			require.Equal(t, []string{"z"}, get(t, stores[name], "l").Values, name)
		}
		for _, name := range names {
			require.NoError(t, stores[name].Close())
		}
	})
}

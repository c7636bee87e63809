package heartbeat

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
)

// TestANodeInABubble lets two nodes run with real goroutines and the bubble's
// time: the crash is noticed within the bound, a busy watcher marks no peer down,
// and a busy sender is not condemned.
func TestANodeInABubble(t *testing.T) {
	for name, phi := range map[string]*PhiOptions{"fixed": nil, "phi": {}} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { bubble(t, phi) }) })
	}
}

func bubble(t *testing.T, phi *PhiOptions) {
	wires := networktest.NewMemory()
	at, err := wires.Listen("a")
	require.NoError(t, err)
	bt, err := wires.Listen("b")
	require.NoError(t, err)
	var mu sync.Mutex
	var changes []Change
	a, err := New(Options{
		Name: "a", Endpoint: at, Watch: []string{"b", "never"}, Phi: phi,
		OnChange: func(c Change) {
			mu.Lock()
			changes = append(changes, c)
			mu.Unlock()
			time.Sleep(5 * time.Second) // it keeps the watcher from listening
		},
	})
	require.NoError(t, err)
	b, err := New(Options{Name: "b", Endpoint: bt, SendTo: map[string]string{"a": "a"}})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	running, crash := context.WithCancel(ctx)
	var wait sync.WaitGroup
	wait.Go(func() { require.NoError(t, a.Run(ctx)) })
	wait.Go(func() { require.NoError(t, b.Run(running)) })
	b.Do(func() { time.Sleep(3 * time.Second) })
	synctest.Wait()
	status, err := a.Status("b")
	require.NoError(t, err)
	require.Equal(t, Up, status)
	time.Sleep(10 * time.Second)
	synctest.Wait()
	mu.Lock()
	heard := changes
	mu.Unlock()
	require.Equal(t, []Change{{"never", Down, 0}}, heard, "a peer that was never heard is marked down, and no other")
	crash()
	time.Sleep(time.Second + 20*time.Millisecond + 100*time.Millisecond)
	synctest.Wait()
	status, err = a.Status("b")
	require.NoError(t, err)
	require.Equal(t, Down, status)
	stop()
	wait.Wait()
}

func TestImpossibleOptionsAreRefused(t *testing.T) {
	e, err := networktest.NewMemory().Listen("a")
	require.NoError(t, err)
	good := Options{Name: "a", Endpoint: e, Watch: []string{"b"}}
	for name, spoil := range map[string]func(*Options){
		"no name":         func(o *Options) { o.Name = "" },
		"long name":       func(o *Options) { o.Name = string(make([]byte, MaxName+1)) },
		"no endpoint":     func(o *Options) { o.Endpoint = nil },
		"watches itself":  func(o *Options) { o.Watch = []string{"a"} },
		"watches twice":   func(o *Options) { o.Watch = []string{"b", "b"} },
		"sends to itself": func(o *Options) { o.SendTo = map[string]string{"a": "a"} },
		"nanoseconds":     func(o *Options) { o.Interval = 100 },
		"negative":        func(o *Options) { o.Interval = -time.Second },
		"short timeout":   func(o *Options) { o.Interval, o.Timeout = time.Second, time.Second },
		"rare checks":     func(o *Options) { o.CheckEvery = time.Minute },
		"threshold":       func(o *Options) { o.Phi = &PhiOptions{Threshold: 13} },
		"NaN":             func(o *Options) { o.Phi = &PhiOptions{Threshold: math.NaN()} },
		"samples":         func(o *Options) { o.Phi = &PhiOptions{Samples: 1} },
	} {
		o := good
		spoil(&o)
		_, err := New(o)
		require.ErrorIs(t, err, ErrOptions, name)
	}
	n, err := New(good)
	require.NoError(t, err)
	_, err = n.Status("c")
	require.ErrorIs(t, err, ErrUnknownPeer)
}

func TestOfABadDatagramNothingIsTaken(t *testing.T) {
	e, err := networktest.NewMemory().Listen("a")
	require.NoError(t, err)
	n, err := New(Options{Name: "a", Endpoint: e, Watch: []string{"b"}})
	require.NoError(t, err)
	good := Heartbeat{"b", "a", 1, 1}
	damaged := good.Encode()
	for i := range damaged {
		bad := append([]byte(nil), damaged...)
		bad[i] ^= 1
		require.Error(t, n.Handle(bad), "byte %d", i)
		require.Error(t, n.Handle(damaged[:i]), "cut at %d", i)
	}
	require.ErrorIs(t, n.Handle([]byte("GET / HTTP/1.1")), ErrForeign)
	require.ErrorIs(t, n.Handle(append(damaged, make([]byte, 1000)...)), ErrDamaged)
	require.ErrorIs(t, n.Handle(Heartbeat{"b", "c", 1, 1}.Encode()), ErrMisdirected)
	require.ErrorIs(t, n.Handle(Heartbeat{"c", "a", 1, 1}.Encode()), ErrUnknownPeer)
	require.ErrorIs(t, n.Handle(Heartbeat{"b", "a", 0, 1}.Encode()), ErrDamaged)
	require.Zero(t, n.core.peers["b"].incarnation)
	require.NoError(t, n.Handle(damaged))
	require.EqualValues(t, 1, n.core.peers["b"].incarnation)
	require.LessOrEqual(t, len(Heartbeat{string(make([]byte, MaxName)), string(make([]byte, MaxName)), 1, 1}.Encode()), MaxDatagram)
}

func TestLivesSurvive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "incarnations")
	for n := range uint64(3) {
		count, err := IncarnationsFile(path).Count()
		require.NoError(t, err)
		require.Equal(t, n, count)
		require.NoError(t, IncarnationsFile(path).Begin(n+1))
	}
	for _, content := range []string{"", "3", "three\n", "-1\n", "3\n4\n"} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := IncarnationsFile(path).Count()
		require.ErrorIs(t, err, ErrIncarnations, "%q", content)
	}
	require.ErrorIs(t, IncarnationsFile(filepath.Join(path, "x")).Begin(1), ErrIncarnations)
}

// TestPhiReachesTheThresholdAtTheWindow holds the two forms of the same thing
// against each other.
func TestPhiReachesTheThresholdAtTheWindow(t *testing.T) {
	for _, threshold := range []float64{1, 3, 8, 12} {
		p, err := NewPhi(PhiOptions{Threshold: threshold, Samples: 20})
		require.NoError(t, err)
		require.EqualValues(t, unlimited, p.Window())
		for i := range 50 {
			p.Learn(int64(100 + i%7*5))
		}
		w := p.Window()
		require.GreaterOrEqual(t, p.Phi(w), threshold*0.999)
		require.Less(t, p.Phi(w-1), threshold)
		require.Greater(t, p.Phi(w*100), p.Phi(w*50), "it goes on growing where numbers end")
		require.False(t, math.IsInf(p.Phi(w*100), 0))
	}
}

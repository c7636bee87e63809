package heartbeat

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
)

const ms = time.Millisecond

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
	unblock := b.Block()
	time.Sleep(3 * time.Second)
	unblock()
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
		want := ErrDamaged
		if i < len(magic) {
			want = ErrForeign
			require.ErrorIs(t, n.Handle(damaged[:i]), ErrForeign, "cut at %d", i)
		} else {
			require.ErrorIs(t, n.Handle(damaged[:i]), ErrDamaged, "cut at %d", i)
		}
		require.ErrorIs(t, n.Handle(bad), want, "byte %d", i)
	}
	require.ErrorIs(t, n.Handle([]byte("GET / HTTP/1.1")), ErrForeign)
	require.ErrorIs(t, n.Handle(append(damaged, make([]byte, 1000)...)), ErrDamaged)
	require.ErrorIs(t, n.Handle(Heartbeat{"b", "c", 1, 1}.Encode()), ErrMisdirected)
	require.ErrorIs(t, n.Handle(Heartbeat{"c", "a", 1, 1}.Encode()), ErrUnknownPeer)
	require.ErrorIs(t, n.Handle(Heartbeat{"b", "a", 0, 1}.Encode()), ErrDamaged)
	require.ErrorIs(t, n.Handle(Heartbeat{"b", "a", 1, 0}.Encode()), ErrDamaged)
	cut := len(damaged) - len(magic)
	require.Equal(t, Rejected{Foreign: 2*len(magic) + 1, Damaged: 2*cut + 3, Misdirected: 1, Unknown: 1}, n.Rejected())
	require.Zero(t, n.core.peers["b"].incarnation)
	require.NoError(t, n.Handle(damaged))
	require.EqualValues(t, 1, n.core.peers["b"].incarnation)
}

// TestHeartbeatsAtTheLimits: the longest names, the largest numbers, one byte more.
func TestHeartbeatsAtTheLimits(t *testing.T) {
	longest := strings.Repeat("n", MaxName)
	for _, h := range []Heartbeat{{longest, longest, math.MaxUint64, math.MaxUint64}, {"a", "b", 1, 1}, {longest, "é", 1, 2}} {
		decoded, err := Decode(h.Encode())
		require.NoError(t, err)
		require.Equal(t, h, decoded)
	}
	largest := Heartbeat{longest, longest, 1, 1}.Encode()
	require.Len(t, largest, MaxDatagram)
	_, err := Decode(append(largest, 0))
	require.ErrorContains(t, err, "at most 154 make sense", "one byte more")
	for _, h := range []Heartbeat{{longest + "n", "b", 1, 1}, {"a", longest + "n", 1, 1}, {"", "b", 1, 1}, {"a", "", 1, 1}, {"a\xff", "b", 1, 1}} {
		_, err := Decode(h.Encode())
		require.ErrorIs(t, err, ErrDamaged, "%q", h)
	}
	// Whole by the checksum, and yet with names that go on behind the end, or a byte too many.
	for _, spoil := range []func(b []byte) []byte{
		func(b []byte) []byte { return append(b, 0) },
		func(b []byte) []byte { return b[:len(b)-1] },
		func(b []byte) []byte { return b[:len(b)-2] },
		func(b []byte) []byte { return b[:fixedBytes] },
		func(b []byte) []byte { b[fixedBytes] = 255; return b },
	} {
		b := spoil(Heartbeat{"a", "b", 1, 1}.Encode())
		binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[8:], castagnoli))
		_, err := Decode(b)
		require.ErrorIs(t, err, ErrDamaged, "%q", b)
	}
}

// TestTimesAtTheirLimits: the defaults, and the first and the last that make sense.
func TestTimesAtTheirLimits(t *testing.T) {
	e, err := networktest.NewMemory().Listen("a")
	require.NoError(t, err)
	complete := func(o Options) (Options, error) {
		o.Name, o.Endpoint = "a", e
		return o.complete()
	}
	o, err := complete(Options{})
	require.NoError(t, err)
	require.Equal(t, [5]time.Duration{100 * ms, 20 * ms, 1000 * ms, 100 * ms, 200 * ms}, [5]time.Duration{o.Interval, o.Delay, o.Timeout, o.CheckEvery, o.Tolerance})
	o, err = complete(Options{Interval: 3 * ms, Tolerance: -ms})
	require.NoError(t, err)
	require.Equal(t, [5]time.Duration{3 * ms, 0, 30 * ms, 3 * ms, 0}, [5]time.Duration{o.Interval, o.Delay, o.Timeout, o.CheckEvery, o.Tolerance})
	config := o.core(7)
	require.Equal(t, [6]int64{3, 3, 0, 30, 30, 7}, [6]int64{config.Interval, config.CheckEvery, config.Tolerance, config.Floor, config.Ceiling, int64(config.Incarnations)})
	require.False(t, config.Sends)
	o.Phi, o.SendTo = &PhiOptions{}, map[string]string{"b": "b"}
	require.EqualValues(t, 4, o.core(7).Floor, "longer than what a peer that is well may need")
	require.True(t, o.core(7).Sends)

	const longest = math.MaxInt32 / 4 * ms
	for name, good := range map[string]Options{
		"timeout":     {Interval: 100 * ms, Delay: 20 * ms, Timeout: 121 * ms},
		"rare checks": {Timeout: 500 * ms, CheckEvery: 500 * ms},
		"longest":     {Interval: ms, Timeout: longest, CheckEvery: longest, Tolerance: longest},
	} {
		_, err := complete(good)
		require.NoError(t, err, name)
	}
	for name, bad := range map[string]Options{
		"timeout":     {Interval: 100 * ms, Delay: 20 * ms, Timeout: 120 * ms},
		"rare checks": {Timeout: 500 * ms, CheckEvery: 501 * ms},
		"longest":     {Interval: ms, Timeout: longest + ms},
		"delay":       {Delay: -ms},
		"send to":     {SendTo: map[string]string{"": "x"}},
		"watch":       {Watch: []string{"b", ""}},
	} {
		_, err := complete(bad)
		require.ErrorIs(t, err, ErrOptions, name)
	}
}

// TestSuspicionGrowsUntilThePeerIsDown.
func TestSuspicionGrowsUntilThePeerIsDown(t *testing.T) {
	var now time.Duration
	e, err := networktest.NewMemory().Listen("a")
	require.NoError(t, err)
	n, err := New(Options{Name: "a", Endpoint: e, Watch: []string{"b"}, Clock: clocktest.New(func() time.Duration { return now })})
	require.NoError(t, err)
	require.EqualValues(t, 1, n.Incarnation())
	for now = 0; now <= 1000*ms; now += 100 * ms {
		n.CheckIfDue()
		level, err := n.Suspicion("b")
		require.NoError(t, err)
		require.InDelta(t, float64(now)/float64(1000*ms), level, 1e-9)
		status, err := n.Status("b")
		require.NoError(t, err)
		require.Equal(t, level >= 1, status == Down)
	}
	_, err = n.Suspicion("c")
	require.ErrorIs(t, err, ErrUnknownPeer)
}

// failing is an endpoint that cannot send to one other.
type failing struct {
	network.Endpoint
	to  string
	why error
}

func (e failing) Send(to string, datagram []byte) error {
	if to == e.to {
		return e.why
	}
	return e.Endpoint.Send(to, datagram)
}

// TestASendThatFailsStopsNoOther: the other watchers get the heartbeat, the caller gets the
// error, and the next heartbeat is due an interval later and has the next number.
func TestASendThatFailsStopsNoOther(t *testing.T) { synctest.Test(t, sendThatFails) }

func sendThatFails(t *testing.T) {
	wires := networktest.NewMemory()
	at := map[string]network.Endpoint{}
	for _, name := range []string{"a", "b", "c", "d"} {
		e, err := wires.Listen(name)
		require.NoError(t, err)
		at[name] = e
	}
	var now time.Duration
	why := errors.New("no route")
	n, err := New(Options{
		Name: "a", Endpoint: failing{at["a"], "c", why}, SendTo: map[string]string{"b": "b", "c": "c", "d": "d"},
		Interval: 100 * ms, Clock: clocktest.New(func() time.Duration { return now }),
	})
	require.NoError(t, err)
	for number := range uint64(3) {
		now += 100 * ms
		next, err := n.SendIfDue()
		require.ErrorIs(t, err, why)
		require.Equal(t, 100*ms, next)
		for _, to := range []string{"b", "d"} {
			_, datagram, err := at[to].Receive()
			require.NoError(t, err)
			h, err := Decode(datagram)
			require.NoError(t, err)
			require.Equal(t, Heartbeat{"a", to, 1, number + 1}, h)
		}
	}
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

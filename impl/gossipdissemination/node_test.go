package gossipdissemination

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
)

// onUDP starts a node on a real socket; first is the seed, if there is one.
func onUDP(t *testing.T, name string, first *Node, change func(o *Options)) *Node {
	t.Helper()
	e, err := network.ListenUDP("127.0.0.1:0")
	require.NoError(t, err)
	o := Options{Name: name, Endpoint: e, Interval: 50 * time.Millisecond, Fanout: 2, SuspicionRounds: 1000}
	if first != nil {
		o.Seeds = map[string]string{first.options.Name: first.options.Endpoint.Name()}
	}
	if change != nil {
		change(&o)
	}
	n, err := Join(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 30*time.Second, 5*time.Millisecond, what)
}

// TestConcurrentNodesConverge: many goroutines use eight nodes. What a node knows of
// another only grows; once the updates end, all nodes know the same, and all are alive.
func TestConcurrentNodesConverge(t *testing.T) {
	const members, writers, each = 8, 4, 50
	var nodes []*Node
	var names []string
	for i := range members {
		var first *Node
		if i > 0 {
			first = nodes[0]
		}
		names = append(names, fmt.Sprintf("n%d", i))
		nodes = append(nodes, onUDP(t, names[i], first, func(o *Options) { o.Random = uint64(i) }))
	}
	var writing, reading sync.WaitGroup
	var done atomic.Bool
	for i, n := range nodes {
		for w := range writers {
			writing.Go(func() {
				for j := range each {
					if err := n.Set(fmt.Sprint("k", (w+j)%6), fmt.Sprint(i, ".", w, ".", j)); err != nil {
						t.Error(err)
					}
					time.Sleep(2 * time.Millisecond)
				}
			})
		}
		reading.Go(func() {
			versions := map[string]uint32{}
			for !done.Load() {
				for _, owner := range n.Owners() {
					e, _ := n.Known(owner)
					if e.Ver < versions[owner] {
						t.Errorf("%s knew %s up to %d, and now up to %d", names[i], owner, versions[owner], e.Ver)
					}
					versions[owner] = e.Ver
					n.Get(owner, "k0")
					e.Vals["k0"] = Value{"mine", 0} // it is a copy
				}
				n.Stats()
				time.Sleep(time.Millisecond)
			}
		})
	}
	writing.Wait()
	eventually(t, "all know the same", func() bool { return agree(nodes) })
	eventually(t, "all are alive", func() bool {
		for _, n := range nodes {
			for _, owner := range names {
				if e, _ := n.Known(owner); e.Status != Alive || len(e.Vals) != 7 {
					return false
				}
			}
		}
		return true
	})
	done.Store(true)
	reading.Wait()
	for i, n := range nodes {
		e, _ := n.Known(names[i])
		require.EqualValues(t, 1+writers*each, e.Ver, "no update is lost")
		require.Zero(t, n.Stats().Dropped)
		require.Positive(t, n.Stats().SentBytes)
		require.NoError(t, n.Err())
	}
}

// TestBadDatagramsAreDropped: they are counted, and do no harm.
func TestBadDatagramsAreDropped(t *testing.T) {
	a := onUDP(t, "a", nil, func(o *Options) { o.Interval = time.Hour })
	require.NoError(t, a.Set("load", "1"))
	stranger, err := network.ListenUDP("127.0.0.1:0")
	require.NoError(t, err)
	defer stranger.Close()
	good := &Message{Kind: KindDigest, From: "s", To: "a", Whole: true}
	delta := &Message{Kind: KindDelta, From: "s", To: "a", Entries: map[string]Delta{"s": {Digest: owned(1, 1, 0, Alive), Vals: map[string]Value{"k": {"v", 1}}}}}
	change := func(m Message, change func(m *Message)) []byte {
		change(&m)
		return m.Encode(nil)
	}
	flipped := delta.Encode(nil)
	flipped[10] ^= 4
	probe := (&probe{ping, "s", "a", 1}).encode()
	bad := [][]byte{
		{}, {wireVersion}, []byte("GET / HTTP/1.1\r\n\r\n"), make([]byte, network.MaxDatagram), flipped,
		delta.Encode(nil)[:20], append(delta.Encode(nil), 0), probe[:len(probe)-1], append(probe, 1),
		change(*delta, func(m *Message) { m.To = "b" }),
		change(*delta, func(m *Message) { m.From = "a" }),
		change(*delta, func(m *Message) { m.From = strings.Repeat("s", maxName+1) }),
		change(*delta, func(m *Message) { m.Entries = map[string]Delta{"s": {Digest: owned(1, maxNumber+1, 0, Alive)}} }),
		change(*good, func(m *Message) { m.Digests = map[string]Digest{"a": owned(2, 0, 0, Alive)} }),
		change(*delta, func(m *Message) {
			m.Entries = map[string]Delta{"a": {Digest: owned(2, 0, 0, Alive)}, "s": delta.Entries["s"]}
		}),
	}
	before, _ := a.Known("a")
	for i, b := range bad {
		require.NoError(t, stranger.Send(a.options.Endpoint.Name(), b))
		eventually(t, fmt.Sprint("datagram ", i, " is dropped"), func() bool { return a.Stats().Dropped == i+1 })
	}
	require.Equal(t, []string{"a"}, a.Owners())
	after, _ := a.Known("a")
	require.Equal(t, before, after)
	require.Zero(t, a.Stats().SentBytes, "no datagram was answered")
	require.ErrorIs(t, a.Err(), ErrGeneration, "the last two mean something: the sender knows a later generation")

	require.NoError(t, stranger.Send(a.options.Endpoint.Name(), good.Encode(nil)))
	_, b, err := stranger.Receive()
	require.NoError(t, err)
	m, err := Decode(b)
	require.NoError(t, err)
	require.Equal(t, "1", m.Entries["a"].Vals["load"].Val, "a valid digest is answered")
	require.Equal(t, []string{"a"}, a.Owners(), "a digest brings nothing")
	require.NoError(t, stranger.Send(a.options.Endpoint.Name(), (&Message{Kind: KindDelta, From: "s", To: "a", Entries: delta.Entries}).Encode(nil)))
	eventually(t, "the delta is merged", func() bool { v, _ := a.Get("s", "k"); return v == "v" })
	require.Len(t, bad, a.Stats().Dropped)
}

// TestProbesAreAnsweredAndRelayed: a node answers pings for itself only, and relays
// those for others.
func TestProbesAreAnsweredAndRelayed(t *testing.T) {
	a := onUDP(t, "a", nil, func(o *Options) { o.Interval = time.Hour })
	s, err := network.ListenUDP("127.0.0.1:0")
	require.NoError(t, err)
	defer s.Close()
	at := a.options.Endpoint.Name()
	defer time.AfterFunc(30*time.Second, func() { _ = s.Close() }).Stop() // ends a receive that waits in vain
	receive := func() *probe {
		_, b, err := s.Receive()
		require.NoError(t, err)
		p, err := decodeProbe(b)
		require.NoError(t, err)
		return p
	}
	require.NoError(t, s.Send(at, (&probe{ping, "s", "b", 6}).encode()))
	require.NoError(t, s.Send(at, (&probe{pingFor, "s", "b", 6}).encode()))
	require.NoError(t, s.Send(at, (&probe{ack, "s", "s", 6}).encode()))
	require.NoError(t, s.Send(at, (&probe{ping, "s", "a", 7}).encode()))
	require.Equal(t, &probe{ack, "a", "a", 7}, receive(), "the address of b is not known")

	delta := &Message{Kind: KindDelta, From: "s", To: "a", Entries: map[string]Delta{"b": {Digest: owned(1, 1, 0, Alive), Vals: map[string]Value{AddressKey: {s.Name(), 1}}}}}
	require.NoError(t, s.Send(at, delta.Encode(nil)))
	require.NoError(t, s.Send(at, (&probe{pingFor, "s", "b", 9}).encode()))
	asked := receive()
	require.Equal(t, &probe{ping, "a", "b", asked.number}, asked)
	require.NotEqualValues(t, 9, asked.number, "with a number of its own")
	require.NoError(t, s.Send(at, (&probe{ack, "b", "b", asked.number}).encode()))
	require.Equal(t, &probe{ack, "a", "b", 9}, receive())
}

// TestTooLargeValuesAreRejected: the largest that is allowed gets through.
func TestTooLargeValuesAreRejected(t *testing.T) {
	for _, limit := range []int{minMessage, 1400, network.MaxDatagram} {
		simulate(t, func(s *simulation) {
			change := func(o *Options) { o.MaxMessage = limit }
			a, b := s.join("a", change), s.join("b", change)
			most := strings.Repeat("v", a.options.item()-1)
			require.NoError(t, b.Set("k", most))
			for _, err := range []error{b.Set("k", most+"v"), b.Set("kk", most), b.Set(most+"vv", "")} {
				require.ErrorIs(t, err, ErrTooLarge)
				require.ErrorContains(t, err, fmt.Sprintf("%d bytes, and %d are allowed", len(most)+2, len(most)+1))
			}
			s.until(2 * time.Second)
			v, ok := a.Get("b", "k")
			require.True(t, ok)
			require.Equal(t, most, v)
			_, ok = a.Get("b", "kk")
			require.False(t, ok)
		})
	}
}

func TestBadOptionsAreRejected(t *testing.T) {
	e, err := networktest.NewMemory().Listen("a")
	require.NoError(t, err)
	for want, change := range map[string]func(o *Options){
		"the name must have 1 to 48 bytes, not 0":  func(o *Options) { o.Name = "" },
		"the name must have 1 to 48 bytes, not 49": func(o *Options) { o.Name = strings.Repeat("a", maxName+1) },
		"Endpoint":                             func(o *Options) { o.Endpoint = nil },
		"negative":                             func(o *Options) { o.Interval = -1 },
		"must not be negative":                 func(o *Options) { o.Fanout = -1 },
		"Helpers":                              func(o *Options) { o.Helpers = -1 },
		"SuspicionRounds must not be negative": func(o *Options) { o.SuspicionRounds = -1 },
		"to 65507 bytes, not 383":              func(o *Options) { o.MaxMessage = minMessage - 1 },
		"from 384 to 65507 bytes":              func(o *Options) { o.MaxMessage = network.MaxDatagram + 1 },
		"LastGeneration 2147483646":            func(o *Options) { o.LastGeneration = maxNumber - 1 },
		`the seed "b" has the address`:         func(o *Options) { o.Seeds = map[string]string{"b": ""} },
		`the seed "" has the address "b`:       func(o *Options) { o.Seeds = map[string]string{"": "b"} },
		`the seed "aaa`:                        func(o *Options) { o.Seeds = map[string]string{strings.Repeat("a", maxName+1): "b"} },
	} {
		o := Options{Name: "a", Endpoint: e}
		change(&o)
		_, err := Join(o)
		require.ErrorIs(t, err, ErrOptions, want)
		require.ErrorContains(t, err, want)
	}
	o := Options{Name: strings.Repeat("a", maxName), Endpoint: e, MaxMessage: minMessage, LastGeneration: maxNumber - 2}
	n, err := Join(o)
	require.NoError(t, err, "these are the limits")
	require.NoError(t, n.Close())
}

// TestAGenerationIsDurableBeforeItsFirstMessage: if Durable fails, there is no message.
func TestAGenerationIsDurableBeforeItsFirstMessage(t *testing.T) {
	simulate(t, func(s *simulation) {
		why := errors.New("no")
		var asked []uint32
		durable := func(err error) func(uint32) error {
			return func(generation uint32) error {
				asked = append(asked, generation)
				time.Sleep(time.Second)
				require.Empty(t, s.sent, "no message was sent")
				return err
			}
		}
		o := Options{Name: "b", Endpoint: s.listen("b"), Seeds: map[string]string{"a": "a"}, LastGeneration: 6, Durable: durable(why)}
		_, err := Join(o)
		require.ErrorIs(t, err, why)
		require.ErrorContains(t, err, "generation 7")
		s.until(time.Minute)
		require.Empty(t, s.sent)
		o.Zone = strings.Repeat("z", 600)
		_, err = Join(o)
		require.ErrorIs(t, err, ErrTooLarge)
		require.Equal(t, []uint32{7}, asked, "no number is used up")
		o.Zone, o.Durable = "z", durable(nil)
		n, err := Join(o) // on the same endpoint
		require.NoError(t, err)
		require.Equal(t, []uint32{7, 7}, asked)
		require.EqualValues(t, 7, n.Generation())
		require.NoError(t, n.Close())
	})
}

// TestAnImpostorIsDetected: a message names a later generation, or more of the present
// one.
func TestAnImpostorIsDetected(t *testing.T) {
	e, err := networktest.NewMemory().Listen("b")
	require.NoError(t, err)
	n, err := newNode(Options{Name: "b", Endpoint: e, Zone: "z", LastGeneration: 2})
	require.NoError(t, err)
	for claim, wrong := range map[Digest]bool{
		{}: false, owned(3, 2, 0, Alive): false, owned(3, 1, 0, Dead): false, owned(2, 9, 9, Left): false,
		owned(4, 0, 0, Alive): true, owned(3, 3, 0, Alive): true, owned(3, 2, 1, Alive): true, owned(3, 2, 0, Left): true,
	} {
		for _, m := range []*Message{{Digests: map[string]Digest{"b": claim}}, {Entries: map[string]Delta{"b": {Digest: claim}}}} {
			if err := n.checkImpostor(m); wrong {
				require.ErrorIs(t, err, ErrGeneration, "%v", claim)
			} else {
				require.NoError(t, err, "%v", claim)
			}
		}
	}
}

// TestGenerationFileKeepsTheLastNumber: a file with anything else is an error.
func TestGenerationFileKeepsTheLastNumber(t *testing.T) {
	path := filepath.Join(t.TempDir(), "generation")
	file := GenerationFile(path)
	for generation := range uint32(3) {
		last, err := file.Last()
		require.NoError(t, err)
		require.Equal(t, generation, last)
		e, err := networktest.NewMemory().Listen("a")
		require.NoError(t, err)
		n, err := Join(Options{Name: "a", Endpoint: e, LastGeneration: last, Durable: file.Keep})
		require.NoError(t, err)
		require.Equal(t, generation+1, n.Generation())
		require.NoError(t, n.Close())
	}
	require.NoError(t, file.Keep(maxNumber))
	last, err := file.Last()
	require.NoError(t, err)
	require.EqualValues(t, maxNumber, last)
	require.NoError(t, file.Keep(maxNumber+1))
	_, err = file.Last()
	require.ErrorContains(t, err, path)
	_, err = GenerationFile(filepath.Join(path, "x")).Last()
	require.Error(t, err)
	require.Error(t, GenerationFile(filepath.Join(path, "x")).Keep(1))
}

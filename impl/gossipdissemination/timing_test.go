package gossipdissemination

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
)

// town is nodes with real goroutines and a bubble's time, on a network in memory.
type town struct {
	t     *testing.T
	net   *networktest.Memory
	links *networktest.Conditions
	begun time.Time
	mu    sync.Mutex
	sent  []datagram
}

// datagram is what was sent.
type datagram struct {
	at       time.Duration
	from, to string
	kind     Kind
	size     int
}

// inTown runs a test in a bubble. All nodes that it has started are closed at
// its end, and a goroutine that is left over fails it.
func inTown(t *testing.T, test func(tn *town)) {
	synctest.Test(t, func(t *testing.T) {
		test(&town{t: t, net: networktest.NewMemory(), links: networktest.NewConditions(1, networktest.Faults{}), begun: time.Now()})
	})
}

// tap is an endpoint of which is noted what it sends.
type tap struct {
	network.Endpoint
	*town
}

func (e tap) Send(to string, b []byte) error {
	e.mu.Lock()
	e.sent = append(e.sent, datagram{time.Since(e.begun), e.Name(), to, Kind(b[1]), len(b)})
	e.mu.Unlock()
	return e.Endpoint.Send(to, b)
}

func (tn *town) listen(name string) network.Endpoint {
	tn.t.Helper()
	e, err := tn.net.Listen(name)
	require.NoError(tn.t, err)
	return tap{networktest.Through(tn.links, e), tn}
}

// join starts a node whose address is its name, and lets it have its first round.
// The seed is "a".
func (tn *town) join(name string, change func(o *Options)) *Node {
	tn.t.Helper()
	o := Options{Name: name, Endpoint: tn.listen(name), Seeds: map[string]string{"a": "a"}, Patience: 3}
	if change != nil {
		change(&o)
	}
	n, err := Join(o)
	require.NoError(tn.t, err)
	tn.t.Cleanup(func() { require.NoError(tn.t, n.Close()) })
	synctest.Wait()
	return n
}

// until lets time pass, to a time since the beginning, and all that happens then.
func (tn *town) until(at time.Duration) {
	time.Sleep(at - time.Since(tn.begun))
	synctest.Wait()
}

// what returns what a node has sent of some kind.
func (tn *town) what(from string, kind Kind) (list []datagram) {
	tn.mu.Lock()
	defer tn.mu.Unlock()
	for _, d := range tn.sent {
		if d.from == from && d.kind == kind {
			list = append(list, d)
		}
	}
	return list
}

// thinks says what a node thinks of another.
func thinks(n *Node, of string) string {
	e, ok := n.Known(of)
	if !ok {
		return "nothing"
	}
	return fmt.Sprint(e.Status, " ", e.Gen, ".", e.Inc)
}

// TestRounds come at their interval; each has so many digests, to as many nodes,
// and one question.
func TestRounds(t *testing.T) {
	inTown(t, func(tn *town) {
		tn.join("a", func(o *Options) { o.Fanout, o.Choose, o.Interval = 3, LeastContacted, 4*time.Second })
		for _, name := range []string{"b", "c", "d", "e", "f"} {
			tn.join(name, func(o *Options) { o.Interval = time.Hour })
		}
		tn.until(42 * time.Second)
		rounds, contacted := map[time.Duration][]string{}, map[string]int{}
		for _, d := range tn.what("a", Digests) {
			rounds[d.at] = append(rounds[d.at], d.to)
			contacted[d.to]++
		}
		asked := tn.what("a", ping)
		require.Len(t, asked, 10)
		for i := range 10 {
			at := time.Duration(i+1) * 4 * time.Second
			require.Equal(t, at, asked[i].at)
			require.Len(t, rounds[at], 3)
			require.NotEqual(t, rounds[at][0], rounds[at][1])
			require.NotEqual(t, rounds[at][0], rounds[at][2])
			require.NotEqual(t, rounds[at][1], rounds[at][2])
		}
		require.Len(t, rounds, 10)
		require.Len(t, contacted, 5)
		for name, count := range contacted {
			require.Equal(t, 6, count, name)
		}
		require.Empty(t, tn.what("a", pingFor), "all have answered")
	})
}

// TestSilenceIsSuspectedAndBuried: at the end of the turn in which nobody has
// heard from it, and Patience rounds later.
func TestSilenceIsSuspectedAndBuried(t *testing.T) {
	inTown(t, func(tn *town) {
		a := tn.join("a", nil)
		b := tn.join("b", nil)
		tn.until(5300 * time.Millisecond)
		require.Equal(t, "alive 1.0", thinks(a, "b"))
		require.NoError(t, b.Close())
		for _, then := range []struct {
			at     time.Duration
			thinks string
		}{{6999, "alive 1.0"}, {7000, "suspect 1.0"}, {9999, "suspect 1.0"}, {10000, "dead 1.0"}, {60000, "dead 1.0"}} {
			tn.until(then.at * time.Millisecond)
			require.Equal(t, then.thinks, thinks(a, "b"), "after %d ms", then.at)
		}
		last := tn.what("a", ping)
		require.Equal(t, 9*time.Second, last[len(last)-1].at, "the dead are not asked")
		calls := 0
		for _, d := range tn.what("a", Digests) {
			if d.at > 10*time.Second {
				calls++
			}
		}
		require.Equal(t, 50, calls, "but told, if there is nobody else")

		again := tn.join("b", func(o *Options) { o.LastGeneration = 1 })
		tn.until(61 * time.Second)
		require.Equal(t, "alive 2.0", thinks(a, "b"))
		require.Equal(t, "alive 2.0", thinks(again, "b"))
	})
}

// TestOthersAsk for a node that cannot reach another: as long as one can, it is
// not suspected.
func TestOthersAsk(t *testing.T) {
	inTown(t, func(tn *town) {
		a := tn.join("a", nil)
		b := tn.join("b", nil)
		c := tn.join("c", nil)
		tn.until(3 * time.Second)
		tn.links.Partition([]string{"a"}, []string{"b"})
		for second := range time.Duration(60) {
			tn.until((4 + second) * time.Second)
			require.Equal(t, "alive 1.0", thinks(a, "b"))
			require.Equal(t, "alive 1.0", thinks(b, "a"))
			require.Equal(t, "alive 1.0", thinks(c, "b"))
		}
		helped := tn.what("a", pingFor)
		require.NotEmpty(t, helped)
		for _, d := range helped {
			require.Equal(t, "c", d.to)
			require.Equal(t, 500*time.Millisecond, d.at%time.Second, "half a round after the question")
		}
		tn.links.Partition([]string{"c"}, []string{"b"})
		tn.until(72 * time.Second)
		require.Equal(t, "dead 1.0", thinks(a, "b"))
		require.Equal(t, "dead 1.0", thinks(c, "b"))
		require.Equal(t, "alive 1.0", thinks(c, "a"))
	})
}

// TestAPartHealed: who was thought to be dead on the other side refutes it.
func TestAPartHealed(t *testing.T) {
	inTown(t, func(tn *town) {
		names := []string{"a", "b", "c", "d"}
		var nodes []*Node
		for _, name := range names {
			nodes = append(nodes, tn.join(name, nil))
		}
		tn.until(5 * time.Second)
		tn.links.Partition(names[:2], names[2:])
		tn.until(30 * time.Second)
		require.Equal(t, "dead 1.0", thinks(nodes[0], "d"))
		require.Equal(t, "dead 1.0", thinks(nodes[2], "b"))
		require.Equal(t, "alive 1.0", thinks(nodes[0], "b"))
		require.NoError(t, nodes[1].Set("load", "1"))
		require.NoError(t, nodes[3].Set("load", "2"))
		tn.links.Heal()
		tn.until(60 * time.Second)
		for _, n := range nodes {
			for _, other := range names {
				require.Equal(t, "alive 1.1", thinks(n, other))
			}
			one, _ := n.Get("b", "load")
			two, _ := n.Get("d", "load")
			require.Equal(t, "12", one+two)
		}
	})
}

// TestRefutingAtOnce: who hears that it is suspected does not wait for its round.
func TestRefutingAtOnce(t *testing.T) {
	inTown(t, func(tn *town) {
		a := tn.join("a", nil)
		b := tn.join("b", func(o *Options) { o.Interval = time.Hour })
		tn.until(2 * time.Second)
		a.mu.Lock()
		require.NoError(t, a.core.Suspect("b"))
		m, err := a.core.Answer(&Message{Kind: Digests, From: "b", To: "a", Marks: map[string]Mark{"b": b.core.Mark("b")}}, Everything)
		a.mu.Unlock()
		require.NoError(t, err)
		require.NoError(t, a.options.Endpoint.Send("b", m.Encode(nil)))
		synctest.Wait()
		require.Equal(t, 2*time.Second, time.Since(tn.begun))
		require.Equal(t, "alive 1.1", thinks(a, "b"))
	})
}

// TestLeaving takes two rounds, in which all hear of it; after that nobody asks.
func TestLeaving(t *testing.T) {
	inTown(t, func(tn *town) {
		a := tn.join("a", nil)
		b := tn.join("b", nil)
		tn.join("c", nil)
		tn.until(5 * time.Second)
		left := make(chan error)
		go func() { left <- b.Leave() }()
		synctest.Wait()
		require.Equal(t, "left 1.0", thinks(a, "b"), "at once")
		require.ErrorIs(t, b.Set("load", "1"), ErrStopped)
		require.ErrorIs(t, b.Leave(), ErrStopped)
		require.NoError(t, <-left)
		require.Equal(t, 7*time.Second, time.Since(tn.begun))
		synctest.Wait()
		count := len(tn.what("b", ack)) + len(tn.what("b", Digests))
		tn.until(60 * time.Second)
		require.Equal(t, "left 1.0", thinks(a, "b"))
		require.Equal(t, count, len(tn.what("b", ack))+len(tn.what("b", Digests)))
		for _, kind := range []Kind{ping, pingFor, Digests, Deltas} {
			for _, d := range tn.what("a", kind) {
				require.False(t, d.to == "b" && d.at > 7*time.Second, "%+v", d)
			}
		}
	})
}

// TestClosingStopsEverything, also a goodbye that is under way.
func TestClosingStopsEverything(t *testing.T) {
	inTown(t, func(tn *town) {
		a := tn.join("a", nil)
		b := tn.join("b", nil)
		tn.until(5200 * time.Millisecond)
		left := make(chan error)
		go func() { left <- b.Leave() }()
		synctest.Wait()
		require.NoError(t, b.Close())
		require.NoError(t, <-left)
		require.NoError(t, a.Close())
		require.Equal(t, 5200*time.Millisecond, time.Since(tn.begun))
		synctest.Wait()
		count := len(tn.sent)
		tn.until(time.Hour)
		require.Len(t, tn.sent, count)
		for _, n := range []*Node{a, b} {
			require.NoError(t, n.Close(), "a second time")
			require.ErrorIs(t, n.Set("load", "1"), ErrStopped)
			require.ErrorIs(t, n.Leave(), ErrStopped)
			require.Empty(t, n.Owners())
			_, _, err := n.options.Endpoint.Receive()
			require.ErrorIs(t, err, network.ErrClosed)
			require.NoError(t, n.Err())
		}
	})
}

// TestASeedThatComesLate is found all the same, though the caller's map of seeds
// has changed since.
func TestASeedThatComesLate(t *testing.T) {
	inTown(t, func(tn *town) {
		seeds := map[string]string{"a": "a"}
		b := tn.join("b", func(o *Options) { o.Seeds = seeds })
		delete(seeds, "a")
		seeds["x"] = "x"
		tn.until(5 * time.Second)
		require.Equal(t, []string{"b"}, b.Owners())
		for _, d := range tn.sent {
			require.Equal(t, "a", d.to)
		}
		tn.join("a", nil)
		tn.until(6 * time.Second)
		require.Equal(t, []string{"a", "b"}, b.Owners())
	})
}

// TestALostGenerationIsNoticed: the number of an earlier life, or of the last one.
func TestALostGenerationIsNoticed(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		for _, last := range []uint32{0, 1} {
			inTown(t, func(tn *town) {
				a := tn.join("a", nil)
				b := tn.join("b", func(o *Options) { o.LastGeneration = 1 })
				require.NoError(t, b.Set("load", "1"))
				tn.until(2 * time.Second)
				require.NoError(t, b.Err())
				if leaves {
					require.NoError(t, b.Leave())
				} else {
					require.NoError(t, b.Close())
				}
				before, _ := a.Known("b")
				b = tn.join("b", func(o *Options) { o.LastGeneration = last })
				tn.until(6 * time.Second)
				require.ErrorIs(t, b.Err(), ErrGeneration)
				require.Positive(t, b.Stats().Dropped)
				e, _ := b.Known("b")
				require.NotContains(t, e.Vals, "load", "nothing of the other life")
				e, _ = a.Known("b")
				require.Equal(t, before.Vals, e.Vals)
				require.Equal(t, before.Gen, e.Gen)
				require.NoError(t, b.Close())

				b = tn.join("b", func(o *Options) { o.LastGeneration = 2 })
				tn.until(10 * time.Second)
				require.NoError(t, b.Err())
				require.Equal(t, "alive 3.0", thinks(a, "b"))
			})
		}
	}
}

// broken is an endpoint that fails.
type broken struct {
	network.Endpoint
	err error
}

func (e broken) Receive() (string, []byte, error) { return "", nil, e.err }

// TestANetworkThatFails is said, and closing is none.
func TestANetworkThatFails(t *testing.T) {
	inTown(t, func(tn *town) {
		why := errors.New("no")
		b := tn.join("b", func(o *Options) { o.Endpoint = broken{o.Endpoint, why} })
		tn.until(time.Second)
		require.ErrorIs(t, b.Err(), ErrNetwork)
		require.ErrorIs(t, b.Err(), why)
		require.NoError(t, b.Set("load", "1"), "it still speaks")
	})
}

// TestMessagesOfNodesKeepToTheirLimit: many nodes that tell as much of themselves
// as they may, through a network that loses and repeats, and in messages that
// have room for a few of them.
func TestMessagesOfNodesKeepToTheirLimit(t *testing.T) {
	inTown(t, func(tn *town) {
		tn.links.Change(networktest.Faults{Lose: 10, Repeat: 10, MaxDelay: 100 * time.Millisecond})
		var nodes []*Node
		for i := range 12 {
			name := "a"
			if i > 0 {
				name = fmt.Sprintf("%0*d", maxName, i)
			}
			n := tn.join(name, func(o *Options) { o.MaxMessage, o.Random, o.Zone = 400, uint64(i), "z" })
			for key := range 3 {
				require.NoError(t, n.Set(fmt.Sprint(key), fmt.Sprintf("%0*d", n.options.item()-1, i)))
			}
			nodes = append(nodes, n)
		}
		limit := 0
		for agreed := false; !agreed; time.Sleep(time.Second) {
			limit++
			require.Less(t, limit, 600)
			agreed = agree(nodes)
		}
		synctest.Wait()
		for _, d := range tn.sent {
			require.LessOrEqual(t, d.size, 400, "%+v", d)
		}
	})
}

// agree says whether all nodes have all values of each other.
func agree(nodes []*Node) (all bool) {
	all = true
	Look(nodes, func(cores []*Core) {
		for _, c := range cores {
			for _, owner := range cores {
				e, own := c.entry(owner.Name()), owner.own()
				all = all && own != nil && same(Entry{Mark: owned(e.Gen, e.Ver, 0, 0), Vals: e.Vals}, Entry{Mark: owned(own.Gen, own.Ver, 0, 0), Vals: own.Vals})
			}
		}
	})
	return all
}

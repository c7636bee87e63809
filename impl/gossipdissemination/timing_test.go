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

// simulation is nodes with real goroutines and a bubble's time, on a network in memory.
type simulation struct {
	t     *testing.T
	net   *networktest.Memory
	links *networktest.Conditions
	begun time.Time
	mu    sync.Mutex
	sent  []datagram
}

// datagram is one that was sent.
type datagram struct {
	at       time.Duration
	from, to string
	kind     Kind
	size     int
}

// simulate runs a test in a bubble. All nodes that it has started are closed at its end,
// and a goroutine that is left over fails it.
func simulate(t *testing.T, test func(s *simulation)) {
	synctest.Test(t, func(t *testing.T) {
		test(&simulation{t: t, net: networktest.NewMemory(), links: networktest.NewConditions(1, networktest.Faults{}), begun: time.Now()})
	})
}

// tap is an endpoint that records what it sends.
type tap struct {
	network.Endpoint
	*simulation
}

func (e tap) Send(to string, b []byte) error {
	e.mu.Lock()
	e.sent = append(e.sent, datagram{time.Since(e.begun), e.Name(), to, Kind(b[1]), len(b)})
	e.mu.Unlock()
	return e.Endpoint.Send(to, b)
}

func (s *simulation) listen(name string) network.Endpoint {
	s.t.Helper()
	e, err := s.net.Listen(name)
	require.NoError(s.t, err)
	return tap{networktest.Through(s.links, e), s}
}

// join starts a node whose address is its name, and lets it have its first round.
// The seed is "a".
func (s *simulation) join(name string, change func(o *Options)) *Node {
	s.t.Helper()
	o := Options{Name: name, Endpoint: s.listen(name), Seeds: map[string]string{"a": "a"}, SuspicionRounds: 3}
	if change != nil {
		change(&o)
	}
	n, err := Join(o)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { require.NoError(s.t, n.Close()) })
	synctest.Wait()
	return n
}

// until lets time pass, to a time since the beginning, and all that happens then.
func (s *simulation) until(at time.Duration) {
	time.Sleep(at - time.Since(s.begun))
	synctest.Wait()
}

// what returns the datagrams of one kind that a node has sent.
func (s *simulation) what(from string, kind Kind) (list []datagram) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.sent {
		if d.from == from && d.kind == kind {
			list = append(list, d)
		}
	}
	return list
}

// opinion is a node's opinion on another one: status, generation and incarnation.
func opinion(n *Node, of string) string {
	e, ok := n.Known(of)
	if !ok {
		return "nothing"
	}
	return fmt.Sprint(e.Status, " ", e.Gen, ".", e.Inc)
}

// TestRoundsComeAtTheirInterval: each has Fanout digests, to as many nodes, and one
// ping.
func TestRoundsComeAtTheirInterval(t *testing.T) {
	simulate(t, func(s *simulation) {
		s.join("a", func(o *Options) { o.Fanout, o.Choose, o.Interval = 3, LeastContacted, 4*time.Second })
		for _, name := range []string{"b", "c", "d", "e", "f"} {
			s.join(name, func(o *Options) { o.Interval = time.Hour })
		}
		s.until(42 * time.Second)
		rounds, contacted := map[time.Duration][]string{}, map[string]int{}
		for _, d := range s.what("a", KindDigest) {
			rounds[d.at] = append(rounds[d.at], d.to)
			contacted[d.to]++
		}
		asked := s.what("a", ping)
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
		require.Empty(t, s.what("a", pingFor), "all have acked")
	})
}

// TestASilentNodeIsSuspectedAndDeclaredDead: it is suspected at the end of the round in
// which its ack is missing, and declared dead SuspicionRounds later.
func TestASilentNodeIsSuspectedAndDeclaredDead(t *testing.T) {
	simulate(t, func(s *simulation) {
		a := s.join("a", nil)
		b := s.join("b", nil)
		s.until(5300 * time.Millisecond)
		require.Equal(t, "alive 1.0", opinion(a, "b"))
		require.NoError(t, b.Close())
		for _, then := range []struct {
			at      time.Duration
			opinion string
		}{{6999, "alive 1.0"}, {7000, "suspect 1.0"}, {9999, "suspect 1.0"}, {10000, "dead 1.0"}, {60000, "dead 1.0"}} {
			s.until(then.at * time.Millisecond)
			require.Equal(t, then.opinion, opinion(a, "b"), "after %d ms", then.at)
		}
		last := s.what("a", ping)
		require.Equal(t, 9*time.Second, last[len(last)-1].at, "a dead node is not probed")
		calls := 0
		for _, d := range s.what("a", KindDigest) {
			if d.at > 10*time.Second {
				calls++
			}
		}
		require.Equal(t, 50, calls, "it still gets digests, as the only other node")

		again := s.join("b", func(o *Options) { o.LastGeneration = 1 })
		s.until(61 * time.Second)
		require.Equal(t, "alive 2.0", opinion(a, "b"))
		require.Equal(t, "alive 2.0", opinion(again, "b"))
	})
}

// TestAnIndirectAckPreventsSuspicion: a node that another one can reach is not
// suspected.
func TestAnIndirectAckPreventsSuspicion(t *testing.T) {
	simulate(t, func(s *simulation) {
		a := s.join("a", nil)
		b := s.join("b", nil)
		c := s.join("c", nil)
		s.until(3 * time.Second)
		s.links.Partition([]string{"a"}, []string{"b"})
		for second := range time.Duration(60) {
			s.until((4 + second) * time.Second)
			require.Equal(t, "alive 1.0", opinion(a, "b"))
			require.Equal(t, "alive 1.0", opinion(b, "a"))
			require.Equal(t, "alive 1.0", opinion(c, "b"))
		}
		helped := s.what("a", pingFor)
		require.NotEmpty(t, helped)
		for _, d := range helped {
			require.Equal(t, "c", d.to)
			require.Equal(t, 500*time.Millisecond, d.at%time.Second, "half a round after the ping")
		}
		s.links.Partition([]string{"c"}, []string{"b"})
		s.until(72 * time.Second)
		require.Equal(t, "dead 1.0", opinion(a, "b"))
		require.Equal(t, "dead 1.0", opinion(c, "b"))
		require.Equal(t, "alive 1.0", opinion(c, "a"))
	})
}

// TestHealedPartitionsRefuteDeath: each side declared the other one dead.
func TestHealedPartitionsRefuteDeath(t *testing.T) {
	simulate(t, func(s *simulation) {
		names := []string{"a", "b", "c", "d"}
		var nodes []*Node
		for _, name := range names {
			nodes = append(nodes, s.join(name, nil))
		}
		s.until(5 * time.Second)
		s.links.Partition(names[:2], names[2:])
		s.until(30 * time.Second)
		require.Equal(t, "dead 1.0", opinion(nodes[0], "d"))
		require.Equal(t, "dead 1.0", opinion(nodes[2], "b"))
		require.Equal(t, "alive 1.0", opinion(nodes[0], "b"))
		require.NoError(t, nodes[1].Set("load", "1"))
		require.NoError(t, nodes[3].Set("load", "2"))
		s.links.Heal()
		s.until(60 * time.Second)
		for _, n := range nodes {
			for _, other := range names {
				require.Equal(t, "alive 1.1", opinion(n, other))
			}
			one, _ := n.Get("b", "load")
			two, _ := n.Get("d", "load")
			require.Equal(t, "12", one+two)
		}
	})
}

// TestARefutationDoesNotWaitForTheRound: the node gossips as soon as it learns of the
// suspicion.
func TestARefutationDoesNotWaitForTheRound(t *testing.T) {
	simulate(t, func(s *simulation) {
		a := s.join("a", nil)
		b := s.join("b", func(o *Options) { o.Interval = time.Hour })
		s.until(2 * time.Second)
		a.mu.Lock()
		require.NoError(t, a.core.Suspect("b"))
		m, err := a.core.Answer(&Message{Kind: KindDigest, From: "b", To: "a", Digests: map[string]Digest{"b": b.core.DigestOf("b")}}, Everything)
		a.mu.Unlock()
		require.NoError(t, err)
		require.NoError(t, a.options.Endpoint.Send("b", m.Encode(nil)))
		synctest.Wait()
		require.Equal(t, 2*time.Second, time.Since(s.begun))
		require.Equal(t, "alive 1.1", opinion(a, "b"))
	})
}

// TestAfterTwoRoundsALeavingNodeIsSilent: within these all others learn of it, and probe
// it no more.
func TestAfterTwoRoundsALeavingNodeIsSilent(t *testing.T) {
	simulate(t, func(s *simulation) {
		a := s.join("a", nil)
		b := s.join("b", nil)
		s.join("c", nil)
		s.until(5 * time.Second)
		left := make(chan error)
		go func() { left <- b.Leave() }()
		synctest.Wait()
		require.Equal(t, "left 1.0", opinion(a, "b"), "at once")
		require.ErrorIs(t, b.Set("load", "1"), ErrStopped)
		require.ErrorIs(t, b.Leave(), ErrStopped)
		require.NoError(t, <-left)
		require.Equal(t, 7*time.Second, time.Since(s.begun))
		synctest.Wait()
		count := len(s.what("b", ack)) + len(s.what("b", KindDigest))
		s.until(60 * time.Second)
		require.Equal(t, "left 1.0", opinion(a, "b"))
		require.Equal(t, count, len(s.what("b", ack))+len(s.what("b", KindDigest)))
		for _, kind := range []Kind{ping, pingFor, KindDigest, KindDelta} {
			for _, d := range s.what("a", kind) {
				require.False(t, d.to == "b" && d.at > 7*time.Second, "%+v", d)
			}
		}
	})
}

// TestCloseStopsAllGoroutines: also those of a Leave that is still waiting.
func TestCloseStopsAllGoroutines(t *testing.T) {
	simulate(t, func(s *simulation) {
		a := s.join("a", nil)
		b := s.join("b", nil)
		s.until(5200 * time.Millisecond)
		left := make(chan error)
		go func() { left <- b.Leave() }()
		synctest.Wait()
		require.NoError(t, b.Close())
		require.NoError(t, <-left)
		require.NoError(t, a.Close())
		require.Equal(t, 5200*time.Millisecond, time.Since(s.begun))
		synctest.Wait()
		count := len(s.sent)
		s.until(time.Hour)
		require.Len(t, s.sent, count)
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

// TestALateSeedIsFound: the seed joins late, and the caller has changed its map of seeds
// since.
func TestALateSeedIsFound(t *testing.T) {
	simulate(t, func(s *simulation) {
		seeds := map[string]string{"a": "a"}
		b := s.join("b", func(o *Options) { o.Seeds = seeds })
		delete(seeds, "a")
		seeds["x"] = "x"
		s.until(5 * time.Second)
		require.Equal(t, []string{"b"}, b.Owners())
		for _, d := range s.sent {
			require.Equal(t, "a", d.to)
		}
		s.join("a", nil)
		s.until(6 * time.Second)
		require.Equal(t, []string{"a", "b"}, b.Owners())
	})
}

// TestALostGenerationIsDetected: a node starts with the number of an earlier generation,
// or of the last one.
func TestALostGenerationIsDetected(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		for _, last := range []uint32{0, 1} {
			simulate(t, func(s *simulation) {
				a := s.join("a", nil)
				b := s.join("b", func(o *Options) { o.LastGeneration = 1 })
				require.NoError(t, b.Set("load", "1"))
				s.until(2 * time.Second)
				require.NoError(t, b.Err())
				if leaves {
					require.NoError(t, b.Leave())
				} else {
					require.NoError(t, b.Close())
				}
				before, _ := a.Known("b")
				b = s.join("b", func(o *Options) { o.LastGeneration = last })
				s.until(6 * time.Second)
				require.ErrorIs(t, b.Err(), ErrGeneration)
				require.Positive(t, b.Stats().Dropped)
				e, _ := b.Known("b")
				require.NotContains(t, e.Vals, "load", "no value of the other generation")
				e, _ = a.Known("b")
				require.Equal(t, before.Vals, e.Vals)
				require.Equal(t, before.Gen, e.Gen)
				require.NoError(t, b.Close())

				b = s.join("b", func(o *Options) { o.LastGeneration = 2 })
				s.until(10 * time.Second)
				require.NoError(t, b.Err())
				require.Equal(t, "alive 3.0", opinion(a, "b"))
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

// TestAReceiveErrorIsReported: closing is no such error.
func TestAReceiveErrorIsReported(t *testing.T) {
	simulate(t, func(s *simulation) {
		why := errors.New("no")
		b := s.join("b", func(o *Options) { o.Endpoint = broken{o.Endpoint, why} })
		s.until(time.Second)
		require.ErrorIs(t, b.Err(), ErrNetwork)
		require.ErrorIs(t, b.Err(), why)
		require.NoError(t, b.Set("load", "1"), "it still sends")
	})
}

// TestDatagramsStayWithinMaxMessage: many nodes publish as much as they may, through a
// network that loses and repeats, in messages that have room for a few values.
func TestDatagramsStayWithinMaxMessage(t *testing.T) {
	simulate(t, func(s *simulation) {
		s.links.Change(networktest.Faults{Lose: 10, Repeat: 10, MaxDelay: 100 * time.Millisecond})
		var nodes []*Node
		for i := range 12 {
			name := "a"
			if i > 0 {
				name = fmt.Sprintf("%0*d", maxName, i)
			}
			n := s.join(name, func(o *Options) { o.MaxMessage, o.Random, o.Zone = 400, uint64(i), "z" })
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
		for _, d := range s.sent {
			require.LessOrEqual(t, d.size, 400, "%+v", d)
		}
	})
}

// agree says whether all nodes have all values of each other.
func agree(nodes []*Node) (all bool) {
	all = true
	Observe(nodes, func(cores []*Core) {
		for _, c := range cores {
			for _, owner := range cores {
				e, own := c.entry(owner.Name()), owner.own()
				all = all && own != nil && same(Entry{Digest: owned(e.Gen, e.Ver, 0, 0), Vals: e.Vals}, Entry{Digest: owned(own.Gen, own.Ver, 0, 0), Vals: own.Vals})
			}
		}
	})
	return all
}

package gossipdissemination

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
)

// knows lets a node that does not run learn of others, which have these statuses, and whose
// addresses are their names.
func knows(t *testing.T, n *Node, others map[string]Status) {
	t.Helper()
	m := &Message{Kind: KindDelta, From: "s", To: n.options.Name, Entries: map[string]Delta{}}
	for name, status := range others {
		d := Delta{Digest: owned(1, 1, 0, status)}
		if status != Left {
			d.Vals = map[string]Value{AddressKey: {name, 1}}
		}
		m.Entries[name] = d
	}
	_, err := n.core.Merge(m, Everything)
	require.NoError(t, err)
}

// TestAChooserSeesItsPeers: how often this node has contacted each, and whether it is in
// the same zone.
func TestAChooserSeesItsPeers(t *testing.T) {
	e, err := networktest.NewMemory().Listen("a")
	require.NoError(t, err)
	zones := map[string]string{"b": "x", "c": "y", "d": ""}
	contacted := map[string]int{}
	choose := func(_ *rand.Rand, peers []Peer) int {
		require.Len(t, peers, len(zones))
		for _, p := range peers {
			require.Equal(t, Peer{p.Name, contacted[p.Name], zones[p.Name] == "x"}, p)
		}
		i := len(contacted) % len(peers)
		contacted[peers[i].Name]++
		return i
	}
	n, err := newNode(Options{Name: "a", Endpoint: e, Zone: "x", Choose: choose})
	require.NoError(t, err)
	v, _ := n.Get("a", ZoneKey)
	require.Equal(t, "x", v)
	m := &Message{Kind: KindDelta, From: "s", To: "a", Entries: map[string]Delta{}}
	for name, zone := range zones {
		vals := map[string]Value{AddressKey: {name, 1}}
		if zone != "" {
			vals[ZoneKey] = Value{zone, 2}
		}
		m.Entries[name] = Delta{Digest: owned(1, 2, 0, Alive), Vals: vals}
	}
	_, err = n.core.Merge(m, Everything)
	require.NoError(t, err)
	for range 10 {
		require.Len(t, n.round(), 1)
	}
	require.Greater(t, len(contacted), 1)
}

// TestEachStatusHasItsPart: nodes that are alive or suspected are pinged and get digests,
// those that were declared dead get one now and then, and those that have left, or whose
// addresses are not known, nothing. Only nodes that are alive help.
func TestEachStatusHasItsPart(t *testing.T) {
	e, err := networktest.NewMemory().Listen("a")
	require.NoError(t, err)
	n, err := newNode(Options{Name: "a", Endpoint: e, Seeds: map[string]string{"a": "a"}, SuspicionRounds: 1 << 20})
	require.NoError(t, err)
	knows(t, n, map[string]Status{"b": Alive, "c": Alive, "d": Suspect, "e": Dead, "f": Left})
	_, err = n.core.Merge(&Message{Kind: KindDelta, From: "s", To: "a", Entries: map[string]Delta{"g": {Digest: owned(1, 0, 0, Alive)}}}, Everything)
	require.NoError(t, err)
	digests, pings := map[string]int{}, map[string]int{}
	const rounds = 600
	for range rounds {
		n.detector.probing = "" // as if it had answered
		for _, o := range n.half(true) {
			if o.probe == nil {
				digests[o.to]++
				continue
			}
			require.Equal(t, &probe{ping, "a", o.to, n.detector.current}, o.probe)
			pings[o.to]++
		}
	}
	require.Equal(t, map[string]int{"b": rounds / 3, "c": rounds / 3, "d": rounds / 3}, pings)
	require.Equal(t, rounds, digests["b"]+digests["c"]+digests["d"])
	for _, name := range []string{"b", "c", "d"} {
		require.Greater(t, digests[name], rounds/6, name)
	}
	require.Greater(t, digests["e"], rounds/8)
	require.Less(t, digests["e"], rounds/2)
	require.Len(t, digests, 4)

	n.detector.probing = "b"
	number := n.detector.current
	for range 10 {
		require.Equal(t, []outgoing{{to: "c", probe: &probe{pingFor, "a", "b", number}}}, n.half(false))
	}
	n.receiveProbe("c", &probe{ack, "c", "c", number})
	require.Equal(t, "b", n.detector.probing, "that was about another node")
	n.receiveProbe("c", &probe{ack, "c", "b", number})
	require.Empty(t, n.half(false))
}

// TestANodesOwnAddressCounts: it may have another one than the seeds' list says.
func TestANodesOwnAddressCounts(t *testing.T) {
	simulate(t, func(s *simulation) {
		s.join("a", func(o *Options) { o.Seeds = map[string]string{"b": "old"} })
		s.until(2500 * time.Millisecond)
		s.join("b", func(o *Options) { o.Endpoint = s.listen("new") })
		s.until(10 * time.Second)
		to := map[string]int{}
		for _, d := range s.what("a", KindDigest) {
			to[fmt.Sprint(d.to, " ", d.at < 2500*time.Millisecond)]++
		}
		require.Len(t, to, 2, "%v", to)
		require.Equal(t, 3, to["old true"])
		require.GreaterOrEqual(t, to["new false"], 7)
	})
}

// mute is an endpoint that cannot send.
type mute struct{ network.Endpoint }

func (mute) Send(string, []byte) error { return errors.New("no") }

// TestSentBytesWereSent: a datagram that could not be sent does not count.
func TestSentBytesWereSent(t *testing.T) {
	e, err := networktest.NewMemory().Listen("a")
	require.NoError(t, err)
	n, err := newNode(Options{Name: "a", Endpoint: mute{e}})
	require.NoError(t, err)
	p := &probe{ping, "a", "b", 1}
	n.send([]outgoing{{to: "b", probe: p}})
	require.Zero(t, n.Stats().SentBytes)
	n.options.Endpoint = e
	n.send([]outgoing{{to: "b", probe: p}, {to: "b", probe: p}})
	require.Equal(t, 2*len(p.encode()), n.Stats().SentBytes)
}

func TestDefaultsAreAsDocumented(t *testing.T) {
	e, err := networktest.NewMemory().Listen("a")
	require.NoError(t, err)
	o, err := Options{Name: "a", Endpoint: e}.complete()
	require.NoError(t, err)
	require.NotNil(t, o.Choose)
	require.Equal(t, []int{int(time.Second), 1, 1400, 3, 5}, []int{int(o.Interval), o.Fanout, o.MaxMessage, o.Helpers, o.SuspicionRounds})
}

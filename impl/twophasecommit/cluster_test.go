package twophasecommit_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
)

const loopback = "127.0.0.1:0"

// cluster is a coordinator, participants and clients over real TCP.
type cluster struct {
	t            *testing.T
	dir          string
	policy       tpc.Policy
	patience     int // of participants, in ticks
	coordinator  *tpc.Server
	tc           *tpc.Coordinator
	participants map[string]*tpc.Server
	cores        map[string]*tpc.Participant
	addrs        map[string]string
	clients      []*tpc.Client
}

// fast makes connections again soon after they were lost.
var fast = ssc.Options{Backoff: 2 * time.Millisecond}

const tick = 10 * time.Millisecond

// home gives each key to the participant whose number it ends with.
func home(key string) string { return "p" + key[len(key)-1:] }

func newCluster(t *testing.T, participants int, policy tpc.Policy) *cluster {
	return newImpatientCluster(t, participants, policy, 100_000) // nothing here may be due to that
}

func newImpatientCluster(t *testing.T, participants int, policy tpc.Policy, patience int) *cluster {
	t.Helper()
	c := &cluster{
		t: t, dir: t.TempDir(), policy: policy, patience: patience,
		participants: map[string]*tpc.Server{}, cores: map[string]*tpc.Participant{}, addrs: map[string]string{},
	}
	c.startCoordinator()
	for i := range participants {
		c.start(fmt.Sprintf("p%d", i+1))
	}
	t.Cleanup(func() {
		for _, s := range c.participants {
			require.NoError(t, s.Close())
		}
		require.NoError(t, c.coordinator.Close())
	})
	return c
}

func (c *cluster) options(name string) tpc.ServerOptions {
	return tpc.ServerOptions{Dir: filepath.Join(c.dir, name), Listen: loopback, Peers: c.addrs, Tick: tick, Channel: fast}
}

func (c *cluster) startCoordinator() {
	core, err := tpc.NewCoordinator(tpc.CoordinatorConfig{Name: "tc", Placement: home, Patience: 6 * c.patience})
	require.NoError(c.t, err)
	c.tc = core
	c.coordinator, err = tpc.Serve(core, c.options("tc"))
	require.NoError(c.t, err)
	c.tell("tc", c.coordinator)
}

func (c *cluster) start(name string) {
	core, err := tpc.NewParticipant(tpc.ParticipantConfig{Name: name, Coordinator: "tc", Policy: c.policy, Patience: c.patience})
	require.NoError(c.t, err)
	s, err := tpc.Serve(core, c.options(name))
	require.NoError(c.t, err)
	c.participants[name], c.cores[name] = s, core
	c.tell(name, s)
}

// tell tells all nodes where a node is.
func (c *cluster) tell(name string, s *tpc.Server) { c.tellAll(name, s.Addr().String()) }

func (c *cluster) tellAll(name, addr string) {
	c.addrs[name] = addr
	others := maps.Clone(c.participants)
	others["tc"] = c.coordinator
	for other, s := range others {
		if other != name && s.Err() == nil {
			require.NoError(c.t, s.Know(name, addr))
		}
	}
	for _, client := range c.clients {
		require.NoError(c.t, client.Know(name, addr))
	}
}

func (c *cluster) client(name string) *tpc.Client { return c.asking(name, 5*tick) }

// asking is a client that asks again after that time.
func (c *cluster) asking(name string, retry time.Duration) *tpc.Client {
	c.t.Helper()
	client, err := tpc.NewClient(tpc.ClientOptions{
		Name: name, Coordinator: "tc", Placement: home, Peers: c.addrs, Retry: retry, Channel: fast,
	})
	require.NoError(c.t, err)
	c.t.Cleanup(func() { _ = client.Close() })
	c.clients = append(c.clients, client)
	return client
}

// seen is the committed value of a key, right now.
func (c *cluster) seen(key string) string {
	c.t.Helper()
	var value string
	p := home(key)
	require.NoError(c.t, c.participants[p].Do(patience(c.t), func() { value, _ = c.cores[p].Get(key) }))
	return value
}

// until waits until something has come true of a node.
func (c *cluster) until(s *tpc.Server, what string, holds func() bool) {
	c.t.Helper()
	again := time.NewTicker(tick)
	defer again.Stop()
	for over := patience(c.t); ; {
		var is bool
		require.NoError(c.t, s.Do(over, func() { is = holds() }), what)
		if is {
			return
		}
		select {
		case <-again.C:
		case <-over.Done():
			c.t.Fatalf("it is not so that %s", what)
		}
	}
}

// silent lets do happen while a node answers nothing. A context that has ended does not keep
// an answer from coming.
func (c *cluster) silent(s *tpc.Server, do func()) {
	c.t.Helper()
	require.NoError(c.t, s.Do(patience(c.t), do))
}

// settled waits until a participant has nothing left to do.
func (c *cluster) settled(name string) {
	c.t.Helper()
	c.until(c.participants[name], name+" has nothing left to do", func() bool { return c.cores[name].Idle() })
}

// patience ends when a test hangs.
func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

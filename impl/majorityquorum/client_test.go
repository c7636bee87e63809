package majorityquorum_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/environment/registertest"
	mq "github.com/lockstep-tla/lockstep/impl/majorityquorum"
)

var voters = []string{"n1", "n2", "n3"}

// group is replicas in memory, with what happens to requests on their way.
type group struct {
	*disktest.Disk
	replicas map[string]*mq.Replica
	timeout  time.Duration                                             // of the clients; a minute at first, which a slow machine keeps too
	meets    func(ctx context.Context, to string, m *mq.Message) error // before a request arrives; may be nil
}

func newGroup(t *testing.T) *group {
	g := &group{Disk: disktest.New(), replicas: map[string]*mq.Replica{}, timeout: time.Minute}
	for _, name := range voters {
		g.open(t, name)
	}
	return g
}

func (g *group) open(t *testing.T, name string) {
	r, err := mq.OpenReplica(mq.ReplicaOptions{Name: name, Path: name, FS: g.Disk})
	require.NoError(t, err)
	g.replicas[name] = r
}

func (g *group) client(t *testing.T, name string, regular bool) *mq.Client {
	c, err := mq.Open(mq.Options{
		Name: name, Voters: voters, Regular: regular, Timeout: g.timeout,
		Send: func(ctx context.Context, to string, m *mq.Message) (*mq.Message, error) {
			if g.meets != nil {
				if err := g.meets(ctx, to, m); err != nil {
					return nil, err
				}
			}
			return g.replicas[to].Receive(m)
		},
	})
	require.NoError(t, err)
	return c
}

var errLost = errors.New("lost")

// TestIsLinearizable lets clients work at once over a transport that loses, delays and
// repeats, and asks porcupine.
func TestIsLinearizable(t *testing.T) {
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			g := newGroup(t)
			var mu sync.Mutex // of all below
			rng := rand.New(rand.NewPCG(seed, 1))
			fate := func(n int) int {
				mu.Lock()
				defer mu.Unlock()
				return rng.IntN(n)
			}
			g.meets = func(_ context.Context, to string, m *mq.Message) error {
				time.Sleep(time.Duration(fate(1000)) * time.Microsecond)
				switch fate(10) {
				case 0:
					return errLost
				case 1:
					_, err := g.replicas[to].Receive(m)
					return errors.Join(err, errLost) // the answer is lost
				case 2:
					_, err := g.replicas[to].Receive(m)
					return err
				}
				return nil
			}
			begun := time.Now()
			var all []porcupine.Operation
			var working sync.WaitGroup
			for i := range 4 {
				c := g.client(t, fmt.Sprint("c", i), false)
				working.Go(func() {
					for k := range 10 {
						one := porcupine.Operation{ClientId: i, Call: int64(time.Since(begun))}
						var err error
						if fate(2) == 0 {
							one.Input = fmt.Sprint(i, "-", k)
							_, err = c.Write(t.Context(), one.Input.(string))
						} else {
							var cell mq.Cell
							cell, err = c.Read(t.Context())
							one.Output = cell.Value
						}
						one.Return = int64(time.Since(begun))
						if errors.Is(err, mq.ErrUnknown) {
							one.Return = math.MaxInt64
						} else if err != nil {
							continue
						}
						mu.Lock()
						all = append(all, one)
						mu.Unlock()
					}
					c.Wait()
				})
			}
			working.Wait()
			require.Greater(t, len(all), 20)
			require.Equal(t, porcupine.Ok, porcupine.CheckOperationsTimeout(registertest.Model, all, 0), "seed %d: %v", seed, all)
		})
	}
}

// TestWithoutWriteBackAValueDisappears: a write has reached one replica. The first reader
// asks that one and another, the second reader the others. Porcupine refuses what they see,
// and accepts it with write-back.
func TestWithoutWriteBackAValueDisappears(t *testing.T) {
	for _, regular := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			g := newGroup(t)
			down := ""
			g.meets = func(_ context.Context, to string, m *mq.Message) error {
				if m.From == "writer" && m.Type == mq.Put && to != "n1" || m.From != "writer" && to == down {
					return errLost
				}
				return nil
			}
			writer := g.client(t, "writer", regular)
			_, err := writer.Write(t.Context(), "a")
			require.ErrorIs(t, err, mq.ErrUnknown)
			writer.Wait() // the two losses end the write; its put may still be on its way to n1
			all := []porcupine.Operation{{ClientId: 0, Input: "a", Call: 0, Return: math.MaxInt64}}
			for i, node := range []string{"n3", "n1"} {
				down = node
				reader := g.client(t, fmt.Sprint("reader", i), regular)
				cell, err := reader.Read(t.Context())
				require.NoError(t, err)
				reader.Wait()
				all = append(all, porcupine.Operation{
					ClientId: i + 1, Output: cell.Value, Call: int64(10*i + 10), Return: int64(10*i + 11),
				})
			}
			require.Equal(t, "a", all[1].Output)
			require.Equal(t, !regular, all[2].Output == "a")
			require.Equal(t, !regular, porcupine.CheckOperations(registertest.Model, all))
		})
	}
}

// TestFailsAtOnceAndExpiresOtherwise: two refusals of three end an operation without delay,
// while the third replica is silent. The silence of two ends it after its time.
func TestFailsAtOnceAndExpiresOtherwise(t *testing.T) {
	for name, silent := range map[string]bool{"refused": false, "silent": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, c, begun := newGroup(t), (*mq.Client)(nil), time.Now()
				g.timeout = 0 // which stands for a second
				var puts atomic.Bool
				g.meets = func(ctx context.Context, to string, m *mq.Message) error {
					if to != "n3" && m.Type == mq.Get && !puts.Load() || to == "n3" && silent {
						return nil
					}
					if silent || to == "n3" { // the two others are enough for the failure
						<-ctx.Done()
					}
					return errLost
				}
				c = g.client(t, "c1", false)
				version, err := c.Write(t.Context(), "a")
				require.ErrorIs(t, err, mq.ErrUnknown)
				require.Equal(t, mq.Version{Number: 1, By: "c1"}, version)
				puts.Store(true)
				_, err = c.Write(t.Context(), "b")
				require.ErrorIs(t, err, mq.ErrFailed)
				_, err = c.Read(t.Context())
				require.ErrorIs(t, err, mq.ErrFailed)
				if silent {
					require.Equal(t, 3*time.Second, time.Since(begun))
				} else {
					require.Zero(t, time.Since(begun))
				}
				c.Wait()
			})
		})
	}
}

// TestSlowReplicasFollow, also if the caller's context ends with the operation.
func TestSlowReplicasFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		g.meets = func(ctx context.Context, to string, m *mq.Message) error {
			if to == "n3" {
				select {
				case <-time.After(time.Second / 2):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		}
		c, begun := g.client(t, "c1", false), time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := c.Write(ctx, "a")
		require.NoError(t, err)
		require.Zero(t, time.Since(begun))
		cancel()
		c.Wait()
		answer, err := g.replicas["n3"].Receive(&mq.Message{Type: mq.Get, From: "c2", To: "n3", Call: 1})
		require.NoError(t, err)
		require.Equal(t, "a", answer.Cell.Value)
	})
}

// TestAContextEndsAnOperation, also one that waits for another one of its client.
func TestAContextEndsAnOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		g.meets = func(ctx context.Context, _ string, _ *mq.Message) error {
			<-ctx.Done()
			return ctx.Err()
		}
		c := g.client(t, "c1", false)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		begun := time.Now()
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				_, err := c.Read(ctx)
				require.ErrorIs(t, err, mq.ErrFailed)
			})
		}
		both.Wait()
		require.Equal(t, time.Millisecond, time.Since(begun))
		c.Wait()
	})
}

// TestAcknowledgedSurvivesACrash ends a replica's process or machine after a write in which
// its disk may fail: the file has the old cell or the new one, and what was acknowledged.
func TestAcknowledgedSurvivesACrash(t *testing.T) {
	put := func(n uint64, value string) *mq.Message {
		return &mq.Message{Type: mq.Put, From: "c1", To: "n1", Call: n, Cell: mq.Cell{Version: mq.Version{Number: n, By: "c1"}, Value: value}}
	}
	get := func(g *group, call uint64) string {
		g.open(t, "n1")
		answer, err := g.replicas["n1"].Receive(&mq.Message{Type: mq.Get, From: "c1", To: "n1", Call: call})
		require.NoError(t, err)
		return answer.Cell.Value
	}
	failed := 0
	for seed := range int64(200) {
		g, at := newGroup(t), []string{"n1.new", "."}[seed%2]
		_, err := g.replicas["n1"].Receive(put(1, "a"))
		require.NoError(t, err)
		g.Disk.Fail(at, uint8(seed/2))
		want := []string{"a", "b"}
		if _, err := g.replicas["n1"].Receive(put(2, "b")); err == nil {
			want = want[1:]
		} else {
			failed++
			_, err = g.replicas["n1"].Receive(put(2, "b"))
			require.ErrorIs(t, err, mq.ErrStopped)
		}
		g.Disk.End(uint8(seed), seed)
		require.Contains(t, want, get(g, 3), "seed %d", seed)

		// What the second process has found, it may acknowledge without writing it again.
		_, err = g.replicas["n1"].Receive(put(2, "b"))
		require.NoError(t, err)
		g.Disk.End(uint8(seed/5), seed)
		require.Equal(t, "b", get(g, 4), "seed %d", seed)
	}
	require.Greater(t, failed, 50)
}

// TestImpossibleOptionsAreRefused, and messages that no client can have sent.
func TestImpossibleOptionsAreRefused(t *testing.T) {
	send := func(context.Context, string, *mq.Message) (*mq.Message, error) { return nil, errLost }
	for name, o := range map[string]mq.Options{
		"no name":         {Voters: voters, Send: send},
		"no voters":       {Name: "c1", Send: send},
		"no send":         {Name: "c1", Voters: voters},
		"a voter twice":   {Name: "c1", Voters: []string{"n1", "n1"}, Send: send},
		"a voter follows": {Name: "c1", Voters: voters, Followers: voters[:1], Send: send},
		"its own replica": {Name: "n1", Voters: voters, Send: send},
		"quorum":          {Name: "c1", Voters: voters, WriteQuorum: 4, Send: send},
		"negative":        {Name: "c1", Voters: voters, WriteQuorum: -1, Send: send},
		"timeout":         {Name: "c1", Voters: voters, Timeout: -1, Send: send},
	} {
		_, err := mq.Open(o)
		require.ErrorIs(t, err, mq.ErrOption, name)
	}
	_, err := mq.OpenReplica(mq.ReplicaOptions{Name: "n1"})
	require.ErrorIs(t, err, mq.ErrOption)
	r, err := mq.OpenReplica(mq.ReplicaOptions{Name: "n1", Path: filepath.Join(t.TempDir(), "n1")})
	require.NoError(t, err)
	for name, m := range map[string]*mq.Message{
		"type":      {Type: "set", From: "c1", To: "n1", Call: 1},
		"an answer": {Type: mq.Have, From: "c1", To: "n1", Call: 1},
		"another's": {Type: mq.Get, From: "c1", To: "n2", Call: 1},
		"no call":   {Type: mq.Get, From: "c1", To: "n1"},
		"get":       {Type: mq.Get, From: "c1", To: "n1", Call: 1, Cell: mq.Cell{Version: mq.Version{Number: 1, By: "c1"}}},
		"version":   {Type: mq.Put, From: "c1", To: "n1", Call: 1, Cell: mq.Cell{Version: mq.Version{Number: 1}}},
		"no number": {Type: mq.Put, From: "c1", To: "n1", Call: 1, Cell: mq.Cell{Value: "a"}},
		"not UTF-8": {Type: mq.Put, From: "c1", To: "n1", Call: 1, Cell: mq.Cell{Version: mq.Version{Number: 1, By: "c1"}, Value: "\xff"}},
	} {
		_, err := r.Receive(m)
		require.ErrorIs(t, err, mq.ErrMessage, name)
		if b := m.Encode(); name != "another's" && name != "an answer" && name != "not UTF-8" {
			_, err = mq.Decode(b)
			require.ErrorIs(t, err, mq.ErrMessage, name)
		}
	}
	for _, text := range []string{"", "{}", `{"Tipe":"get"}`, `{"Type":"get","From":"c1","To":"n1","Call":1} {}`} {
		_, err := mq.Decode([]byte(text))
		require.ErrorIs(t, err, mq.ErrMessage, text)
	}
}

// A write quorum of all voters is possible. Then one replica that is away is enough for writes
// to fail, and any one replica is enough for a read.
func TestAllVotersMayBeTheWriteQuorum(t *testing.T) {
	g := newGroup(t)
	c, err := mq.Open(mq.Options{Name: "c", Voters: voters, WriteQuorum: len(voters), Regular: true,
		Send: func(_ context.Context, to string, m *mq.Message) (*mq.Message, error) {
			answer, err := g.replicas[to].Serve(m.Encode())
			if err != nil {
				return nil, err
			}
			return mq.Decode(answer)
		}})
	require.NoError(t, err)
	_, err = c.Write(t.Context(), "all")
	require.NoError(t, err)
	g.replicas["n3"].Close()
	read, err := c.Read(t.Context())
	require.NoError(t, err)
	require.Equal(t, "all", read.Value)
	_, err = c.Write(t.Context(), "lost")
	require.ErrorIs(t, err, mq.ErrUnknown)

	_, err = g.replicas["n1"].Serve([]byte("{"))
	require.ErrorIs(t, err, mq.ErrMessage)
	get := mq.Message{Type: mq.Get, From: "c", To: "n3", Call: 1}
	_, err = g.replicas["n3"].Serve(get.Encode())
	require.ErrorIs(t, err, mq.ErrStopped)
}

// The longest name and the longest value survive a restart of all replicas, also if each of
// their bytes takes six in a file. What is one byte longer is refused.
func TestLimitsAreExact(t *testing.T) {
	g := newGroup(t)
	name, value := strings.Repeat("\x01", mq.MaxName), strings.Repeat("\x01", mq.MaxValue)
	writer := g.client(t, name, false)
	written, err := writer.Write(t.Context(), value)
	require.NoError(t, err)
	writer.Wait()
	for _, name := range voters {
		g.open(t, name)
	}
	read, err := g.client(t, "reader", false).Read(t.Context())
	require.NoError(t, err)
	require.Equal(t, mq.Cell{Version: written, Value: value}, read)
	m := mq.Message{Type: mq.Put, From: "c", To: "n1", Call: 1, Cell: read}
	again, err := mq.Decode(m.Encode())
	require.NoError(t, err)
	require.Equal(t, m, *again)

	_, err = g.client(t, "reader", false).Write(t.Context(), value+"x")
	require.ErrorIs(t, err, mq.ErrMessage)
	_, err = mq.Open(mq.Options{Name: name + "x", Voters: voters, Send: func(context.Context, string, *mq.Message) (*mq.Message, error) { return nil, nil }})
	require.ErrorIs(t, err, mq.ErrOption)
	_, err = mq.OpenReplica(mq.ReplicaOptions{Name: name + "x", Path: "long", FS: g.Disk})
	require.ErrorIs(t, err, mq.ErrOption)
	m.Cell.Value += "x"
	_, err = mq.Decode(m.Encode())
	require.ErrorIs(t, err, mq.ErrMessage)
}

// Versions go on beyond the numbers of fewer bits, also where two clients have had equal ones.
func TestVersionsGoOnBeyondSmallerNumbers(t *testing.T) {
	for _, last := range []uint64{1<<16 - 1, 1<<31 - 1, 1<<32 - 1, 1<<53 - 1, math.MaxUint64 - 1} {
		g := newGroup(t)
		for _, by := range []string{"a", "b"} { // of which b is the newer one
			for _, to := range voters {
				_, err := g.replicas[to].Receive(&mq.Message{Type: mq.Put, From: by, To: to, Call: 1, Cell: mq.Cell{Version: mq.Version{Number: last, By: by}, Value: by}})
				require.NoError(t, err)
			}
		}
		c := g.client(t, "c", false)
		read, err := c.Read(t.Context())
		require.NoError(t, err)
		require.Equal(t, "b", read.Value)
		version, err := c.Write(t.Context(), "new")
		require.NoError(t, err)
		require.Equal(t, mq.Version{Number: last + 1, By: "c"}, version)
		c.Wait()
		for _, name := range voters {
			g.open(t, name)
		}
		read, err = c.Read(t.Context())
		require.NoError(t, err)
		require.Equal(t, "new", read.Value, "%d", last)
	}
}

package twophasecommit_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	fuzz "github.com/google/gofuzz"
	"github.com/stretchr/testify/require"

	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
)

// A process that is started with this in its environment is a participant: of
// this name, with its log at this path, as NAME:PATH.
const participantEnv = "LOCKSTEP_TEST_PARTICIPANT"

func TestMain(m *testing.M) {
	if name, path, ok := strings.Cut(os.Getenv(participantEnv), ":"); ok {
		if err := participate(name, path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// participate is a participant that says where it listens, and ends when no node
// is there any more.
func participate(name, path string) error {
	core, err := tpc.NewParticipant(tpc.ParticipantConfig{Name: name, Coordinator: "tc", Policy: tpc.WoundWait})
	if err != nil {
		return err
	}
	s, err := tpc.Serve(core, tpc.ServerOptions{Dir: path, Listen: loopback, Tick: tick, Channel: fast})
	if err != nil {
		return err
	}
	fmt.Println(s.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	return s.Close()
}

// transfer moves money between some accounts; gofuzz fills it in.
type transfer struct {
	From, To uint8
	Amount   uint8
}

// bank is some accounts, and what became of them. A balance is written as
// "AMOUNT WRITER", so that a reader knows its writer.
type bank struct {
	accounts []string
	mu       sync.Mutex
	history  []happened
	unknown  []happened // it is not known whether they have happened
}

// happened is a transaction: whose writes it has read, and what it wrote.
type happened struct {
	name  string
	reads map[string]string // by account
}

const deposit = 100

func (b *bank) move(ctx context.Context, client *tpc.Client, name string, tr transfer) error {
	from, to := b.accounts[int(tr.From)%len(b.accounts)], b.accounts[int(tr.To)%len(b.accounts)]
	if from == to {
		return nil
	}
	var h happened
	var id string
	err := client.Transact(ctx, func(ctx context.Context, tx *tpc.Tx) error {
		id = name + tx.Ref().String()
		h = happened{name: id, reads: map[string]string{}}
		var have [2]int
		for i, account := range []string{from, to} {
			value, _, err := tx.Get(ctx, account)
			if err != nil {
				return err
			}
			if _, err := fmt.Sscan(value, &have[i], new(string)); err != nil {
				return fmt.Errorf("%s has %q: %w", account, value, err)
			}
			h.reads[account] = strings.Fields(value)[1]
		}
		amount := int(tr.Amount) % (have[0] + 1)
		return errors.Join(
			tx.Put(ctx, from, fmt.Sprint(have[0]-amount, " ", id)),
			tx.Put(ctx, to, fmt.Sprint(have[1]+amount, " ", id)))
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		b.history = append(b.history, h)
	case errors.Is(err, tpc.ErrUnknown):
		b.unknown = append(b.unknown, h)
	default:
		return err
	}
	return nil
}

// serializable says that the history can have happened one transaction after the
// other. All that writes an account has read it before, so that the writers of
// each account form a chain; and a reader comes after the writer of what it
// has read, and before the next writer. There must be no cycle in this.
func (b *bank) serializable(last map[string]string) error {
	all := map[string]happened{}
	for _, h := range b.history {
		all[h.name] = h
	}
	next := map[string]map[string]string{} // by account and writer: the next writer
	before := map[string][]string{}        // by transaction, those that must come before it
	for again := true; again; {            // what is unknown has happened if it was read
		again = false
		for _, u := range b.unknown {
			if _, known := all[u.name]; !known && b.wasSeen(u.name, all, last) {
				all[u.name], again = u, true
			}
		}
	}
	for _, h := range all {
		for account, writer := range h.reads {
			if next[account] == nil {
				next[account] = map[string]string{}
			}
			if other := next[account][writer]; other != "" {
				return fmt.Errorf("%s and %s have both read what %s wrote to %s, and written it", other, h.name, writer, account)
			}
			next[account][writer] = h.name
			if writer != "start" {
				if _, ok := all[writer]; !ok {
					return fmt.Errorf("%s has read what %s wrote to %s, which never happened", h.name, writer, account)
				}
				before[h.name] = append(before[h.name], writer)
			}
		}
	}
	for _, account := range b.accounts {
		n, writer := 0, "start"
		for ; next[account][writer] != ""; n++ {
			writer = next[account][writer]
		}
		if writer != last[account] || n != len(next[account]) {
			return fmt.Errorf("%s was last written by %s, and should be by %s", account, last[account], writer)
		}
	}
	return circle(before)
}

func (b *bank) wasSeen(name string, all map[string]happened, last map[string]string) bool {
	for _, h := range all {
		for _, writer := range h.reads {
			if writer == name {
				return true
			}
		}
	}
	for _, writer := range last {
		if writer == name {
			return true
		}
	}
	return false
}

// circle finds a transaction that must come before itself.
func circle(before map[string][]string) error {
	const visiting, visited = 1, 2
	state := map[string]int{}
	var visit func(string) error
	visit = func(name string) error {
		switch state[name] {
		case visiting:
			return fmt.Errorf("%s comes before itself", name)
		case visited:
			return nil
		}
		state[name] = visiting
		for _, other := range before[name] {
			if err := visit(other); err != nil {
				return err
			}
		}
		state[name] = visited
		return nil
	}
	for name := range before {
		if err := visit(name); err != nil {
			return err
		}
	}
	return nil
}

// open gives each account its first money.
func (b *bank) open(t *testing.T, client *tpc.Client) {
	require.NoError(t, client.Transact(patience(t), func(ctx context.Context, tx *tpc.Tx) error {
		var failed []error
		for _, account := range b.accounts {
			failed = append(failed, tx.Put(ctx, account, fmt.Sprint(deposit, " start")))
		}
		return errors.Join(failed...)
	}))
}

// close makes sure that no money is lost and that the history can be.
func (b *bank) close(t *testing.T, client *tpc.Client, seed int64) {
	var sum int
	last := map[string]string{}
	require.NoError(t, client.Transact(patience(t), func(ctx context.Context, tx *tpc.Tx) error {
		sum = 0
		for _, account := range b.accounts {
			value, _, err := tx.Get(ctx, account)
			if err != nil {
				return err
			}
			var amount int
			var writer string
			if _, err := fmt.Sscan(value, &amount, &writer); err != nil {
				return err
			}
			sum += amount
			last[account] = writer
		}
		return nil
	}))
	require.Equal(t, deposit*len(b.accounts), sum, "seed %d", seed)
	require.NoError(t, b.serializable(last), "seed %d", seed)
}

// work lets clients transfer money, all at once.
func (b *bank) work(ctx context.Context, clients []*tpc.Client, seed int64, each int) error {
	var wg sync.WaitGroup
	failed := make([]error, len(clients))
	for i, client := range clients {
		wg.Go(func() {
			var transfers []transfer
			fuzz.NewWithSeed(seed+int64(i)).NilChance(0).NumElements(each, each).Fuzz(&transfers)
			for n, tr := range transfers {
				if failed[i] = b.move(ctx, client, fmt.Sprintf("c%d-%d-", i, n), tr); failed[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// Money is conserved, and the history serializable, whatever the policy.
func TestTransfers(t *testing.T) {
	for seed, policy := range []tpc.Policy{tpc.NoWait, tpc.WoundWait, tpc.WaitDie} {
		t.Run(string(policy), func(t *testing.T) {
			c := newCluster(t, 3, policy)
			b := &bank{accounts: []string{"a1", "b2", "c3", "d1"}}
			clients := []*tpc.Client{c.client("c1"), c.client("c2"), c.client("c3")}
			b.open(t, clients[0])
			require.NoError(t, b.work(patience(t), clients, int64(seed), 8), "seed %d", seed)
			b.close(t, clients[0], int64(seed))
			require.Empty(t, b.unknown)
			for name := range c.participants {
				c.settled(name)
			}
		})
	}
}

// The same while participants are closed in the middle, and started again.
func TestTransfersWithRestarts(t *testing.T) {
	const seed = 3
	c := newImpatientCluster(t, 3, tpc.WoundWait, 100)
	b := &bank{accounts: []string{"a1", "b2", "c3"}}
	clients := []*tpc.Client{c.client("c1"), c.client("c2")}
	b.open(t, clients[0])
	rng := rand.New(rand.NewPCG(seed, 0))
	worked := b.start(patience(t), clients, seed)
	for range 3 {
		name := fmt.Sprintf("p%d", 1+rng.IntN(3))
		c.until(c.participants[name], name+" has something to do", func() bool { return !c.cores[name].Idle() || len(worked) > 0 })
		require.NoError(t, c.participants[name].Close())
		c.start(name)
	}
	c.until(c.coordinator, "it has something to do", func() bool { return !c.tc.Idle() || len(worked) > 0 })
	require.NoError(t, c.coordinator.Close())
	c.startCoordinator()
	require.NoError(t, <-worked, "seed %d", seed)
	b.close(t, clients[0], seed)
}

// start lets them work while something else happens.
func (b *bank) start(ctx context.Context, clients []*tpc.Client, seed int64) <-chan error {
	worked := make(chan error, 1)
	go func() { worked <- b.work(ctx, clients, seed, 12) }()
	return worked
}

// The same with a participant that is a process of its own and is killed.
func TestTransfersWithKilledProcess(t *testing.T) {
	const seed = 4
	c := newCluster(t, 2, tpc.WoundWait)
	b := &bank{accounts: []string{"a1", "b2", "c3"}}
	clients := []*tpc.Client{c.client("c1"), c.client("c2")}
	path := filepath.Join(c.dir, "p3")
	kill := c.process("p3", path)
	b.open(t, clients[0])
	worked := b.start(patience(t), clients, seed)
	for range 3 {
		c.until(c.coordinator, "a node is at work", func() bool { return !c.tc.Idle() || len(worked) > 0 })
		kill()
		kill = c.process("p3", path)
	}
	require.NoError(t, <-worked, "seed %d", seed)
	b.close(t, clients[0], seed)
	kill()
}

// process starts a participant as a process, and tells all nodes where it is. It
// returns what kills it.
func (c *cluster) process(name, path string) (kill func()) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), participantEnv+"="+name+":"+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(c.t, err)
	_, err = cmd.StdinPipe()
	require.NoError(c.t, err)
	require.NoError(c.t, cmd.Start())
	dead := false
	kill = func() {
		if !dead {
			dead = true
			require.NoError(c.t, cmd.Process.Kill())
			_ = cmd.Wait() // it was killed, and says so
		}
	}
	c.t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(c.t, err, "it says where it listens")
	addr := strings.TrimSpace(line)
	c.tellAll(name, addr)
	return kill
}

package gossipdissemination

import (
	"fmt"
	"maps"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(memberEnv); name != "" {
		if err := member(name, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// started returns a core that is up; "a" is the seed.
func started(t *testing.T, name string) *Core {
	t.Helper()
	c := NewCore(CoreConfig{Name: name, Seeds: []string{"a"}})
	require.NoError(t, c.Start())
	return c
}

// restarted crashes a core and starts it again.
func restarted(t *testing.T, c *Core) {
	t.Helper()
	require.NoError(t, c.Crash())
	require.NoError(t, c.Start())
}

func set(t *testing.T, c *Core, key, value string) {
	t.Helper()
	require.NoError(t, c.Update(key, value))
}

// wired is a message as it arrives.
func wired(t *testing.T, m *Message) *Message {
	t.Helper()
	got, err := Decode(m.Encode(nil))
	require.NoError(t, err)
	return got
}

func digest(t *testing.T, from, to *Core) *Message {
	t.Helper()
	m, err := from.Digest(to.Name(), nil)
	require.NoError(t, err)
	return wired(t, m)
}

// answer is a core's answer to another one's digest, not delivered yet.
func answer(t *testing.T, to, of *Core) *Message {
	t.Helper()
	m, err := to.Answer(digest(t, of, to), Everything)
	require.NoError(t, err)
	return wired(t, m)
}

// take lets a core take a message, and returns the answer as it arrives, if any.
func take(t *testing.T, c *Core, m *Message, budget Budget) *Message {
	t.Helper()
	step := c.Merge
	if m.Kind == KindDigest {
		step = c.Answer
	}
	reply, err := step(m, budget)
	if err != nil {
		require.ErrorIs(t, err, ErrNotAllowed)
	}
	if reply == nil {
		return nil
	}
	return wired(t, reply)
}

// exchange lets one core gossip with another once, with nothing lost, and
// returns how many messages that took.
func exchange(t *testing.T, from, to *Core) int {
	t.Helper()
	messages := 0
	for m := digest(t, from, to); m != nil; from, to = to, from {
		messages++
		m = take(t, to, m, Everything)
	}
	return messages
}

// state is all that a core knows, as a copy.
func state(c *Core) map[string]Entry {
	all := map[string]Entry{}
	for owner, e := range c.known {
		all[owner] = Entry{Digest: e.Digest, Vals: maps.Clone(e.Vals)}
	}
	return all
}

// values are an owner's values as a core knows them.
func values(c *Core, owner string) map[string]string {
	all := map[string]string{}
	for key, v := range c.entry(owner).Vals {
		all[key] = v.Val
	}
	return all
}

// owned is a digest of an owner.
func owned(gen, ver, inc uint32, status Status) Digest {
	return Digest{Gen: gen, Ver: ver, Inc: inc, Status: status}
}

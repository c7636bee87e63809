package generationclock_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
)

// good are messages of all types.
var good = []*gc.Message{
	ask("n1", 1), grant("n2", "n1", 1), {Type: gc.Beat, From: "n1", Gen: 1}, {Type: gc.Order, From: "n1", Gen: 1, Value: "a"},
	write("n1", gc.MaxGen), {Type: gc.Done, From: "store", To: "n1", Gen: 1, Value: "n1"}, {Type: gc.Refused, From: "n2", To: "n1", Gen: 2, Refused: 1},
}

// TestMessagesComeBack as they were.
func TestMessagesComeBack(t *testing.T) {
	for _, m := range good {
		back, err := gc.Decode(m.Encode())
		require.NoError(t, err)
		require.Equal(t, m, back)
	}
}

// TestNoMessage is what no holder can have sent.
func TestNoMessage(t *testing.T) {
	for _, text := range []string{
		``, `{`, `1`, `{"type":"ask","from":"n1","gen":1} 1`, `{"type":"ask","from":"n1","gen":1,"vote":1}`,
		`{"type":"shout","from":"n1","gen":1}`, `{"type":"ask","from":"n1"}`, `{"type":"ask","from":"n1","gen":9223372036854775807}`,
		`{"type":"ask","from":"n1","to":"n2","gen":1}`, `{"type":"grant","from":"n1","gen":1}`, `{"type":"beat","from":"n1","gen":1,"value":"a"}`,
		`{"type":"refused","from":"n1","to":"n2","gen":1}`, `{"type":"refused","from":"n1","to":"n2","gen":1,"refused":1}`,
		`{"type":"grant","from":"n1","to":"n2","gen":2,"refused":1}`,
	} {
		_, err := gc.Decode([]byte(text))
		require.ErrorIs(t, err, gc.ErrMessage, text)
	}
	for _, m := range []*gc.Message{
		ask("", 1), ask(gc.NoNode, 1), ask(strings.Repeat("n", gc.MaxName+1), 1), ask("\xff", 1), grant("n1", gc.NoNode, 1),
	} {
		if m.From != "\xff" { // JSON replaces it
			_, err := gc.Decode(m.Encode())
			require.ErrorIs(t, err, gc.ErrName)
		}
		if m.Type == gc.Ask { // its sender has a bad name
			_, err := gc.Open(gc.Options{Name: m.From, Path: filepath.Join(t.TempDir(), "log")})
			require.ErrorIs(t, err, gc.ErrName)
		}
	}
	long := &gc.Message{Type: gc.Order, From: "n1", Gen: 1, Value: strings.Repeat("v", gc.MaxValue+1)}
	_, err := gc.Decode(long.Encode())
	require.ErrorIs(t, err, gc.ErrValue)
}

// TestLimitsAreMetExactly: the longest name and value and the greatest number are taken, and one
// more is not.
func TestLimitsAreMetExactly(t *testing.T) {
	for over, want := range map[int][]error{0: {nil, nil, nil}, 1: {gc.ErrName, gc.ErrValue, gc.ErrMessage}} {
		for i, m := range []*gc.Message{
			ask(strings.Repeat("n", gc.MaxName+over), 1),
			{Type: gc.Order, From: "n1", Gen: 1, Value: strings.Repeat("v", gc.MaxValue+over)},
			ask("n1", gc.MaxGen+uint64(over)),
		} {
			back, err := gc.Decode(m.Encode())
			require.ErrorIs(t, err, want[i])
			if over == 0 {
				require.Equal(t, m, back)
			}
		}
	}
}

// TestStrayMessages are refused with an error and change nothing.
func TestStrayMessages(t *testing.T) {
	c := newCluster(t, "n1", "n2", "n3")
	for _, m := range []*gc.Message{
		grant("n2", "n1", 9), write("n2", 9), {Type: gc.Refused, From: "n2", To: "n1", Gen: 9, Refused: 1}, ask("n9", 9), ask("n1", 9), ask("n2", 0),
	} {
		answer, err := c.nodes["n1"].Receive(m)
		require.ErrorIs(t, err, gc.ErrMessage)
		require.Nil(t, answer)
	}
	for _, m := range []*gc.Message{ask("n2", 9), {Type: gc.Write, From: "n1", To: "shop", Gen: 9}, write("n1", 0)} {
		_, err := c.store.Receive(m)
		require.ErrorIs(t, err, gc.ErrMessage)
	}
	require.Zero(t, c.nodes["n1"].Status().Gen)
	require.Zero(t, c.store.Fence())
	require.ErrorIs(t, c.nodes["n1"].Write(t.Context(), "store", "a"), gc.ErrNotLeader)
	require.ErrorIs(t, c.nodes["n1"].Write(t.Context(), "", "a"), gc.ErrName)
	_, err := c.nodes["n1"].Order(t.Context(), "\xff")
	require.ErrorIs(t, err, gc.ErrValue)
	require.ErrorIs(t, c.store.Write("n1", 1, "\xff"), gc.ErrValue)
}

// TestWrongAnswers do not count: from another holder, for another node, or to another
// message.
func TestWrongAnswers(t *testing.T) {
	var answer *gc.Message
	n, err := gc.Open(gc.Options{
		Name: "n1", Peers: []string{"n2", "n3"}, Path: filepath.Join(t.TempDir(), "log"),
		Send: func(context.Context, string, *gc.Message) (*gc.Message, error) { return answer, nil },
	})
	require.NoError(t, err)
	for _, wrong := range []*gc.Message{
		nil, grant("n4", "n1", 1), grant("n2", "n3", 2), {Type: gc.Grant, From: "n2", To: "n1"}, {Type: gc.Done, From: "n2", To: "n1", Gen: 1, Value: "a"},
	} {
		answer = wrong
		_, err := n.Campaign(t.Context())
		require.ErrorIs(t, err, gc.ErrNotElected)
	}
	answer = grant("n2", "n1", n.Status().Gen+1)
	gen, err := n.Campaign(t.Context())
	require.NoError(t, err)
	for _, wrong := range []*gc.Message{
		{Type: gc.Done, From: "store", To: "n1", Gen: gen - 1, Value: "a"}, {Type: gc.Done, From: "store", To: "n1", Gen: gen, Value: "b"}, grant("store", "n1", gen),
	} {
		answer = wrong
		require.ErrorIs(t, n.Write(t.Context(), "store", "a"), gc.ErrMessage)
	}
	answer = &gc.Message{Type: gc.Done, From: "n2", To: "n1", Gen: gen, Value: "b"}
	accepted, err := n.Order(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, 1, accepted)
	answer = &gc.Message{Type: gc.Done, From: "store", To: "n1", Gen: gen, Value: "a"}
	require.NoError(t, n.Write(t.Context(), "store", "a"))
}

// FuzzDecode must neither panic nor take what it would not send.
func FuzzDecode(f *testing.F) {
	for _, m := range good {
		f.Add(m.Encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := gc.Decode(b)
		if err != nil {
			return
		}
		back, err := gc.Decode(m.Encode())
		require.NoError(t, err)
		require.Equal(t, m, back)
	})
}

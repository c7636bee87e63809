package toolbox_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
)

const ms = time.Millisecond

func cluster(f networktest.Faults) (c *toolbox.Cluster[message], a, b *relay) {
	c = toolbox.NewCluster(1, f, func(m message) (from, to string) { return "x", m.To })
	c.Every = 10 * ms
	a, b = &relay{next: "b"}, &relay{next: "a"}
	c.Add("a", a)
	c.Add("b", b)
	return c, a, b
}

func TestClusterDeliversAndTicksInVirtualTime(t *testing.T) {
	c, a, b := cluster(networktest.Faults{MinDelay: 4 * ms, MaxDelay: 4 * ms})
	c.Send(message{"a", "x"})
	require.NoError(t, c.Run(3*ms))
	require.Empty(t, a.got)
	require.NoError(t, c.Run(6*ms)) // until 9
	require.Equal(t, []string{"x"}, a.got)
	require.Equal(t, []string{"x+"}, b.got)
	require.Zero(t, a.ticks)
	require.NoError(t, c.Run(21*ms)) // until 30, inclusive
	require.Equal(t, 3, a.ticks)
	require.Equal(t, 3, b.ticks)
	require.Equal(t, []string{"x", "x++", "tick", "tick"}, a.got)
	require.Equal(t, 30*ms, c.Net.Now())
}

func TestClusterTellsOfTimeCopiesAndArrivals(t *testing.T) {
	c, _, _ := cluster(networktest.Faults{Repeat: 100, MinDelay: ms, MaxDelay: 3 * ms})
	c.Every = 0
	copies, arrived, last := 0, 0, time.Duration(0)
	c.OnSend = func(_ message, n int) { copies += n }
	c.OnArrive = func(message) { arrived++ }
	c.OnTime = func(now time.Duration) {
		require.GreaterOrEqual(t, now, last)
		last = now
	}
	c.Send(message{"a", "x"})
	require.NoError(t, c.Run(time.Second))
	require.Equal(t, 2+4+8+16, copies)
	require.Equal(t, copies, arrived)
	require.Equal(t, time.Second, last)
}

func TestClusterSortsOutTheErrorsOfNodes(t *testing.T) {
	c, _, _ := cluster(networktest.Faults{})
	c.Send(message{"a", "bad"})
	err := c.Run(ms)
	require.ErrorIs(t, err, errNotAllowed)
	require.ErrorContains(t, err, "a: ")

	c.OnError = func(name string, err error) error {
		require.Equal(t, "a", name)
		return toolbox.Allow(err, errNotAllowed)
	}
	c.Send(message{"a", "bad"})
	require.NoError(t, c.Run(ms))
	c.Send(message{"c", "x"})
	require.ErrorContains(t, c.Run(ms), `no node "c"`)
}

// alarm is a node that wants its ticks at times of its own.
type alarm struct {
	relay
	at []time.Duration
}

func (a *alarm) Due() (time.Duration, bool) {
	if len(a.at) == 0 {
		return 0, false
	}
	return a.at[0], true
}

func (a *alarm) Tick() error {
	a.at = a.at[1:]
	return a.relay.Tick()
}

func TestClusterWakesANodeWhenItWants(t *testing.T) {
	c, _, _ := cluster(networktest.Faults{})
	w := &alarm{relay: relay{next: "a"}, at: []time.Duration{3 * ms, 3 * ms, 25 * ms}}
	c.Add("w", w)
	require.NoError(t, c.Run(2*ms))
	require.Zero(t, w.ticks)
	require.NoError(t, c.Run(20*ms))
	require.Equal(t, 2, w.ticks)
	require.NoError(t, c.Run(20*ms))
	require.Equal(t, 3, w.ticks)
}

func TestOutboxGivesEachMessageOnce(t *testing.T) {
	var o toolbox.Outbox[message]
	require.Empty(t, o.Messages())
	o.Post(message{"a", "x"}, message{"b", "y"})
	o.Post(message{"a", "z"})
	require.Equal(t, []message{{"a", "x"}, {"b", "y"}, {"a", "z"}}, o.Messages())
	require.Empty(t, o.Messages())
}

func TestReceiverOnlyAnswers(t *testing.T) {
	c, _, _ := cluster(networktest.Faults{})
	var got []string
	c.Add("a", toolbox.Receiver(func(m message) ([]message, error) {
		got = append(got, m.Text)
		return nil, nil
	}))
	c.Add("b", toolbox.Receiver(func(m message) ([]message, error) {
		if m.Text == "bad" {
			return nil, errNotAllowed
		}
		return []message{{"a", "re: " + m.Text}}, nil
	}))
	require.NoError(t, c.Run(50*ms))
	require.Empty(t, got)
	c.Send(message{"b", "x"})
	require.NoError(t, c.Run(15*ms))
	require.Equal(t, []string{"re: x"}, got)
	c.Send(message{"b", "bad"})
	require.ErrorIs(t, c.Run(5*ms), errNotAllowed)
}

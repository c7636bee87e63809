package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"
	"github.com/stretchr/testify/require"
)

// TestPlot makes the same table and the same well-formed picture twice.
func TestPlot(t *testing.T) {
	var out, again strings.Builder
	one, two := filepath.Join(t.TempDir(), "1.svg"), filepath.Join(t.TempDir(), "2.svg")
	require.NoError(t, run(t.Context(), []string{"-seeds", "2", "-plot", one}, &out))
	require.NoError(t, run(t.Context(), []string{"-seeds", "2", "-plot", two}, &again))
	require.Equal(t, out.String(), again.String())
	require.Equal(t, 3+len(sizes), strings.Count(out.String(), "\n"), out.String())
	first, err := os.ReadFile(one)
	require.NoError(t, err)
	second, err := os.ReadFile(two)
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))
	require.NoError(t, xml.Unmarshal(first, new(struct{})))
}

// TestRun makes a whole table, of turns that are far too short to mean anything.
func TestRun(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{
		"-nodes", "3", "-rounds", "1", "-updates", "1", "-interval", "10ms", "-window", "200ms",
	}, &out))
	require.Equal(t, 4+len(subjects), strings.Count(out.String(), "\n"), out.String())
	for _, args := range [][]string{{"-seeds", "0"}, {"-nodes", "1"}, {"-window", "0"}, {"more"}} {
		require.Error(t, run(t.Context(), args, &out), args)
	}
}

// TestEverybodyHears keeps the comparison fair: what is published reaches all,
// no other node knows it before, and what is sent is counted. A value that a lost packet
// kept from a node never comes where nothing is repaired: there another value is
// published, and one of them must reach all.
func TestEverybodyHears(t *testing.T) {
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			m := measurement{nodes: 5, fanout: 2, interval: 20 * time.Millisecond, window: 2 * patience}
			if !s.repairs {
				m.window = 2 * time.Second
			}
			c := gathered(t, m, s)
			defer func() { require.NoError(t, c.close()) }()
			for i := range 3 {
				for attempt := 1; ; attempt++ {
					value, before := fmt.Sprintf("%d.%d", i, attempt), c.sent()
					for node := range m.nodes {
						require.False(t, c.knows(node, i, value))
					}
					require.NoError(t, c.publish(i, value))
					took, err := m.until(t.Context(), m.window, func(node int) bool { return c.knows(node, i, value) })
					require.NoError(t, err)
					if took < 0 {
						require.False(t, s.repairs, "%s has not reached all nodes", value)
						require.Less(t, attempt, 30, "no value has reached all nodes")
						continue
					}
					require.Positive(t, took)
					require.GreaterOrEqual(t, c.sent()-before, int64(m.nodes-1)*int64(len(value)))
					break
				}
			}
		})
	}
}

// gathered opens a cluster whose nodes know each other. It begins again where a lost
// packet kept them apart and the subject repairs nothing, as a measurement does.
func gathered(t *testing.T, m measurement, s subject) cluster {
	for attempt := 1; ; attempt++ {
		c := s.open(m)
		err := m.gather(t.Context(), c)
		if err == nil {
			return c
		}
		require.NoError(t, c.close())
		if s.repairs || attempt == 5 || !errors.Is(err, errApart) {
			require.NoError(t, err)
		}
	}
}

// TestCounting counts what is sent in packets and on connections, at either end,
// once.
func TestCounting(t *testing.T) {
	var bytes atomic.Int64
	open := func() (*counting, string) {
		n, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{
			BindAddrs: []string{loopback}, Logger: log.New(io.Discard, "", 0),
		})
		require.NoError(t, err)
		return counted(n, &bytes), net.JoinHostPort(loopback, strconv.Itoa(n.GetAutoBindPort()))
	}
	a, _ := open()
	b, there := open()
	_, err := a.WriteTo([]byte("12345"), there)
	require.NoError(t, err)
	require.Equal(t, "12345", string((<-b.PacketCh()).Buf))
	require.Equal(t, int64(5), bytes.Load())
	conn, err := a.DialTimeout(there, time.Second)
	require.NoError(t, err)
	_, err = conn.Write([]byte("1234567"))
	require.NoError(t, err)
	accepted := <-b.StreamCh()
	_, err = accepted.Write([]byte("123"))
	require.NoError(t, err)
	answer := make([]byte, 3)
	_, err = io.ReadFull(conn, answer)
	require.NoError(t, err)
	require.Equal(t, int64(5+7+3), bytes.Load())
	require.NoError(t, conn.Close())
	require.NoError(t, accepted.Close())
	require.NoError(t, a.Shutdown())
	require.NoError(t, b.Shutdown())
}

package singlesocketchannel

import (
	"testing"

	"github.com/stretchr/testify/require"
)

var coreLimits = Limits{Window: 4, Room: 4, Silence: 2, MaxMessage: 10}

// TestAFailureThatComesAgainIsAFailure: a handler's error goes out on the next connection
// as it went out on the first one.
func TestAFailureThatComesAgainIsAFailure(t *testing.T) {
	core := NewCore("bob", "ann", 1, coreLimits, nil)
	failed := &Frame{Kind: kindFailure, Number: 1, Body: []byte("no")}
	request := &Frame{Kind: kindRequest, Number: 1, Oldest: 1}
	receive := core.ReceiveRequest
	for _, epoch := range []uint64{1, 3} {
		conn := Connection{Incarnation: 1, Epoch: epoch}
		require.NoError(t, core.Accept(conn))
		require.NoError(t, receive(conn, request))
		if epoch == 1 {
			require.NoError(t, core.Handle(1, failed.Body, true))
			receive = core.ReceiveAgain
		}
		f, err := core.SendAnswer(conn)
		require.NoError(t, err)
		require.Equal(t, failed, f)
	}
}

// TestAClosedCoreTakesNoStep, whatever it was doing.
func TestAClosedCoreTakesNoStep(t *testing.T) {
	conn, newer := Connection{Incarnation: 1, Epoch: 1}, Connection{Incarnation: 1, Epoch: 99}
	f := &Frame{Kind: kindRequest, Number: 2, Oldest: 1}
	for about, begin := range map[string]func(c *Core) (Connection, error){
		"nothing": func(*Core) (Connection, error) { return conn, nil },
		"dials":   (*Core).Dial,
		"is open": func(c *Core) (Connection, error) { return conn, c.Accept(conn) },
		"writes": func(c *Core) (Connection, error) {
			if err := c.Accept(conn); err != nil {
				return conn, err
			}
			_, err := c.SendHeartbeat(conn)
			return conn, err
		},
	} {
		c := NewCore("bob", "ann", 1, coreLimits, nil)
		conn, err := begin(c)
		require.NoError(t, err, about)
		r, err := c.Ask([]byte("one"))
		require.NoError(t, err, about)
		if len(c.open) > 0 {
			require.NoError(t, c.ReceiveRequest(conn, &Frame{Kind: kindRequest, Number: 1, Oldest: 1}))
		}
		c.End()
		_, err, told := r.Result()
		require.True(t, told, about)
		require.ErrorIs(t, err, ErrNotSent, about)
		for step, take := range map[string]func() error{
			"Dial":             func() error { _, err := c.Dial(); return err },
			"DialFails":        func() error { return c.DialFails(conn) },
			"Accept":           func() error { return c.Accept(newer) },
			"Reject":           func() error { _, err := c.Reject(conn); return err },
			"Open":             func() error { return c.Open(conn, 1) },
			"Refused":          func() error { return c.Refused(conn, 7) },
			"Ask":              func() error { _, err := c.Ask(nil); return err },
			"Cancel":           func() error { return c.Cancel(r) },
			"SendRequest":      func() error { _, err := c.SendRequest(conn); return err },
			"SendAnswer":       func() error { _, err := c.SendAnswer(conn); return err },
			"SendHeartbeat":    func() error { _, err := c.SendHeartbeat(conn); return err },
			"Finish":           func() error { return c.Finish(conn) },
			"ReceiveRequest":   func() error { return c.ReceiveRequest(conn, f) },
			"ReceiveAgain":     func() error { return c.ReceiveAgain(conn, &Frame{Kind: kindRequest, Number: 1, Oldest: 1}) },
			"ReceiveAnswer":    func() error { return c.ReceiveAnswer(conn, &Frame{Kind: kindAnswer, Number: 1}) },
			"ReceiveHeartbeat": func() error { return c.ReceiveHeartbeat(conn, &Frame{Kind: kindHeartbeat}) },
			"Handle":           func() error { return c.Handle(1, nil, false) },
			"MissHeartbeat":    func() error { return c.MissHeartbeat(conn) },
			"TimeOut":          func() error { return c.TimeOut(conn) },
			"Lose":             func() error { return c.Lose(conn) },
			"Stall":            func() error { return c.Stall(conn) },
		} {
			require.ErrorIs(t, take(), ErrNotAllowed, "%s: %s", about, step)
		}
	}
}
